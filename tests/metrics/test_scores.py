"""Null band, all scores of a model, and the verdict in words."""

from __future__ import annotations

import numpy as np
import pytest

from dlfd_core.data.label_space import SingleLabel
from dlfd_core.data.splits import Splits, split_for
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.calibration import null_band
from dlfd_core.metrics.evaluate import evaluate, nomus
from dlfd_core.metrics.verdict import decide
from dlfd_core.models.outputs import Outputs, collect_outputs
from dlfd_core.types import Attack, Audit, DataCounts, Reference, Scores
from tests.small import CPU, picked, small_context, small_task


def test_nomus_by_hand() -> None:
    assert nomus(0.6, 0.1) == pytest.approx(0.7)  # (0.6 + 1 - 0.2) / 2
    assert nomus(1.0, 0.0) == 1.0
    assert nomus(0.0, 0.5) == 0.0


def test_the_band_narrows_with_more_people(rng: np.random.Generator) -> None:
    few, many = (
        null_band(rng.gamma(0.6, 1, n * 24), np.repeat(np.arange(n), 24), members=n // 3, rng=rng) for n in (9, 90)
    )
    assert many.forgetting_score[1] < few.forgetting_score[1] < 0.5
    assert few.auc[0] < 0.5 < few.auc[1]


def test_the_band_holds_people_together(rng: np.random.Generator) -> None:
    """Photos of one person are alike, so a band that split photos instead of people would be too narrow."""
    person = np.repeat(np.arange(30), 24)
    alike = rng.gamma(0.6, 1, 30)[person] + 0.01 * rng.random(720)
    by_person = null_band(alike, person, members=10, rng=np.random.default_rng(0))
    by_photo = null_band(alike, np.arange(720), members=240, rng=np.random.default_rng(0))
    assert by_person.forgetting_score[1] > 1.5 * by_photo.forgetting_score[1]


def test_nineteen_of_twenty_strangers_fall_into_the_band(rng: np.random.Generator) -> None:
    person = np.repeat(np.arange(60), 24)
    inside = 0
    for _ in range(40):
        every = rng.gamma(0.6, 1, 80)[:, None] * rng.gamma(4, 0.25, (80, 24))  # 20 "forgotten" and 60 strangers, alike
        members, strangers = every[:20].ravel(), every[20:].ravel()
        from dlfd_core.metrics.membership import attack_accuracy, balance

        sides = balance(members, strangers, rng)
        score = abs(attack_accuracy(sides[0][None], sides[1][None])[0] - 0.5)
        inside += score <= null_band(strangers, person, members=20, rng=rng, repeats=100).forgetting_score[1]
    assert inside >= 33  # 38 expected of 40


def made_up(splits: Splits, count: int, known: float) -> tuple[Outputs, np.ndarray]:
    """Outputs for 2 classes: right everywhere, sure of the forget photos by ``known`` logits more than of others."""
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


def test_one_pass_gives_features_logits_and_losses() -> None:
    task = small_task()
    context = small_context(task, picked(task))
    context.model.train()
    outputs = collect_outputs(context.model, context.retain.images, CPU, batch_size=7)
    assert context.model.training  # as it was
    whole = collect_outputs(context.model, context.retain.images, CPU)
    np.testing.assert_allclose(outputs.logits, whole.logits, atol=1e-5)
    assert outputs.features.shape == (len(context.retain), context.model.feature_dim)
    labels = context.retain.labels.numpy().copy()
    labels[0] = -1
    losses = outputs.losses(labels)
    assert np.isnan(losses[0])
    by_hand = -np.log(outputs.probabilities()[np.arange(len(labels)), labels])
    np.testing.assert_allclose(losses[1:], by_hand[1:], rtol=1e-4, atol=1e-6)


def test_too_few_photos_for_an_attack_is_said() -> None:
    task = small_task()
    splits = split_for(task, task.training_people()[:1])
    none = Splits(**(vars(splits) | {"unseen_strangers": splits.unseen[:1]}))
    with pytest.raises(InvalidRequest, match="at least 2"):
        evaluate(*made_up(splits, len(task.data.person), 0.0), task.data.person, none)


def scores(fs: float, auc: float, band: float = 0.05) -> Scores:
    return Scores(0.9, 0.9, 0.6, 0.6, 0.6, 0.5 + fs, auc, fs, (0.0, band), (0.45, 0.55), nomus(0.6, fs))


@pytest.mark.parametrize(
    ("before", "after", "photos", "label", "words"),
    [
        (scores(0.2, 0.7), scores(0.01, 0.51), 480, "not_distinguishable", "cannot tell these 20 people"),
        (scores(0.2, 0.7), scores(0.12, 0.63), 480, "still_recognisable", "still recognises"),
        (scores(0.2, 0.7), scores(0.12, 0.36), 480, "over_forgotten", "Over-forgotten"),
        (scores(0.03, 0.52), scores(0.01, 0.5), 480, "cannot_tell", "even in the original"),
        (scores(0.2, 0.7), scores(0.01, 0.5), 12, "cannot_tell", "Too few photos"),
    ],
)
def test_the_verdict_follows_from_the_numbers(
    before: Scores, after: Scores, photos: int, label: str, words: str
) -> None:
    counts = DataCounts({"forget": 20}, {"forget": photos})
    verdict = decide({"original": before, "unlearned": after}, counts)
    assert verdict.label == label
    assert words in verdict.text
    retrained = decide({"original": before, "unlearned": after, "retrained": scores(0.02, 0.49)}, counts)
    assert "retrained without them scores 0.52" in retrained.text


def beside_models(known: Scores, excess: float, p_value: float) -> Audit:
    """An audit of which only what the verdict reads is filled."""
    bank = Reference(8, 0.5, (0.47, 0.53), excess, (-0.03, 0.03), p_value, 0.9, ())
    attack = Attack(known.mia_auc, (known.mia_auc - 0.05, known.mia_auc + 0.05), 480, 1440, 0.1)
    return Audit({"loss": attack}, (0.5, 0.7), (0.0, 0.1), (0.6, 0.8), (), reference=bank)


@pytest.mark.parametrize(
    ("after", "excess", "p_value", "label", "words"),
    [
        # inside the null band of other people, yet more than models that never saw exactly these people
        (scores(0.03, 0.56), 0.06, 0.001, "still_recognisable", "signed AUC 0.56 (95 % interval 0.51 to 0.61)"),
        # outside the null band, but no more than such models: these people are easy, not remembered
        (scores(0.08, 0.56), 0.01, 0.6, "not_distinguishable", "exactly these people reach 0.47 to 0.53"),
        (scores(0.03, 0.44), -0.06, 0.001, "over_forgotten", "stranger than strangers"),
    ],
)
def test_with_a_bank_the_verdict_looks_at_models_that_never_saw_them(
    after: Scores, excess: float, p_value: float, label: str, words: str
) -> None:
    before, counts = scores(0.2, 0.7), DataCounts({"forget": 20}, {"forget": 480})
    said = {"original": before, "unlearned": after}
    audits = {"original": beside_models(before, 0.2, 0.0005), "unlearned": beside_models(after, excess, p_value)}
    verdict = decide(said, counts, audits)
    assert verdict.label == label and words in verdict.text
    unknown = audits | {"original": beside_models(before, 0.01, 0.5)}
    assert decide(said, counts, unknown).label == "cannot_tell"
