"""What a page must have for readers with a screen reader or a keyboard, as far as its HTML shows it."""

from html.parser import HTMLParser

#: Elements that have no end.
VOID = ("meta", "link", "img", "br", "hr", "input")


class Structure(HTMLParser):
    """Headings, names, images and tables of a page; ``problems`` says what is wrong, empty where nothing is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self._headings: list[int] = []
        self._ids: list[str] = []
        self._targets: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._text: list[str] = []
        self.feed(page)
        self.close()
        self._whole()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if tag == "html" and not of.get("lang"):
            self.problems.append("the page states no language")
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._headings.append(int(tag[1]))
        if tag == "img" and len(of.get("alt") or "") < 15:
            self.problems.append(f"an image without a text: {of.get('alt')!r}")
        if tag == "th" and not of.get("scope"):
            self.problems.append("a heading of a table without a scope")
        if tag == "a" and (of.get("href") or "").startswith("#"):
            self._targets.append((of["href"] or "")[1:])
        if of.get("id"):
            self._ids.append(of["id"] or "")
        if of.get("tabindex") == "0" and not (of.get("aria-label") and of.get("role")):
            self.problems.append(f"a <{tag}> takes the focus without a name and a role")
        if tag not in VOID:
            self._open.append((tag, of))
            self._text.append("")

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            return
        opened, of = self._open.pop()
        said = self._text.pop()
        if opened != tag:
            self.problems.append(f"<{opened}> ends as </{tag}>")
        named = tag in ("h1", "h2", "h3", "h4", "summary", "caption", "title", "a")
        if named and not (said.strip() or of.get("aria-label")):
            self.problems.append(f"an empty <{tag}>")
        if self._text:
            self._text[-1] += said

    def _whole(self) -> None:
        if self._headings.count(1) != 1 or self._headings[0] != 1:
            self.problems.append("not one first heading")
        steps = zip(self._headings, self._headings[1:], strict=False)
        self.problems += [f"a heading of rank {b} follows one of rank {a}" for a, b in steps if b > a + 1]
        self.problems += [f"two elements are called {name}" for name in set(self._ids) if self._ids.count(name) > 1]
        self.problems += [
            f"a link leads to {name}, which is missing" for name in self._targets if name not in self._ids
        ]
        if self._open:
            self.problems.append(f"never ended: {[tag for tag, _ in self._open]}")


def problems_of(page: str) -> list[str]:
    """What is wrong, in words."""
    return Structure(page).problems
