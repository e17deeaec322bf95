"""Ablations of DLFD: those that the settings allow, and the measured numbers in their texts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dlfd_core.types import Knob
from dlfd_core.ui.inside import ablations
from dlfd_core.ui.text.texts import parts
from tests.fakes import METHODS

RESULTS = Path(__file__).resolve().parents[3] / "benchmarks" / "results"


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
