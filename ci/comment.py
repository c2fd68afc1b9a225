"""The result of a check as one comment on a pull request, which later checks of it update.

The action runs this file by itself, with an interpreter that no script of the pull request could have changed: it
imports the standard library only. What GitHub does not allow, as in a pull request from a fork, fails no check.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

#: Characters of a comment that GitHub takes.
LIMIT = 65536

#: Comments of a page, and pages that are looked at.
PAGE, PAGES = 100, 30


def body_of(summary: str, name: str, run: str) -> str:
    """The text of the comment, shortened to what GitHub takes.

    Parameters
    ----------
    summary : str
        Markdown.
    name : str
        What tells the comment of this job from those of others.
    run : str
        Address of the run of the workflow.
    """
    head = f"{marker(name)}\n"
    artifact = re.sub(r"[`\s]", "", name)
    tail = f"\n[Log and report]({run}): artifact `{artifact}`\n"
    room = LIMIT - len(head) - len(tail) - 100
    cut = summary if len(summary) <= room else f"{summary[:room]}\n\n</details>\n\nThe rest is in the report.\n"
    return head + cut + tail


def marker(name: str) -> str:
    """A comment of HTML that nobody sees, by which the comment is found again."""
    return f"<!-- unisono: {re.sub(r'[^A-Za-z0-9_.]', '-', name).replace('--', '-')} -->"


def number_of(event: Path) -> int | None:
    """The number of the pull request that an event is about."""
    try:
        return int(json.loads(event.read_text(encoding="utf-8"))["pull_request"]["number"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def publish(api: str, token: str, number: int, body: str, name: str) -> str:
    """Write the comment, or update the one that is there.

    Parameters
    ----------
    api : str
        Address of the repository in GitHub's REST interface.

    Returns
    -------
    str
        Its address.
    """
    found = next((c for c in _comments(api, token, number) if _is_ours(c, name)), None)
    if found is not None:
        return str(_asked(f"{api}/issues/comments/{int(found['id'])}", token, "PATCH", body)["html_url"])
    return str(_asked(f"{api}/issues/{number}/comments", token, "POST", body)["html_url"])


def _is_ours(comment: dict[str, Any], name: str) -> bool:
    """Whether a comment has the marker and was not written by a person, who may quote one."""
    author = dict(comment.get("user") or {})
    return str(comment.get("body")).startswith(marker(name)) and author.get("type") == "Bot"


def _comments(api: str, token: str, number: int) -> Iterator[dict[str, Any]]:
    for page in range(1, PAGES + 1):
        found = _asked(f"{api}/issues/{number}/comments?per_page={PAGE}&page={page}", token)
        yield from found
        if len(found) < PAGE:
            return


def _asked(address: str, token: str, method: str = "GET", body: str | None = None) -> Any:
    data = None if body is None else json.dumps({"body": body}).encode()
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json", "User-Agent": "unisono"}
    request = urllib.request.Request(address, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def main(summary: str, name: str) -> None:
    """What the action runs: says in one line what became of the comment, and never fails the job."""
    given = os.environ
    number = number_of(Path(given.get("GITHUB_EVENT_PATH", "")))
    if number is None:
        return
    repository = f"{given['GITHUB_API_URL']}/repos/{given['GITHUB_REPOSITORY']}"
    run = f"{given['GITHUB_SERVER_URL']}/{given['GITHUB_REPOSITORY']}/actions/runs/{given['GITHUB_RUN_ID']}"
    body = body_of(Path(summary).read_text(encoding="utf-8"), name, run)
    try:
        print(f"Comment: {publish(repository, given['GITHUB_TOKEN'], number, body, name)}")
    except HTTPError as error:
        why = "the token may not write comments: give the job the permission 'pull-requests: write'"
        fork = "; for pull requests from forks GitHub does not allow it"
        print(f"::notice title=Unisono::No comment: {f'{why}{fork}' if error.code in (401, 403, 404) else error.code}.")
    except (URLError, OSError, ValueError, KeyError) as error:
        print(f"::notice title=Unisono::No comment: GitHub did not answer ({type(error).__name__}).")


if __name__ == "__main__":
    main(*sys.argv[1:])
