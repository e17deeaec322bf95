"""The strip of synthesised photos: what a run sends, and the last look that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from typing_extensions import override

from dlfd_core.errors import Diverged
from dlfd_core.types import CurvePoint, ForgetEvent, ForgetProgress, ForgetRequest
from dlfd_core.ui.components.assets import sprite_value
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.components.synthesis_strip import SynthesisStrip, strip_at_end, strip_at_start, strip_value
from dlfd_core.ui.components.xray import XRay, xray_value
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.server.jobs import Slots
from tests.fakes import CLASSES, HOSTILE, METHODS, FakeService, make_look, make_report, make_sprite
from tests.ui.stepwise import AtOnce, Stepwise

REQUEST = ForgetRequest(("p00", "p01"))


def forget(
    service: FakeService, method: str = "dlfd", handlers: type[Handlers] = Stepwise, **changes: Any
) -> list[Slots]:
    card = next(card for card in METHODS if card.name == method)
    wishes = Wishes(["p00"], "emotion", method, knobs=[knob.default for knob in card.knobs], **changes)
    return [slots for slots in handlers(service).forget(wishes) if slots]


def strips(seen: list[Slots]) -> list[dict[str, Any]]:
    return [slots["synthesis"] for slots in seen if "synthesis" in slots]


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
    assert [strip.get("step") for strip in found] == [None, 14]


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
    assert opening["synthesis"]["step"] == 14


def test_names_stay_out_of_the_templates() -> None:
    look = replace(make_look(), labels=np.array([0, 1, -1, 2, 7, 0]))
    assert strip_value(look, HOSTILE, REQUEST)["labels"] == [*HOSTILE[:2], "unknown", HOSTILE[2], "unknown", HOSTILE[0]]
    strip, xray = SynthesisStrip(strip_value(look, HOSTILE, REQUEST)), XRay(xray_value(make_report(REQUEST)))
    for component in (strip, xray):
        assert component.props == {}
        assert component.js_on_load is not None
        template = component.html_template + component.css_template + component.js_on_load
        assert all(name not in template for name in HOSTILE)


def test_curves_of_the_synthesis_are_sent_only_where_there_are_any() -> None:
    plain = CurvePoint(0, 0.9, 0.9, 0.8, 0.1, 0.6, "forgetting")
    assert not {"cost", "weight"} & set(curves_value([plain, plain], None)["points"])
    inside = replace(plain, ot_cost=0.123456, lambda_r=float("nan"))
    points = curves_value([plain, inside], None)["points"]
    assert points["cost"] == [None, 0.1235] and points["weight"] == [None, None]
