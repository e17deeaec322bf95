"""The verdict in words, from the scores before and after unlearning and from the reference bank."""

from __future__ import annotations

import pytest

from dlfd_core.metrics.evaluate import nomus
from dlfd_core.metrics.verdict import decide
from dlfd_core.types import Attack, Audit, DataCounts, Reference, Scores


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
    """An audit with only those fields filled that the verdict reads."""
    bank = Reference(8, 0.5, (0.47, 0.53), excess, (-0.03, 0.03), p_value, 0.9, ())
    attack = Attack(known.mia_auc, (known.mia_auc - 0.05, known.mia_auc + 0.05), 480, 1440, 0.1)
    return Audit({"loss": attack}, (0.5, 0.7), (0.0, 0.1), (0.6, 0.8), (), reference=bank)


@pytest.mark.parametrize(
    ("after", "excess", "p_value", "label", "words"),
    [
        # inside the null band of other people, yet more than models that never saw exactly these people
        (scores(0.03, 0.56), 0.06, 0.001, "still_recognisable", "signed AUC 0.56 (95 % interval 0.51 to 0.61)"),
        # outside the null band, but no more than such models: these people are easy, not memorised
        (scores(0.08, 0.56), 0.01, 0.6, "not_distinguishable", "exactly these people reach 0.47 to 0.53"),
        (scores(0.03, 0.44), -0.06, 0.001, "over_forgotten", "than about unseen people"),
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
