"""What is written around a race, what its form is read as, and the example as a race."""

from __future__ import annotations

import base64
import csv
import io
import math
import re
from dataclasses import replace
from typing import Any

import pytest

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import RACE_REFERENCE, ForgetRequest, RaceEntry, RaceReport, RaceRequest, Seconds
from dlfd_core.ui.compare import views
from dlfd_core.ui.compare.form import FAVOURITES, RaceWishes, example_race, favourites, read_race
from tests.fake_race import fake_rows, make_scores
from tests.fakes import HOSTILE, METHODS, make_catalog, make_report

CARD = make_catalog().data[0]
TITLES = {card.name: card.title for card in METHODS}
PEOPLE = {person.id: person.name for person in CARD.people}


def make_race(results: dict[str, list[float | None]], **changes: Any) -> RaceReport:
    """A race by the NoMUS of each run; None is a run that failed."""
    request = replace(
        RaceRequest(("p00", "p01"), methods=tuple(results), seeds=max(map(len, results.values()))), **changes
    )
    entries = []
    for method, seed in request.runs:
        if seed < len(results[method]):
            nomus = results[method][seed]
            scores = None if nomus is None else replace(make_scores(0.8, 0.52, 0.5), nomus=nomus)
            failure = "It diverged." if nomus is None else None
            run = ForgetRequest(request.people, method=method, seed=seed)
            entries.append(RaceEntry(run, (("epochs", 4), ("lr", 0.1)), scores, 5.0, failure))
    data = make_report(ForgetRequest(request.people)).data
    return RaceReport(request, tuple(entries), fake_rows(request, entries), make_scores(0.9, 0.8, 0.8), data)


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


# ---- before ----------------------------------------------------------------------------------------------------------


def test_the_hint_counts_runs_and_guesses_their_time() -> None:
    """Two seeds of 20 + 3 s for each of two methods and 40 + 3 s of retraining: 178 s."""
    took = Seconds(unlearn=20.0, retrain=40.0)
    methods = ["dlfd", "control", RACE_REFERENCE]
    said = words(views.race_hint(CARD, ["p00", "p01"], methods, 2, None, took))
    assert said == "On the 2 people picked under Demo (24 photos). 3 methods × 2 seeds = 6 runs, about 3 min."
    quick = words(views.race_hint(CARD, ["p00"], ["dlfd"], 1, 5.0, took))
    assert "1 method × 1 seed = 1 run, about 10 s." in quick  # the budget counts, not the example's time


def test_the_hint_promises_no_time_it_does_not_know() -> None:
    assert words(views.race_hint(CARD, ["p00"], ["dlfd"], 1, None, Seconds())).endswith("= 1 run.")


def test_without_a_pick_the_hint_says_where_to_pick() -> None:
    html = views.race_hint(CARD, [], ["dlfd"], 1, None, Seconds())
    assert 'data-level="warn"' in html and "picked under Demo" in html


def test_a_failed_race_is_an_alert_and_dims_only_the_race() -> None:
    html = views.race_status("failed", HOSTILE[0])
    assert 'role="alert"' in html and "data-state" not in html and HOSTILE[0] not in html


def test_the_favourites_are_those_the_service_knows() -> None:
    assert favourites(METHODS) == list(FAVOURITES)
    assert favourites(METHODS[1:3]) == ["neg_grad"] and favourites(METHODS[2:3]) == ["diverging"]


