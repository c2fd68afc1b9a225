"""What objects say of themselves: one line, and a card in which no text is HTML."""

from dataclasses import dataclass

import numpy as np

from unisono.models.cards import LINE, ROWS, Card, Carded, brief

HOSTILE = '<script>alert("x")</script>\x1b[31m'


def test_a_card_and_its_line_have_the_same_facts():
    card = Card("Runs", "of net", ("nest 3 spikes",), "identical", "agree", "All same.", ("a", "b"), [("x", "1")])
    assert card.line == "<Runs of net: identical, nest 3 spikes>"
    for text in ("of net", "nest 3 spikes", "identical", "All same.", "<td>x</td>", "<td class=n>1</td>"):
        assert text in card.html


def test_text_of_users_is_escaped():
    html = Card(HOSTILE, HOSTILE, (HOSTILE,), HOSTILE, "open", HOSTILE, (HOSTILE,), [(HOSTILE,)]).html
    assert "<script" not in html and "\x1b" not in html
    assert html.count("&lt;script&gt;") == 7


def test_a_line_is_one_line_and_short():
    line = Card("Run", "a\nb" * 200, ("x",) * 50).line
    assert "\n" not in line and len(line) == LINE + 2 and line.endswith("…>")


def test_a_long_table_says_how_many_rows_are_left():
    html = Card("A", columns=("n",), rows=[(str(i),) for i in range(ROWS + 1500)]).html
    assert html.count("<tr>") == ROWS + 1 and "and 1,500 more" in html


def test_repr_of_a_derived_dataclass_is_the_line():
    @dataclass(frozen=True, repr=False)
    class Some(Carded):
        values: tuple[int, ...]

        def _card(self):
            return Card("Some", facts=(f"{len(self.values)} values",))

    assert repr(Some((1, 2))) == "<Some: 2 values>" and "Some" in Some(())._repr_html_()


def test_brief_shows_arrays_by_shape_and_containers_by_length():
    @dataclass(frozen=True)
    class Data:
        label: str
        one: object
        many: object
        names: object

        __repr__ = brief

    data = Data("x" * 99, np.float64(2.5), np.zeros((3, 4)), {str(i): i for i in range(9)})
    assert repr(data) == f"Data(label='{'x' * 39}…', one=2.5, many=float64[3, 4], names={{9 entries}})"
