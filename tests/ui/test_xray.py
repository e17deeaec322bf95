"""The strip of synthesised photos and the look inside DLFD: what is sent, when, and what the server answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typing_extensions import override

from dlfd_core.errors import Diverged
from dlfd_core.types import CurvePoint, ForgetEvent, ForgetProgress, ForgetReport, ForgetRequest, Knob
from dlfd_core.ui import ablations
from dlfd_core.ui.components.assets import sprite_value
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.components.synthesis_strip import SynthesisStrip, strip_at_end, strip_at_start, strip_value
from dlfd_core.ui.components.xray import XRay, look_value, xray_value
from dlfd_core.ui.failures import NOT_SHOWN
from dlfd_core.ui.form import Wishes
from dlfd_core.ui.handlers import Handlers, Slots
from dlfd_core.ui.looks import GONE, look_finder
from dlfd_core.ui.receipt import mark
from dlfd_core.ui.texts import parts
from tests.fakes import CLASSES, HOSTILE, METHODS, FakeService, make_look, make_report, make_sprite, without_control
from tests.ui.stepwise import AtOnce, Stepwise

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
REQUEST = ForgetRequest(("p00", "p01"))


def forget(
    service: FakeService, method: str = "dlfd", handlers: type[Handlers] = Stepwise, **changes: Any
) -> list[Slots]:
    card = next(card for card in METHODS if card.name == method)
    wishes = Wishes(["p00"], "emotion", method, knobs=[knob.default for knob in card.knobs], **changes)
    return [slots for slots in handlers(service).forget(wishes) if slots]


def strips(seen: list[Slots]) -> list[dict[str, Any]]:
    return [slots["synthesis"] for slots in seen if "synthesis" in slots]


# ---- the strip -------------------------------------------------------------------------------------------------------


def test_the_strip_follows_a_run() -> None:
    """Empty places, the looks as they come, and the last look of the report."""
    seen = forget(FakeService())
    found = strips(seen)
    assert found[0] == {"state": "waiting"}
    assert [strip["step"] for strip in found[1:]] == [1, 4, 7, 10, 14]
    assert found[1]["labels"] == [CLASSES[i % 3] for i in range(6)] and found[1]["weight"] == "0.10"
    assert all(
        "curves" not in slots
        for slots in seen[1:]
        if slots.get("synthesis", {}).get("state") == "look" and "see" not in slots
    )


def test_of_several_looks_at_once_the_newest_is_shown() -> None:
    found = strips(forget(FakeService(), handlers=AtOnce))
    assert [strip.get("step") for strip in found] == [None, 10, 14]


def test_methods_that_synthesise_nothing_have_no_strip() -> None:
    assert strips(forget(FakeService(), "neg_grad")) == [{}, {}]
    assert strip_at_start("<b>") == {} == strip_at_end(make_report(replace(REQUEST, method="neg_grad")))
    assert strip_at_end(replace(make_report(REQUEST), looks=())) == {"state": "none"}


def test_a_failed_run_leaves_its_last_look() -> None:
    class Failing(FakeService):
        @override
        def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
            yield ForgetProgress("unlearn", 1, 9, "", look=make_look(5))
            raise Diverged("It diverged.")

    found = strips(forget(Failing()))
    assert [strip.get("step") for strip in found] == [None, 5]


def test_the_strip_shows_what_the_run_itself_made() -> None:
    look = replace(make_look(), made_released=make_sprite(6, 24, 3), change_released=make_sprite(6, 24, 2))
    released = replace(REQUEST, knobs=(("alpha", 1.0), ("mode", "released")))
    for request, change, made in (
        (REQUEST, look.change, look.made),
        (released, look.change_released, look.made_released),
    ):
        sheets = strip_value(look, CLASSES, request)["sheets"]
        assert sheets["made"] == sprite_value(made) and sheets["change"] == sprite_value(change)


def test_the_opening_shows_the_examples_last_look() -> None:
    opening = Handlers(FakeService()).opening()
    assert opening["synthesis"]["step"] == 14 and opening["xray"]["steps"] == [0, 7, 14]


def test_names_stay_out_of_the_templates() -> None:
    look = replace(make_look(), labels=np.array([0, 1, -1, 2, 7, 0]))
    assert strip_value(look, HOSTILE, REQUEST)["labels"] == [*HOSTILE[:2], "unknown", HOSTILE[2], "unknown", HOSTILE[0]]
    strip, xray = SynthesisStrip(strip_value(look, HOSTILE, REQUEST)), XRay(xray_value(make_report(REQUEST)))
    for component in (strip, xray):
        assert component.props == {}
        assert component.js_on_load is not None
        template = component.html_template + component.css_template + component.js_on_load
        assert all(name not in template for name in HOSTILE)


# ---- the curves ------------------------------------------------------------------------------------------------------


def test_curves_of_the_synthesis_are_sent_only_where_there_are_any() -> None:
    plain = CurvePoint(0, 0.9, 0.9, 0.8, 0.1, 0.6, "forgetting")
    assert not {"cost", "weight"} & set(curves_value([plain, plain], None)["points"])
    inside = replace(plain, ot_cost=0.123456, lambda_r=float("nan"))
    points = curves_value([plain, inside], None)["points"]
    assert points["cost"] == [None, 0.1235] and points["weight"] == [None, None]


# ---- the value of the look inside ------------------------------------------------------------------------------------


def test_the_page_loads_no_look() -> None:
    """Only a question and a sentence; it has to be light, for it is part of the page."""
    report = make_report(ForgetRequest(tuple(f"p{i:03}" for i in range(20))))
    value = xray_value(report)
    assert value["steps"] == [0, 7, 14] and value["total"] == 40
    assert value["asked"] == {"request": asdict(report.request), "mark": mark(report)}
    assert value["finding"] == (
        'Step 14 of 40: 91 % of the pixels followed "move away from the forgotten people", 56 % followed '
        '"keep the class readable"; 50 % is chance.'
    )
    assert len(json.dumps(value)) < 2_000


def test_nothing_to_look_into_is_said() -> None:
    assert "Run DLFD" in xray_value(make_report(replace(REQUEST, method="neg_grad")))["finding"]
    bare = xray_value(replace(make_report(REQUEST), looks=()))
    assert bare["steps"] == [] and "No photo was synthesised" in bare["finding"]


def test_nothing_is_asked_before_the_service_has_the_report() -> None:
    """While the control is being run the report is shown, but not remembered yet."""

    values = [slots["xray"] for slots in forget(FakeService(), control=True) if "xray" in slots]
    assert [value["asked"] is None for value in values] == [True, False]
    assert values[0]["steps"] == values[1]["steps"] == [0, 7, 14]


def test_a_look_is_json_of_short_numbers() -> None:
    look = make_look(7)
    look.plan[0, 0], look.paper.task[0] = np.nan, np.inf
    value = json.loads(json.dumps(look_value(look, CLASSES), allow_nan=False))
    assert value["plan"][0][0] == 0 and value["paper"]["task"][0] == 0
    assert np.shape(value["plan"]) == np.shape(value["cost"]) == (6, 8)
    assert value["costs"] == [0.32, 0.61, 0.31] and value["weight"] == "0.17"
    assert value["released"]["transport"] == [0.0] * 6 and value["paper"]["by_transport"] == 0.91
    assert value["forget_labels"] == [CLASSES[i % 3] for i in range(8)]
    assert set(value["sheets"]) == {"retain", "change", "made", "change_released", "made_released", "forget"}


# ---- the answer ------------------------------------------------------------------------------------------------------


def question(report: ForgetReport, **changes: Any) -> str:
    return json.dumps({"request": asdict(report.request), "mark": mark(report), "number": 1} | changes)


def test_a_look_of_the_shown_run_is_answered() -> None:
    service = FakeService()
    example, own = service.example(), make_report(replace(REQUEST, seed=3))
    service.memory[own.request] = own
    look = look_finder(service)
    for report in (example, own):
        assert look(question(report)) == look_value(report.looks[1], report.classes)
    assert look(question(own, number=3))["error"] == "This run has no record of this step; load the page again."


@pytest.mark.parametrize("changes", [{"mark": "0" * 16}, {"request": asdict(replace(REQUEST, seed=9))}])
def test_a_run_that_is_gone_is_said(changes: dict[str, Any]) -> None:
    assert look_finder(FakeService())(question(make_report(replace(REQUEST, seed=9)), **changes)) == {"error": GONE}


@pytest.mark.parametrize(
    "asked",
    [
        None, 7, "", "{", "[]", "null", "[" * 60_000, '{"number": 0}', ["x"], {"number": 0},
        *(question(make_report(REQUEST), number=number) for number in (-1, "1", True, None, 1.0, [0])),
        question(make_report(REQUEST), mark=3), question(make_report(REQUEST), request={"people": 3}),
    ],
)  # fmt: skip
def test_a_bad_question_is_answered_with_a_sentence(asked: object) -> None:
    assert "could not read this question" in look_finder(FakeService())(asked)["error"]


def test_what_nobody_foresaw_tells_no_details(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeService):
        @override
        def cached_report(self, request: ForgetRequest) -> ForgetReport | None:
            raise RuntimeError("the path /secret/place is broken")

    assert look_finder(Broken())(question(make_report(REQUEST))) == {"error": NOT_SHOWN}
    assert "/secret/place" in caplog.text


# ---- ablations -------------------------------------------------------------------------------------------------------


def test_only_what_the_settings_can_express_is_offered() -> None:
    assert [each["name"] for each in ablations.offered(METHODS[0])] == ["released"]
    mix = Knob("mix", "Synthesised share", "float", 0.5, "", low=0.1, high=1.0)
    (whole,) = ablations.offered(replace(METHODS[0], knobs=(mix,)))
    assert (whole["name"], whole["sets"], whole["knobs"]) == ("whole", "Synthesised share = 1", ["mix"])


def test_every_ablation_fits_the_real_method() -> None:
    from dlfd_core.unlearning.base import METHODS as REAL

    knobs = {knob.name: knob for knob in REAL.get("dlfd").card().knobs}
    for each in ablations.ABLATIONS:
        for name, value in each.knobs.items():
            knob = knobs[name]
            assert value in knob.choices if knob.choices else knob.low <= float(value) <= knob.high
    assert len(ablations.offered(REAL.get("dlfd").card())) == len(ablations.ABLATIONS) == len(parts("ablation"))


def test_names_from_a_browser_are_read_with_suspicion() -> None:
    assert ablations.changes(["transport", "logits"]) == {"lambda_f": 0.0, "layer": "logits"}
    for names in (None, 7, "transport", {"transport": 1}, ["nothing", ["task"], None]):
        assert ablations.changes(names) == {} and ablations.titles(names) == []


@pytest.mark.parametrize(
    ("title", "measured"),
    [
        ("No task term", "without the task's loss (λ_r = 0)"), ("As released", "as released"),
        ("Random noise", "random noise of the same size"), ("Whole batches", "whole batches synthesised"),
        ("Logits", "distance of logits"),
    ],
)  # fmt: skip
def test_the_numbers_in_the_texts_are_the_measured_ones(title: str, measured: str) -> None:
    assert _difference("ablation-portraits-emotion.json", measured) in parts("ablation")[title]


def test_the_number_of_the_long_ablation_is_the_measured_one() -> None:
    said = _difference("ablation-portraits-emotion-part.json", "without transport (λ_f = 0)")
    assert said.lstrip("+-") in parts("ablation")["No transport"]


def _difference(name: str, row: str) -> str:
    rows = {each["name"]: each for each in json.loads((RESULTS / name).read_text(encoding="utf-8"))}
    against = rows[row]["against"]
    return f"{against['mean']:+.3f} ± {against['high'] - against['mean']:.3f}"


def test_a_report_without_control_has_another_mark() -> None:
    """So the component requests its steps again after the control was added."""
    report = make_report(replace(REQUEST, control=True))
    assert xray_value(report)["asked"] != xray_value(without_control(report))["asked"]
