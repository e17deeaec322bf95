"""Generators that also return something: their events passed on, changed or shown, and what they return."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from dlfd_core.types import ForgetProgress

Event = TypeVar("Event")
Other = TypeVar("Other")
Result = TypeVar("Result")


def mapped(events: Generator[Event, None, Result], change: Callable[[Event], Other]) -> Generator[Other, None, Result]:
    """The events as ``change`` makes them, and what the generator returns; it is closed when this one is."""
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
    """Run to the end: what the generator returns; each event is shown."""
    shown = mapped(events, show)
    while True:
        try:
            next(shown)
        except StopIteration as finished:
            result: Result = finished.value
            return result


def last_report(events: Iterable[ForgetProgress | Result], show: Callable[[ForgetProgress], None]) -> Result:
    """Run to the end: the last event that is no progress, of work that either raises or ends with one; progress is
    shown."""
    found: list[Result] = []
    for event in events:
        if isinstance(event, ForgetProgress):
            show(event)
        else:
            found = [event]
    return found[0]
