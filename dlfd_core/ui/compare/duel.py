"""Two finished runs of a race side by side: loss histograms, and the photos on which the models differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from dlfd_core.types import SET_TITLES, FacePrediction, ForgetReport
from dlfd_core.ui.evidence.parts import numbers
from dlfd_core.ui.text.markup import counted, esc, face, sheet_style
from dlfd_core.ui.text.texts import copy_text

#: Left end of the logarithmic loss axis, where smaller losses are drawn, and number of bars.
FLOOR, BINS = 1e-4, 30
#: Size of a panel and edges of its plot, in units of its view box.
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 420, 230, 44, 12, 412, 188
#: Sets whose losses are drawn.
GROUPS = ("unseen", "forget")

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
    losses = [report.losses["unlearned"] for report in (a, b)]
    every = np.concatenate([sets[name] for sets in losses for name in GROUPS])
    top = max([10.0, *every[np.isfinite(every)].tolist()])
    edges = np.linspace(np.log10(FLOOR), np.log10(top), BINS + 1)
    shares = [{name: _shares(sets[name], edges) for name in GROUPS} for sets in losses]
    highest = max(float(values.max()) for sets in shares for values in sets.values()) or 1.0
    panels = "".join(
        _panel(report, title, sets, edges, highest, "ab"[i])
        for i, (report, title, sets) in enumerate(zip((a, b), titles, shares, strict=True))
    )
    key = "".join(f'<span class="swatch {name}">{SET_TITLES[name]}</span>' for name in GROUPS)
    return (
        f"<h3>How wrong they are, photo by photo</h3><p>{esc(' '.join(copy_text('duel_losses').split()))}</p>"
        f'<div class="panels">{panels}</div>'
        f'<p class="key" aria-hidden="true">{key}</p>{_table(shares, edges, titles)}'
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


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(n,) losses -> (BINS,) shares of the photos."""
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(np.log10(np.clip(finite, FLOOR, None)), edges)
    return counts / max(1, len(finite))


def _panel(
    report: ForgetReport, title: str, shares: Mapping[str, np.ndarray], edges: np.ndarray, highest: float, name: str
) -> str:
    sets, scores = report.losses["unlearned"], report.scores["unlearned"]
    medians = ", ".join(
        f"{SET_TITLES[kind]} {np.nanmedian(sets[kind]):.2f} (n = {len(sets[kind]):,})"
        if len(sets[kind])
        else f"{SET_TITLES[kind]}: none"
        for kind in GROUPS
    )
    label = f"{title}: attack accuracy {scores.mia_accuracy:.2f}; median loss in nats of {medians}."
    paths = "".join(_steps(values, highest, kind, name) for kind, values in shares.items())
    hatch = (
        f'<pattern id="hatch-{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0 0V6"/></pattern>'
    )
    return (
        f"<figure><figcaption>{esc(title)} <small>attack {scores.mia_accuracy:.2f}</small></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{esc(label)}"><defs>{hatch}</defs>{paths}'
        f"{_axes(edges, highest)}</svg><small>Median: {esc(medians)}</small></figure>"
    )


def _steps(shares: np.ndarray, highest: float, kind: str, name: str) -> str:
    """A filled histogram with an outline; that of the forgotten people is also hatched."""
    xs = np.linspace(LEFT, RIGHT, len(shares) + 1)
    ys = BOTTOM - (BOTTOM - TOP) * shares / highest
    corners, lines, last = [f"M{LEFT} {BOTTOM}"], [], float(BOTTOM)
    for (left, right), y in zip(pairwise(xs), ys, strict=True):
        corners.append(f"L{left:.1f} {y:.1f}L{right:.1f} {y:.1f}")
        if y != last or y < BOTTOM:  # empty bars draw no line over the axis
            lines.append(f"M{left:.1f} {last:.1f}V{y:.1f}" + (f"H{right:.1f}" if y < BOTTOM else ""))
        last = float(y)
    path = "".join([*corners, f"L{RIGHT} {BOTTOM}Z"])
    hatched = f'<path style="fill:url(#hatch-{name})" d="{path}"/>' if kind == "forget" else ""
    return f'<path class="area {kind}" d="{path}"/>{hatched}<path class="line {kind}" d="{"".join(lines)}"/>'


def _axes(edges: np.ndarray, highest: float) -> str:
    span = edges[-1] - edges[0]
    ticks = []
    for power in range(int(edges[0]), int(np.floor(edges[-1])) + 1):
        x = LEFT + (RIGHT - LEFT) * (power - edges[0]) / span
        text = f"{10.0**power:g}" if power > -4 else "≤ 0.0001"
        ticks.append(f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{text}</text>')
    for share in (0.0, highest / 2, highest):
        y = BOTTOM - (BOTTOM - TOP) * share / highest
        ticks.append(f'<text x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{100 * share:.0f} %</text>')
    middle = (LEFT + RIGHT) / 2
    return (
        f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>{"".join(ticks)}'
        f'<text x="{middle:.0f}" y="{HEIGHT - 4}" text-anchor="middle">loss per photo, in nats</text>'
    )


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
