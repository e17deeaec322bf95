"""A race: several methods on the same people with the same seeds, one run after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlfd_core.types.cards import KnobValue
from dlfd_core.types.estimate import Estimate
from dlfd_core.types.run import DataCounts, ForgetRequest, Scores
from dlfd_core.types.run_events import ForgetProgress

#: The method that is run as the reference: never held to a budget, last of each seed since it is the slowest.
RACE_REFERENCE = "retrain"
#: Methods in one race at most, the reference not counted.
MAX_RACE_METHODS = 12
MAX_RACE_SEEDS = 5
#: Smallest and largest budget in seconds.
RACE_BUDGETS = (2.0, 120.0)

#: Names in ``MEASURES`` of what is averaged over the seeds of a method: fields of ``Scores``, and the seconds of
#: unlearning.
RaceMeasure = Literal["nomus", "utility", "forgetting_score", "mia_auc", "forget_accuracy", "seconds"]
RACE_MEASURES: tuple[RaceMeasure, ...] = (
    "nomus", "utility", "forgetting_score", "mia_auc", "forget_accuracy", "seconds",
)  # fmt: skip


@dataclass(frozen=True)
class RaceRequest:
    """What is raced.

    Attributes:
        methods: each runs with its preset ``quality``; at most ``MAX_RACE_METHODS`` and the reference.
        seeds: how many, 1 to ``MAX_RACE_SEEDS``: 0, 1, ...
        budget: seconds of unlearning that each method's epochs are chosen to fit, in ``RACE_BUDGETS``; None leaves each
            method the epochs of its preset.
    """

    people: tuple[str, ...]
    data: str = "portraits"
    task: str = "emotion"
    backbone: str = "slim_resnet"
    methods: tuple[str, ...] = ()
    seeds: int = 1
    budget: float | None = None
    device: str = "auto"

    @property
    def runs(self) -> tuple[tuple[str, int], ...]:
        """(method, seed) in the order they are run: seed by seed, so that a race cut short compares like with like."""
        methods = sorted(self.methods, key=lambda name: name == RACE_REFERENCE)
        return tuple((method, seed) for seed in range(self.seeds) for method in methods)


@dataclass(frozen=True)
class RaceEntry:
    """One run of a race that came to an end.

    Attributes:
        request: the ordinary request it was; its report is remembered under it for a while.
        settings: the value of every knob.
        scores: of the unlearned model; None where the run failed.
        seconds: of unlearning alone, without loading and measuring.
        failure: the sentence that says why there are no scores, as when it diverged.
    """

    request: ForgetRequest
    settings: tuple[tuple[str, KnobValue], ...]
    scores: Scores | None
    seconds: float = 0.0
    failure: str | None = None

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def seed(self) -> int:
        return self.request.seed

    @property
    def epochs(self) -> int | None:
        """Passes over the photos; None for methods that count none, and where it is left to the original's recipe."""
        found = dict(self.settings).get("epochs")
        return int(found) if isinstance(found, int) and found > 0 else None


@dataclass(frozen=True)
class RaceRow:
    """A method over those of its seeds that are finished.

    Attributes:
        runs: how many have scores.
        means: one per ``RaceMeasure``; empty while ``runs`` is 0.
        null_band: mean upper end of the null bands of the forgetting score; None while ``runs`` is 0.
        inside: share of the runs whose forgetting score lies inside its null band, in [0, 1]; None as above.
        epochs: of its runs, which all have the same; None as in ``RaceEntry``.
        failures: a sentence for each run without scores.
    """

    method: str
    runs: int
    means: dict[RaceMeasure, Estimate]
    null_band: float | None = None
    inside: float | None = None
    epochs: int | None = None
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class RaceProgress:
    """Sent while a run of a race is worked on.

    Attributes:
        number: of this run, from 0, in the order of ``RaceRequest.runs``.
        step: what the run itself says; its ``seconds_left`` are those of this run.
        trial: the method's speed is being measured on its first steps, which are then thrown away.
        epochs: that were chosen to fit the budget; None while unknown and without a budget.
        seconds_left: of the whole race, estimated; None while unknown.
    """

    method: str
    seed: int
    number: int
    step: ForgetProgress
    trial: bool = False
    epochs: int | None = None
    seconds_left: float | None = None


@dataclass(frozen=True)
class RaceReport:
    """All that is finished of a race; sent after every run.

    Attributes:
        entries: in the order in which they came to an end.
        rows: one per method that has an entry, in the order of the request, the reference last.
        original: scores of the model before anything was forgotten; None until a run has scores. data: the same.
    """

    request: RaceRequest
    entries: tuple[RaceEntry, ...]
    rows: tuple[RaceRow, ...]
    original: Scores | None = None
    data: DataCounts | None = None

    @property
    def complete(self) -> bool:
        return len(self.entries) == len(self.request.runs)


#: What ``race`` yields: progress, and a report after every run; the last one is complete.
RaceEvent = RaceProgress | RaceReport
