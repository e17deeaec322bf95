"""The parts of a report that are not scores: predictions of the forgotten people, losses, caveats, versions."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import version

import numpy as np

from dlfd_core import __version__
from dlfd_core.data.duplicates import find_leaks
from dlfd_core.data.label_space import Attributes
from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.data.sprites import make_sprite
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import FacePrediction, ForgetRequest, Scores, Sprite

#: A run that keeps less than this share of the accuracy on validation people has damaged the task beyond repair.
DAMAGED = 0.7
#: Photos of forgotten people whose predictions are listed.
LISTED_PHOTOS = 96


def listed_predictions(
    task: TaskData, splits: Splits, before: Outputs, after: Outputs
) -> tuple[tuple[FacePrediction, ...], Sprite]:
    """What the model says about the forgotten people, evenly over people, at most ``LISTED_PHOTOS`` photos."""
    people = task.data.person[splits.forget]
    each = max(1, LISTED_PHOTOS // len(np.unique(people)))
    chosen = np.concatenate([splits.forget[people == who][:each] for who in np.unique(people)])[:LISTED_PHOTOS]
    said, losses = (before, after), [outputs.losses(task.labels)[chosen] for outputs in (before, after)]
    guesses = [outputs.predictions()[chosen] for outputs in said]
    sure = [outputs.probabilities()[chosen].max(1) for outputs in said]
    rows = tuple(
        FacePrediction(
            tile=i,
            person=task.data.people[task.data.person[photo]].id,
            label=int(task.labels[photo]),
            before=int(guesses[0][i]),
            after=int(guesses[1][i]),
            confidence_before=float(sure[0][i]),
            confidence_after=float(sure[1][i]),
            loss_before=float(losses[0][i]),
            loss_after=float(losses[1][i]),
        )
        for i, photo in enumerate(chosen)
    )
    return rows, make_sprite(task.data.images[chosen], tile=64, columns=12, quality=75)


def set_losses(outputs: Outputs, task: TaskData, splits: Splits) -> dict[str, np.ndarray]:
    """Per-photo losses of the sets an attacker compares, and of the retain set."""
    losses = outputs.losses(task.labels)
    return {
        "forget": losses[splits.forget],
        "unseen": losses[splits.unseen_non_members],
        "retain": losses[splits.retain],
    }


def request_key(request: ForgetRequest, digest: str) -> str:
    """12 hex digits of a hash of the settings and of the data."""
    described = json.dumps([asdict(request), digest], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()[:12]


def caveats_of(task: TaskData, method: str, scores: dict[str, Scores], splits: Splits | None = None) -> tuple[str, ...]:
    """What the reader of the numbers should know; with ``splits``, also what their photos have in common."""
    found = ["One run with one seed: another seed moves every score a little."]
    before, after = (scores[name].validation_accuracy for name in ("original", "unlearned"))
    if after < DAMAGED * before:
        advice = "a lower learning rate, fewer perturbation steps" if method == "dlfd" else "a lower learning rate"
        sentence = (
            f"This run damaged the task beyond repair: accuracy on validation people fell from {before:.0%} to "
            f"{after:.0%}; try {advice} or another seed."
        )
        found.insert(0, sentence)
    if splits is not None:
        found[:0] = find_leaks(task.data, splits).sentences()
        if splits.shared_people:
            found.append(f"The forget set cuts through people: of {splits.shared_people} some photos are kept.")
    found += task.data.notes
    if task.data.skipped:
        found.append(f"{task.data.skipped} photos could not be read and were left out.")
    if task.same_people:
        found.append("The classes are the people: strangers are held-out photos of the forgotten people themselves.")
    if isinstance(task.space, Attributes):
        found.append("Accuracy is the mean over the attributes, each of which is right or wrong by itself.")
    if "retrained" not in scores:
        found.append(
            "Without a retrained model there is no telling what these scores would be had they never been seen."
        )
    if scores["original"].null_band[1] > 0.1:
        found.append("So few people or photos are compared that chance alone reaches large forgetting scores.")
    return tuple(found)


def software_versions() -> dict[str, str]:
    """What a result depends on."""
    packages = ("torch", "numpy", "scikit-learn", "umap-learn")
    return {"dlfd": __version__, "python": platform.python_version()} | {name: version(name) for name in packages}
