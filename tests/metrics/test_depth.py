"""Memory by depth: the probe attack finds what one layer remembers, and nothing where nothing is remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.data.splits import Splits, prepare_task, split_for
from dlfd_core.metrics.depth import PROBE_PHOTOS, SIDE_PHOTOS, depth_sample, memory_by_depth, probe_margins
from dlfd_core.seeding import make_rng
from tests.small import small_data

TASK = prepare_task(small_data(people=60), "place")
SPLITS = split_for(TASK, TASK.training_people()[:12])
LABELS, PERSON = TASK.labels, TASK.data.person
EVERY = np.arange(len(LABELS))


def activations(clear: dict[str, float], channels: int = 8) -> np.ndarray:
    """Random activations (N, channels) with the label written into them, as clearly as ``clear`` says for each set."""
    rng = make_rng(1, "activations")
    strength = np.zeros(len(LABELS))
    for name, value in clear.items():
        strength[getattr(SPLITS, name)] = value
    made = rng.normal(size=(len(LABELS), channels))
    made[EVERY, LABELS] += strength
    return made.astype(np.float32)


def test_a_layer_that_remembers_is_told_from_one_that_does_not() -> None:
    layers = {
        "stem": activations({"retain": 1.0, "forget": 1.0, "unseen_non_members": 1.0}),
        "stage 1": activations({"retain": 4.0, "forget": 4.0, "unseen_non_members": 1.0}),
        "head": activations({"retain": 4.0, "forget": 0.0, "unseen_non_members": 1.0}),
    }
    found = memory_by_depth(layers, EVERY, LABELS, PERSON, SPLITS)
    assert found is not None and list(found) == list(layers)
    stem, stage, head = found.values()
    assert stem.interval[0] <= 0.5 <= stem.interval[1] and abs(stem.auc - 0.5) < 0.1
    assert stage.auc > 0.9 and stage.interval[0] > 0.5
    assert head.auc < 0.4 and head.interval[1] < 0.5  # over-forgotten
    for point in found.values():
        assert 0 <= point.interval[0] <= point.auc <= point.interval[1] <= 1


def test_only_the_photos_of_the_sample_are_needed() -> None:
    made = activations({"retain": 4.0, "forget": 3.0, "unseen_non_members": 1.0})
    index = depth_sample(PERSON, SPLITS)
    assert (np.diff(index) > 0).all()
    for name, most in (("retain", PROBE_PHOTOS), ("forget", SIDE_PHOTOS), ("unseen_non_members", SIDE_PHOTOS)):
        side = getattr(SPLITS, name)
        assert len(np.intersect1d(index, side)) == min(most, len(side))
    found = memory_by_depth({"stem": made[index]}, index, LABELS, PERSON, SPLITS)
    assert found is not None and found["stem"].auc > 0.75


def test_the_probe_is_the_closed_form_of_ridge_regression() -> None:
    from sklearn.linear_model import Ridge

    rng = make_rng(2, "ridge")
    x, answers, fit = rng.normal(size=(50, 5)), np.eye(3)[rng.integers(0, 3, 50)], np.arange(30)
    scaled = (x - x[fit].mean(0)) / x[fit].std(0)
    values = Ridge(alpha=0.01 * 30).fit(scaled[fit], answers[fit]).predict(scaled)
    own = values[answers > 0]
    others = np.where(answers > 0, -np.inf, values).max(1)
    assert probe_margins(x, answers, fit) == pytest.approx(own - others)


def test_constant_activations_tell_nothing() -> None:
    found = memory_by_depth({"dead": np.full((len(LABELS), 4), 3.0)}, EVERY, LABELS, PERSON, SPLITS)
    assert found is not None and np.isfinite(found["dead"].auc)


@pytest.mark.parametrize("change", ["people as classes", "one class", "nobody forgotten"])
def test_without_a_probe_or_a_side_there_is_no_attack(change: str) -> None:
    splits: Splits = SPLITS
    labels = LABELS
    if change == "people as classes":
        splits = replace(SPLITS, by_person=False)
    elif change == "one class":
        labels = np.where(LABELS >= 0, 0, LABELS)
    else:
        labels = LABELS.copy()
        labels[SPLITS.forget] = -1
    assert memory_by_depth({"stem": activations({})}, EVERY, labels, PERSON, splits) is None
