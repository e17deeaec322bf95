"""Assumptions of the hosting simulation with their units, and the machines that it compares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from benchmarks.hosting_times import PageRun, SoakSeconds
from dlfd_core.errors import InvalidRequest


def _assumed(default: float, unit: str, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True)
class Assumptions:
    """What is assumed about visitors and hosts, each with its unit; none of it is measured. Limits are the code's."""

    runs_per_visit: float = _assumed(3.0, "runs", "mean number of runs of a visit (geometric, one at least)")
    think_seconds: float = _assumed(45.0, "s", "mean time between a result and the next click (exponential)")
    patience_seconds: float = _assumed(120.0, "s", "mean wait after which a visitor leaves (exponential)")
    shipped_share: float = _assumed(0.3, "of runs", "runs that are shipped finished: the default people, the lessons")
    repeated_share: float = _assumed(0.2, "of runs", "runs that others start as well, e.g. from a link or in a class")
    repeated_runs: int = _assumed(20, "runs", "how many different runs these are, equally likely")
    control_share: float = _assumed(1.0, "of runs", "computed runs that have a control (the page's default)")
    peak_share: float = _assumed(0.1, "of a day", "visitors of a day who come in its busiest hour")
    gpu_times_faster: float = _assumed(3.0, "times", "how much faster a GPU computes a run than two cores in float32")
    zero_gpu_runs: int = _assumed(4, "runs", "runs that ZeroGPU computes at the same time for one Space")
    zero_gpu_startup: float = _assumed(5.0, "s", "start of a process with a GPU on ZeroGPU, for each run")
    zero_gpu_quota: float = _assumed(120.0, "s", "GPU time of a visitor without an account in a day on ZeroGPU")
    zero_gpu_requested: float = _assumed(60.0, "s", "GPU time that must be left to start a run (this project asks it)")
    kept_reports: int = _assumed(96, "runs", "finished runs that a page keeps (code)")
    open_runs: int = _assumed(128, "runs", "runs of all visitors that wait or are computed on one page (code)")
    starts: int = _assumed(20, "runs", "runs that a visitor may start in ten minutes (code)")

    def __post_init__(self) -> None:
        """Check the ranges. Raises ``InvalidRequest``."""
        for each in fields(self):
            value = getattr(self, each.name)
            if math.isnan(value) or value < 0:
                raise InvalidRequest(f"{each.name} is {value:g}; it must not be negative.")
        for name in ("runs_per_visit", "repeated_runs", "gpu_times_faster", "zero_gpu_runs", "kept_reports", "starts"):
            if getattr(self, name) < 1:
                raise InvalidRequest(f"{name} is {getattr(self, name):g}; it must be 1 at least.")
        for name in ("peak_share", "patience_seconds"):
            if getattr(self, name) == 0:
                raise InvalidRequest(f"{name} is 0; it must be more.")
        if self.shipped_share + self.repeated_share > 1 or max(self.control_share, self.peak_share) > 1:
            raise InvalidRequest("Shares must be 1 at most, and shipped_share + repeated_share together as well.")

    def lines(self) -> list[tuple[str, str, str]]:
        """Name, value with its unit, and meaning of each."""
        return [
            (each.name, f"{getattr(self, each.name):g} {each.metadata['unit']}", each.metadata["meaning"])
            for each in fields(self)
        ]


@dataclass(frozen=True)
class Machine:
    """One page with what computes its runs.

    Args:
        runs: measured or assumed runs; each computed run takes the seconds of one of them.
        slots: runs that are computed at the same time.
        crowded: slows a run down by the runs that wait, where page and device share the cores; None does not.
        answer: seconds of a finished run from the cache.
        startup: seconds before each run.
        quota: device seconds of one visitor in a day; None is no limit.
        requested: device seconds of the quota that must be left to start a run.
        note: where the seconds are from.
    """

    name: str
    runs: tuple[PageRun, ...]
    slots: int = 1
    crowded: SoakSeconds | None = None
    answer: float = 0.05
    startup: float = 0.0
    quota: float | None = None
    requested: float = 0.0
    note: str = "measured"

    def __post_init__(self) -> None:
        if self.slots < 1:
            raise InvalidRequest(f"{self.slots} machines cannot compute a run; give 1 at least.")
        if not self.runs or min(min(run.scores, run.end - run.scores, run.end - run.map) for run in self.runs) < 0:
            raise InvalidRequest("The seconds of runs must be given, and must not be negative.")
