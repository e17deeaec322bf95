"""The command ``benchmark`` from its arguments to its files; bad input and Ctrl-C give one sentence."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from dlfd_core.benchmark import campaign
from dlfd_core.benchmark.cells import Cell
from dlfd_core.cli import main
from dlfd_core.engines.one_run import only_run
from dlfd_core.unlearning import METHODS
from tests.benchmark.conftest import made_result

pytestmark = pytest.mark.usefixtures("few_steps")

Words = Callable[..., list[str]]
TEMPLATE = Path(__file__).resolve().parents[2] / "assets" / "plugin_template"


def document(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "results.json").read_text()))


def test_a_whole_benchmark_and_its_second_call(
    command: Words, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    words = command("--methods", "neg_grad,cf_k")
    assert main(words) == 0
    printed, told = capsys.readouterr()
    assert printed.strip() == (out / "table.md").read_text().strip()
    assert "[12/12, 0 s left] place with slim_resnet" in told
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == {
        "runs.jsonl", ".runs.jsonl.lock", "results.csv", "results.json", "table.md", "table.tex",
        "slim_resnet/plane.svg", "slim_resnet/plane.png", "slim_resnet/nomus.svg", "slim_resnet/time.svg",
    }  # fmt: skip
    rows = document(out)["rows"]["slim_resnet"]
    assert [row["title"] for row in rows] == ["Original", "Retrained", "NegGrad", "CF-k"]
    assert [row["runs"] for row in rows] == [2, 4, 4, 4]  # the original has one value per pick
    assert all(0 <= row["scores"]["nomus"]["mean"] <= 1 for row in rows)

    written = {path: path.read_bytes() for path in out.rglob("*.*")}
    monkeypatch.setattr(campaign, "run_cell", lambda cell: pytest.fail("a finished run was run again"))
    assert main(words) == 0
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == written


def test_rows_are_methods_with_their_presets(command: Words, tmp_path: Path, made_runs: list[Cell]) -> None:
    assert main(command("--presets", "quality,paper")) == 0
    rows = document(tmp_path / "out")["rows"]["slim_resnet"]
    assert [(row["title"], row["preset"]) for row in rows] == [
        ("Original", ""),
        ("Retrained", "quality"),
        ("NegGrad, quality", "quality"),
        ("NegGrad, paper", "paper"),
        ("DLFD, quality", "quality"),
        ("DLFD, paper", "paper"),
    ]
    assert rows[4]["knobs"] == METHODS.get("dlfd").preset("quality", "folder", "place")
    assert rows[5]["knobs"] == METHODS.get("dlfd").preset("paper", "folder", "place")


def test_all_methods_are_all_that_are_registered(command: Words, tmp_path: Path, made_runs: list[Cell]) -> None:
    assert main(command("--methods", "all")) == 0
    rows = document(tmp_path / "out")["rows"]["slim_resnet"]
    assert sorted(row["method"] for row in rows) == sorted(["original", *METHODS.names()])


def test_without_retraining_there_is_no_reference(command: Words, tmp_path: Path, made_runs: list[Cell]) -> None:
    assert main(command("--methods", "all", "--no-retrain")) == 0
    assert "retrain" not in {cell.method for cell in made_runs}
    assert "retrained" not in (tmp_path / "out" / "table.md").read_text()


def test_every_run_is_a_line_of_csv(command: Words, tmp_path: Path, made_runs: list[Cell], faces: Path) -> None:
    assert main(command("--backbones", "slim_resnet,resnet18")) == 0
    with (tmp_path / "out" / "results.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2 * (2 + 3 * 4)
    found = {(line["backbone"], line["method"], line["pick"], line["seed"]): line for line in lines}
    assert len(found) == len(lines)
    expected = next(cell for cell in made_runs if (cell.method, cell.pick, cell.seed) == ("dlfd", 1, 0))
    line, scores = found["resnet18", "dlfd", "1", "0"], made_result(expected)["scores"]["unseen"]
    assert (line["data"], line["task"], line["people"]) == (f"folder:{faces}", "place", "3")
    assert float(line["nomus"]) == scores["nomus"] and float(line["null_band_high"]) == scores["null_band"][1]
    assert (line["preset"], line["seconds"], line["diverged"]) == ("quality", "2.0", "")
    assert found["slim_resnet", "original", "1", ""]["utility"] == "0.7"


def test_several_originals_are_the_units(command: Words, tmp_path: Path, made_runs: list[Cell]) -> None:
    assert main(command("--originals", "3")) == 0
    assert len(set(made_runs)) == 3 * 3 * 4 and {cell.setting.original for cell in made_runs} == {0, 1, 2}
    seeds = {(cell.method == "retrain", cell.setting.original, cell.seed) for cell in made_runs}
    assert seeds == {(False, original, seed) for original in range(3) for seed in (0, 1)} | {
        (True, original, 2 * original + seed) for original in range(3) for seed in (0, 1)
    }  # nothing of the original is in a retrained model
    row = next(row for row in document(tmp_path / "out")["rows"]["slim_resnet"] if row["method"] == "dlfd")
    means = [
        np.mean([made_result(cell)["scores"]["unseen"]["nomus"] for cell in made_runs if same(cell, original)])
        for original in range(3)
    ]
    expected = stats.t.interval(0.95, 2, loc=np.mean(means), scale=stats.sem(means))
    assert (row["scores"]["nomus"]["low"], row["scores"]["nomus"]["high"]) == pytest.approx(expected)
    assert row["scores"]["nomus"]["n"] == row["against"]["retrain"]["nomus"]["n"] == 3 and row["runs"] == 12
    assert 0 <= row["due_to_original"]["nomus"] <= 1
    text = (tmp_path / "out" / "table.md").read_text()
    assert "3 originals x 2 picks of 3 people x 2 seeds" in text and "variance due to the original" in text
    with (tmp_path / "out" / "results.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 3 * (2 + 3 * 4) and {line["original"] for line in lines} == {"0", "1", "2"}


def same(cell: Cell, original: int) -> bool:
    return cell.method == "dlfd" and cell.setting.original == original


def test_what_a_result_depends_on_stands_beside_it(command: Words, tmp_path: Path, made_runs: list[Cell]) -> None:
    assert main(command()) == 0
    found = document(tmp_path / "out")
    assert found["settings"]["picks"] == 2 and found["settings"]["people"] == "3"
    assert found["data"]["title"] == "faces" and len(found["data"]["digest"]) == 64
    assert found["devices"] == ["made up"] and "torch" in found["versions"]
    assert all(cell.setting.digest == found["data"]["digest"] for cell in made_runs)


def test_other_photos_are_other_runs(
    command: Words, tmp_path: Path, made_runs: list[Cell], faces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copied = Path(shutil.copytree(faces, tmp_path / "faces"))
    words = command("--data", f"folder:{copied}", "--no-retrain")
    assert main(words) == main(words) == 0
    assert len(made_runs) == 8
    photo = next((copied / "images").rglob("*.png"))
    shutil.copy(next(path for path in photo.parent.iterdir() if path != photo), photo)
    assert main(words) == 0
    assert len(made_runs) == 16


def test_a_run_that_diverged_is_counted_and_in_no_mean(
    command: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_runs: list[Cell]
) -> None:
    def run(cell: Cell) -> dict[str, Any]:
        sound = cell.method == "retrain" or (cell.method == "dlfd" and cell.seed == 0)
        return made_result(cell) if sound else {"diverged": "The loss is nan."}

    monkeypatch.setattr(campaign, "run_cell", run)
    assert main(command()) == 0
    _, _, neg_grad, dlfd = document(tmp_path / "out")["rows"]["slim_resnet"]
    assert (dlfd["runs"], dlfd["diverged"]) == (2, 2) and dlfd["against"]["retrain"]["nomus"]["n"] == 2
    assert (neg_grad["runs"], neg_grad["scores"], neg_grad["against"]) == (0, {}, {})
    assert "| NegGrad (4 of 4 runs diverged) |  |" in (tmp_path / "out" / "table.md").read_text()
    assert "The loss is nan." in (tmp_path / "out" / "results.csv").read_text()


def test_a_single_run_has_no_intervals(command: Words, tmp_path: Path, made_runs: list[Cell]) -> None:
    assert main(command("--picks", "1", "--seeds", "1")) == 0
    row = document(tmp_path / "out")["rows"]["slim_resnet"][-1]
    assert row["scores"]["nomus"]["low"] is None and row["scores"]["nomus"]["n"] == 1
    assert "±" not in (tmp_path / "out" / "table.md").read_text().split("Means over")[0]


def test_a_plugin_is_a_method_like_the_others(command: Words, tmp_path: Path, made_runs: list[Cell]) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    source = (TEMPLATE / "my_method.py").read_text().replace("my_method", "benchmarked")
    (folder / "mine.py").write_text(source)
    try:
        assert main(command("--methods", "benchmarked", "--plugins", str(folder))) == 0
        rows = document(tmp_path / "out")["rows"]["slim_resnet"]
        assert [row["method"] for row in rows] == ["original", "retrain", "benchmarked"]
        count = len(made_runs)
        (folder / "mine.py").write_text(source + "\n# another version\n")
        assert main(command("--methods", "benchmarked", "--plugins", str(folder))) == 0
        assert len(made_runs) == count + 4  # a result depends on the method's code
    finally:
        METHODS._items.pop("benchmarked", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--methods", "magic"], "Unknown method 'magic'; choose one of: "),
        (["--methods", ","], "--methods names nothing"),
        (["--methods", "retrain", "--no-retrain"], "No method is left to run"),
        (["--backbones", "slim_resnet,vgg"], "Unknown backbone 'vgg'; choose one of: "),
        (["--backbones", ""], "--backbones names nothing"),
        (["--presets", "best"], "Unknown preset 'best'; choose one of: "),
        (["--methods", "salun", "--presets", "paper"], "salun has no preset paper; it has quality."),
        (["--data", "nowhere"], "Unknown data set 'nowhere'"),
        (["--task", "mood"], "Unknown task 'mood'"),
        (["--picks", "0"], "--picks 0 is not between 1 and 1000."),
        (["--originals", "0"], "--originals 0 is not between 1 and 1000."),
        (["--seeds", "-2"], "--seeds -2 is not between 1 and 1000."),
        (["--seeds", "two"], "invalid int value"),
        (["--people", "0"], "--people 0 is neither a number between 1 and 11"),
        (["--people", "12"], "--people 12 is neither a number between 1 and 11"),
        (["--people", "three"], "--people three is neither a number"),
        (["--people", "set:published"], "published"),
        (["--jobs", "-1"], "--jobs -1 is not between 0 and"),
        (["--engine", "dask"], "Unknown engine 'dask'; choose one of: local, ray, ray:HOST:PORT."),
        (["--gpu-share", "2"], "--gpu-share 2 is not above 0 and at most 1."),
        (["--epochs", "5000"], "--epochs 5000 is not between 0 and 1000."),
        (["--device", "abacus"], "Unknown device 'abacus'"),
        (["--plugins", "/nowhere/at/all"], "There is no folder /nowhere/at/all"),
        (["--out", f"{__file__}/out"], "Nothing can be written to"),
    ],
)
def test_bad_input_is_one_sentence_and_runs_nothing(
    command: Words, made_runs: list[Cell], change: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(*change)) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said
    assert made_runs == []


def test_ctrl_c_keeps_what_is_finished(
    command: Words, tmp_path: Path, made_runs: list[Cell], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    finish = vars(campaign)["run_cell"]

    def interrupted(cell: Cell) -> dict[str, Any]:
        if len(made_runs) == 5:
            raise KeyboardInterrupt
        result: dict[str, Any] = finish(cell)
        return result

    monkeypatch.setattr(campaign, "run_cell", interrupted)
    assert main(command()) == 130
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("Stopped; 5 of 12 runs are kept in ") and "goes on from there" in said
    monkeypatch.setattr(campaign, "run_cell", finish)
    assert main(command()) == 0
    assert len(made_runs) == 12 == len(set(made_runs))


def test_a_folder_that_another_run_writes_to_is_refused(
    command: Words, tmp_path: Path, made_runs: list[Cell], capsys: pytest.CaptureFixture[str]
) -> None:
    with only_run(tmp_path / "out" / "runs.jsonl"):
        assert main(command()) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("Another run is writing to ") and "\n" not in said and made_runs == []
    assert main(command()) == 0 and len(made_runs) == 12


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="process groups")
def test_ctrl_c_ends_the_processes_too(command: Words, tmp_path: Path) -> None:
    """The signal goes to the whole process group, as in a terminal."""
    words = command("--methods", "neg_grad", "--seeds", "1000", "--jobs", "2", "--no-retrain")
    run = subprocess.Popen(
        [sys.executable, "-m", "dlfd_core", *words], stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # pytest may ignore it
    )  # fmt: skip
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith("[2/"):
            break
    os.killpg(run.pid, signal.SIGINT)
    said = run.stderr.read()  # read until the last process of the group has closed it
    assert run.wait(60) == 130
    assert "Traceback" not in said and said.strip().splitlines()[-1].startswith("Stopped; ")
    assert len((tmp_path / "out" / "runs.jsonl").read_text().splitlines()) >= 2
