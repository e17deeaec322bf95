"""All scores of one model: NoMUS by hand, and the sign of each score."""

from __future__ import annotations

import numpy as np
import pytest

from dlfd_core.data.label_space import SingleLabel
from dlfd_core.data.splits import Splits, split_for
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.evaluate import evaluate, nomus
from dlfd_core.models.outputs import Outputs
from tests.small import picked, small_task


def test_nomus_by_hand() -> None:
    assert nomus(0.6, 0.1) == pytest.approx(0.7)  # (0.6 + 1 - 0.2) / 2
    assert nomus(1.0, 0.0) == 1.0
    assert nomus(0.0, 0.5) == 0.0


def made_up(splits: Splits, count: int, known: float) -> tuple[Outputs, np.ndarray]:
    """Outputs for 2 classes: right everywhere; the margin is ``known`` logits larger on forget photos."""
    labels = np.zeros(count, dtype=np.int64)
    rng = np.random.default_rng(0)
    logits = np.zeros((count, 2), dtype=np.float32)
    logits[:, 0] = rng.uniform(0.5, 2.5, count)
    logits[splits.forget, 0] += known
    return Outputs(np.zeros((count, 3), dtype=np.float32), logits, SingleLabel(("a", "b"))), labels


def test_scores_have_the_right_sign() -> None:
    task = small_task(people=60)
    splits = picked(task, 12)
    count, person = len(task.data.person), task.data.person
    known = evaluate(*made_up(splits, count, 3.0), person, splits)
    same = evaluate(*made_up(splits, count, 0.0), person, splits)
    over = evaluate(*made_up(splits, count, -3.0), person, splits)
    assert known.mia_auc > 0.9 and over.mia_auc < 0.1
    assert known.forgetting_score > known.null_band[1] and over.forgetting_score > over.null_band[1]
    assert same.forgetting_score <= same.null_band[1]
    assert same.auc_band[0] < same.mia_auc < same.auc_band[1]
    assert known.utility == known.unseen_accuracy == 1.0
    assert known.nomus == pytest.approx(nomus(known.utility, known.forgetting_score))


def test_too_few_photos_for_an_attack_is_said() -> None:
    task = small_task()
    splits = split_for(task, task.training_people()[:1])
    none = Splits(**(vars(splits) | {"unseen_non_members": splits.unseen[:1]}))
    with pytest.raises(InvalidRequest, match="at least 2"):
        evaluate(*made_up(splits, len(task.data.person), 0.0), task.data.person, none)
