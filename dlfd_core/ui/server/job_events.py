"""Gradio events of a job: a start that streams slots to the page, and a cancel that stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.events import Dependency

from dlfd_core.ui.server.jobs import RUNS_OPEN, Slots
from dlfd_core.ui.text.markup import esc

#: Options of every event of the page. Events are no API (the command line and ``api`` are), but their input is checked
#: all the same. Gradio's own signs of progress are shown on no component, not only hidden: for each sign gradio would
#: copy the values of all components that could carry it, the map's too, at every repaint of a run.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "show_progress_on": []}

#: A component or a layout block, several, or none.
Places = Block | Sequence[Block] | None


def updates(changed: Slots, slots: dict[str, Component], start: gr.Button, cancel: gr.Button) -> dict[Component, Any]:
    """Slots as updates of components, and of the two buttons while a job goes on; a toast pops up at once."""
    if "toast" in changed:
        gr.Warning(esc(changed["toast"]))  # the browser shows it as HTML
    values: dict[Component, Any] = {slots[name]: value for name, value in changed.items() if name in slots}
    if "busy" in changed:
        values[start] = gr.Button(interactive=not changed["busy"])
        values[cancel] = gr.Button(interactive=changed["busy"])
    return values


def painter(slots: dict[str, Component], start: gr.Button, cancel: gr.Button) -> Callable[[Slots], Any]:
    """``updates`` for one set of slots; a heartbeat changes nothing."""
    return lambda changed: updates(changed, slots, start, cancel) or gr.skip()


def start_job(
    trigger: Callable[..., Dependency],
    run: Callable[..., Any],
    inputs: Places,
    outputs: Places,
    js: str | None = None,
) -> Dependency:
    """Start a job on an event.

    Args:
        trigger: the event of a component, as ``button.click``.
        run: generator of the updates that the page shows.
        js: script that gives the inputs instead of the components.

    Returns:
        The job, for ``stop_job``.
    """
    # the service has one slot and says who waits for it, so waiting visitors may already hold their stream
    return trigger(run, inputs, outputs, concurrency_limit=RUNS_OPEN, js=js, **QUIET)


def stop_job(
    trigger: Callable[..., Dependency],
    job: Dependency | list[Dependency],
    stopped: Callable[..., Any],
    inputs: Places,
    outputs: Places,
) -> None:
    """Cancel a job on an event, and show afterwards what ``stopped`` returns.

    Args:
        trigger: the event of a component, as ``button.click``.
        job: one or several; all are cancelled.
        stopped: called after the cancel, so that no late step of the job overwrites what it shows.
    """
    cancelled = trigger(None, None, None, cancels=job, api_visibility="private")
    cancelled.then(stopped, inputs, outputs, queue=False, **QUIET)
