"""Frames for the map and looks into the synthesis that a run records; recording changes no weight."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlfd_core.data.photos import to_pixels
from dlfd_core.types import MAX_LOOKS, KnobValue
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.recorder import FILMED, Recorder, Recording
from tests.fakes import make_look
from tests.small import picked, small_context, small_task

KNOBS: dict[str, KnobValue] = {"epochs": 4, "batch_size": 8, "check_every": 3, "tau": -0.5, "guard": 0.0}


def run(method: str, knobs: dict[str, KnobValue], *, watched: bool) -> tuple[dict[str, torch.Tensor], Recording]:
    """Weights after a run, and what was recorded."""
    task = small_task()
    context = small_context(task, picked(task))
    recorder = Recorder()
    if watched:
        context.recorder = recorder
    for _ in METHODS.get(method)(knobs).run(context):
        pass
    return context.model.state_dict(), recorder.recording()


@pytest.mark.parametrize("mode", ["paper", "released", "noise"])
def test_a_run_that_is_watched_gives_the_same_weights(mode: str) -> None:
    alone, nothing = run("dlfd", KNOBS | {"mode": mode}, watched=False)
    watched, recording = run("dlfd", KNOBS | {"mode": mode}, watched=True)
    assert all(torch.equal(alone[name], watched[name]) for name in alone)
    assert nothing == Recording() and len(recording.frames) > 2
    assert bool(recording.looks) == (mode != "noise")  # the mode noise has no transport plan


def test_frames_show_the_watched_photos_at_each_look_of_the_monitor() -> None:
    _, recording = run("fine_tune", {"epochs": 2, "batch_size": 8, "check_every": 4}, watched=True)
    steps = [frame.step for frame in recording.frames]
    assert steps[0] == 0 and recording.frames[0].phase == "original" and steps == sorted(set(steps))
    assert set(recording.filmed) == set(FILMED)
    count = sum(map(len, recording.filmed.values()))
    for frame in recording.frames:
        assert frame.features.shape[0] == len(frame.predicted) == count and frame.features.dtype == np.float16
    assert not recording.looks


def test_frames_hold_the_features_of_the_photos_they_name() -> None:
    task = small_task()
    splits = picked(task)
    context = small_context(task, splits)
    context.recorder = recorder = Recorder()
    before = context.model.eval()
    with torch.no_grad():
        features = {
            name: before.extract_features(to_pixels(getattr(context, name).images)).numpy()
            for name in ("forget", "retain")
        }
    for _ in METHODS.get("fine_tune")({"epochs": 1, "batch_size": 8}).run(context):
        pass
    first, start = recorder.recording().frames[0], 0
    for name, positions in recorder.recording().filmed.items():
        own = first.features[start : start + len(positions)]
        start += len(positions)
        if name in features:
            np.testing.assert_allclose(own, features[name][positions], atol=2e-3, rtol=2e-3)


def test_looks_are_spread_over_the_run_and_few() -> None:
    recorder, total = Recorder(), 600
    for step in range(total):
        if recorder.due(step, total):
            recorder.look(make_look(step))
    taken = [look.step for look in recorder.recording().looks]
    assert taken == [0, 150, 300, 450] and len(taken) == MAX_LOOKS
