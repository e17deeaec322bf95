"""The panel of the people who are recognised most."""

from __future__ import annotations

import re
from dataclasses import replace

from dlfd_core.types import (
    PersonLeak,
)
from dlfd_core.ui.evidence.leaks import DRAWN, leaks_panel
from tests.fake_audits import over_forgotten, without_bank
from tests.ui.evidence.reading import PEOPLE, cells, report


def test_the_forgotten_are_ranked_with_their_faces() -> None:
    made = report()
    html = leaks_panel(made, PEOPLE)
    people = made.audits["unlearned"].people
    for leak in people:
        row = cells(html, PEOPLE[leak.person])
        assert leak.expected is not None and leak.rmia is not None and leak.completeness is not None
        assert row == [
            "12", f"{leak.loss_auc:.2f}", f"{leak.expected:.2f}", f"{leak.rmia:.2f}", f"{leak.completeness:.2f}"
        ]  # fmt: skip
    assert html.count('class="face"') == 3 and html.count('class="expected"') == 3
    assert f"Ada is the most recognisable of 3: {people[0].loss_auc:.2f}" in html


def test_without_bank_and_photos_the_columns_are_left_out() -> None:
    html = leaks_panel(replace(without_bank(report()), photos=None), PEOPLE)
    assert 'class="face"' not in html and "expected" not in re.sub(r"<details class=.numbers.*", "", html)
    assert cells(html, "Ada")[2:] == ["–", "–", "–"]


def test_many_people_are_drawn_in_part_and_tabled_in_whole() -> None:
    made = report()
    people = tuple(PersonLeak(f"x{i}", 20, 0.9 - i / 100) for i in range(DRAWN + 8))
    audits = made.audits | {"unlearned": replace(made.audits["unlearned"], people=people)}
    html = leaks_panel(replace(made, audits=audits), {})
    assert html.count(">x11 <small>") == 1 and html.count(">x12 <small>") == 0
    assert "The 12 most recognisable of 20 are drawn" in html and cells(html, "x19")[1] == "0.71"


def test_when_nobody_is_known_the_strangest_is_named() -> None:
    assert "None of 3 is above 0.5" in leaks_panel(over_forgotten(report()), PEOPLE)
