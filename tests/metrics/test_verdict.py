"""The verdict in words: the order of its questions, and sentences that agree with the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from dlfd_core.metrics.evaluate import nomus
from dlfd_core.metrics.verdict import Evidence, Words, decide, label_of, labels_of, task_lost
from dlfd_core.types import (
    VERDICT_TITLES,
    Attack,
    Audit,
    DataCounts,
    Reference,
    Scores,
    Statistic,
    VerdictLabel,
    WorstCase,
)

COMMAND = "python -m dlfd_core bank --data portraits --task emotion --backbone compact_resnet"
COUNTS = DataCounts({"forget": 20}, {"forget": 480})


def scores(utility: float = 0.6) -> Scores:
    return Scores(
        0.9, 0.9, utility, utility, utility, 0.52, 0.52, 0.02, (0.0, 0.05), (0.45, 0.55), nomus(utility, 0.02)
    )


def worst(loss: float = 0.51, entropy: float = 0.5, person: float = 0.5, models: int = 16) -> WorstCase:
    """Loss within 0.45 to 0.55, entropy within 0.4 to 0.6, one person below 0.8."""
    rows = (
        Statistic("loss", loss, 0.5, 0.45, 0.55, (loss - 0.5) / 0.05),
        Statistic("entropy", entropy, 0.5, 0.4, 0.6, (entropy - 0.5) / 0.1),
        Statistic("person_known", person, 0.5, 0.0, 0.8, max(0.0, person - 0.5) / 0.3, "p007"),
        Statistic("person_lost", 0.4, 0.5, 0.2, 1.0, -0.1 / 0.3, "p008"),
    )
    return WorstCase(rows, 1.0, 0.5, models)


def audit(found: WorstCase, unseen: int = 1440, utility: tuple[float, float] = (0.5, 0.55)) -> Audit:
    """An audit with only those fields filled that the verdict reads."""
    bank = Reference(16, 0.5, (0.45, 0.55), 0.0, (-0.05, 0.05), 0.5, 0.9, (), utility) if found.models else None
    attack = Attack(0.5, (0.45, 0.55), 480, unseen, 0.1)
    return Audit({"loss": attack}, (0.5, 0.7), (0.0, 0.1), (0.6, 0.8), (), reference=bank, worst=found, chance=0.15)


NEVER = "where models that never saw these people stay"


@pytest.mark.parametrize(
    ("after", "label", "statistic", "words"),
    [
        (worst(0.52), "not_distinguishable", "loss", f"signed AUC of the loss 0.52, {NEVER} within 0.45 to 0.55"),
        (worst(0.58), "still_recognisable", "loss", f"loss 0.58, {NEVER} within 0.45 to 0.55; it was 0.80 before"),
        (worst(0.51, 0.83), "still_recognisable", "entropy", f"0.83, {NEVER} within 0.40 to 0.60; it was 0.50 before"),
        (worst(0.4), "over_forgotten", "loss", "look less known to the model than people the model never saw"),
        (worst(person=0.9), "still_recognisable", "person_known", f"person (Hana) 0.90, {NEVER} below 0.80."),
    ],
)
def test_the_worst_statistic_decides_and_is_named(after: WorstCase, label: str, statistic: str, words: str) -> None:
    audits = {"original": audit(worst(0.8)), "unlearned": audit(after)}
    verdict = decide({"original": scores(), "unlearned": scores()}, COUNTS, audits, Words(names={"p007": "Hana"}))
    assert (verdict.label, verdict.statistic, verdict.strict) == (label, statistic, True)
    assert words in verdict.text and "20 people (480 photos)" in verdict.text and "lenient" not in verdict.text


def test_a_value_and_an_end_that_round_alike_have_one_decimal_more() -> None:
    audits = {"original": audit(worst(0.8)), "unlearned": audit(worst(0.554))}
    said = decide({"original": scores(), "unlearned": scores()}, COUNTS, audits)
    assert said.label == "still_recognisable" and f"loss 0.554, {NEVER} within 0.450 to 0.550;" in said.text


def test_every_model_but_the_original_is_judged_by_the_same_rule() -> None:
    every = {"original": scores(), "unlearned": scores(), "control": scores(), "retrained": scores()}
    audits = {"original": audit(worst(0.8)), "unlearned": audit(worst(0.52)), "control": audit(worst(0.58))}
    assert labels_of(every, COUNTS, audits) == {
        "unlearned": "not_distinguishable",
        "control": "still_recognisable",
        "retrained": "cannot_tell",  # no attack was measured on it
    }


def test_a_retrained_models_number_of_the_same_statistic_stands_beside() -> None:
    said = {"original": scores(), "unlearned": scores(), "retrained": scores()}
    audits = {"original": audit(worst(0.8)), "unlearned": audit(worst(0.51, 0.7)), "retrained": audit(worst(0.5, 0.53))}
    assert "A model retrained without them scores 0.53." in decide(said, COUNTS, audits).text
    audits["unlearned"] = audit(worst(person=0.9))  # this number is about one person only
    assert "retrained" not in decide(said, COUNTS, audits).text


def test_where_people_are_classes_the_others_are_photos_of_the_same_people() -> None:
    for after in (worst(0.52), worst(0.4)):
        audits = {"original": audit(worst(0.8)), "unlearned": audit(after)}
        text = decide({"original": scores(), "unlearned": scores()}, COUNTS, audits, Words(by_person=False)).text
        assert "other photos of the same people" in text and "kept people" in text
        assert "people the model never saw" not in text and "people it never saw" not in text


def test_without_a_bank_the_verdict_says_that_it_is_lenient_and_how_to_get_the_strict_one() -> None:
    audits = {"original": audit(worst(0.8, models=0)), "unlearned": audit(worst(0.54, models=0))}
    said = {"original": scores(), "unlearned": scores()}
    verdict = decide(said, COUNTS, audits, Words(bank_command=COMMAND))
    assert verdict.label == "not_distinguishable" and not verdict.strict
    assert "unseen photos in this model stay within" in verdict.text
    assert "This is the lenient verdict" in verdict.text and verdict.text.endswith(COMMAND)
    own = decide(said, COUNTS, audits, Words())
    assert "no reference models for photos that were sent to the page" in own.text


def test_a_lost_task_is_said_before_anything_else() -> None:
    audits = {"original": audit(worst(0.8)), "unlearned": audit(worst(0.5))}
    verdict = decide({"original": scores(0.65), "unlearned": scores(0.16)}, COUNTS, audits)
    assert verdict.label == "task_lost" and verdict.statistic == ""
    assert "always giving the most frequent answer is right in 15% of photos" in verdict.text
    assert "this one kept 2%" in verdict.text and "cannot tell" not in verdict.text
    few = DataCounts({"forget": 1}, {"forget": 10})  # also with few forget photos
    assert decide({"original": scores(0.65), "unlearned": scores(0.16)}, few, audits).label == "task_lost"


def test_a_lost_task_is_seen_where_the_forgotten_people_have_few_held_out_photos() -> None:
    """People as classes: the attacks compare with 20 held-out photos, the utility is measured on 70."""
    audits = {"original": audit(worst(0.8), unseen=20), "unlearned": audit(worst(0.5), unseen=20)}
    both = {"original": scores(0.65), "unlearned": scores(0.16)}
    counts = DataCounts({"forget": 5}, {"forget": 480, "unseen": 70})
    assert decide(both, counts, audits).label == "task_lost"
    few = DataCounts({"forget": 5}, {"forget": 480, "unseen": 20})
    assert decide(both, few, audits).label == "cannot_tell"


def test_an_original_that_was_never_right_is_said_to_have_been_right_in_none() -> None:
    text = Words().utility(scores(0.0), scores(0.04))
    assert text == "On people it never saw the model is right in 4% of photos; before, it was right in none."
    assert "it kept 80% of its accuracy" in Words().utility(scores(0.5), scores(0.4))


@pytest.mark.parametrize(
    ("utility", "lowest", "retrained", "lost"),
    [
        (0.16, 0.5, None, True),
        (0.52, 0.5, None, False),  # three quarters of 0.65 - 0.15 are 0.525, but some bank model is worse
        (0.49, 0.5, None, True),
        (0.53, 0.6, None, False),  # worse than every bank model, but it kept more than three quarters
        (0.49, 0.5, 0.45, False),  # the retrained model is no better
        (0.49, 0.3, 0.6, True),
        (0.3, 0.1, None, False),  # more than a quarter of what was above chance, and bank models can be as bad
        (0.25, 0.1, None, True),
        (0.45, None, None, False),  # nothing to compare with: half of what was above chance is enough
        (0.39, None, None, True),
    ],
)
def test_when_the_task_is_lost(utility: float, lowest: float | None, retrained: float | None, lost: bool) -> None:
    original = Evidence(0.65, worst(0.8), 0.15, lowest, 1440)
    assert task_lost(original, replace(original, utility=utility), retrained) == lost


def test_an_original_that_answers_no_better_than_by_chance_has_no_task_to_lose() -> None:
    original = Evidence(0.17, worst(0.8), 0.15, 0.16, 1440)
    assert not task_lost(original, replace(original, utility=0.0))


@pytest.mark.parametrize(
    ("before", "after", "photos", "unseen", "words"),
    [
        (worst(0.8), worst(0.5), 29, 1440, "29 of the 30 it takes; pick more people"),
        (worst(0.8), worst(0.5), 480, 10, "10 that the model was not trained on, of the 30 it takes"),
        (worst(0.54), worst(0.5), 480, 1440, "even in the original model an attacker does not recognise these people"),
        (worst(0.3), worst(0.5), 480, 1440, "even in the original model"),
        (None, None, 480, 1440, "the attacks could not be measured"),
    ],
)
def test_when_nothing_can_be_told(
    before: WorstCase | None, after: WorstCase | None, photos: int, unseen: int, words: str
) -> None:
    audits = (
        {}
        if before is None or after is None
        else {"original": audit(before, unseen), "unlearned": audit(after, unseen)}
    )
    counts = DataCounts({"forget": 20}, {"forget": photos})
    verdict = decide({"original": scores(), "unlearned": scores()}, counts, audits)
    assert verdict.label == "cannot_tell" and words in verdict.text and verdict.statistic == ""


def test_a_band_that_reaches_the_original_tells_nothing() -> None:
    """After unlearning, unseen people scatter so much that even the original's number would be within the range."""
    wide = WorstCase((Statistic("loss", 0.5, 0.5, 0.1, 0.9, 0.0),), 1.0, 0.9, 0)
    narrow = WorstCase((Statistic("loss", 0.8, 0.5, 0.45, 0.55, 6.0),), 1.0, 0.01, 0)
    audits = {"original": audit(narrow), "unlearned": audit(wide)}
    verdict = decide({"original": scores(), "unlearned": scores()}, COUNTS, audits)
    assert verdict.label == "cannot_tell"
    assert "chance alone reaches what the original model shows: signed AUC of the loss 0.80" in verdict.text
    assert "stay within 0.10 to 0.90" in verdict.text
    outside = WorstCase((Statistic("loss", 0.95, 0.5, 0.1, 0.9, 1.2),), 1.0, 0.01, 0)
    assert label_of(Evidence.of(scores(), audits["original"]), Evidence.of(scores(), audit(outside)), 480)[0] == (
        "still_recognisable"
    )


def test_every_label_has_a_title() -> None:
    assert set(VERDICT_TITLES) == set(get_args(VerdictLabel))


def test_shares_have_one_decimal() -> None:
    """So that a number just inside its range does not read as equal to its limit."""
    found = WorstCase((Statistic("rmia_found", 0.0292, 0.012, 0.0, 0.0344, 0.9),), 1.0, 0.1, 16)
    before = WorstCase((Statistic("rmia_found", 0.21, 0.012, 0.0, 0.0344, 9.0),), 1.0, 0.01, 16)
    said = {"original": scores(), "unlearned": scores()}
    text = decide(said, COUNTS, {"original": audit(before), "unlearned": audit(found)}).text
    assert (
        "share that RMIA finds at 1 % false alarms 2.9%, where models that never saw these people stay below 3.4%"
        in text
    )
