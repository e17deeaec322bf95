"""Gradio events of a job that goes on without its page: a start, and the page that comes back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from dlfd_core.ui.server.job_events import Places, start_job
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.kept_jobs import KeptJobs


def keep_job(
    kept: KeptJobs,
    ticket: Component,
    trigger: Callable[..., Dependency],
    steps: Callable[..., Iterator[Slots]],
    inputs: Places,
    outputs: Places,
    paint: Callable[[Slots], Any],
) -> list[Dependency]:
    """Start a job on an event, and show it again on a page that was reloaded or whose line was lost.

    Args:
        ticket: a ``RunTicket`` outside the tabs of the page, so that the browser has it from the start.
        trigger: the event of a component, as ``button.click``.
        steps: what the job shows, from the visitor's session and the values of ``inputs``.
        paint: makes updates of slots.

    Returns:
        The events of the job, for ``stop_job``.
    """

    def run(visit: gr.Request, *values: Any) -> Iterator[Any]:
        yield from map(paint, kept.begin(steps(visit.session_hash, *values), visit.session_hash))

    def come_back(visit: gr.Request, event: gr.EventData) -> Iterator[Any]:
        yield from map(paint, kept.answer(ticket_in(event), visit.session_hash))

    back = start_job(ticket.select, come_back, None, outputs)  # type: ignore[attr-defined]
    return [start_job(trigger, run, inputs, outputs), back]


def ticket_in(event: gr.EventData) -> object:
    """The ticket that a page has kept; untrusted."""
    return event._data.get("ticket") if isinstance(event._data, dict) else None
