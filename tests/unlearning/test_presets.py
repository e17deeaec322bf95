"""Presets: the row of the table that is used, and rows that every method accepts."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from dlfd_core.errors import UnknownName
from dlfd_core.types import DEFAULT_PRESET, KnobValue
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.presets import ANY, PRESETS, TABLE, Entry, preset_knobs, preset_names
from dlfd_core.unlearning.schedule import ScheduleConfig

#: A row for each level at which a preset can be given; the epochs tell them apart.
ROWS = (
    Entry("dlfd", "paper", ANY, ANY, {"epochs": 1}, "General."),
    Entry("dlfd", "paper", ANY, "identity", {"epochs": 2}, "For a task."),
    Entry("dlfd", "paper", "faces", "identity", {"epochs": 3}, "Exact."),
    Entry("dlfd", "quality", "faces", "age", {"epochs": 4}, "Exact, of the default preset."),
)


@pytest.mark.parametrize(
    ("preset", "data", "task", "expected"),
    [
        ("paper", "faces", "identity", {"epochs": 3}),
        ("paper", "faces:/some/where?unique", "identity", {"epochs": 3}),
        ("paper", "faces?unique", "identity", {"epochs": 3}),
        ("paper", "others", "identity", {"epochs": 2}),
        ("paper", "faces", "emotion", {"epochs": 1}),
        ("quality", "faces", "age", {"epochs": 4}),
        ("quality", "faces", "emotion", {}),
    ],
)
def test_the_nearest_row_counts(preset: str, data: str, task: str, expected: dict[str, KnobValue]) -> None:
    assert preset_knobs("dlfd", preset, data, task, ROWS) == expected


def test_a_method_has_the_presets_its_rows_name_and_quality() -> None:
    assert preset_names("dlfd", ROWS) == ("quality", "paper")
    assert preset_names("fine_tune", ROWS) == ("quality",)


def test_the_table_cannot_be_changed_through_an_answer() -> None:
    preset_knobs("dlfd", "paper", "x", "y", ROWS)["epochs"] = 9
    assert preset_knobs("dlfd", "paper", "x", "y", ROWS) == {"epochs": 1}


@pytest.mark.parametrize(("method", "preset"), [("salun", "paper"), ("dlfd", "best"), ("control", "best")])
def test_a_preset_a_method_does_not_have_is_answered_with_those_it_has(method: str, preset: str) -> None:
    known = ", ".join(METHODS.get(method).preset_names())
    with pytest.raises(UnknownName, match=f"Unknown preset of .* '{preset}'; choose one of: {known}[.]"):
        METHODS.get(method).preset(preset)


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"{entry.method}-{entry.preset}-{entry.data}-{entry.task}")
def test_every_row_can_be_run_and_says_how_it_was_found(entry: Entry) -> None:
    config = asdict(METHODS.get(entry.method)(entry.knobs).config)
    assert {name: config[name] for name in entry.knobs} == entry.knobs
    assert entry.preset in [card.name for card in PRESETS]
    assert entry.note.endswith(".") and len(entry.note) > 20
    assert entry.data == ANY or entry.task != ANY, "a data set is named together with its task"


def test_no_two_rows_stand_in_one_place() -> None:
    places = [(entry.method, entry.preset, entry.data, entry.task) for entry in TABLE]
    assert len(set(places)) == len(places)


def test_the_control_has_no_rows_of_its_own() -> None:
    assert "control" not in {entry.method for entry in TABLE}


def test_a_preset_a_method_offers_is_never_only_its_defaults() -> None:
    """Otherwise ``paper`` would be the same as ``quality`` for a task without a row in the table."""
    general = {(entry.method, entry.preset) for entry in TABLE if (entry.data, entry.task) == (ANY, ANY)}
    for entry in TABLE:
        assert entry.preset == DEFAULT_PRESET or (entry.method, entry.preset) in general


@pytest.mark.parametrize("place", sorted({(entry.data, entry.task) for entry in TABLE} | {("portraits", "emotion")}))
def test_the_control_has_dlfds_schedule_whatever_the_preset(place: tuple[str, str]) -> None:
    control, dlfd = METHODS.get("control"), METHODS.get("dlfd")
    assert control.preset_names() == dlfd.preset_names()
    for name in dlfd.preset_names():
        theirs, ours = dlfd.preset(name, *place), control.preset(name, *place)
        assert ours == {item.name: theirs[item.name] for item in fields(ScheduleConfig)}


def test_the_baselines_of_the_paper_have_its_authors_settings() -> None:
    for name in ("fine_tune", "cf_k", "eu_k", "neg_grad", "unsir", "bad_teacher", "scrub"):
        method = METHODS.get(name)
        assert method.preset_names() == ("quality", "paper")
        paper = method.preset("paper", "portraits", "emotion")
        assert paper["epochs"] <= 3 and paper["lr"] <= 0.001 and not paper.get("least_steps")  # type: ignore[operator]
    assert METHODS.get("bad_teacher").preset("paper", "portraits", "age_group")["epochs"] == 2


def test_paper_is_one_epoch_at_a_constant_rate() -> None:
    paper = METHODS.get("dlfd").preset("paper", "portraits", "emotion")
    assert paper["epochs"] == 1 and paper["optimizer"] == "sgd" and paper["lr"] == paper["lr_end"]
    assert paper["forget_share"] == 1 and paper["guard"] == 0 and paper["keep"] == "best"
