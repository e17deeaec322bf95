"""The line of programs: few at a time, in their order; callers that left are skipped."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from dlfd_core.types import caller
from dlfd_core.ui.server.line import Line


def test_as_many_as_there_are_places_are_served_in_the_order_they_came() -> None:
    line = Line(2)
    with ExitStack() as all_of_them:
        first = ExitStack()
        waits = [first.enter_context(line.join()), *(all_of_them.enter_context(line.join()) for _ in range(3))]
        assert [wait(0) for wait in waits] == [True, True, False, False]
        first.close()
        assert [wait(0) for wait in waits[1:]] == [True, True, False]


def test_who_gives_up_leaves_no_gap() -> None:
    line = Line(1)
    with line.join() as served:
        with line.join() as impatient:
            assert not impatient(0.01)
        assert served(0)
    with line.join() as next_one:
        assert next_one(0)


def test_who_waits_is_woken_when_a_place_is_free() -> None:
    line, woken = Line(1), []
    with line.join() as served:
        assert served(0)

        def come() -> None:
            with line.join() as wait:
                woken.append(wait(10))

        other = threading.Thread(target=come)
        other.start()
    other.join(10)
    assert woken == [True]


def test_callers_take_turns() -> None:
    line = Line(2)
    with ExitStack() as all_of_them:
        ends, waits = [], []
        for who in ("a", "a", "a", "b"):
            token = caller.set(who)
            ends.append(all_of_them.enter_context(ExitStack()))
            waits.append(ends[-1].enter_context(line.join()))
            caller.reset(token)
        ends[0].close()
        assert [wait(0) for wait in waits[1:]] == [True, False, True]
