"""Published numbers are shown beside ours where data, task and forget set are the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dlfd_core.benchmark import plan
from dlfd_core.benchmark.cells import Cell
from dlfd_core.benchmark.published import NOTEBOOKS, published_for
from dlfd_core.cli import main
from dlfd_core.data.mufac import load_mufac
from dlfd_core.data.raf_db import load_raf_db
from dlfd_core.data.registry import SOURCES
from dlfd_core.data.schema import FaceData
from dlfd_core.unlearning import METHODS
from tests.small import small_data


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: "-".join((*notebook.data, *notebook.tasks)))
def test_no_number_is_mistyped(notebook) -> None:  # type: ignore[no-untyped-def]
    """NoMUS follows from utility and forgetting score; all are rounded to four digits."""
    for row in notebook.rows.values():
        assert (row.utility + 1 - 2 * row.forgetting_score) / 2 == pytest.approx(row.nomus, abs=1.01e-4), row.title


def test_they_are_named_as_the_data_sets_and_methods_are_here() -> None:
    assert SOURCES.get("mufac").load is load_mufac and SOURCES.get("raf_db").load is load_raf_db
    assert {name for notebook in NOTEBOOKS for name in notebook.data} <= set(SOURCES.names())
    for notebook in NOTEBOOKS:
        assert set(notebook.rows) - {"original"} <= set(METHODS.names())


def test_nothing_is_published_of_other_data_tasks_or_networks() -> None:
    assert published_for("mufac", "age_group", "resnet18")["dlfd"].nomus == 0.7819
    assert published_for("mufac_published", "age_group", "resnet18")["dlfd"].nomus == 0.7819
    assert published_for("raf_db", "emotion", "resnet18")["dlfd"].nomus == 0.7839
    assert published_for("mucac", "gender+smiling+young", "resnet18")["scrub"].nomus == 0.9058
    assert published_for("mucac", "gender", "resnet18").keys() == {"original", "retrain"}
    for other in [
        ("mufac", "age_group", "slim_resnet"),
        ("mufac", "emotion", "resnet18"),
        ("portraits", "emotion", "resnet18"),
    ]:
        assert published_for(*other) == {}


def named(name: str, task: str) -> FaceData:
    data = small_data()
    return replace(data, name=name, tasks={task: replace(data.tasks["place"], name=task)})


def test_columns_and_rows_of_the_table(
    command: Callable[..., list[str]], tmp_path: Path, made_runs: list[Cell], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "load_data", lambda name: named("mufac", "age_group"))
    words = command("--data", "mufac:/anywhere", "--task", "age_group", "--backbones", "resnet18,slim_resnet")
    assert main(words) == 0
    text = (tmp_path / "out" / "table.md").read_text()
    published, other = text.split("## ")[1:]
    head, _, *rows = [line.split(" | ") for line in published.splitlines() if line.startswith("|")]
    assert head[-3:] == ["published utility", "published forgetting score", "published NoMUS |"]
    found = {row[0].removeprefix("| "): row for row in rows}
    assert found["DLFD"][-3:] == ["0.6197", "0.0279", "0.7819 |"] and found["DLFD"][1] != ""
    assert found["SCRUB"][-3:] == ["0.6463", "0.1638", "0.6594 |"] and set(found["SCRUB"][1:-3]) == {""}
    assert found["Original"][-1] == "0.6241 |" and found["Retrained"][-1] == "0.7494 |"
    assert "published" not in other.split("Means over")[0] and "released notebooks" in text
    assert "0.7819" in (tmp_path / "out" / "table.tex").read_text()
    document = json.loads((tmp_path / "out" / "results.json").read_text())
    scrub = next(row for row in document["rows"]["resnet18"] if row["method"] == "scrub")
    assert scrub["runs"] == 0 and scrub["published"]["nomus"] == 0.6594
    assert "one run" in document["published"]
