"""A small data set as a folder, and invented results, so that tables are tested without training."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlfd_core.benchmark import campaign, figures
from dlfd_core.benchmark.cells import Cell
from dlfd_core.metrics.evaluate import nomus
from dlfd_core.types import Scores
from tests.small import small_data, write_as_folder


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_as_folder(small_data(), tmp_path_factory.mktemp("benchmark") / "faces")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for these tests, so that the small original is trained once; the user's cache is not touched."""
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path_factory.getbasetemp() / "benchmark-cache"))


def made_result(cell: Cell) -> dict[str, Any]:
    """An invented result that depends only on method, preset, original, pick and seed."""

    def scores(*seeds: int) -> dict[str, Any]:
        rng = np.random.default_rng([zlib.crc32(cell.method.encode()), *seeds])
        utility, score, *others = (float(value) for value in rng.uniform(0.1, 0.4, 7))
        found = Scores(
            retain_accuracy=others[0],
            forget_accuracy=others[1],
            validation_accuracy=others[2],
            unseen_accuracy=utility,
            utility=utility,
            mia_accuracy=0.5 + score,
            mia_auc=others[3],
            forgetting_score=score,
            null_band=(0.0, 0.25),
            auc_band=(0.4, 0.6),
            nomus=nomus(utility, score),
        )
        return asdict(found)

    epochs = int(dict(cell.knobs).get("epochs", 0))
    original = [cell.setting.original] if cell.setting.original else []
    unlearned = scores(cell.pick, cell.seed, epochs, *original)
    before = asdict(Scores(**(unlearned | {"utility": 0.6 + cell.pick / 10, "nomus": 0.5 + cell.pick / 10})))
    return {"scores": {"unseen": unlearned}, "original": {"unseen": before}, "seconds": 2.0, "device": "made up"}


@pytest.fixture
def made_runs(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """Replace runs by invented results and write no figures; the returned list grows with each run."""
    ran: list[Cell] = []

    def run(cell: Cell) -> dict[str, Any]:
        ran.append(cell)
        return made_result(cell)

    monkeypatch.setattr(campaign, "run_cell", run)
    monkeypatch.setattr(campaign, "prepare_setting", lambda setting: None)
    monkeypatch.setattr(figures, "write", lambda figure, path: None)
    return ran


@pytest.fixture
def command(faces: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Arguments of a command on the small data set; a later option replaces an earlier one."""

    def words(*more: str) -> list[str]:
        few = ["--picks", "2", "--seeds", "2", "--people", "3", "--epochs", "1", "--jobs", "1"]
        return [
            "benchmark", "--data", f"folder:{faces}", "--task", "place", "--methods", "neg_grad,dlfd", *few,
            "--backbones", "slim_resnet",
            "--out", str(tmp_path / "out"), *more,
        ]  # fmt: skip

    return words
