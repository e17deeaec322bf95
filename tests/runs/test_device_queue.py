"""Queue for the device: by turns of the callers, with the place and the waiting time of each."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from dlfd_core.runs.device_queue import DeviceQueue, Place, Ticket
from dlfd_core.types import caller
from dlfd_core.types.callers import REMEMBERED


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


class Crowd:
    """Tickets by name, whose first letter is the caller."""

    def __init__(self) -> None:
        self.queue, self.tickets, self.ends = DeviceQueue(), dict[str, Ticket](), dict[str, ExitStack]()

    def join(self, *names: str) -> None:
        for name in names:
            token = caller.set(name[0])
            self.ends[name] = ExitStack()
            self.tickets[name] = self.ends[name].enter_context(self.queue.join())
            caller.reset(token)

    def leave(self, name: str) -> None:
        self.ends.pop(name).close()
        del self.tickets[name]

    def order(self) -> list[str]:
        """Names in the order of their places; the first one has the device."""
        names = sorted(self.tickets, key=lambda name: self.tickets[name].place().ahead)
        assert [name for name in names if self.tickets[name].wait(0)] == names[:1]
        return names


def test_callers_take_turns() -> None:
    crowd = Crowd()
    crowd.join("a1", "a2", "a3", "b1", "b2", "c1")
    assert crowd.order() == ["a1", "b1", "c1", "a2", "b2", "a3"]
    crowd.leave("a1")
    assert crowd.order() == ["b1", "c1", "a2", "b2", "a3"]  # not a2, which came before b1
    crowd.join("a4", "d1")
    assert crowd.order() == ["b1", "c1", "d1", "a2", "b2", "a3", "a4"]
    for name in ("b1", "c1", "d1"):
        crowd.leave(name)
    crowd.join("e1", "a5")
    assert crowd.order() == ["a2", "b2", "e1", "a3", "a4", "a5"]
    for name in crowd.order():
        crowd.leave(name)
    assert not crowd.queue.busy()


def test_who_gives_up_is_not_put_back_for_it() -> None:
    crowd = Crowd()
    crowd.join("a1", "b1")
    for _ in range(5):
        crowd.join("b2")
        crowd.leave("b2")
    crowd.join("c1", "c2", "b3")
    assert crowd.order() == ["a1", "b1", "c1", "c2", "b3"]


def test_a_race_lets_others_in_between() -> None:
    """Each run of a race joins the queue when the one before has ended."""
    crowd = Crowd()
    crowd.join("r1", "v1")
    crowd.leave("r1")
    crowd.join("r2", "v2")
    assert crowd.order() == ["v1", "r2", "v2"]
    crowd.leave("v1")
    crowd.leave("r2")
    crowd.join("r3")
    assert crowd.order() == ["v2", "r3"]


def test_callers_who_left_are_forgotten() -> None:
    crowd = Crowd()
    crowd.join("a1")
    for number in range(REMEMBERED + 50):
        crowd.join(chr(1_000 + number))
        crowd.leave(chr(1_000 + number))
    assert len(crowd.queue._line._next) <= REMEMBERED + 1
    crowd.leave("a1")
    assert crowd.queue._line._next == {}
