"""Panel "Memory by depth": how well an attacker recognises the forgotten people by the activations of each layer."""

from __future__ import annotations

from dlfd_core.types import MODEL_TITLES, DepthPoint, ForgetReport
from dlfd_core.ui.evidence.parts import (
    Row,
    between,
    decimal,
    forest,
    holds,
    in_order,
    key,
    models_key,
    numbers,
    panel,
    value_cell,
)
from dlfd_core.ui.text.markup import esc


def depth_panel(report: ForgetReport) -> str:
    """The panel: a forest plot by layer and its table; empty where the unlearned model has no such attack."""
    models = [name for name in in_order(report) if report.audits[name].depth]
    by_model = {name: report.audits[name].depth or {} for name in models}
    ours = by_model.get("unlearned")
    if not ours:
        return ""
    finding = _finding(by_model)
    rows = {
        layer: {name: (points[layer].auc, points[layer].interval) for name, points in by_model.items()}
        for layer in ours
    }
    plot = forest(rows, f"Signed AUC of an attack on the activations of each layer, for each model. {finding}")
    return panel("depth", "Memory by depth", finding, key(models_key(models)) + plot + _table(by_model))


def _finding(by_model: dict[str, dict[str, DepthPoint]]) -> str:
    ours = by_model["unlearned"]
    layer, point = max(ours.items(), key=lambda item: item[1].auc)
    others = ", ".join(
        f"{MODEL_TITLES[name].lower()} {decimal(by_model[name][layer].auc)}"
        for name in ("original", "retrained")
        if name in by_model
    )
    value = f"{decimal(point.auc)} ({between(point.interval)}; {others})"
    if holds(point.interval, 0.5) or point.auc < 0.5:
        return f"No layer of the unlearned model clearly remembers them. The most telling is {layer}: {value}."
    return f"Of the unlearned model's layers, {layer} remembers them most: {value}."


def _table(by_model: dict[str, dict[str, DepthPoint]]) -> str:
    rows: list[Row] = [
        (esc(layer), [value_cell(points[layer].auc, points[layer].interval) for points in by_model.values()])
        for layer in by_model["unlearned"]
    ]
    heads = ["layers", *(MODEL_TITLES[name] for name in by_model)]
    return numbers("Signed AUC of the attack on each layer, with 95 % intervals", heads, [("", rows)])
