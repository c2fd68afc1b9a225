"""The comment on a pull request, before a server that answers as GitHub does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from runner import github_action

from unisono.ci import comment

ROOT = Path(__file__).resolve().parents[2]


class GitHub:
    """The comments of a pull request, and what was asked."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.comments: list[dict] = [{"id": n, "body": "seen", "user": {"type": "User"}} for n in range(100)]
        self.asked: list[tuple[str, str, str]] = []

    @contextmanager
    def answering(self) -> Iterator[str]:
        github = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                sent = json.loads(self.rfile.read(size)) if size else {}
                github.asked.append((self.command, self.path, self.headers["Authorization"]))
                content = json.dumps(github.answer(self.command, self.path, sent)).encode()
                self.send_response(github.status)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_PATCH = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, method: str, path: str, sent: dict) -> object:
        if method == "GET":
            page = int(path.rpartition("=")[2])
            return self.comments[100 * (page - 1) : 100 * page]
        if method == "POST":
            self.comments.append({"id": 100 + len(self.comments), "user": {"type": "Bot"}, **sent})
            return {"html_url": "https://example.org/new"}
        (one,) = (c for c in self.comments if path.endswith(f"/{c['id']}"))
        one |= sent
        return {"html_url": "https://example.org/updated"}


def commented(github: GitHub, tmp_path: Path, summary: str, event: object, artifact: str = "report") -> str:
    """What the action's step says."""
    (tmp_path / "event.json").write_text(json.dumps(event))
    (tmp_path / "unisono-summary.md").write_text(summary)
    with github.answering() as address:
        variables = {
            "GITHUB_API_URL": address,
            "GITHUB_SERVER_URL": "https://example.org",
            "GITHUB_REPOSITORY": "owner/models",
            "GITHUB_RUN_ID": "77",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        }
        inputs = {"python": "python3", "simulators": "none", "artifact": artifact, "environment": "/nowhere"}
        steps, _ = github_action(tmp_path / "action.yml", tmp_path, tmp_path, inputs, variables)
    (step,) = steps
    assert step.status == 0, step.output
    return step.output


@pytest.fixture(autouse=True)
def _action(tmp_path: Path) -> None:
    """The action with this step alone."""
    import yaml

    action = yaml.safe_load((ROOT / "action.yml").read_text())
    action["runs"]["steps"] = [step for step in action["runs"]["steps"] if step["name"] == "Comment"]
    (tmp_path / "action.yml").write_text(yaml.safe_dump(action))
    (tmp_path / "ci").symlink_to(ROOT / "ci")


PULL_REQUEST = {"pull_request": {"number": 12}}


def test_one_comment_is_written_and_then_updated(tmp_path):
    github = GitHub()
    assert commented(github, tmp_path, "first", PULL_REQUEST) == "Comment: https://example.org/new\n"
    assert commented(github, tmp_path, "second", PULL_REQUEST) == "Comment: https://example.org/updated\n"
    assert len(github.comments) == 101
    body = github.comments[-1]["body"]
    assert body.startswith("<!-- unisono: report -->\nsecond\n")
    assert "(https://example.org/owner/models/actions/runs/77)" in body
    assert {token for _, _, token in github.asked} == {"Bearer the-token"}
    # another job of a matrix has another comment
    commented(github, tmp_path, "third", PULL_REQUEST, "report 2")
    assert len(github.comments) == 102


def test_a_comment_that_a_person_quotes_is_left_alone(tmp_path):
    github = GitHub()
    github.comments[3]["body"] = "<!-- unisono: report -->\nquoted"
    commented(github, tmp_path, "first", PULL_REQUEST)
    assert github.comments[3]["body"].endswith("quoted") and len(github.comments) == 101


def test_a_token_that_may_not_write_fails_no_check(tmp_path):
    said = commented(GitHub(403), tmp_path, "first", PULL_REQUEST)
    assert said.startswith("::notice title=Unisono::No comment: the token may not write comments")
    assert said.count("\n") == 1


def test_without_a_pull_request_nothing_is_asked(tmp_path):
    github = GitHub()
    assert commented(github, tmp_path, "first", {"ref": "refs/heads/main"}) == ""
    assert github.asked == []


def test_what_is_too_long_is_cut():
    body = comment.body_of("x" * 100_000, "a -->b", "https://example.org")
    assert len(body) <= comment.LIMIT and body.startswith("<!-- unisono: a---b -->"[:14])
    assert body.splitlines()[0].count("-->") == 1
    assert "The rest is in the report." in body
