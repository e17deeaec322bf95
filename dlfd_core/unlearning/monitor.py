"""Live scores of a run: accuracies and forgetting score on a fixed subsample of forget, retain and validation photos.

It never uses unseen people, who are for the report.
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

#: Largest number of photos of a set where it is below ``size``. The accuracy on retain photos is only displayed.
FEWER = {"retain": 128}


class Monitor:
    """Scores a model during a run.

    Args:
        strangers: validation photos that an attacker compares with the forget photos.
        size: largest number of photos per set, except those of ``FEWER``.

    Attributes:
        positions: by set, (k,) positions of the photos of the subsample in that set, in ascending order.
        latest: the latest scores; outputs: of the latest model on all photos of the subsample, set after set.
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
        photo_sets = {"forget": forget, "retain": retain, "strangers": strangers}
        # strangers and validation are the same photos unless the task is the identity: then one pass serves both
        if validation is not strangers:
            photo_sets["validation"] = validation
        positions = {
            name: photos.draw_positions(min(size, FEWER.get(name, size)), seed, f"monitor {name}")
            for name, photos in photo_sets.items()
        }
        sets = {name: photo_sets[name].select(index) for name, index in positions.items()}
        self.positions = {name: index.numpy() for name, index in positions.items()}
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
        """Score a model by one forward pass over the subsample; its train and eval modes are restored."""
        outputs = self.outputs = collect_outputs(
            model, self._images, self._compute, raise_if_cancelled=self._raise_if_cancelled
        )
        losses = outputs.losses(self._labels)
        correct = outputs.correctness(self._labels)
        members, strangers = losses[self._sides[0]], losses[self._sides[1]]
        finite = bool(np.isfinite(losses).all())  # the training loop reports a diverged model; here it must not crash
        self.latest = CurvePoint(
            step=step,
            forget_accuracy=float(correct[self._index["forget"]].mean()),
            retain_accuracy=float(correct[self._index["retain"]].mean()),
            validation_accuracy=float(correct[self._index["validation"]].mean()),
            forgetting_score=abs(float(attack_accuracy(members[None], strangers[None])[0]) - 0.5) if finite else 0.5,
            auc=signed_auc(members, strangers) if finite else 0.0,
            phase=phase.name,
            ot_cost=None if phase.ot_cost is None else float(phase.ot_cost),
            lambda_r=phase.lambda_r,
        )
        return self.latest

    def selection_score(self) -> float:
        """Latest NoMUS on the validation subsample, in [0, 1], by which the best state is kept."""
        if self.latest is None:
            raise ValueError("the monitor has not scored a model yet")
        return nomus(self.latest.validation_accuracy, self.latest.forgetting_score)
