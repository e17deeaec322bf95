"""Seconds of each part of a DLFD run, measured by replacing functions of the core, which needs no code for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import torch

from dlfd_core.backbones import Backbone
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, UnlearningContext, dlfd, schedule, synthesis
from dlfd_core.unlearning.monitor import Monitor

PARTS = ("perturbation", "transport", "training step", "monitoring", "batches", "rest")


class Stopwatch:
    """Stopwatch that divides time among parts: each moment counts for the innermost part, so that they add up."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._inside = ["rest"]
        self._since = self._now()

    def _now(self) -> float:
        """The time when the GPU is idle."""
        if torch.cuda.is_available():  # else a part would include the unfinished work of an earlier one
            torch.cuda.synchronize()
        return time.perf_counter()

    def _charge(self) -> None:
        """Add the time since the last call to the present part."""
        now = self._now()
        self.seconds[self._inside[-1]] += now - self._since
        self._since = now

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Context whose time counts for a part."""
        self._charge()
        self._inside.append(name)
        try:
            yield
        finally:
            self._charge()
            self._inside.pop()

    def stop(self) -> dict[str, float]:
        """Seconds by part until now."""
        self._charge()
        return self.seconds

    def call(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time counted for a part."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return timed

    def iteration(self, name: str, function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """The generator function, with the time until each of its values counted for a part."""
        end = object()

        def timed(*args: Any, **kwargs: Any) -> Iterator[Any]:
            values = function(*args, **kwargs)
            while True:
                with self.part(name):
                    value = next(values, end)
                if value is end:
                    return
                yield value

        return timed


@contextmanager
def timed_core(watch: Stopwatch) -> Iterator[None]:
    """Context in which the parts of DLFD are timed."""
    with ExitStack() as stack:
        for owner, name, part in [
            (synthesis, "solve_entropic", "transport"),
            (dlfd, "synthesise", "perturbation"),
            (Monitor, "observe", "monitoring"),
        ]:
            stack.enter_context(patch.object(owner, name, watch.call(part, getattr(owner, name))))
        for owner, name, part in [
            (schedule, "iterate_batches", "batches"),
            (dlfd, "iterate_batches", "batches"),
            (schedule, "fit", "training step"),  # the rest of ``fit``: loss, backward, optimiser
        ]:
            stack.enter_context(patch.object(owner, name, watch.iteration(part, getattr(owner, name))))
        yield


@dataclass(frozen=True)
class RunParts:
    """Seconds and counts of a run.

    Attributes:
        seconds: by ``PARTS``; they add up to the run.
        steps: number of optimiser steps; perturbed: of those on synthesised photos; monitored: of live scores.
    """

    seconds: dict[str, float]
    steps: int
    perturbed: int
    monitored: int
    model: Backbone

    @property
    def total(self) -> float:
        """Seconds of the run."""
        return sum(self.seconds.values())

    def lines(self) -> list[tuple[str, str]]:
        """Names and values to print."""
        counts = f"{self.steps} steps, {self.perturbed} perturbed, {self.monitored} live scores"
        shares = [(f"  {name}", f"{part:.2f} s, {part / self.total:.1%}") for name, part in self.seconds.items()]
        return [("run", f"{self.total:.2f} s, {counts}"), *shares]

    def numbers(self) -> dict[str, Any]:
        """All values for JSON."""
        counts = {"steps": self.steps, "perturbed": self.perturbed, "monitored": self.monitored}
        return {"seconds": self.seconds, "total": self.total, **counts}


def run_in_parts(context: UnlearningContext, knobs: dict[str, KnobValue]) -> RunParts:
    """Run DLFD in the context, and measure its parts."""
    method, watch = METHODS.get("dlfd")(dict(knobs)), Stopwatch()
    with timed_core(watch):
        logs = list(method.run(context))
        seconds = watch.stop()
    steps = [log for log in logs if log.step > 0]
    perturbed = sum(log.phase.name == "forgetting" for log in steps)
    return RunParts(seconds, len(steps), perturbed, sum(log.point is not None for log in logs), context.model)


def warm_up(context: UnlearningContext) -> None:
    """Run the first steps, so that imports and the choice of kernels are not in the measurement."""
    run = METHODS.get("dlfd")({"epochs": 1}).run(context)
    for _, _ in zip(range(2), run, strict=False):
        pass
    run.close()  # type: ignore[attr-defined]  # it is a generator
