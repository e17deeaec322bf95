"""The panel of accuracies by class."""

from __future__ import annotations

from dataclasses import replace

from dlfd_core.ui.evidence.answers import answers_panel
from tests.ui.evidence.reading import cells, report


def test_the_gap_between_answers_is_said_with_what_chance_makes() -> None:
    html = answers_panel(report())
    assert "The gap is 14.0 points: “calm” 93.0 % right, “sad” 79.0 % (original 14.0, retrained 14.0)" in html
    assert "chance alone makes up to 6.0." in html
    assert cells(html, "sad") == [f"{v} %{v - 6:.1f} to {v + 6:.1f} %" for v in (81.0, 79.0, 77.0, 80.0)] + ["40", "80"]
    assert cells(html, "calm")[1:2] == ["93.0 % –"] and "this needs photos of 3 people" in html
    assert cells(html, "gap") == ["14.0"] * 4 + ["–", "–"]
    assert html.index(">sad<") < html.index(">happy<") < html.index(">calm<")  # the worst first


def test_a_gap_within_chance_is_called_chance() -> None:
    made = report(retrain=False)
    gap = made.audits["unlearned"].class_gap
    assert gap is not None
    audits = made.audits | {"unlearned": replace(made.audits["unlearned"], class_gap=replace(gap, by_chance=0.2))}
    html = answers_panel(replace(made, audits=audits))
    assert "(original 14.0); chance alone can make such a gap." in html


def test_many_answers_are_drawn_in_part_and_tabled_in_whole() -> None:
    made = report()
    many = tuple(replace(made.audits["unlearned"].classes[1], name=f"c{i}", accuracy=i / 20) for i in range(12))
    gap = made.audits["unlearned"].class_gap
    assert gap is not None
    wide = replace(made.audits["unlearned"], classes=many, class_gap=replace(gap, best="c11", worst="c0"))
    html = answers_panel(replace(made, audits={"unlearned": wide}))
    assert html.count(">c7<") == 2 and html.count(">c8<") == 1 and "The 8 worst of 12 are drawn" in html
    assert 'data-end="low" style="left:0%">0 %' in html


def test_without_accuracies_by_answer_there_is_no_panel() -> None:
    made = report()
    bare = {name: replace(audit, classes=(), class_gap=None) for name, audit in made.audits.items()}
    assert answers_panel(replace(made, audits=bare)) == ""
