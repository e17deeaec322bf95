"""The worker thread: order, heartbeat, errors, and that it is told to stop in every way a run can end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dlfd_core.types import caller
from dlfd_core.ui.server.jobs import batches
from tests.generators import close

ShouldStop = Callable[[], bool]


def test_all_items_arrive_in_order() -> None:
    assert [item for batch in batches(lambda _stop: iter(range(50)), tick=0.01) for item in batch] == list(range(50))


def test_slow_work_is_bridged_by_heartbeats() -> None:
    heartbeat = threading.Event()

    def work(_stop: ShouldStop) -> Iterator[str]:
        heartbeat.wait(10)
        yield "late"

    stream = batches(work, tick=0.02)
    assert next(stream) == []
    heartbeat.set()
    assert [batch for batch in stream if batch] == [["late"]]


def test_fast_work_is_gathered() -> None:
    """Two hundred events in a fifth of a second give one repaint per tick, not two hundred."""

    def work(_stop: ShouldStop) -> Iterator[int]:
        for number in range(200):
            time.sleep(0.001)
            yield number

    started = time.monotonic()
    repaints = len(list(batches(work, tick=0.1)))
    assert repaints <= (time.monotonic() - started) / 0.1 + 2


def test_an_error_comes_after_what_was_yielded_before() -> None:
    def work(_stop: ShouldStop) -> Iterator[str]:
        yield "first"
        raise ValueError("broken")

    seen = []
    with pytest.raises(ValueError, match="broken"):
        for batch in batches(work, tick=0.01):
            seen += batch
    assert seen == ["first"]


def test_closing_the_generator_stops_the_work() -> None:
    """What the framework does on a cancel and when the tab is closed."""
    stopped = threading.Event()

    def work(should_stop: ShouldStop) -> Iterator[int]:
        try:
            while not should_stop():
                time.sleep(0.01)
                yield 0
        finally:
            stopped.set()

    running = batches(work, tick=0.02)
    next(running)
    close(running)
    assert stopped.wait(1.0)


def test_work_that_never_asks_ends_at_its_next_item() -> None:
    ended = threading.Event()

    def work(_stop: ShouldStop) -> Iterator[int]:
        try:
            while True:
                time.sleep(0.01)
                yield 0
        finally:
            ended.set()

    running = batches(work, tick=0.02)
    next(running)
    close(running)
    assert ended.wait(1.0)


def test_the_work_knows_its_caller() -> None:
    """The queue for the device is served by turns of the callers."""

    def work(_stop: ShouldStop) -> Iterator[str | None]:
        yield caller.get()

    token = caller.set("192.0.2.7")
    try:
        assert [item for batch in batches(work, tick=0.01) for item in batch] == ["192.0.2.7"]
    finally:
        caller.reset(token)
