"""Panel of confusion matrices: before, after, the change, and the retrained model where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dlfd_core.types import MODEL_TITLES, SET_TITLES, ForgetReport, heading
from dlfd_core.ui.evidence.parts import panel
from dlfd_core.ui.text.markup import counted, esc

#: The sets a visitor chooses from, in order.
GROUPS = ("forget", "unseen", "retain")


def matrix_panel(report: ForgetReport) -> str:
    """The panel: a table per model and set, with only the chosen set visible; empty where no matrices were counted."""
    matrices = report.matrices
    before, after = matrices.get("original"), matrices.get("unlearned")
    if not before or not after:
        return ""
    groups = [name for name in GROUPS if name in before and name in after and before[name].sum()]
    if not groups:
        return ""
    radios = "".join(
        f'<label><input type="radio" name="matrix-set" value="{name}"{" checked" if name == groups[0] else ""}>'
        f"<span>{heading(SET_TITLES[name])}</span></label>"
        for name in groups
    )
    tables = "".join(_group(report, name) for name in groups)
    body = f'<fieldset class="sets"><legend>Photos of</legend>{radios}</fieldset>{tables}'
    finding = _finding(report.classes, before[groups[0]], after[groups[0]], heading(SET_TITLES[groups[0]]))
    return panel("matrix", "Which answers are mixed up", finding, body)


def shares(counts: np.ndarray) -> np.ndarray:
    """(C, C) counts -> shares of each row, in [0, 1]; NaN in a row without photos."""
    totals = counts.sum(1, keepdims=True)
    return np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)


def _finding(classes: Sequence[str], before: np.ndarray, after: np.ndarray, who: str) -> str:
    n = int(before.sum())
    right = [int(np.trace(counts)) for counts in (before, after)]
    text = f"{who}: {right[0]:,} of {counted(n, 'photo', 'photos')} right before, {right[1]:,} after"
    moved = after - before
    np.fill_diagonal(moved, 0)
    true, predicted = divmod(int(moved.argmax()), len(classes))
    if moved[true, predicted] <= 0:
        return f"{text}; no mix-up became more frequent."
    return (
        f"{text}; the mix-up that grew most: “{classes[true]}” taken for “{classes[predicted]}”, "
        f"{before[true, predicted]:,} to {after[true, predicted]:,}."
    )


def _group(report: ForgetReport, group: str) -> str:
    models = [name for name in ("original", "unlearned", "retrained") if group in report.matrices.get(name, {})]
    counts = {name: report.matrices[name][group] for name in models}
    who, before = SET_TITLES[group], counts["original"]
    drawn = [_table(report.classes, f"{MODEL_TITLES[name]}, {who}", *_counted(counts[name])) for name in counts]
    change = _table(report.classes, f"Change, {who}", *_changed(before, counts["unlearned"]))
    drawn.insert(2, change)
    n = f"n = {counted(int(before.sum()), 'photo', 'photos')}"
    bare = " –: none of these photos has this true answer." if (before.sum(1) == 0).any() else ""
    return (
        f'<div class="matrices" data-set="{group}" tabindex="0" role="group" aria-label="Answers, {who}">'
        f'{"".join(drawn)}</div><p class="quiet" data-set="{group}">{n}. Large numbers: percent of the row, in the '
        f"change percentage points. Small numbers: photos.{bare}</p>"
    )


#: (true class, predicted class) -> a cell.
_Cell = Callable[[int, int], str]


def _counted(counts: np.ndarray) -> tuple[str, _Cell]:
    share = shares(counts)

    def cell(true: int, predicted: int) -> str:
        if np.isnan(share[true, predicted]):
            return "<td>–</td>"
        text = f"{100 * share[true, predicted]:.0f}"
        if not counts[true, predicted]:
            return _nothing(true, predicted)
        hit = " class=hit" if true == predicted else ""
        return f"<td{hit} style=--s:{text}><b>{text}</b><small>{counts[true, predicted]:,}</small></td>"

    return "share", cell


def _changed(before: np.ndarray, after: np.ndarray) -> tuple[str, _Cell]:
    moved, photos = shares(after) - shares(before), after - before

    def cell(true: int, predicted: int) -> str:
        if np.isnan(moved[true, predicted]):
            return "<td>–</td>"
        if not photos[true, predicted]:
            return _nothing(true, predicted)
        text, small = (_signed(float(value)) for value in (100 * moved[true, predicted], photos[true, predicted]))
        way = "" if text == "0" else " data-way=more" if text[0] == "+" else " data-way=less"
        hit = " class=hit" if true == predicted else ""
        depth = f"{abs(100 * moved[true, predicted]):.0f}"
        return f"<td{hit}{way} style=--moved:{depth}><b>{text}</b><small>{small}</small></td>"

    return "change", cell


def _nothing(true: int, predicted: int) -> str:
    """A cell without photos, or without a change."""
    return f'<td class="nil{" hit" if true == predicted else ""}">0</td>'


def _signed(value: float) -> str:
    text = f"{abs(value):,.0f}"
    return text if text == "0" else ("−" if value < 0 else "+") + text


def _table(classes: Sequence[str], caption: str, kind: str, cell: _Cell) -> str:
    heads = "".join(f'<th scope="col"><span>{esc(name)}</span></th>' for name in classes)
    rows = "".join(
        f'<tr><th scope="row">{esc(name)}</th>{"".join(cell(true, k) for k in range(len(classes)))}</tr>'
        for true, name in enumerate(classes)
    )
    return (
        f'<table class="matrix" data-kind="{kind}"><caption>{esc(caption)}</caption><thead><tr><th scope="col" '
        f'class="corner"><span>true ↓ said →</span></th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
