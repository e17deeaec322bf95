"""The tab Evidence and the attacker's view are painted when they are opened, and only what differs."""

from __future__ import annotations

from dataclasses import replace

from dlfd_core.types import ForgetRequest
from dlfd_core.ui.evidence_tab.handlers import EvidenceHandlers
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.shown import Shown
from tests.fakes import FakeService, make_report, without_control

ALL = {"see", "prove", "evidence", "losses", "loss_table", "predictions", "xray", "take_away", "painted"}
REQUEST = ForgetRequest(("p00", "p01", "p02"), control=True)


def tab() -> EvidenceHandlers:
    return EvidenceHandlers(Handlers(FakeService()))


def test_the_example_is_painted_once() -> None:
    evidence = tab()
    shown = evidence.page.opening()["shown"]
    slots = evidence.paint(shown, None)
    assert set(slots) == ALL and slots["painted"] == shown and "A finished example" in slots["see"]
    assert evidence.paint(shown, shown) == {}


def test_a_control_that_joins_leaves_what_is_open_alone() -> None:
    evidence, report = tab(), make_report(REQUEST)
    first = evidence.page.runs.show(without_control(report), "me", final=False)
    before = evidence.paint(first, evidence.page.opening()["shown"])
    assert set(before) == ALL and before["xray"]["asked"] is None and ">Control</summary>" not in before["prove"]
    evidence.service.memory[REQUEST] = report  # type: ignore[attr-defined]
    last = evidence.page.runs.show(report, "me", final=True)
    after = evidence.paint(last, first)
    assert set(after) == ALL - {"see", "losses", "predictions"}
    assert after["xray"]["asked"] and ">Control</summary>" in after["prove"]


def test_a_run_that_no_memory_has_is_a_sentence() -> None:
    evidence = tab()
    gone = Shown(replace(REQUEST, seed=9), "gone")
    slots = evidence.paint(gone, None)
    assert set(slots) == {"see", "painted"} and slots["painted"] is None
    assert "no longer in the server" in slots["see"] and 'role="status"' in slots["see"]
    assert evidence.attacker(gone, None) == {"explorer": {}, "explorer_painted": None}


def test_without_a_run_it_says_where_to_make_one() -> None:
    assert set(tab().paint(None, None)) == {"see"} and "under Demo" in tab().paint(None, None)["see"]
    assert tab().attacker(None, None) == {}


def test_the_attacker_gets_the_losses_of_the_shown_run() -> None:
    evidence = tab()
    shown = evidence.page.opening()["shown"]
    slots = evidence.attacker(shown, None)
    assert slots["explorer"]["models"] and slots["explorer_painted"] == shown
    assert evidence.attacker(shown, shown) == {}
