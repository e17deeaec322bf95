"""The loss explorer: the best line, its axis, and the losses that are sent."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.ui.components.loss_explorer import BINS, LossExplorer, axis_of, best_line, explorer_value
from tests.fake_audits import over_forgotten
from tests.fakes import HOSTILE
from tests.ui.evidence.reading import PEOPLE, report


def test_the_best_line_is_found_on_both_sides() -> None:
    low, high = np.array([0.1, 0.2, 0.3]), np.array([0.25, 1.0, 2.0])
    assert best_line(low, high, "below") == 0.2 or best_line(low, high, "below") == 0.3
    assert best_line(high, low, "above") in (0.2, 0.3)
    assert best_line(np.array([1.0]), np.array([1.0]), "below") == 1.0


def test_the_axis_holds_the_losses() -> None:
    assert axis_of(np.array([0.02, 0.5, 3.0])) == (-2, 1)
    assert axis_of(np.array([1e-12] * 90 + [20.0] * 10)) == (-7, 2)
    assert axis_of(np.zeros(3)) == (-2, 1)


def test_the_explorer_gets_every_model_sorted_and_short() -> None:
    made = report()
    value = explorer_value(made, PEOPLE)
    assert [model["title"] for model in value["models"]] == ["Original", "Unlearned", "Control", "Retrained"]
    assert value["models"][value["first"]]["name"] == "unlearned" and value["all"] == 36
    for model in value["models"]:
        losses = np.sort(made.losses[model["name"]]["forget"])
        np.testing.assert_allclose(model["forget"], losses, rtol=0.005)
        assert model["auc"] == made.scores[model["name"]].mia_auc and model["retain"] == 90
        assert all(len(bars) == BINS and sum(bars) == pytest.approx(1, abs=0.005) for bars in model["bars"].values())
    assert len(json.dumps({**value, "faces": None})) < 12_000
    assert len(value["photos"]) == 24 and value["photos"][0]["name"] == "Ada"


def test_the_finding_of_the_explorer_is_what_its_line_finds() -> None:
    made = over_forgotten(report())
    value = explorer_value(made, PEOPLE)
    model = value["models"][1]
    line = model["best"]["above"]
    found, accused = (sum(loss > line for loss in model[name]) for name in ("forget", "unseen"))
    assert model["side"] == "above" and value["models"][0]["side"] == "below"
    near = made.scores | {"unlearned": replace(made.scores["unlearned"], mia_auc=0.49)}  # inside chance: as usual
    assert explorer_value(replace(made, scores=near), PEOPLE)["models"][1]["side"] == "below"
    assert f"finds {found} of 36 forgotten photos, and accuses {accused} of 80" in value["finding"]


def test_broken_and_missing_losses_are_left_out() -> None:
    made = report()
    losses = made.losses | {
        "control": {"forget": np.array([]), "unseen": np.array([0.5]), "retain": np.array([])},
        "original": {"forget": np.array([np.nan, 0.5, np.inf]), "unseen": np.array([0.5]), "retain": np.array([])},
    }
    value = explorer_value(replace(made, losses=losses, photos=None), PEOPLE)
    assert [model["name"] for model in value["models"]] == ["original", "unlearned", "retrained"]
    assert value["models"][0]["forget"] == [0.5] and value["photos"] == [] and value["faces"] is None
    json.dumps(value, allow_nan=False)
    assert explorer_value(replace(made, losses={}), PEOPLE) == {}


def test_the_explorer_bakes_no_data() -> None:
    component = LossExplorer(explorer_value(report(12), dict.fromkeys(PEOPLE, HOSTILE[0])))
    assert HOSTILE[0] not in component.html_template + component.css_template + str(component.js_on_load)
