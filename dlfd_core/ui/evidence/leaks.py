"""Panel "Who is recognised most": which of the forgotten people an attacker still finds."""

from __future__ import annotations

from collections.abc import Mapping

from dlfd_core.types import MEASURES, ForgetReport, PersonLeak
from dlfd_core.ui.evidence.parts import Row, Scale, absent, decimal, key, numbers, panel, picture, tenths
from dlfd_core.ui.text.markup import counted, esc, face, sheet_style

#: Most people that are drawn; the table has all of them.
DRAWN = 12
UNIT = Scale(0.0, 1.0)


def leaks_panel(report: ForgetReport, names: Mapping[str, str]) -> str:
    """The panel, with the person whom the unlearned model recognises most first; empty without its audit.

    Args:
        names: person id -> name.
    """
    audit = report.audits.get("unlearned")
    if audit is None or not audit.people:
        return ""
    people = sorted(audit.people, key=lambda leak: -leak.loss_auc)
    finding = _finding(people, names)
    tiles = {row.person: row.tile for row in reversed(report.predictions)} if report.photos is not None else {}
    rows = "".join(_row(report, leak, names, tiles) for leak in people[:DRAWN])
    banked = any(leak.expected is not None for leak in people)
    heads = "<small>RMIA</small><small>gone</small>" if banked else ""
    columns = " banked" if banked else ""
    plot = (
        '<span></span><span class="ends"><span>← over-forgotten</span><span>known →</span></span><small>AUC</small>'
        f'{heads}{rows}<span></span><span class="axis">{tenths(UNIT)}</span><span></span>'
    )
    style = "" if report.photos is None else f' style="{sheet_style(report.photos)}"'
    expected = '<span><i class="swatch expected"></i>by models that never saw them</span>' if banked else ""
    rest = len(people) - DRAWN
    more = f" The {DRAWN} most recognisable of {len(people)} are drawn; the table has all." if rest > 0 else ""
    words = "Gone: how far all traces are gone; 1 is completely (IAM)." if banked else ""
    body = (
        key(f'<span><i class="swatch bar" data-model="unlearned"></i>distance from 0.5</span>{expected}')
        + f"<div{style}>{picture(plot, f'Loss AUC of each forgotten person. {finding}', 'leaks' + columns)}</div>"
        + (f'<p class="quiet">{f"{words}{more}".strip()}</p>' if words or more else "")
        + _table(people, names)
    )
    return panel("leaks", "Who is recognised most", finding, body)


def _name(leak: PersonLeak, names: Mapping[str, str]) -> str:
    return names.get(leak.person, leak.person)


def _finding(people: list[PersonLeak], names: Mapping[str, str]) -> str:
    first, last = people[0], people[-1]
    if len(people) == 1:
        return f"{_name(first, names)}: {decimal(first.loss_auc)} (0.5 is no trace)."
    if round(first.loss_auc, 2) < 0.5:
        return (
            f"None of {len(people)} is above 0.5 (no trace); {_name(last, names)} is over-forgotten most: "
            f"{decimal(last.loss_auc)}."
        )
    return (
        f"{_name(first, names)} is the most recognisable of {len(people)}: {decimal(first.loss_auc)} (0.5 is no "
        f"trace); the least: {_name(last, names)}, {decimal(last.loss_auc)}."
    )


def _row(report: ForgetReport, leak: PersonLeak, names: Mapping[str, str], tiles: Mapping[str, int]) -> str:
    picture_of = face(report.photos, tiles[leak.person]) if report.photos is not None and leak.person in tiles else ""
    tick = "" if leak.expected is None else f'<i class="expected" style="{UNIT.left(leak.expected)}"></i>'
    extra = ""
    if leak.expected is not None:
        extra = "".join(
            f"<span class=number>{'–' if value is None else decimal(value)}</span>"
            for value in (leak.rmia, leak.completeness)
        )
    return (
        f'<span class="who">{picture_of}<span>{esc(_name(leak, names))} '
        f"<small>{counted(leak.photos, 'photo', 'photos')}</small></span></span>"
        f'<span class="track"><i class="half"></i><i class="bar" data-model="unlearned" '
        f'style="{UNIT.span((0.5, leak.loss_auc))}"></i>{tick}'
        f'<i class="mk" data-model="unlearned" style="{UNIT.left(leak.loss_auc)}"></i></span>'
        f"<b>{decimal(leak.loss_auc)}</b>{extra}"
    )


def _table(people: list[PersonLeak], names: Mapping[str, str]) -> str:
    loss, rmia, completeness = (MEASURES[name].title for name in ("loss_auc", "rmia", "completeness"))
    heads = ["person", "photos", loss, "expected, never seen", rmia, completeness]
    none = absent("there are no reference models for this data and task")
    rows: list[Row] = [
        (
            esc(_name(leak, names)),
            [
                f"{leak.photos:,}",
                decimal(leak.loss_auc),
                *(none if value is None else decimal(value) for value in (leak.expected, leak.rmia, leak.completeness)),
            ],
        )
        for leak in people
    ]
    return numbers("The forgotten people, the most recognisable first", heads, [("", rows)])
