"""A simulated data set with a reference bank, so that the answer to every question is known; nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.data.label_space import SingleLabel
from dlfd_core.data.schema import FaceData, Person, Task
from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.metrics.never_saw import against_bank
from dlfd_core.metrics.reference import Consultation, consult
from dlfd_core.models.bank import Bank
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.signals import signals_of
from dlfd_core.types import WorstCase
from tests.small import CPU

PHOTOS = 6
PEOPLE, UNSEEN, PICK = 40, 20, 10
MODELS = 8
#: Nats by which the log loss of a model is lower on people it was trained on.
KNOWN = 2.0
NOBODY = np.zeros(PEOPLE + UNSEEN, dtype=bool)
SPACE = SingleLabel(("wrong", "right"))


def outputs_of(losses: np.ndarray) -> Outputs:
    """Outputs of two classes with these losses (N,) for the label 1."""
    logits = np.stack([np.log(-np.expm1(-np.maximum(losses, 1e-6))), -losses], axis=1).astype(np.float32)
    return Outputs(np.zeros((len(losses), 1), dtype=np.float32), logits, SPACE)


def signals_of_losses(losses: np.ndarray) -> np.ndarray:
    """Signals (4, N) of the outputs of two classes with these losses (N,) for the label 1."""
    return signals_of(outputs_of(losses), np.ones(len(losses), dtype=np.int64), np.arange(len(losses)))


@dataclass(frozen=True)
class World:
    """Simulated losses: people 0..39 can be forgotten, 40..59 are unseen; the first ten are picked.

    A photo's log loss is its difficulty plus noise of the model; a model that was trained on the person has a log loss
    lower by ``KNOWN`` nats.
    """

    bank: Bank
    splits: Splits
    difficulty: np.ndarray
    rng: np.random.Generator

    @property
    def person(self) -> np.ndarray:
        return self.bank.spec.task.data.person

    def losses(self, known: np.ndarray, whim: float = 0.0) -> np.ndarray:
        """(N,) losses of a new model. known: (P,) people it was trained on; whim: shift of training people's."""
        return simulate(self.difficulty, self.person, known, whim, self.rng)

    def worst(self, losses: np.ndarray) -> WorstCase:
        return against_bank(self.bank, signals_of_losses(losses)[:, self.splits.compared], self.splits)

    def consult(self, losses: np.ndarray, original: np.ndarray | None = None) -> Consultation:
        knows_all = np.arange(PEOPLE + UNSEEN) < PEOPLE
        before = self.losses(knows_all) if original is None else original
        return consult(self.bank, losses, before, self.splits, self.worst(losses))


def simulate(
    difficulty: np.ndarray, person: np.ndarray, known: np.ndarray, whim: float, rng: np.random.Generator
) -> np.ndarray:
    own = difficulty + rng.normal(0, 0.6, len(person)) - KNOWN * known[person]
    return np.exp(own + whim * (person < PEOPLE))


def halves(rng: np.random.Generator, models: int = MODELS) -> np.ndarray:
    members = np.zeros((models, PEOPLE + UNSEEN), dtype=bool)
    for pair in range(models // 2):
        half = rng.permutation(PEOPLE)[: PEOPLE // 2]
        members[2 * pair, half] = True
        members[2 * pair + 1, :PEOPLE] = ~members[2 * pair, :PEOPLE]
    return members


def make_world(seed: int, whim: float = 0.0, models: int = MODELS) -> World:
    """whim: standard deviation of the shift of all losses of a model on training people."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PEOPLE + UNSEEN), PHOTOS)
    index = np.arange(len(person))
    train, forget, unseen = index[person < PEOPLE], index[person < PICK], index[person >= PEOPLE]
    splits = Splits(np.setdiff1d(train, forget), forget, unseen[:0], unseen, unseen[:0], unseen, by_person=True)
    difficulty = rng.normal(0, 1, len(person)) + rng.normal(0, 0.5, PEOPLE + UNSEEN)[person]
    members = halves(rng, models)
    losses = np.stack([simulate(difficulty, person, row, whim * rng.normal(), rng) for row in members])
    labels = np.ones(len(person), dtype=np.int64)
    people = tuple(Person(f"q{i:02d}", f"Person {i}") for i in range(PEOPLE + UNSEEN))
    data = FaceData(
        "world", "World", np.zeros((len(person), 1, 1, 3), np.uint8), person, people,
        {"right": Task("right", "Right", SPACE.classes, labels)}, digest=f"world {seed}",
    )  # fmt: skip
    task = TaskData(data, "right", SPACE, labels, train, unseen[:0], unseen, same_people=False)
    signals = np.stack([signals_of_losses(row) for row in losses]).astype(np.float32)
    bank = Bank(ModelSpec(task, "slim_resnet", CPU), members, (), signals)
    return World(bank, splits, difficulty, rng)
