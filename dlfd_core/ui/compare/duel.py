"""Two finished runs of a race side by side: loss histograms, and the photos on which the models differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from dlfd_core.types import SET_TITLES, FacePrediction, ForgetReport
from dlfd_core.ui.evidence.losses import GROUPS, Histograms
from dlfd_core.ui.evidence.parts import numbers
from dlfd_core.ui.text.markup import counted, esc, face, sheet_style
from dlfd_core.ui.text.texts import copy_text

Titles = tuple[str, str]


def duel(a: ForgetReport, b: ForgetReport, titles: Titles, names: Mapping[str, str]) -> str:
    """Everything below the two maps.

    Args:
        titles: of the two methods; names: person id -> name.
    """
    return histograms(a, b, titles) + answers(a, b, titles, names)


# ---- losses --------------------------------------------------------------------------------------------------------


def histograms(a: ForgetReport, b: ForgetReport, titles: Titles) -> str:
    """Histograms of the losses that an attacker sees, one panel per method, on the same axes."""
    drawn = Histograms([(title, report, "unlearned") for title, report in zip(titles, (a, b), strict=True)], "duel")
    return (
        f"<h3>How wrong they are, photo by photo</h3><p>{esc(' '.join(copy_text('duel_losses').split()))}</p>"
        f"{drawn.html()}{_table(drawn.shares, drawn.edges, titles)}"
    )


def _table(shares: list[dict[str, np.ndarray]], edges: np.ndarray, titles: Titles) -> str:
    """The two histograms as one folded table, without rows in which all shares are 0."""
    columns = [sets[kind] for sets in shares for kind in GROUPS]
    rows = [
        (f"{10**low:.2g} to {10**high:.2g}", [f"{100 * column[i]:.1f} %" for column in columns])
        for i, (low, high) in enumerate(pairwise(edges))
        if any(column[i] > 0 for column in columns)
    ]
    heads = ("loss in nats", *(f"{title}, {SET_TITLES[kind]}" for title in titles for kind in GROUPS))
    return numbers("Share of the photos by their loss, for both methods", heads, [("", rows)])


# ---- answers -------------------------------------------------------------------------------------------------------


def answers(a: ForgetReport, b: ForgetReport, titles: Titles, names: Mapping[str, str]) -> str:
    """Photos of the forgotten people with both answers: those that differ first, the others folded away."""
    sheet, pairs = a.photos, list(zip(a.predictions, b.predictions, strict=False))
    if sheet is None or not pairs:
        return ""
    differ = [pair for pair in pairs if pair[0].after != pair[1].after]
    agree = [pair for pair in pairs if pair[0].after == pair[1].after]
    cards = [
        "".join(_card(a, pair, titles, names.get(pair[0].person, pair[0].person)) for pair in group)
        for group in (differ, agree)
    ]
    parts = [
        "<h3>What they say about the same photos</h3>",
        f"<p>They answer differently on {len(differ)} of {counted(len(pairs), 'photo', 'photos')} shown.</p>",
    ]
    if differ:
        parts.append(_list(cards[0], "Photos they answer differently"))
    if agree:
        count = counted(len(agree), "photo they agree on", "photos they agree on")
        parts.append(f"<details><summary>{count}</summary>{_list(cards[1], 'Photos they agree on')}</details>")
    return f'<div style="{sheet_style(sheet)}">{"".join(parts)}</div>'


def _list(cards: str, label: str) -> str:
    return f'<ul class="guesses" tabindex="0" role="list" aria-label="{label}">{cards}</ul>'


def _card(report: ForgetReport, pair: tuple[FacePrediction, FacePrediction], titles: Titles, name: str) -> str:
    row, sheet = pair[0], report.photos
    assert sheet is not None  # checked in ``answers``
    truth = esc(report.classes[row.label]) if row.label >= 0 else "unknown"
    lines = "".join(
        f'<span class="said"><small>{esc(title)}:</small> {_sign(one.after, row.label)}'
        f"{esc(report.classes[one.after])} <small>{one.confidence_after:.0%}</small></span>"
        for title, one in zip(titles, pair, strict=True)
    )
    return (
        f'<li class="guess">{face(sheet, row.tile)}<div><b>{esc(name)}</b> <small>labelled {truth}</small>'
        f"{lines}</div></li>"
    )


def _sign(predicted: int, label: int) -> str:
    if label < 0:
        return ""
    sign, word = ("✓", "right") if predicted == label else ("✗", "wrong")
    return f'<span class="sign {word}" role="img" aria-label="{word}">{sign}</span> '
