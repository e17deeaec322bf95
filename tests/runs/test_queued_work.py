"""Work in the queue: waiting, being stopped, running out of time, of memory and of disk."""

from __future__ import annotations

import errno
import os
import sys
import time
import weakref
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import pytest
import torch

from dlfd_core.device import release_memory, select_compute
from dlfd_core.errors import InvalidRequest, RunCancelled, TooMuch
from dlfd_core.runs import queued_work
from dlfd_core.runs.cancellation import CancellationPoll
from dlfd_core.runs.device_queue import DeviceQueue
from dlfd_core.runs.queued_work import queued
from dlfd_core.types import ForgetProgress


def work_of(step: Callable[[], None], steps: int = 3) -> Callable[[], Generator[ForgetProgress, None, str]]:
    def work() -> Generator[ForgetProgress, None, str]:
        for done in range(steps):
            step()
            yield ForgetProgress("unlearn", done + 1, steps, "Working", float(steps - done))
        return "made"

    return work


def test_the_events_pass_and_the_result_comes_back() -> None:
    queue, poll = DeviceQueue(), CancellationPoll(lambda: False)
    doing, seen = queued(queue, "run", poll, work_of(poll.raise_if_cancelled)), []
    while True:
        try:
            seen.append(next(doing))
        except StopIteration as finished:
            assert finished.value == "made"
            break
    assert [event.stage for event in seen] == ["load", "unlearn", "unlearn", "unlearn"] and not queue.busy()


def test_waiting_work_reports_how_many_are_ahead_and_can_be_cancelled() -> None:
    queue = DeviceQueue()
    stop: list[bool] = []
    with queue.join() as running:
        running.set_seconds_left(30.0)
        waiting = queued(queue, "run", CancellationPoll(lambda: bool(stop)), work_of(lambda: None))
        event = next(waiting)
        assert event.message == "Waiting for 1 run before this one"
        assert event.seconds_left is not None and 29 < event.seconds_left <= 30
        stop.append(True)
        with pytest.raises(RunCancelled):
            list(waiting)
        assert running.place().ahead == 0


@pytest.mark.parametrize("end", ["finished", "closed", "failed"])
def test_memory_is_released_however_the_work_ends(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(queued_work, "release_memory", lambda: calls.append(end))

    def step() -> None:
        if end == "failed":
            raise InvalidRequest("No.")

    doing = queued(DeviceQueue(), "run", CancellationPoll(lambda: False), work_of(step))
    next(doing)  # it has the device
    if end == "closed":
        next(doing)
        doing.close()
    elif end == "failed":
        with pytest.raises(InvalidRequest):
            list(doing)
    else:
        list(doing)
    assert calls == [end]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's memory is looked at")
def test_what_is_freed_goes_back_to_the_system() -> None:
    """Freed blocks below a block that stays, as after a run: the heap cannot shrink from its end."""
    select_compute("cpu")
    pieces = [bytearray(100_000) for _ in range(2_000)]
    last, full = bytearray(100_000), resident()
    del pieces
    release_memory()
    assert resident() < full - 100e6 and len(last) == 100_000


def test_objects_that_refer_to_each_other_are_collected_after_a_run() -> None:
    class Left:
        pass

    one, other = Left(), Left()
    one.other, other.other = other, one  # type: ignore[attr-defined]
    gone = weakref.ref(one)
    del one, other
    assert gone() is not None
    list(queued(DeviceQueue(), "run", CancellationPoll(lambda: False), work_of(lambda: None)))
    assert gone() is None


def resident() -> float:
    """Resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_run_has_a_longest_time_and_the_wait_does_not_count() -> None:
    queue = DeviceQueue()
    with queue.join():
        poll = CancellationPoll(lambda: False, limit=0.2)

        def work() -> None:
            time.sleep(0.15)
            poll.raise_if_cancelled()

        slow = queued(queue, "run", poll, work_of(work, steps=9))
        next(slow)
        time.sleep(0.3)
        poll.raise_if_cancelled()  # still waiting
    with pytest.raises(TooMuch, match="the longest one may take here"):
        list(slow)
    assert not queue.busy()


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (torch.cuda.OutOfMemoryError("no room"), "The GPU ran out of memory"),
        (MemoryError(), "The machine ran out of memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
    ],
)
def test_a_shortage_of_the_machine_is_one_sentence_and_the_next_run_works(error: BaseException, words: str) -> None:
    queue, poll = DeviceQueue(), CancellationPoll(lambda: False)
    with pytest.raises(TooMuch, match=words):
        list(queued(queue, "run", poll, work_of(lambda: _raise(error))))
    assert len(list(queued(queue, "run", poll, work_of(poll.raise_if_cancelled)))) == 4


def test_other_errors_stay_what_they_are() -> None:
    for error in (ValueError("x"), OSError(errno.EACCES, "Permission denied")):
        with pytest.raises(type(error)):
            list(queued(DeviceQueue(), "run", CancellationPoll(lambda: False), work_of(partial(_raise, error))))
