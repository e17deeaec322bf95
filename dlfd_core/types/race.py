"""A race: runs of several methods on the same people with the same seeds, one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlfd_core.types.cards import DEFAULT_BACKBONE, KnobValue
from dlfd_core.types.estimate import Estimate
from dlfd_core.types.run import DataCounts, ForgetRequest, Scores, VerdictLabel
from dlfd_core.types.run_events import ForgetProgress

#: The reference method. The budget does not apply to it, and it is the last of each seed because it is the slowest.
RACE_REFERENCE = "retrain"
#: Largest number of methods in one race, without the reference.
MAX_RACE_METHODS = 15
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
    """A request for a race.

    Attributes:
        methods: each runs with its preset ``quality``; at most ``MAX_RACE_METHODS`` and the reference.
        seeds: number of seeds, 1 to ``MAX_RACE_SEEDS``: 0, 1, ...
        budget: seconds of unlearning for each method, in ``RACE_BUDGETS``; its number of epochs is chosen to fit. None
            takes the epochs of each preset.
    """

    people: tuple[str, ...]
    data: str = "portraits"
    task: str = "emotion"
    backbone: str = DEFAULT_BACKBONE
    methods: tuple[str, ...] = ()
    seeds: int = 1
    budget: float | None = None
    device: str = "auto"

    @property
    def runs(self) -> tuple[tuple[str, int], ...]:
        """(method, seed) in running order: seed by seed, so that a cancelled race still has equal seeds to compare."""
        methods = sorted(self.methods, key=lambda name: name == RACE_REFERENCE)
        return tuple((method, seed) for seed in range(self.seeds) for method in methods)


@dataclass(frozen=True)
class RaceEntry:
    """One finished run of a race.

    Attributes:
        request: of this run, an ordinary forget request; its report is cached under it for a while.
        settings: the value of every knob.
        scores: of the unlearned model; None where the run failed.
        seconds: of unlearning only, without loading and measuring.
        failure: the reason for missing scores in one sentence, for example that the run diverged.
        label: of the run's verdict; None where the run failed.
    """

    request: ForgetRequest
    settings: tuple[tuple[str, KnobValue], ...]
    scores: Scores | None
    seconds: float = 0.0
    failure: str | None = None
    label: VerdictLabel | None = None

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def seed(self) -> int:
        return self.request.seed

    @property
    def epochs(self) -> int | None:
        """Passes over the photos; None for methods without epochs, and where the original's recipe sets them."""
        epochs = dict(self.settings).get("epochs")
        return int(epochs) if isinstance(epochs, int) and epochs > 0 else None


@dataclass(frozen=True)
class RaceRow:
    """Scores of one method over its finished seeds.

    Attributes:
        runs: number of runs with scores.
        means: one per ``RaceMeasure``; empty while ``runs`` is 0.
        null_band: mean upper end of the null bands of the forgetting score; None while ``runs`` is 0.
        inside: share of the runs whose forgetting score lies inside its null band, in [0, 1]; None as above.
        epochs: number of epochs, equal in all its runs; None as in ``RaceEntry``.
        failures: a sentence for each run without scores.
        labels: of the verdicts, one for each run with scores.
    """

    method: str
    runs: int
    means: dict[RaceMeasure, Estimate]
    null_band: float | None = None
    inside: float | None = None
    epochs: int | None = None
    failures: tuple[str, ...] = ()
    labels: tuple[VerdictLabel, ...] = ()


@dataclass(frozen=True)
class RaceProgress:
    """Progress event of a race, sent during each run.

    Attributes:
        number: of this run, from 0, in the order of ``RaceRequest.runs``.
        step: progress event of the run itself; its ``seconds_left`` is about this run.
        trial: whether this is a trial: it measures the speed of the method on its first steps, and its result is
            dropped.
        epochs: number of epochs chosen to fit the budget; None while unknown and without a budget.
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
    """The finished runs of a race; sent after every run.

    Attributes:
        entries: in the order in which they finished.
        rows: one per method that has an entry, in the order of the request, the reference last.
        original: scores of the original model; data: numbers of people and photos. Both None until a run has scores.
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
