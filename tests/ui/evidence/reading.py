"""A report for the panels of the evidence, and a parser for their HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from typing_extensions import override

from dlfd_core.types import (
    ForgetReport,
    ForgetRequest,
)
from tests.fakes import NAMES, make_report

PEOPLE = {f"p{i:02}": name for i, name in enumerate(NAMES)}


def report(people: int = 3, *, retrain: bool = True, control: bool = True) -> ForgetReport:
    return make_report(ForgetRequest(tuple(f"p{i:02}" for i in range(people)), retrain=retrain, control=control))


class Read(HTMLParser):
    """Tags, attributes and text of a piece of HTML; unclosed and wrongly closed tags fail."""

    VOID = frozenset({"img", "input", "br"})

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text, self.open = "", list[str]()
        self.feed(html)
        assert self.open == []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


def cells(html: str, row: str, group: str = "") -> list[str]:
    """Texts of the cells of a folded table's row."""
    after = html[html.index(f">{group}</th>") :] if group else html[html.index("<table>") :]
    found = re.search(rf'<th scope="row">{re.escape(row)}</th>(.*?)</tr>', after)
    assert found is not None, row
    return [Read(cell).text for cell in re.findall(r"<td>(.*?)</td>", found[1])]
