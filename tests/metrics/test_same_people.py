"""The verdict's statistics where each person is a class, on simulated outputs with a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from dlfd_core.data.schema import FaceData, Person
from dlfd_core.data.splits import Splits, TaskData, prepare_task, split_for
from dlfd_core.metrics.audit import Auditor
from dlfd_core.metrics.membership import signed_auc
from dlfd_core.metrics.roc import own_shares
from dlfd_core.metrics.same_people import against_held_out_photos
from dlfd_core.models.bank import Bank, draw_halves
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.signals import signals_of
from dlfd_core.types import Statistic, WorstCase
from tests.small import CPU

PEOPLE, PHOTOS, PICK, MODELS = 40, 40, 10, 8


def make_task() -> TaskData:
    person = np.repeat(np.arange(PEOPLE), PHOTOS)
    people = tuple(Person(f"q{i:02d}", f"Person {i}") for i in range(PEOPLE))
    images = np.zeros((len(person), 1, 1, 3), np.uint8)
    return prepare_task(FaceData("classes", "Classes", images, person, people, {}, digest="classes"), "identity")


TASK = make_task()
SPLITS: Splits = split_for(TASK, [f"q{i:02d}" for i in range(PICK)])


def outputs_of(known: np.ndarray, rng: np.random.Generator, memorised: np.ndarray | None = None) -> Outputs:
    """Logits of a model that was trained on ``known`` (P,) people, and never answers with another person.

    Args:
        memorised: (P,) people whose training photos it is surer of; None for the known ones.
    """
    labels, person = TASK.labels, TASK.data.person
    logits = rng.normal(0, 1, (len(labels), PEOPLE)) + np.where(known, 0.0, -8.0)
    trained = np.zeros(len(labels), dtype=bool)
    trained[TASK.train] = True
    surer = known if memorised is None else memorised
    logits[np.arange(len(labels)), labels] += 4.0 * known[person] + 4.0 * (trained & surer[person])
    return Outputs(np.zeros((len(labels), 1), np.float32), logits.astype(np.float32), TASK.space)


def make_bank(seed: int) -> Bank:
    rng = np.random.default_rng(seed)
    members = draw_halves(TASK, MODELS, seed)
    outputs = [outputs_of(row, rng) for row in members]
    every = np.arange(len(TASK.labels))
    signals = np.stack([signals_of(one, TASK.labels, every) for one in outputs]).astype(np.float32)
    return Bank(ModelSpec(TASK, "slim_resnet", CPU), members, (), signals)


def worst_of(outputs: Outputs, bank: Bank | None) -> WorstCase:
    return against_held_out_photos(signals_of(outputs, TASK.labels, SPLITS.compared), TASK, SPLITS, bank)


def statistic(worst: WorstCase, name: str) -> Statistic:
    return next(each for each in worst.statistics if each.name == name)


WITHOUT = ~np.isin(np.arange(PEOPLE), np.arange(PICK))
EVERYBODY = np.ones(PEOPLE, dtype=bool)


@pytest.mark.parametrize("banked", [True, False])
def test_a_model_without_the_people_passes_and_one_with_them_does_not(banked: bool) -> None:
    rng = np.random.default_rng(2)
    bank = make_bank(2) if banked else None
    never = worst_of(outputs_of(WITHOUT, rng), bank)
    assert not never.outside and never.models == (MODELS if banked else 0)
    original = worst_of(outputs_of(EVERYBODY, rng), bank)
    assert original.outside and original.known
    for worst in (never, original):
        for each in worst.statistics:
            assert (abs(each.score) > worst.threshold) == (not each.low <= each.value <= each.high), each


@pytest.mark.parametrize("banked", [True, False])
def test_false_alarms_are_near_five_per_cent(banked: bool) -> None:
    bank = make_bank(3) if banked else None
    models = (outputs_of(WITHOUT, np.random.default_rng(100 + seed)) for seed in range(100))
    alarms = [worst_of(one, bank).outside for one in models]
    assert np.mean(alarms) <= 0.115  # 0.05 and three standard errors of 100 draws


def test_one_person_who_is_remembered_is_found() -> None:
    remembered = np.arange(PEOPLE) == 4
    outputs = outputs_of(WITHOUT, np.random.default_rng(5), WITHOUT | remembered)
    worst = worst_of(outputs, make_bank(6))
    known = statistic(worst, "person_known")
    assert worst.outside and known.person == "q04" and known.value > known.high


def test_a_person_is_compared_with_other_photos_of_this_person(rng: np.random.Generator) -> None:
    person, member = np.repeat([3, 8], 10), np.tile([True] * 6 + [False] * 4, 2)
    scores = rng.normal(size=20) + 100 * (person == 8)  # the other person's level does not count
    for share, one in zip(own_shares(scores, person, member), (3, 8), strict=True):
        own = person == one
        assert share == pytest.approx(signed_auc(-scores[own & member], -scores[own & ~member]))


def test_an_audit_has_the_comparison_with_the_bank() -> None:
    rng = np.random.default_rng(7)
    original = outputs_of(EVERYBODY, rng)
    audit = Auditor(TASK, SPLITS, original, make_bank(8)).audit("original", original)
    assert audit.worst is not None and audit.reference is not None and audit.reference.oracle_auc == 0.5
    assert audit.reference.utility is not None and audit.reference.utility[0] > 0.9  # on people it was trained on
    assert audit.attacks["rmia"].auc == pytest.approx(statistic(audit.worst, "rmia").value)
    assert audit.attacks["loss"].auc == pytest.approx(statistic(audit.worst, "loss").value)
    leaks = {leak.person: leak for leak in audit.people}
    known = statistic(audit.worst, "person_known")
    assert leaks[known.person].loss_auc == pytest.approx(known.value) and leaks[known.person].expected == 0.5
    assert audit.chance == pytest.approx(1 / (PEOPLE - PICK), abs=0.001)
