"""Streams of events: pass them on, change them or show them, and take the result at their end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from dlfd_core.types import ForgetEvent, ForgetProgress, ForgetReport

Event = TypeVar("Event")
Other = TypeVar("Other")
Result = TypeVar("Result")


def mapped(events: Generator[Event, None, Result], change: Callable[[Event], Other]) -> Generator[Other, None, Result]:
    """Yields ``change(event)`` for each event and returns the result of ``events``, which is closed with this one."""
    try:
        while True:
            try:
                event = next(events)
            except StopIteration as finished:
                result: Result = finished.value
                return result
            yield change(event)
    finally:
        events.close()


def result_of(events: Generator[Event, None, Result], show: Callable[[Event], None] = lambda event: None) -> Result:
    """Run a generator to its end and return its result; ``show`` is called with each event."""
    shown_events = mapped(events, show)
    while True:
        try:
            next(shown_events)
        except StopIteration as finished:
            result: Result = finished.value
            return result


def last_result(events: Iterable[ForgetProgress | Result], show: Callable[[ForgetProgress], None]) -> Result:
    """Run to the end and return the last event that is no progress; the work must raise or end with one.

    Args:
        show: called with each progress event.
    """
    results: list[Result] = []
    for event in events:
        if isinstance(event, ForgetProgress):
            show(event)
        else:
            results = [event]
    return results[0]


def last_report(events: Iterable[ForgetEvent], show: Callable[[ForgetProgress], None]) -> ForgetReport:
    """``last_result`` of a run: its complete report."""
    return last_result(events, show).report
