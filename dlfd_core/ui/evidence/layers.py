"""Panel "Layer similarity": linear CKA between the layers of the models."""

from __future__ import annotations

from dlfd_core.types import MODEL_TITLES, ForgetReport
from dlfd_core.ui.evidence.parts import Row, Scale, absent, decimal, in_order, key, numbers, panel, picture
from dlfd_core.ui.text.markup import esc

UNIT = Scale(0.0, 1.0)


def layers_panel(report: ForgetReport) -> str:
    """The panel: linear CKA of the unlearned model per layer group; the table has the other models too."""
    by_model = {name: cka for name in in_order(report) if (cka := report.audits[name].cka)}
    ours = by_model.get("unlearned")
    if not ours:
        return ""
    others = list(ours)
    layers = list(dict.fromkeys(layer for values in ours.values() for layer in values))
    finding = _finding(ours)
    rows = ""
    for layer in layers:
        bars = "".join(
            f'<span class="meter"><i class="bar" data-model="{other}" style="{UNIT.span((0.0, ours[other][layer]))}">'
            f"</i></span><b>{decimal(ours[other][layer])}</b>"
            for other in others
            if layer in ours[other]
        )
        rows += f'<span class="who">{esc(layer)}</span><div class="pair">{bars}</div>'
    swatches = "".join(
        f'<span><i class="swatch bar" data-model="{other}"></i>to the {MODEL_TITLES[other].lower()} model</span>'
        for other in others
    )
    label = f"Similarity of the unlearned model's layers to other models. {finding}"
    body = key(swatches) + picture(rows, label, "layers") + _table(by_model, layers)
    return panel("layers", "Layer similarity", finding, body)


def _finding(ours: dict[str, dict[str, float]]) -> str:
    parts = []
    for other, values in ours.items():
        layer, least = min(values.items(), key=lambda item: item[1])
        parts.append(f"{decimal(least)} to the {MODEL_TITLES[other].lower()} model ({layer})")
    return f"Least alike: {', '.join(parts)}."


def _table(by_model: dict[str, dict[str, dict[str, float]]], layers: list[str]) -> str:
    pairs = [(name, other) for name, cka in by_model.items() for other in cka if other != name]
    rows: list[Row] = [
        (
            esc(layer),
            [
                decimal(by_model[name][other][layer]) if layer in by_model[name][other] else absent("not measured")
                for name, other in pairs
            ],
        )
        for layer in layers
    ]
    heads = ["layers", *(f"{MODEL_TITLES[name]} to {MODEL_TITLES[other].lower()}" for name, other in pairs)]
    return numbers("Linear CKA, from 0 to 1", heads, [("", rows)])
