"""Parts of a report beside the scores: predictions on forgotten people, losses, caveats, versions."""

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

#: Share of the accuracy on validation people; a run that keeps less than it has damaged the task beyond repair.
DAMAGED = 0.7
#: Largest number of photos of forgotten people whose predictions are listed.
LISTED_PHOTOS = 96


def listed_predictions(
    task: TaskData, splits: Splits, before: Outputs, after: Outputs
) -> tuple[tuple[FacePrediction, ...], Sprite]:
    """Predictions on at most ``LISTED_PHOTOS`` photos of forgotten people, equally many of each person."""
    people = task.data.person[splits.forget]
    per_person = max(1, LISTED_PHOTOS // len(np.unique(people)))
    photos = np.concatenate([splits.forget[people == person][:per_person] for person in np.unique(people)])
    photos = photos[:LISTED_PHOTOS]
    losses = [outputs.losses(task.labels)[photos] for outputs in (before, after)]
    predictions = [outputs.predictions()[photos] for outputs in (before, after)]
    confidences = [outputs.probabilities()[photos].max(1) for outputs in (before, after)]
    rows = tuple(
        FacePrediction(
            tile=i,
            person=task.data.people[task.data.person[photo]].id,
            label=int(task.labels[photo]),
            before=int(predictions[0][i]),
            after=int(predictions[1][i]),
            confidence_before=float(confidences[0][i]),
            confidence_after=float(confidences[1][i]),
            loss_before=float(losses[0][i]),
            loss_after=float(losses[1][i]),
        )
        for i, photo in enumerate(photos)
    )
    return rows, make_sprite(task.data.images[photos], tile=64, columns=12, quality=75)


def set_losses(outputs: Outputs, task: TaskData, splits: Splits) -> dict[str, np.ndarray]:
    """Losses of each photo of the two sets that an attacker compares, and of the retain set."""
    losses = outputs.losses(task.labels)
    return {
        "forget": losses[splits.forget],
        "unseen": losses[splits.unseen_non_members],
        "retain": losses[splits.retain],
    }


def request_key(request: ForgetRequest, digest: str) -> str:
    """12 hex digits of a hash of the settings and of the data."""
    content = json.dumps([asdict(request), digest], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def caveats_of(
    task: TaskData, method: str, scores: dict[str, Scores], splits: Splits | None = None, *, strict: bool = False
) -> tuple[str, ...]:
    """Sentences on the limits of the numbers; with ``splits``, also on photos that two sets share.

    Args:
        strict: there is a reference bank, which says what models score that never saw the people.
    """
    caveats = ["One run with one seed: another seed moves every score a little."]
    before, after = (scores[name].validation_accuracy for name in ("original", "unlearned"))
    if after < DAMAGED * before:
        advice = "a lower learning rate, fewer perturbation steps" if method == "dlfd" else "a lower learning rate"
        sentence = (
            f"This run damaged the task beyond repair: accuracy on validation people fell from {before:.0%} to "
            f"{after:.0%}; try {advice} or another seed."
        )
        caveats.insert(0, sentence)
    if splits is not None:
        caveats[:0] = find_leaks(task.data, splits).sentences()
        if splits.shared_people:
            caveats.append(f"The forget set cuts through people: of {splits.shared_people} some photos are kept.")
    caveats += task.data.notes
    if task.data.skipped:
        caveats.append(f"{task.data.skipped} photos could not be read and were left out.")
    if task.same_people:
        caveats.append("The classes are the people: unseen photos are other photos of the forgotten people themselves.")
    if isinstance(task.space, Attributes):
        caveats.append("Accuracy is the mean over the attributes, each of which is right or wrong by itself.")
    if "retrained" not in scores and not strict:
        caveats.append(
            "Without a retrained model it is unknown what these scores would be if they had never been seen."
        )
    if scores["original"].null_band[1] > 0.1:
        caveats.append("So few people or photos are compared that chance alone reaches large forgetting scores.")
    return tuple(caveats)


def software_versions() -> dict[str, str]:
    """Versions of the software that a result depends on."""
    packages = ("torch", "numpy", "scikit-learn", "umap-learn")
    return {"dlfd": __version__, "python": platform.python_version()} | {name: version(name) for name in packages}
