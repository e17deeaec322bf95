"""The table of scores is whole, its helpers are right, and no other module spells its titles or those of the sets."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from dlfd_core.types import (
    ATTACK_TITLES,
    MEASURES,
    POPULATION_ATTACKS,
    RACE_MEASURES,
    RMIA,
    SCORES,
    SET_TITLES,
    SETS,
    Audit,
    ForgetRequest,
    RelearnCurve,
    Scores,
    Separability,
    band_of,
    better,
    format_score,
    heading,
    interval_of,
)
from tests.fakes import make_report

ROOT = Path(__file__).resolve().parents[2]
#: The modules of ``types`` that spell the titles, and the one that lists the class ``Seconds``.
SPELLERS = {"measures.py", "run.py", "__init__.py"}
SOURCES = [
    path
    for folder in ("dlfd_core", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not (path.parent.name == "types" and path.name in SPELLERS)
]
#: Titles as a module could spell them again. ``utility`` and ``seconds`` are names of fields as well.
TITLES = {
    spelled
    for title in (*(measure.title for measure in MEASURES.values()), *SET_TITLES.values())
    for spelled in (title, heading(title))
    if spelled not in MEASURES
}
SCORES_OF_A_MODEL = Scores(0.99, 0.9, 0.8, 0.86, 0.86, 0.52, 0.515, 0.02, (0.0, 0.06), (0.44, 0.56), 0.91)


# ---- the table -------------------------------------------------------------------------------------------------------


def test_every_number_of_the_scores_has_a_measure() -> None:
    numbers = {name for name, value in asdict(SCORES_OF_A_MODEL).items() if isinstance(value, float)}
    assert numbers <= set(MEASURES)
    assert set(SCORES) == numbers - {"unseen_accuracy"}  # which is the utility


def test_every_band_belongs_to_one_measure() -> None:
    bands = [name for name, value in asdict(SCORES_OF_A_MODEL).items() if isinstance(value, tuple)]
    assert sorted(measure.band for measure in MEASURES.values() if measure.band) == sorted(bands)


def test_every_score_that_a_race_averages_has_a_measure() -> None:
    assert set(RACE_MEASURES) <= set(MEASURES)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_whole(name: str) -> None:
    measure = MEASURES[name]
    assert measure.name == name and measure.title and measure.goal()
    assert measure.better in ("higher", "lower", "nearer") and measure.unit in ("", "%", "s")
    assert any(digit in measure.text(0.5) for digit in "05") and measure.number(0.5) in measure.text(0.5)
    if measure.better == "nearer":
        assert (measure.target is None) == bool(measure.aim)  # either a value or words
    else:
        assert measure.target is None
    assert not measure.group or measure.group in SETS
    assert not measure.interval or hasattr(Audit, measure.interval) or measure.interval in Audit.__annotations__


def test_titles_are_told_apart() -> None:
    titles = [measure.title for measure in MEASURES.values()]
    assert len(set(titles)) == len(titles)


def test_measures_of_other_types_are_named_by_their_fields() -> None:
    assert {name for name in MEASURES if name.startswith(("task_", "identity_"))} <= {
        field.name for field in fields(Separability)
    }
    assert {"recovery", "area"} <= {field.name for field in fields(RelearnCurve)} & set(MEASURES)


def test_every_attack_and_every_set_has_a_title() -> None:
    assert tuple(ATTACK_TITLES) == (*POPULATION_ATTACKS, RMIA)
    assert tuple(SET_TITLES) == SETS and all(SET_TITLES.values())


# ---- its helpers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("utility", 0.8604, "86.0 %"),
        ("nomus", 0.91, "0.910"),
        ("mia_auc", 0.5154, "0.515"),
        ("seconds", 3.44, "3.4 s"),
        ("seconds", 99.94, "99.9 s"),
        ("seconds", 120.4, "120 s"),
        ("recovery", 0.256, "26 %"),
        ("area", 0.02, "+0.020"),
        ("rf_jsd", 0.00321, "0.0032"),
    ],
)
def test_a_score_is_written_in_its_format(name: str, value: float, text: str) -> None:
    assert format_score(name, value) == text


def test_a_number_has_no_sign_of_its_unit() -> None:
    assert MEASURES["utility"].number(0.021) == "2.1" and MEASURES["seconds"].number(0.3) == "0.3"


@pytest.mark.parametrize(
    ("name", "goal", "fraction"),
    [
        ("utility", "higher is better", "higher is better"),
        ("forgetting_score", "lower is better", "lower is better"),
        ("mia_accuracy", "50 % is ideal", "0.5 is ideal"),
        ("mia_auc", "0.5 is ideal", "0.5 is ideal"),
        ("retain_accuracy", "should stay", "should stay"),
    ],
)
def test_the_goal_in_words(name: str, goal: str, fraction: str) -> None:
    assert (MEASURES[name].goal(), MEASURES[name].goal(fraction=True)) == (goal, fraction)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("utility", 0.9, 0.8),
        ("forgetting_score", 0.01, 0.02),
        ("mia_auc", 0.51, 0.48),
        ("mia_accuracy", 0.49, 0.55),
        ("seconds", 3.0, 4.0),
    ],
)
def test_the_better_of_two(name: str, good: float, bad: float) -> None:
    assert better(name, good, bad) and not better(name, bad, good) and not better(name, good, good)


def test_no_value_is_better_where_the_ideal_depends_on_the_run() -> None:
    with pytest.raises(ValueError, match="retain accuracy depends on the run"):
        better("retain_accuracy", 0.9, 0.8)


def test_bands_and_intervals_of_a_model() -> None:
    report = make_report(ForgetRequest(("p00", "p01")))
    scores, audit = report.scores["unlearned"], report.audits["unlearned"]
    assert band_of("forgetting_score", scores) == scores.null_band and band_of("mia_auc", scores) == scores.auc_band
    assert band_of("utility", scores) is None
    assert interval_of("nomus", audit) == audit.nomus_interval
    assert interval_of("mia_auc", audit) == audit.attacks["loss"].auc_interval
    assert interval_of("mia_accuracy", audit) is None and interval_of("nomus", None) is None


def test_headings() -> None:
    assert [heading(text) for text in ("signed AUC", "NoMUS", "")] == ["Signed AUC", "NoMUS", ""]


# ---- nobody spells a title again -------------------------------------------------------------------------------------


def spelled_again(source: str) -> list[str]:
    """Texts of a module that are one of ``TITLES`` and nothing else but values and punctuation; docstrings apart."""
    return [text for text in texts_of(ast.parse(source)) if text.strip(string.punctuation + " ·\n") in TITLES]


def texts_of(tree: ast.Module) -> Iterator[str]:
    """The strings of a module but its docstrings; f-strings without what is filled in."""
    apart = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(id(node.value))  # walked before its value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_title_is_spelled_once(path: Path) -> None:
    assert spelled_again(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'ROWS = [("Utility", "utility")]',
        'head = ("model", "signed AUC")',
        'line = f"NoMUS {value:.3f}"',
        'label = f"{name}: forgetting score"',
        'GROUPS = {"retain": "kept people"}',
        'title = "Unseen people"',
        "def head():\n    return 'MIA accuracy'",
    ],
)
def test_a_title_that_is_spelled_again_is_found(source: str) -> None:
    assert len(spelled_again(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Utility"""',
        'value = scores["utility"], scores["seconds"]',
        'text = f"The model has a NoMUS of {value}."',
        'title = MEASURES["nomus"].title',
    ],
)
def test_sentences_and_names_of_fields_may_be_spelled(source: str) -> None:
    assert spelled_again(source) == []
