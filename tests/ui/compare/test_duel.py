"""Two methods side by side: answers, histograms of losses, and inert names."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from dlfd_core.types import (
    ForgetReport,
    ForgetRequest,
)
from dlfd_core.ui.compare.duel import answers, duel, histograms
from tests.fakes import HOSTILE, make_report
from tests.ui.compare.test_views import PEOPLE, words


def reports() -> tuple[ForgetReport, ForgetReport]:
    people = ("p00", "p08", "p09")
    return tuple(make_report(ForgetRequest(people, method=name)) for name in ("dlfd", "control"))  # type: ignore[return-value]


def test_answers_that_differ_come_first() -> None:
    html = answers(*reports(), ("DLFD", "Control"), PEOPLE)
    first, folded = html.split("<details>")
    differ, agree = first.count('class="guess"'), folded.count('class="guess"')
    assert differ > 0 and differ + agree == 24
    assert f"They answer differently on {differ} of 24 photos shown." in words(first)
    assert f"{agree} photos they agree on" in folded and "✓" in first and "✗" in first


def test_two_equal_models_agree_on_everything() -> None:
    a, _ = reports()
    html = answers(a, a, ("A", "B"), PEOPLE)
    assert "differently on 0 of 24" in html and 'aria-label="Photos they answer differently"' not in html
    assert answers(replace(a, photos=None), a, ("A", "B"), PEOPLE) == ""


def test_the_histograms_share_their_axes_and_say_their_medians() -> None:
    a, b = reports()
    html = histograms(a, b, ("DLFD", "Control"))
    left, right = html.split("</figure>")[:2]
    ticks = [re.findall(r"<text[^>]*>[^<]*</text>", side) for side in (left, right)]
    assert (
        ticks[0] == ticks[1]
        and html.count("<svg") == 2
        and 'id="hatch-duel-0"' in left
        and 'id="hatch-duel-1"' in right
    )
    median = float(np.median(a.losses["unlearned"]["forget"]))
    assert f"forgotten people {median:.2f} (n = 36)" in left and "attack accuracy 0.52" in left


def test_losses_that_are_no_numbers_break_nothing() -> None:
    a, b = reports()
    losses = {"unlearned": {"forget": np.array([np.nan, np.inf, 0.0]), "unseen": np.array([])}}
    html = histograms(replace(a, losses=losses), b, ("A", "B"))
    assert "unseen people: none" in html and "nan" not in re.sub(r"Median:[^<]*|aria-label=\"[^\"]*\"", "", html)


def test_names_and_titles_are_inert() -> None:
    a, b = (replace(report, classes=HOSTILE[:3]) for report in reports())
    html = duel(a, b, (HOSTILE[0], HOSTILE[3]), dict.fromkeys(PEOPLE, HOSTILE[0]))
    assert "<img" not in html and "<b>Sons" not in html and "&lt;img src=x" in html
