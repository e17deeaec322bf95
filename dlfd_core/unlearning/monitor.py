"""The live view of a run: accuracies and forgetting score on a fixed subsample of forget, retain and validation photos.

It never sees unseen people: they are for the report.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.device import Compute
from dlfd_core.metrics.evaluate import nomus
from dlfd_core.metrics.membership import attack_accuracy, signed_auc
from dlfd_core.models.outputs import Outputs, collect_outputs
from dlfd_core.models.training import Phase
from dlfd_core.seeding import make_rng
from dlfd_core.types import CurvePoint


class Monitor:
    """Scores a model during a run.

    Args:
        strangers: validation photos an attacker compares the forget photos with.
        size: photos per set at most.

    Attributes:
        positions: by set, (k,) which of its photos are watched, in ascending order.
        latest: what it saw last; outputs: of the model it saw last, over all watched photos, set after set.
    """

    def __init__(
        self,
        *,
        forget: PhotoSet,
        retain: PhotoSet,
        validation: PhotoSet,
        strangers: PhotoSet,
        compute: Compute,
        seed: int,
        size: int = 256,
        raise_if_cancelled: Callable[[], None] = lambda: None,
    ):
        given = {"forget": forget, "retain": retain, "strangers": strangers}
        # strangers and validation are the same photos unless the task is the identity: then one pass serves both
        if validation is not strangers:
            given["validation"] = validation
        chosen = {name: photos.drawn(size, seed, f"monitor {name}") for name, photos in given.items()}
        sets = {name: given[name].select(index) for name, index in chosen.items()}
        self.positions = {name: index.numpy() for name, index in chosen.items()}
        self._images = torch.cat([photos.images for photos in sets.values()])
        self._labels = torch.cat([photos.labels for photos in sets.values()]).cpu().numpy()
        bounds = np.cumsum([0, *map(len, sets.values())])
        self._index = {name: np.arange(bounds[i], bounds[i + 1]) for i, name in enumerate(sets)}
        self._index.setdefault("validation", self._index["strangers"])
        count = min(len(self._index["forget"]), len(self._index["strangers"]))
        rng = make_rng(seed, "monitor attack")
        self._sides = [rng.permutation(self._index[name])[:count] for name in ("forget", "strangers")]
        self._compute, self._raise_if_cancelled = compute, raise_if_cancelled
        self.latest: CurvePoint | None = None
        self.outputs: Outputs | None = None

    def observe(self, model: Backbone, step: int, phase: Phase) -> CurvePoint:
        """One forward pass over the subsample; the model's modes are as before afterwards."""
        outputs = self.outputs = collect_outputs(
            model, self._images, self._compute, raise_if_cancelled=self._raise_if_cancelled
        )
        losses = outputs.losses(self._labels)
        right = outputs.right(self._labels)
        members, strangers = losses[self._sides[0]], losses[self._sides[1]]
        finite = bool(np.isfinite(losses).all())  # a diverged model is caught by the loop; here it must not crash
        self.latest = CurvePoint(
            step=step,
            forget_accuracy=float(right[self._index["forget"]].mean()),
            retain_accuracy=float(right[self._index["retain"]].mean()),
            validation_accuracy=float(right[self._index["validation"]].mean()),
            forgetting_score=abs(float(attack_accuracy(members[None], strangers[None])[0]) - 0.5) if finite else 0.5,
            auc=signed_auc(members, strangers) if finite else 0.0,
            phase=phase.name,
            ot_cost=None if phase.ot_cost is None else float(phase.ot_cost),
            lambda_r=phase.lambda_r,
        )
        return self.latest

    def selection_score(self) -> float:
        """NoMUS on the validation subsample as last seen, for keeping the best state; in [0, 1]."""
        if self.latest is None:
            raise ValueError("the monitor has not looked at a model yet")
        return nomus(self.latest.validation_accuracy, self.latest.forgetting_score)
