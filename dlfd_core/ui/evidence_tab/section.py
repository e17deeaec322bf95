"""Tab Evidence: layout and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.ui.components.assets import read
from dlfd_core.ui.components.base import static
from dlfd_core.ui.components.run_ticket import RunTicket
from dlfd_core.ui.components.xray import XRay
from dlfd_core.ui.evidence_tab.handlers import EvidenceHandlers
from dlfd_core.ui.forget.parts import Stage
from dlfd_core.ui.forget.section import painted
from dlfd_core.ui.forget.shown import Shown
from dlfd_core.ui.inside.section import build_xray
from dlfd_core.ui.receipt.file_maker import file_maker
from dlfd_core.ui.relearn.handlers import RelearnHandlers
from dlfd_core.ui.relearn.section import build_relearn
from dlfd_core.ui.sequence.handlers import SequenceHandlers
from dlfd_core.ui.sequence.section import build_sequence
from dlfd_core.ui.server.job_events import QUIET
from dlfd_core.ui.text.texts import ASSETS

#: Sections of the tab: id, title.
SECTIONS = (
    ("scores", "Result and scores"),
    ("attacks", "Attacks and side effects"),
    ("photo-by-photo", "Photo by photo"),
    ("inside", "Inside DLFD"),
    ("come-back", "Does the memory come back?"),
    ("requests", "One after another"),
    ("take-away", "Take it away"),
)


@dataclass(frozen=True)
class EvidenceTab:
    """The parts of the tab that its events use."""

    handlers: EvidenceHandlers
    slots: dict[str, Component]
    xray: XRay


def build_evidence(handlers: EvidenceHandlers, stage: Stage, tickets: dict[str, RunTicket]) -> EvidenceTab:
    """Build the tab, inside its ``gr.Tab``. Everything is empty until it is opened.

    Args:
        tickets: of the jobs ``relearn`` and ``sequence``, see ``keep_job``.
    """
    slots: dict[str, Component] = {"painted": gr.State(None), "explorer_painted": gr.State(None)}
    links = "".join(f'<li><a href="#{name}" data-part="{name}">{title}</a></li>' for name, title in SECTIONS)
    static(f'<nav class="contents" aria-label="Parts of the evidence"><ul role="list">{links}</ul></nav>')
    with gr.Column(elem_id="proof", min_width=0):
        with gr.Column(elem_id="scores", min_width=0, elem_classes="part"):
            slots["see"] = static("", elem_classes="result", elem_id="see")
            slots["prove"] = static("", elem_classes="result", elem_id="prove")
        with gr.Column(elem_id="attacks", min_width=0, elem_classes="part"):
            slots["evidence"] = _alive(_script("evidence.js"), "evidence")
        with gr.Column(elem_id="photo-by-photo", min_width=0, elem_classes="part"):
            slots["losses"] = static("", elem_classes="result", elem_id="losses")
            slots["loss_table"] = static("", elem_classes="result", elem_id="loss-table")
            slots["predictions"] = static("", elem_classes="result", elem_id="predictions")
        with gr.Column(elem_id="inside", min_width=0, elem_classes="part"):
            slots["xray"] = xray = build_xray(handlers.page)
        with gr.Column(elem_id="come-back", min_width=0, elem_classes="part"):
            build_relearn(RelearnHandlers(handlers.page), stage.slots["request"], tickets["relearn"])
        with gr.Column(elem_id="requests", min_width=0, elem_classes="part"):
            build_sequence(SequenceHandlers(handlers.page), stage.form, tickets["sequence"])
        with gr.Column(min_width=0, elem_classes="part"):
            slots["take_away"] = _alive(
                read("save.js") + _script("page.js"),
                "take-away",
                server_functions=[file_maker(handlers.service)],
            )
    return EvidenceTab(handlers, slots, xray)


def wire_evidence(tab: EvidenceTab, stage: Stage, part: gr.Tab, open_part: gr.State) -> None:
    """Connect the events that paint the tab.

    Args:
        open_part: name of the part of the page that the visitor has opened.
    """
    handlers, shown = tab.handlers, stage.slots["shown"]
    slots = tab.slots | {"explorer": stage.explorer}
    outputs = list(slots.values())

    def paint(run: Shown | None, before: Shown | None) -> Any:
        return painted(slots, handlers.paint(run, before)) or gr.skip()

    def attacker(run: Shown | None, before: Shown | None) -> Any:
        return painted(slots, handlers.attacker(run, before)) or gr.skip()

    def follow(run: Shown | None, before: Shown | None, attacked: Shown | None, place: str) -> Any:
        """What is open, or was opened, when another run is shown."""
        changed = handlers.paint(run, before) if place == "evidence" else {}
        if attacked is not None:
            changed |= handlers.attacker(run, attacked)
        return painted(slots, changed) or gr.skip()

    part.select(paint, [shown, slots["painted"]], outputs, queue=False, **QUIET)
    stage.attacker.select(attacker, [shown, slots["explorer_painted"]], outputs, queue=False, **QUIET)
    known = [shown, slots["painted"], slots["explorer_painted"], open_part]
    # one event: two that want the last word about one component trigger each other endlessly
    shown.change(follow, known, outputs, queue=False, **QUIET)  # type: ignore[attr-defined]


def _script(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _alive(script: str, name: str, **more: Any) -> gr.HTML:
    """HTML component with a script."""
    return gr.HTML(
        "", apply_default_css=False, js_on_load=script, elem_classes="result", elem_id=name, **more
    )  # fmt: skip
