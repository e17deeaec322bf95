"""A study runs each cell once, also after a stop, and makes its tables from the results of cells only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.studies import RUNS
from dlfd_core.benchmark import cells, settings
from dlfd_core.benchmark.campaign import Campaign, grid
from dlfd_core.benchmark.cells import Cell, run_cell
from dlfd_core.benchmark.settings import Setting
from dlfd_core.benchmark.tables import as_markdown, original_row, summarise
from dlfd_core.data.splits import Splits
from dlfd_core.errors import Diverged, InvalidData
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.training import Recipe, StepLog
from dlfd_core.types import VERDICT_TITLES, Scores
from dlfd_core.unlearning import METHODS

pytestmark = pytest.mark.usefixtures("few_steps")

VIEWS = ("validation", "unseen")


@pytest.fixture
def setting(faces: Path) -> Setting:
    """The small data set, with an original that takes two epochs."""
    return Setting(f"folder:{faces}", "place", epochs=2)


def test_a_cell_measures_the_views_it_is_asked_for_and_no_other(setting: Setting) -> None:
    result = run_cell(Cell(setting, "neg_grad", pick=0, seed=0, count=3, views=("validation",)))
    assert set(result["scores"]) == set(result["original"]) == set(result["verdict"]) == {"validation"}
    assert result["verdict"]["validation"]["label"] in VERDICT_TITLES and not result["verdict"]["validation"]["strict"]
    assert 0 <= result["scores"]["validation"]["nomus"] <= 1 and result["seconds"] > 0


def test_the_validation_view_never_looks_at_unseen_people(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []

    def watched(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> Scores:
        seen.append(np.union1d(splits.unseen, splits.unseen_non_members))
        return evaluate(outputs, labels, person, splits)

    monkeypatch.setattr(cells, "evaluate", watched)
    run_cell(Cell(setting, "neg_grad", pick=0, seed=0, count=3, views=("validation",)))
    unseen = settings.task_of(setting).unseen
    assert seen and not any(np.intersect1d(looked_at, unseen).size for looked_at in seen)


def test_another_original_has_other_weights_and_equal_seeds_have_equal_ones(setting: Setting) -> None:
    first, second, again = (settings.prepared_for(replace(setting, original=seed)).weights_sha256 for seed in (0, 1, 0))
    assert first == again != second
    assert settings.prepared_for(replace(setting, original=1)).original.recipe.epochs == 2


def test_other_originals_are_trained_by_the_recipe_of_the_shipped_one(monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[tuple[int, int]] = []

    def train(spec: object, recipe: Recipe, out: Path, seed: int) -> Iterator[StepLog]:
        trained.append((seed, recipe.epochs))
        yield from ()
        raise Diverged("far enough")

    monkeypatch.setattr(settings, "train_original", train)
    ages = Setting(task="age_group", backbone="compact_resnet")
    settings.prepare_setting(ages)  # shipped
    with pytest.raises(Diverged):
        settings.prepare_setting(replace(ages, original=4))
    assert trained == [(4, 12)]


def test_a_diverged_run_is_a_result(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverging(self: object, context: object) -> Iterator[StepLog]:
        yield from ()
        raise Diverged("The loss is nan. Lower the learning rate.")

    monkeypatch.setattr(METHODS.get("neg_grad"), "steps", diverging)
    result = run_cell(Cell(setting, "neg_grad", pick=0, seed=0, count=3))
    assert result == {"diverged": "The loss is nan. Lower the learning rate."}


def test_a_stopped_study_goes_on_where_it_was(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    cells = grid(setting, "neg_grad", {}, [0], [0, 1], view="unseen", count=3)
    Campaign(path, jobs=1).run(cells[:1])
    first = path.read_text()
    again = Campaign(path, jobs=1)
    assert cells[0] in again and cells[1] not in again
    again.run(cells)
    assert path.read_text().startswith(first) and len(path.read_text().splitlines()) == 2
    table = as_markdown(
        [original_row(again, cells, "unseen"), summarise(again, "NegGrad", cells, "unseen", cells)], "itself"
    )
    assert "| NegGrad |" in table and "+0.000 ± 0.000 (open)" in table


@pytest.mark.slow
def test_processes_give_the_same_scores_and_know_what_a_module_registers(setting: Setting, tmp_path: Path) -> None:
    wide = replace(setting, backbone="slim_resnet_8")
    cells = grid(wide, "neg_grad", {}, [0], [0, 1], view="unseen", count=3)
    found = []
    for jobs in (2, 1):
        campaign = Campaign(tmp_path / f"runs-{jobs}.jsonl", jobs, modules=["benchmarks.widths"])
        campaign.run(cells)
        found.append([campaign[cell]["scores"] for cell in cells])
    assert found[0] == found[1]


def test_a_line_that_was_being_written_is_run_again(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    cells = grid(setting, "neg_grad", {}, [0], [0, 1], view="unseen", count=3)
    Campaign(path, jobs=1).run(cells)
    whole = path.read_text()
    path.write_text(whole[:-20])
    again = Campaign(path, jobs=1)
    assert cells[0] in again and cells[1] not in again
    again.run(cells)
    assert [json.loads(line)["cell"] for line in path.read_text().splitlines()] == [cell.key() for cell in cells]


def test_a_line_that_is_no_run_is_named(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text('{"cell": 1}\n')
    with pytest.raises(InvalidData, match=r"Line 1 of .* is not a finished run"):
        Campaign(path)


@pytest.mark.parametrize("change", ["setting", "cell", "score"])
def test_a_folder_of_another_version_is_refused_and_left_alone(change: str, tmp_path: Path) -> None:
    row = json.loads((RUNS / "portraits-emotion.jsonl").read_text().splitlines()[0])
    path = tmp_path / "runs.jsonl"
    path.write_text(json.dumps(row) + "\n")
    Campaign(path)
    view = row["cell"]["views"][0]
    {"setting": row["cell"]["setting"], "cell": row["cell"], "score": row["result"]["scores"][view]}[change]["new"] = 1
    path.write_text(written := json.dumps(row) + "\n")
    with pytest.raises(InvalidData, match=r"Line 1 of .*runs.jsonl was written by another version of this project"):
        Campaign(path)
    assert path.read_text() == written


def test_finished_runs_of_the_studies_are_still_known() -> None:
    """A change of the keys would discard days of measurements; only new settings of a method may change them."""
    stored = [json.loads(line)["cell"] for line in (RUNS / "portraits-emotion.jsonl").read_text().splitlines()]
    for key in stored:
        setting = Setting(**key["setting"])
        cell = Cell(setting, key["method"], key["pick"], key["seed"], (), key["count"], tuple(key["views"]))
        assert json.dumps(cell.key() | {"knobs": {}}) == json.dumps(key | {"knobs": {}})
    assert len(stored) > 100
    assert grid(Setting(), "dlfd", {}, [0], [0], view="unseen")[0].key().keys() == stored[0].keys()


def test_changed_presets_are_other_measurements() -> None:
    one, two = (Cell(Setting(), "neg_grad", 0, 0, knobs) for knobs in [(), (("lr", 0.002),)])
    assert json.dumps(one.key()) != json.dumps(two.key())
    assert one.key()["knobs"]["epochs"] == 1  # the key holds defaults too, so it changes when a default changes


def test_a_smaller_data_set_keeps_the_people_who_are_not_trained_on() -> None:
    whole, part = settings.task_of(Setting()), settings.task_of(Setting(people=30))
    assert len(part.training_people()) == 30 < len(whole.training_people())
    assert part.training_people() == whole.training_people()[:30]
    for role in ("validation", "unseen"):
        photos = [task.data.images[getattr(task, role)] for task in (whole, part)]
        np.testing.assert_array_equal(*photos)
    assert part.data.digest != whole.data.digest
