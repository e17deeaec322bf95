"""A sequence: several requests to forget people, carried out one after another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from dlfd_core.types.run import DataCounts, ForgetReport, ForgetRequest, Scores
from dlfd_core.types.run_events import ForgetProgress

#: Smallest and largest number of requests in one sequence.
MIN_REQUESTS = 2
MAX_REQUESTS = 20

#: ``sequential`` forgets one group after another; ``one_shot`` forgets all groups so far at once, starting from the
#: original; ``retrained`` is trained without them.
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
    """A request for a sequence: groups of people to forget one after another.

    Attributes:
        base: the first request, with the method, preset, seed and settings of all; ``retrain`` asks for the retrained
            model at each step. Its control is ignored.
        then: the people of the later requests. Nobody is in two requests, and at least one person is kept.
    """

    base: ForgetRequest
    then: tuple[tuple[str, ...], ...]

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The people of each request, the first one included."""
        return (self.base.people, *self.then)

    def so_far(self, number: int) -> tuple[str, ...]:
        """All people forgotten after request ``number`` (from 0), sorted."""
        return tuple(sorted(person for group in self.groups[: number + 1] for person in group))


@dataclass(frozen=True)
class Drift:
    """Difference between the sequential model and another model that had to forget the same people.

    Attributes:
        utility, forgetting_score, nomus: differences of scores, in [-1, 1]; 0 is no drift.
        disagreement: share of unseen people's photos for which the two predict another class, in [0, 1].
        weights: Euclidean distance of the weights divided by the norm of the other model's weights, >= 0. It is about
            1.4 for two trainings from different random starts, whatever they learned.
    """

    utility: float
    forgetting_score: float
    nomus: float
    disagreement: float
    weights: float


@dataclass(frozen=True)
class SequenceStep:
    """Result of one request of the sequence.

    Attributes:
        people: forgotten at this step.
        data: people and photos per set; ``forget`` holds all people forgotten so far.
        scores: by ``SequenceModel``, on all people forgotten so far. At the first step ``one_shot`` is ``sequential``.
        groups: scores of the sequential model on each request so far by itself, in their order. They differ only in
            what depends on the forget photos.
        drift: of the sequential model, by the model it is compared with.
        seconds: wall time of making each model, possibly for an earlier request.
        missing: the reason why a model is missing (it diverged), by its name.
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
    """The finished steps of a sequence; sent after every step.

    Attributes:
        names: of the people, in the order of ``request.groups``.
        finding: one or two sentences about the drift, and about forgotten people who are recognised again.
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
        """Whether the sequence continued from exactly the unlearned model of a run. It does not matter whether the run
        also has a control or a retrained model.

        Args:
            run: the report of a validated request.
        """
        base = self.request.base
        same_request = base == replace(run.request, retrain=base.retrain, control=base.control)
        return same_request and run.hashes.get("unlearned", "") == self.first_hash


#: What ``sequence`` yields: progress, and a report after every step; the last one is complete.
SequenceEvent = ForgetProgress | SequenceReport
