"""Queue for the device: first come, first served, with the place and the waiting time of each."""

from __future__ import annotations

import threading
import time

import pytest

from dlfd_core.runs.device_queue import DeviceQueue, Place


def test_the_first_does_not_wait_and_the_others_have_a_place() -> None:
    queue = DeviceQueue()
    with queue.join() as first, queue.join() as second, queue.join() as third:
        assert first.wait(0) and not second.wait(0) and not third.wait(0)
        assert [ticket.place().ahead for ticket in (first, second, third)] == [0, 1, 2]
        assert second.place().seconds is None  # no work has finished yet
        first.set_seconds_left(10.0)
        seconds = second.place().seconds
        assert seconds is not None and 9.5 < seconds <= 10.0
        assert third.place().seconds is None  # the second has set no end, and none of its kind has finished


def test_a_ticket_that_leaves_while_waiting_leaves_no_gap() -> None:
    queue = DeviceQueue()
    with queue.join() as first:
        with queue.join() as second:
            with queue.join() as third:
                assert third.place().ahead == 2
            assert second.place().ahead == 1
        assert first.wait(0) and first.place() == Place(0, 0.0)
    assert not queue.busy()


def test_an_error_frees_the_device() -> None:
    queue = DeviceQueue()
    try:
        with queue.join() as ticket:
            assert ticket.wait(0)
            raise ValueError
    except ValueError:
        pass
    with queue.join() as other:
        assert other.wait(0)


def test_the_last_duration_of_a_kind_predicts_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("dlfd_core.runs.device_queue.time.monotonic", lambda: now[0])
    queue = DeviceQueue()
    with queue.join("long") as ticket:
        assert ticket.wait(0)
        now[0] += 8.0
    with queue.join("long") as running, queue.join("short") as other, queue.join("long") as last:
        assert running.wait(0)
        now[0] += 3.0
        assert other.place().seconds == pytest.approx(5.0)
        assert last.place().seconds is None  # no short one has finished


def test_thirty_threads_are_served_in_the_order_they_came() -> None:
    queue, served, joined = DeviceQueue(), list[int](), threading.Semaphore(0)

    def visit(number: int) -> None:
        with queue.join() as ticket:
            joined.release()
            while not ticket.wait(0.01):
                pass
            served.append(number)

    with queue.join():
        threads = []
        for number in range(30):
            threads.append(threading.Thread(target=visit, args=(number,)))
            threads[-1].start()
            assert joined.acquire(timeout=5)  # joined before the next one comes
        time.sleep(0.05)
        assert served == []
    for thread in threads:
        thread.join(5)
    assert served == list(range(30))
