"""Seconds of each part of a DLFD run: they add up to the run, and measuring changes no number."""

from __future__ import annotations

import time

import pytest
import torch

from benchmarks.parts import PARTS, Stopwatch, run_in_parts
from dlfd_core.data.splits import Splits
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, dlfd
from dlfd_core.unlearning.synthesis import synthesise
from tests.small import small_context


def test_parts_add_up_to_the_run(original_and_splits: tuple[PreparedOriginal, Splits]) -> None:
    context = small_context(original_and_splits[0].spec.task, original_and_splits[1])
    started = time.perf_counter()
    knobs: dict[str, KnobValue] = {"epochs": 2, "batch_size": 16, "check_every": 2, "forget_share": 0.5}
    found = run_in_parts(context, knobs | {"tau": -0.5, "guard": 0.0})
    wall = time.perf_counter() - started
    assert set(found.seconds) == set(PARTS)
    assert found.total == pytest.approx(wall, abs=0.05)
    assert all(seconds > 0 for seconds in found.seconds.values())
    assert found.steps == 6 and found.perturbed == 3 and found.monitored == 4
    assert vars(dlfd)["synthesise"] is synthesise  # the stopwatch is removed again


def test_clocking_changes_no_number(original_and_splits: tuple[PreparedOriginal, Splits]) -> None:
    knobs: dict[str, KnobValue] = {"epochs": 1, "batch_size": 16}
    plain, clocked = (small_context(original_and_splits[0].spec.task, original_and_splits[1]) for _ in range(2))
    list(METHODS.get("dlfd")(dict(knobs)).run(plain))
    run_in_parts(clocked, dict(knobs))
    found = clocked.model.state_dict()
    assert all(torch.equal(tensor, found[name]) for name, tensor in plain.model.state_dict().items())


def test_time_belongs_to_the_innermost_part() -> None:
    watch = Stopwatch()
    with watch.part("perturbation"):
        time.sleep(0.02)
        with watch.part("transport"):
            time.sleep(0.05)
    seconds = watch.stop()
    assert 0.02 <= seconds["perturbation"] < 0.05 <= seconds["transport"]
