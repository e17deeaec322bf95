"""The panel of accuracy changes of other people."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dlfd_core.types import (
    LISTED_PEOPLE,
    AccuracyChange,
)
from dlfd_core.ui.evidence.payers import payers_panel
from tests.fake_audits import change
from tests.ui.evidence.reading import cells, report


def test_who_paid_is_said_first_and_sorted() -> None:
    html = payers_panel(report())
    assert "Compared with all other kept people, the 38 people most like the forgotten people lost 1.2 points." in html
    assert "Look-alikes: −1.9 points (38 people, 912 photos; 95 % interval −2.7 to −1.1)" in html
    assert "The two intervals do not overlap." in html
    assert cells(html, "calm")[0] == "−3.1 −4.9 to −1.3" and cells(html, "age: 65+")[0] == "0.0 –"
    drawn = re.findall(r'class="who">(\w+)<', html)
    assert drawn.index("calm") < drawn.index("sad") < drawn.index("happy")  # the greatest loss first


@pytest.mark.parametrize(
    ("alike", "others", "says"),
    [
        (-0.01, -0.01, "changed as all other kept people did"),
        (0.004, -0.01, "gained 1.4 points"),
        (-0.03, 0.0, "lost 3.0 points"),
    ],
)
def test_the_finding_follows_the_numbers(alike: float, others: float, says: str) -> None:
    made = report()
    assert made.impact is not None
    a, b = change("look-alikes", 1, 24, 0.9, alike, None), change("others", 9, 90, 0.9, others, 0.01)
    html = payers_panel(replace(made, impact=replace(made.impact, look_alike_change=a, others_change=b)))
    assert f"person most like the forgotten people {says}" in html and "overlap" not in html


def test_a_difference_that_may_be_chance_says_so() -> None:
    made = report()
    assert made.impact is not None
    near = change("look-alikes", 20, 480, 0.99, -0.09, 0.035)
    impact = replace(made.impact, look_alike_change=near, others_change=change("others", 9, 90, 0.9, -0.087, 0.012))
    html = payers_panel(replace(made, impact=impact))
    assert "people lost 0.3 points (the intervals overlap)." in html


def test_the_table_has_everybody_the_picture_the_worst() -> None:
    made = report()
    assert made.impact is not None
    people = tuple(change(f"kept {i}", 1, 24, 0.9, i / 100 - 0.2, 0.05) for i in range(LISTED_PEOPLE))
    html = payers_panel(replace(made, impact=replace(made.impact, people=people)))
    assert html.count(">kept 7<") == 2 and html.count(">kept 8<") == 1 and cells(html, "kept 19")[0].startswith("−1.0")


def test_without_impact_nobody_is_named() -> None:
    assert payers_panel(replace(report(), impact=None)) == ""


def test_empty_groups_leave_no_heading() -> None:
    made = report()
    assert made.impact is not None
    none: tuple[AccuracyChange, ...] = ()
    html = payers_panel(replace(made, impact=replace(made.impact, attributes=none, look_alikes=none)))
    assert "Attributes of people" not in html and "the most alike" not in html
