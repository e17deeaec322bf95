"""Where the time of a DLFD run goes. The parts are clocked from outside: the core knows nothing of it."""

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
    """Divides time among parts: each moment belongs to the innermost part it falls into, so that they add up."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._inside = ["rest"]
        self._since = self._now()

    def _now(self) -> float:
        if torch.cuda.is_available():  # else a part would be charged for what an earlier one left to do
            torch.cuda.synchronize()
        return time.perf_counter()

    def _charge(self) -> None:
        now = self._now()
        self.seconds[self._inside[-1]] += now - self._since
        self._since = now

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self._charge()
        self._inside.append(name)
        try:
            yield
        finally:
            self._charge()
            self._inside.pop()

    def stop(self) -> dict[str, float]:
        self._charge()
        return self.seconds

    def call(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with its time charged to a part."""

        def clocked(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return clocked

    def iteration(self, name: str, function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """A generator function with the time until each of its values charged to a part."""
        end = object()

        def clocked(*args: Any, **kwargs: Any) -> Iterator[Any]:
            values = function(*args, **kwargs)
            while True:
                with self.part(name):
                    value = next(values, end)
                if value is end:
                    return
                yield value

        return clocked


@contextmanager
def clocked_core(watch: Stopwatch) -> Iterator[None]:
    """Within it the parts of DLFD are clocked."""
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
            (schedule, "fit", "training step"),  # what of ``fit`` is in no other part: loss, backward, optimiser
        ]:
            stack.enter_context(patch.object(owner, name, watch.iteration(part, getattr(owner, name))))
        yield


@dataclass(frozen=True)
class RunParts:
    """Attributes:
    seconds: by ``PARTS``; they add up to the run.
    steps: optimiser steps; perturbed: those on synthesised photos; looks: of the monitor.
    """

    seconds: dict[str, float]
    steps: int
    perturbed: int
    looks: int
    model: Backbone

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    def lines(self) -> list[tuple[str, str]]:
        said = f"{self.total:.2f} s, {self.steps} steps, {self.perturbed} perturbed, {self.looks} looks"
        shares = [(f"  {name}", f"{part:.2f} s, {part / self.total:.1%}") for name, part in self.seconds.items()]
        return [("run", said), *shares]

    def numbers(self) -> dict[str, Any]:
        counts = {"steps": self.steps, "perturbed": self.perturbed, "looks": self.looks}
        return {"seconds": self.seconds, "total": self.total, **counts}


def run_in_parts(context: UnlearningContext, knobs: dict[str, KnobValue]) -> RunParts:
    """A whole DLFD run in the context."""
    method, watch = METHODS.get("dlfd")(dict(knobs)), Stopwatch()
    with clocked_core(watch):
        logs = list(method.run(context))
        seconds = watch.stop()
    steps = [log for log in logs if log.step > 0]
    perturbed = sum(log.phase.name == "forgetting" for log in steps)
    return RunParts(seconds, len(steps), perturbed, sum(log.point is not None for log in logs), context.model)


def warm_up(context: UnlearningContext) -> None:
    """The first steps of a run, which wait for imports and for kernels that are chosen once."""
    run = METHODS.get("dlfd")({"epochs": 1}).run(context)
    for _, _ in zip(range(2), run, strict=False):
        pass
    run.close()  # type: ignore[attr-defined]  # it is a generator
