"""One device, many visitors: served in the order they came, and told where they stand."""

from __future__ import annotations

import threading
import time

from dlfd_core.runs.device_queue import DeviceQueue, Waiting


def test_the_first_does_not_wait_and_the_next_are_told_who_is_ahead() -> None:
    slot = DeviceQueue()
    with slot.queue() as first, slot.queue() as second, slot.queue() as third:
        assert first.wait(0) and not second.wait(0) and not third.wait(0)
        assert [ticket.waiting().ahead for ticket in (first, second, third)] == [0, 1, 2]
        assert second.waiting().seconds is None  # nobody has been through yet
        first.note(10.0)
        told = second.waiting().seconds
        assert told is not None and 9.5 < told <= 10.0
        assert third.waiting().seconds is None  # the second has said nothing, and no run of its kind is known


def test_who_leaves_while_waiting_leaves_no_gap() -> None:
    slot = DeviceQueue()
    with slot.queue() as first:
        with slot.queue() as second:
            with slot.queue() as third:
                assert third.waiting().ahead == 2
            assert second.waiting().ahead == 1
        assert first.wait(0) and first.waiting() == Waiting(0, 0.0)
    assert not slot.busy()


def test_an_error_gives_the_slot_back() -> None:
    slot = DeviceQueue()
    try:
        with slot.queue() as ticket:
            assert ticket.wait(0)
            raise ValueError
    except ValueError:
        pass
    with slot.queue() as other:
        assert other.wait(0)


def test_how_long_the_last_took_foretells_the_next() -> None:
    slot = DeviceQueue()
    with slot.queue("long"):
        time.sleep(0.2)
    with slot.queue("long"), slot.queue("short") as other, slot.queue("long") as last:
        told = other.waiting().seconds
        assert told is not None and 0.05 < told <= 0.3
        assert last.waiting().seconds is None  # no short one is known


def test_thirty_threads_are_served_in_the_order_they_came() -> None:
    slot, served, joined = DeviceQueue(), list[int](), threading.Semaphore(0)

    def visit(number: int) -> None:
        with slot.queue() as ticket:
            joined.release()
            while not ticket.wait(0.01):
                pass
            served.append(number)

    with slot.queue():
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
