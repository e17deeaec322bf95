"""A sequence: deletion requests that come one after another, as they do in real life."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from dlfd_core.types.run import DataCounts, ForgetReport, ForgetRequest, Scores
from dlfd_core.types.run_events import ForgetProgress

#: Requests in one sequence, at least and at most.
MIN_REQUESTS = 2
MAX_REQUESTS = 20

#: ``sequential`` has forgotten group after group; ``one_shot`` forgets all groups so far at once, from the original;
#: ``retrained`` never saw any of them.
SequenceModel = Literal["original", "sequential", "one_shot", "retrained"]
#: In the order in which they are shown.
SEQUENCE_MODELS: tuple[SequenceModel, ...] = ("original", "sequential", "one_shot", "retrained")
SEQUENCE_TITLES: dict[SequenceModel, str] = {
    "original": "Original",
    "sequential": "One after another",
    "one_shot": "All at once",
    "retrained": "Retrained",
}


@dataclass(frozen=True)
class SequenceRequest:
    """Groups of people that ask to be forgotten, one after another.

    Attributes:
        base: the first request, with the method, preset, seed and settings of all; ``retrain`` asks for the retrained
            model at each step. Its control is left out.
        then: the people of the later requests. Nobody is in two requests, and somebody is kept.
    """

    base: ForgetRequest
    then: tuple[tuple[str, ...], ...]

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The people of each request, the first one included."""
        return (self.base.people, *self.then)

    def so_far(self, number: int) -> tuple[str, ...]:
        """Everybody forgotten once request ``number`` (from 0) is carried out, sorted."""
        return tuple(sorted(person for group in self.groups[: number + 1] for person in group))


@dataclass(frozen=True)
class Drift:
    """What the sequential model is less another one that has to forget the same people.

    Attributes:
        utility, forgetting_score, nomus: differences of scores, in [-1, 1]; 0 is no drift.
        disagreement: share of unseen people's photos for which the two predict another class, in [0, 1].
        weights: Euclidean distance of the weights over the norm of the other model's, >= 0. Two trainings from
            different random starts come to about 1.4, whatever they know.
    """

    utility: float
    forgetting_score: float
    nomus: float
    disagreement: float
    weights: float


@dataclass(frozen=True)
class SequenceStep:
    """After one request of the sequence.

    Attributes:
        people: forgotten at this step.
        data: people and photos per set; ``forget`` holds everybody forgotten so far.
        scores: by ``SequenceModel``, on everybody forgotten so far. At the first step ``one_shot`` is ``sequential``.
        groups: the sequential model on each request so far by itself, the first one first: only what depends on the
            forget photos tells them apart.
        drift: of the sequential model, by the model it is held against.
        seconds: that making each model took, which may have been for an earlier request.
        missing: why a model is not there (it diverged), by its name.
    """

    people: tuple[str, ...]
    data: DataCounts
    scores: dict[SequenceModel, Scores]
    groups: tuple[Scores, ...]
    drift: dict[SequenceModel, Drift]
    seconds: dict[SequenceModel, float]
    missing: dict[SequenceModel, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SequenceReport:
    """All that is finished of a sequence; sent after every step.

    Attributes:
        names: of the people, in the order of ``request.groups``.
        finding: one sentence: how far the sequence drifted, and whether anybody came back.
        first_hash: sha256 of the weights after the first request.
    """

    request: SequenceRequest
    names: tuple[tuple[str, ...], ...]
    steps: tuple[SequenceStep, ...]
    finding: str
    first_hash: str = ""

    @property
    def complete(self) -> bool:
        return len(self.steps) == len(self.request.groups)

    def follows(self, run: ForgetReport) -> bool:
        """Whether it went on from the very model of a run, whatever that has beside it: a control, a retrained model.

        Args:
            run: the report of a validated request.
        """
        base = self.request.base
        alike = base == replace(run.request, retrain=base.retrain, control=base.control)
        return alike and run.hashes.get("unlearned", "") == self.first_hash


#: What ``sequence`` yields: progress, and a report after every step; the last one is complete.
SequenceEvent = ForgetProgress | SequenceReport