def test_the_form_is_a_request() -> None:
    wishes = RaceWishes(["p01", "p00", "p01"], "smiling", ["dlfd"], 3.0, True, 12)
    expected = RaceRequest(("p00", "p01"), "d", "smiling", "b", ("dlfd",), 3, 12.0)
    assert read_race(wishes, "d", "b") == expected
    assert read_race(replace(wishes, budgeted=False, budget="x"), "d", "b").budget is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"methods": "dlfd"}, "must be a list"),
        ({"methods": [1]}, "must be a list"),
        ({"methods": None}, "must be a list"),
        ({"seeds": 1.5}, "whole number from 1 to 5"),
        ({"seeds": None}, "whole number from 1 to 5"),
        ({"seeds": math.nan}, "whole number from 1 to 5"),
        ({"seeds": True}, "whole number from 1 to 5"),
        ({"budgeted": True, "budget": None}, "must be a number of seconds"),
        ({"budgeted": True, "budget": math.inf}, "must be a number of seconds"),
        ({"budgeted": True, "budget": "5"}, "must be a number of seconds"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        read_race(replace(RaceWishes(["p00"], "emotion", ["dlfd"]), **changes), "d", "b")


# ---- what came out ---------------------------------------------------------------------------------------------------


def test_the_caption_says_whose_race_it_is() -> None:
    race = make_race({"dlfd": [0.8, 0.8]})
    said = words(views.race_caption(race, CARD, PEOPLE))
    assert "Your race 2 people, 24 photos · Emotion · 2 seeds · each with its own preset" in said and "Ada, Ben" in said
    budget = replace(race, request=replace(race.request, budget=10.0))
    assert "epochs that fit into 10 s for each method" in views.race_caption(budget, CARD, PEOPLE)
    assert "A finished example" in views.race_caption(race, CARD, PEOPLE, example=True)
    assert "· stopped after 1 of 4 runs" in words(
        views.race_caption(race, CARD, PEOPLE, note="stopped after 1 of 4 runs")
    )


def test_the_headline_names_the_first_two_and_what_their_distance_means() -> None:
    close = words(views.race_headline(make_race({"control": [0.80, 0.82], "dlfd": [0.81, 0.83]}), TITLES))
    assert close.startswith(
        "Over 2 seeds, DLFD has the highest NoMUS, 0.820 ± 0.020. Control follows with 0.810 ± 0.020;"
    )
    assert "their intervals overlap, so chance may have decided the order." in close
    clear = words(views.race_headline(make_race({"control": [0.60, 0.62], "dlfd": [0.81, 0.83]}), TITLES))
    assert "their intervals do not overlap." in clear


def test_the_headline_begins_with_the_methods_that_pass_the_verdict() -> None:
    race = make_race({"dlfd": [0.81, 0.83], "control": [0.9, 0.9]})
    good, bad = "not_distinguishable", "still_recognisable"

    def said(**labels: tuple[str, ...]) -> str:
        rows = tuple(replace(row, labels=labels[row.method]) for row in race.rows)  # type: ignore[arg-type]
        return words(views.race_headline(replace(race, rows=rows), TITLES))

    some = said(dlfd=(good, good), control=(good, bad))
    assert some.startswith("No attack tells the forgotten people from unseen people after: DLFD. Over 2 seeds, Control")
    assert said(dlfd=(bad, bad), control=(good, bad)).startswith("After every method an attack still finds something")


def test_one_seed_is_held_against_what_seeds_do() -> None:
    near = words(views.race_headline(make_race({"control": [0.80], "dlfd": [0.81]}), TITLES))
    assert "DLFD has the highest NoMUS, 0.810. Control follows with 0.800; with one seed, a difference of 0.010" in near
    far = words(views.race_headline(make_race({"control": [0.70], "dlfd": [0.81]}), TITLES))
    assert "a difference of 0.110 is larger than another seed usually makes." in far


def test_the_reference_does_not_win() -> None:
    said = words(views.race_headline(make_race({"dlfd": [0.81], RACE_REFERENCE: [0.9]}), TITLES))
    assert said == "DLFD has a NoMUS of 0.810. The model retrained without these people reaches 0.900."


def test_failures_are_told() -> None:
    said = words(views.race_headline(make_race({"dlfd": [0.81, None], "neg_grad": [None, None]}), TITLES))
    assert "DLFD gave no result in 1 of 2 runs." in said and "NegGrad gave no result in 2 of 2 runs." in said
    assert views.race_headline(make_race({"dlfd": []}, seeds=1), TITLES) == ""


def test_strings_from_data_are_inert() -> None:
    race = make_race({"dlfd": [0.8], "control": [None]})
    request = replace(race.request, people=HOSTILE, task=HOSTILE[0])
    titles = dict.fromkeys(TITLES, HOSTILE[0])
    html = views.race_caption(replace(race, request=request), CARD, {}) + views.race_headline(race, titles)
    assert "<img" not in html and "<b>" not in html and "&lt;img" in html


def test_the_file_has_every_run() -> None:
    race = make_race({"dlfd": [0.81, None], RACE_REFERENCE: [0.9, 0.9]})
    rows = list(csv.DictReader(io.StringIO(views.race_csv(race, METHODS))))
    assert [(row["method"], row["title"], row["seed"]) for row in rows] == [
        ("dlfd", "DLFD", "0"), ("retrain", "Retrain", "0"), ("dlfd", "DLFD", "1"), ("retrain", "Retrain", "1"),
    ]  # fmt: skip
    assert float(rows[0]["nomus"]) == 0.81 and rows[0]["settings"] == "epochs=4 lr=0.1" and not rows[0]["failure"]
    assert rows[2]["nomus"] == "" and rows[2]["seconds"] == "" and rows[2]["failure"] == "It diverged."
    link = re.search(r"base64,([^\"]+)", views.race_take_away(race, METHODS))
    assert link and base64.b64decode(link[1]).decode() == views.race_csv(race, METHODS)


# ---- the example -----------------------------------------------------------------------------------------------------


def test_the_example_is_a_race_of_one_seed() -> None:
    report = make_report(ForgetRequest(("p00", "p01"), retrain=True, control=True, knobs=(("epochs", 7),)))
    presets: dict[str, Any] = {card.name: {knob.name: knob.default for knob in card.knobs} for card in METHODS}
    race = example_race(report, presets)
    assert [(entry.method, entry.epochs) for entry in race.entries] == [
        ("dlfd", 7),
        ("control", 1),
        (RACE_REFERENCE, None),
    ]
    assert [entry.scores for entry in race.entries] == [report.scores[n] for n in ("unlearned", "control", "retrained")]
    assert [entry.seconds for entry in race.entries] == [4.2, 2.6, 40.0]
    assert race.complete and race.original == report.scores["original"] and race.data == report.data
    assert all(row.runs == 1 and row.means["nomus"].half_width is None for row in race.rows)
    assert [row.inside for row in race.rows] == [1.0, 0.0, 1.0]
    judged = replace(report, labels={"unlearned": "not_distinguishable", "control": "still_recognisable"})
    assert [row.labels for row in example_race(judged, presets).rows] == [
        ("not_distinguishable",),
        ("still_recognisable",),
        (),
    ]


def test_models_the_example_lacks_are_no_lanes() -> None:
    report = make_report(ForgetRequest(("p00",)))
    assert [entry.method for entry in example_race(report, {"dlfd": {}, "control": {}}).entries] == ["dlfd"]
