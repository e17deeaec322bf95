"""Loss explorer: the visitor plays the attacker with a movable threshold on the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from dlfd_core.types import MODEL_TITLES, ForgetReport
from dlfd_core.ui.components.assets import script, sprite_value, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.text.texts import parts

#: Number of bars of a histogram, and of steps of the slider, over the whole axis.
BINS, STEPS = 36, 360
#: Range of the power of ten (nats) at which the axis starts; smaller losses are drawn at its left end.
LOWEST, HIGHEST_START = -7, -2
#: Most photos shown of the found and of the missed ones.
FACES = 12

Side = Literal["below", "above"]


class LossExplorer(Drawing):
    """The component. Value: see ``explorer_value``; ``{}`` shows nothing."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script(
                "loss_explorer_canvas", "loss_explorer", steps=STEPS, faces=FACES, how=parts("evidence")["explorer"]
            ),
            **templates("loss_explorer"),
            **kwargs,
        )


def explorer_value(report: ForgetReport, names: Mapping[str, str]) -> dict[str, Any]:
    """Value of ``LossExplorer`` for a report; ``{}`` where no model has losses of both sets.

    Args:
        names: person id -> name.
    """
    losses = {
        model: {name: _rounded(values) for name, values in sets.items() if name in ("forget", "unseen", "retain")}
        for model, sets in report.losses.items()
    }
    losses = {
        model: sets for model, sets in losses.items() if len(sets.get("forget", ())) and len(sets.get("unseen", ()))
    }
    if not losses:
        return {}
    low, high = axis_of(np.concatenate([values for sets in losses.values() for values in sets.values()]))
    models = [_model(report, name, sets, low, high) for name, sets in losses.items()]
    first = next((i for i, model in enumerate(models) if model["name"] == "unlearned"), 0)
    return {
        "key": report.key,
        "axis": [low, high],
        "models": models,
        "first": first,
        "photos": [
            {
                "tile": row.tile,
                "name": names.get(row.person, row.person),
                "losses": {"original": _short(row.loss_before), "unlearned": _short(row.loss_after)},
            }
            for row in (report.predictions if report.photos is not None else ())
        ],
        "all": report.data.photos.get("forget", len(next(iter(losses.values()))["forget"])),
        "faces": sprite_value(report.photos),
        "finding": _finding(models[first]),
    }


def axis_of(losses: np.ndarray) -> tuple[float, float]:
    """Ends of the axis as whole decimal logarithms; 99 % of the losses lie above the lower end."""
    positive = losses[losses > 0]
    if not len(positive):
        return float(HIGHEST_START), 1.0
    low = np.floor(np.log10(np.quantile(positive, 0.01)))
    high = np.ceil(np.log10(positive.max()))
    return float(np.clip(low, LOWEST, HIGHEST_START)), float(max(1.0, high))


def best_line(forget: np.ndarray, unseen: np.ndarray, side: Side) -> float:
    """The threshold with the highest balanced accuracy; losses <= it (``below``) or > it (``above``) are accused.

    Args:
        forget, unseen: sorted losses, at least one each.
    """
    lines = np.unique(np.concatenate([forget, unseen]))
    at_most = [np.searchsorted(values, lines, side="right") / len(values) for values in (forget, unseen)]
    lead = at_most[0] - at_most[1] if side == "below" else at_most[1] - at_most[0]
    return float(lines[int(np.argmax(lead))])


def _model(report: ForgetReport, name: str, sets: Mapping[str, np.ndarray], low: float, high: float) -> dict[str, Any]:
    scores = report.scores.get(name)
    auc = None if scores is None else round(float(scores.mia_auc), 3)
    return {
        "name": name,
        "title": MODEL_TITLES[name],
        "auc": auc,
        "side": "above" if scores is not None and scores.mia_auc < scores.auc_band[0] else "below",
        "best": {side: best_line(sets["forget"], sets["unseen"], side) for side in ("below", "above")},
        "bars": {kind: _bars(values, low, high) for kind, values in sets.items() if len(values)},
        "retain": len(sets.get("retain", ())),
        "forget": sets["forget"].tolist(),
        "unseen": sets["unseen"].tolist(),
    }


def _bars(losses: np.ndarray, low: float, high: float) -> list[float]:
    """(n,) losses -> BINS shares of the photos."""
    places = np.log10(np.clip(losses, 10.0**low, 10.0**high))
    counts, _ = np.histogram(places, np.linspace(low, high, BINS + 1))
    return [round(float(share), 4) for share in counts / len(losses)]


def _short(value: float) -> float | None:
    """Three significant digits, so that the script compares numbers that are rounded in the same way."""
    return float(f"{value:.3g}") if np.isfinite(value) else None


def _rounded(losses: np.ndarray) -> np.ndarray:
    """Sorted finite losses with three significant digits."""
    return np.sort(np.array([float(f"{value:.3g}") for value in losses if np.isfinite(value)], dtype=np.float64))


def _finding(model: Mapping[str, Any]) -> str:
    forget, unseen = (np.array(model[name]) for name in ("forget", "unseen"))
    line = model["best"][model["side"]]
    found, accused = (
        int(np.sum(values <= line if model["side"] == "below" else values > line)) for values in (forget, unseen)
    )
    return (
        f"{model['title']}: the best line finds {found:,} of {len(forget):,} forgotten photos, and accuses {accused:,} "
        f"of {len(unseen):,} photos of unseen people."
    )
