"""Panel "Effects on other people": changes of accuracy for people who were not to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from dlfd_core.types import AccuracyChange, ForgetReport
from dlfd_core.ui.evidence.parts import Row, absent, around_zero, between, numbers, panel, picture, points, ticks
from dlfd_core.ui.text.markup import counted, esc, percent

#: Most rows that are drawn per group; the table has all of them.
DRAWN = 8


def payers_panel(report: ForgetReport) -> str:
    """The panel; empty without an impact."""
    impact = report.impact
    if impact is None:
        return ""
    finding = _finding(impact.look_alike_change, impact.others_change)
    together = (impact.look_alike_change, impact.others_change)
    people = "Single kept people, the largest loss first"
    groups: list[tuple[str, Sequence[AccuracyChange], str]] = [
        ("Look-alikes and all other kept people", together, "all people of both groups"),
        ("Answers of the task", _sorted(impact.classes), "unseen people's photos"),
        ("Attributes of people", _sorted(impact.attributes), "unseen people's photos"),
        (people, _sorted(impact.people), "among many people, some get worse by chance alone"),
        ("Single kept people, the most alike first", impact.look_alikes, "nearest first"),
    ]
    drawn = "".join(
        _group(title, changes[:DRAWN], note + (f"; {DRAWN} of {len(changes)} drawn" if len(changes) > DRAWN else ""))
        for title, changes, note in groups
        if changes
    )
    body = f"<p>{esc(_sentence(*together))}</p>" + drawn + _table(groups)
    return panel("payers", "Effects on other people", finding, body)


def _sorted(changes: Sequence[AccuracyChange]) -> list[AccuracyChange]:
    """The changes, the greatest loss first."""
    return sorted(changes, key=lambda change: change.change)


def _finding(alike: AccuracyChange, others: AccuracyChange) -> str:
    more = f"{abs(100 * (alike.change - others.change)):.1f}"
    many = "person" if alike.people == 1 else f"{alike.people:,} people"
    if more == "0.0":
        return f"The {many} most like the forgotten people changed as all other kept people did."
    who = f"Compared with all other kept people, the {many} most like the forgotten people"
    word = "lost" if alike.change < others.change else "gained"
    doubt = " (the intervals overlap)" if _overlap(alike, others) else ""
    return f"{who} {word} {more} points{doubt}."


def _overlap(a: AccuracyChange, b: AccuracyChange) -> bool | None:
    """Whether the two intervals overlap; None where one of the changes has no interval."""
    if a.interval is None or b.interval is None:
        return None
    return a.interval[0] <= b.interval[1] and b.interval[0] <= a.interval[1]


def _sentence(alike: AccuracyChange, others: AccuracyChange) -> str:
    parts = []
    for who, change in (("Look-alikes", alike), ("all other kept people", others)):
        interval = "" if change.interval is None else f"; 95 % interval {between(change.interval, points)}"
        size = f"{counted(change.people, 'person', 'people')}, {counted(change.photos, 'photo', 'photos')}"
        parts.append(f"{who}: {points(change.change)} points ({size}{interval})")
    apart = {None: "", True: " The two intervals overlap.", False: " The two intervals do not overlap."}
    return f"{parts[0]}; {parts[1]}.{apart[_overlap(alike, others)]}"


def _group(title: str, changes: Sequence[AccuracyChange], note: str) -> str:
    ends = [value for change in changes for value in (change.change, *(change.interval or ()))]
    scale = around_zero(ends)
    rows = ""
    for change in changes:
        bar = "" if change.interval is None else f'<i class="ci" style="{scale.span(change.interval)}"></i>'
        way = "worse" if points(change.change)[0] == "−" else "better" if points(change.change)[0] == "+" else "same"
        rows += (
            f'<span class="who">{esc(change.name)}</span><span class="track"><i class="half"></i>'
            f'<i class="stem" data-way="{way}" style="{scale.span((0.0, change.change))}"></i>{bar}'
            f'<i class="dot" data-way="{way}" style="{scale.left(change.change)}"></i></span>'
            f"<b>{points(change.change)}</b>"
        )
    axis = ticks(scale, (scale.low, 0.0, scale.high), _tick)
    worst = min(changes, key=lambda change: change.change)
    label = f"{title}: {len(changes)} shown; the greatest loss is {points(worst.change)} points, {worst.name}."
    plot = f'{rows}<span></span><span class="axis">{axis}</span><small>points</small>'
    return f"<h5>{esc(title)} <small>{esc(note)}</small></h5>{picture(plot, label, 'payers')}"


def _tick(value: float) -> str:
    return f"{100 * value:+g}".replace("-", "−").replace("+0", "0")


def _table(groups: Sequence[tuple[str, Sequence[AccuracyChange], str]]) -> str:
    heads = ["who", "change in points", "right before", "right after", "people", "photos"]
    return numbers(
        "Share of right answers before and after, with 95 % intervals of the change",
        heads,
        [(esc(title), [_row(change) for change in changes]) for title, changes, _ in groups if changes],
    )


def _row(change: AccuracyChange) -> Row:
    interval = absent("too few for an interval")
    if change.interval is not None:
        interval = f'<small class="interval">{between(change.interval, points)}</small>'
    sizes = [percent(change.before), percent(change.after), f"{change.people:,}", f"{change.photos:,}"]
    return esc(change.name), [f"{points(change.change)} {interval}", *sizes]
