"""The page: header, tabs (Demo, Evidence, Compare, Lessons, Your photos, About), and the panel of the lessons."""

from __future__ import annotations

from functools import partial

import gradio as gr

from dlfd_core.types import Offer
from dlfd_core.ui.about import build_about
from dlfd_core.ui.api import add_api
from dlfd_core.ui.compare.handlers import RaceHandlers
from dlfd_core.ui.compare.section import build_race
from dlfd_core.ui.components.run_ticket import RunTicket
from dlfd_core.ui.evidence_tab.handlers import EvidenceHandlers
from dlfd_core.ui.evidence_tab.section import build_evidence, wire_evidence
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.place import address_of
from dlfd_core.ui.forget.section import build_stage
from dlfd_core.ui.forget.wiring import wire
from dlfd_core.ui.header import build_header
from dlfd_core.ui.inside.section import wire_xray
from dlfd_core.ui.lessons.handlers import LessonHandlers
from dlfd_core.ui.lessons.section import build_cards, build_lessons, wire_lessons
from dlfd_core.ui.links.handlers import LinkHandlers
from dlfd_core.ui.links.section import wire_links
from dlfd_core.ui.own_photos.handlers import OwnHandlers
from dlfd_core.ui.own_photos.section import build_own
from dlfd_core.ui.preview import TITLE
from dlfd_core.ui.server.blocks import LightBlocks
from dlfd_core.ui.server.job_events import QUIET
from dlfd_core.ui.server.ports import ServicePort

#: Seconds between two clean-ups of gradio's cache, and the age at which a file is deleted. The page makes no files.
CACHE = (60, 900)
#: Tabs: name (its address is ``#name``), title. Gradio makes a tab's content in the browser when it is first opened.
TABS = {
    "demo": "Demo",
    "evidence": "Evidence",
    "compare": "Compare",
    "lessons": "Lessons",
    "photos": "Your photos",
    "about": "About",
}


def build_page(service: ServicePort) -> gr.Blocks:
    """The whole page, and one more for each further offer of the host, at an address of its own. The start page opens
    with the service's finished example where it shows the drawn portraits."""
    offers: tuple[Offer | None, ...] = service.catalog().offers or (None,)
    with LightBlocks(title=TITLE, analytics_enabled=False, delete_cache=CACHE, fill_width=True) as page:
        first, *others = (Handlers(service, offer=offer) for offer in offers)
        _build_parts(page, first, 0)
        for handlers in others:
            handlers.visits = first.visits  # a visitor's runs are counted over all pages
        add_api(first, others)
    for number, handlers in enumerate(others, 1):
        with page.route(address_of(number), address_of(number), show_in_navbar=False):
            _build_parts(page, handlers, number)
    return page


def _build_parts(page: gr.Blocks, handlers: Handlers, number: int) -> None:
    """Header, tabs and events of one page. Parts that are made for the portraits are left out where others are shown.

    Args:
        number: of the offer that the page shows.
    """
    place = handlers.place
    left_out = () if place.standard else ("lessons", "photos", *(("compare",) if place.weights else ()))
    titles = {name: title for name, title in TABS.items() if name not in left_out}
    lessons, own = LessonHandlers(handlers), OwnHandlers(handlers)
    tabs: dict[str, gr.Tab] = {}
    build_header(TITLE, titles)
    desk = build_lessons(lessons) if "lessons" in titles else None
    open_part = gr.State("demo")
    tickets = {job: RunTicket(job, visible="hidden") for job in ("race", "relearn", "sequence")}
    with gr.Tabs(selected="demo", elem_id="parts"):
        for name, title in titles.items():
            # own people come back to a reloaded page, whichever tab is open
            tabs[name] = gr.Tab(title, id=name, elem_id=f"part-{name}", render_children=name == "photos")
        with tabs["demo"]:
            stage = build_stage(handlers, number)
        with tabs["evidence"]:
            evidence = build_evidence(EvidenceHandlers(handlers), stage, tickets)
        if "compare" in tabs:
            with tabs["compare"]:
                race = RaceHandlers(handlers)
                build_race(race, stage.form.picker, stage.form.task, tabs["compare"], tickets["race"])
        if "lessons" in tabs:
            with tabs["lessons"]:
                build_cards(lessons)
        if "photos" in tabs:
            with tabs["photos"]:
                build_own(page, own, stage.form.task)
        with tabs["about"]:
            build_about()
    for name, tab in tabs.items():
        tab.select(partial(str, name), None, open_part, queue=False, **QUIET)
    wire_evidence(evidence, stage, tabs["evidence"], open_part)
    if desk is not None:
        wire_lessons(lessons, desk, stage)
    if place.standard:
        own.own.on_wiped(handlers.runs.drop)
        for kept in handlers.jobs:
            own.own.on_wiped(kept.drop)
    opened = wire_links(LinkHandlers(handlers), page, stage)
    wire(handlers, stage, opened)
    wire_xray(handlers, evidence.xray, stage.form)
