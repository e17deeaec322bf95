"""The command line: complete runs, and bad input as one sentence on stderr with exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlfd_core.cli import build_parser, main, parse_settings
from tests.small import small_data, write_as_folder

pytestmark = pytest.mark.usefixtures("few_steps")

REPORT_KEYS = {"request", "data", "scores", "seconds", "points", "versions", "verdict", "caveats"}
SCORE_KEYS = {
    "retain_accuracy", "forget_accuracy", "validation_accuracy", "unseen_accuracy", "utility", "mia_accuracy",
    "forgetting_score", "null_band", "nomus",
}  # fmt: skip


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder data set with ``labels.csv``."""
    return write_as_folder(small_data(people=24, side=32), tmp_path_factory.mktemp("faces"))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for this module, so that the small original is trained once; the user's cache is not touched."""
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path_factory.getbasetemp() / "dlfd-cache"))


def forget(folder: Path, *more: str) -> list[str]:
    return ["forget", "--data", f"folder:{folder}", "--task", "place", "--people", "random:4", "--epochs", "2", *more]


def test_a_run_on_a_folder_ends_with_a_table_and_a_full_report(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert main(forget(faces, "--retrain", "--set", "steps=2", "--seed", "3", "--no-control", "--json", str(out))) == 0
    printed = capsys.readouterr().out
    assert "NoMUS" in printed and "retrained" in printed and "Seconds:" in printed
    report = json.loads(out.read_text())
    assert report.keys() >= REPORT_KEYS
    assert set(report["scores"]) == {"original", "unlearned", "retrained"}
    for scores in report["scores"].values():
        assert scores.keys() >= SCORE_KEYS
        assert scores["nomus"] == pytest.approx((scores["utility"] + 1 - 2 * scores["forgetting_score"]) / 2)
    assert report["seconds"].keys() >= {"load", "unlearn", "evaluate", "project", "total"}
    assert report["request"]["seed"] == 3 and report["request"]["knobs"] == {"steps": 2}
    points = report["points"]
    count = len(points["before"])
    assert count > 0 and all(len(points[name]) == count for name in ("after", "set", "label", "identity"))
    assert set(points["set"]) == {"forget", "retain", "validation", "unseen"}
    assert np.isfinite(points["before"]).all() and np.isfinite(points["after"]).all()
    assert sum(report["data"]["photos"].values()) == 24 * 6
    assert set(report["versions"]) >= {"torch", "numpy", "python", "dlfd"}


def test_dlfd_is_run_with_its_control(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert main(forget(faces, "--preset", "paper", "--json", str(out))) == 0
    report = json.loads(out.read_text())
    assert list(report["scores"]) == ["original", "unlearned", "control"] and report["seconds"]["control"] > 0
    assert report["request"]["preset"] == "paper" and report["request"]["knobs"] == {}
    assert ", control " in capsys.readouterr().out


@pytest.mark.parametrize("task", ["place", "identity"])
def test_same_seed_same_scores(faces: Path, tmp_path: Path, task: str) -> None:
    found = []
    for name in ("one", "two"):
        arguments = forget(faces, "--method", "fine_tune", "--json", str(tmp_path / name))
        arguments[arguments.index("place")] = task
        assert main(arguments) == 0
        found.append(json.loads((tmp_path / name).read_text())["scores"])
    assert found[0] == found[1]


def test_an_unreadable_photo_is_skipped_and_counted(faces: Path, tmp_path: Path) -> None:
    import shutil

    copied = Path(shutil.copytree(faces, tmp_path / "faces"))
    next((copied / "images").rglob("*.png")).write_bytes(b"not a picture")
    assert main(forget(copied, "--method", "fine_tune", "--json", str(tmp_path / "out.json"))) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["data"]["skipped"] == 1
    assert set(report["scores"]) == {"original", "unlearned"}  # fine_tune has no control
    assert any("1 photo" in caveat for caveat in report["caveats"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--data": "faces"}, "Unknown data set 'faces'; choose one of: portraits, folder:PATH, "),
        ({"--data": "folder:/nowhere/at/all"}, "/nowhere/at/all"),
        ({"--task": "mood"}, "Unknown task 'mood'"),
        ({"--method": "magic"}, "Unknown method 'magic'; choose one of: "),
        ({"--preset": "best"}, "Unknown preset of dlfd 'best'; choose one of: quality, paper."),
        (
            {"--method": "salun", "--preset": "paper"},
            "Unknown preset of salun 'paper'; choose one of: quality.",
        ),
        ({"--backbone": "vgg"}, "Unknown backbone 'vgg'; choose one of: "),
        ({"--people": "somebody"}, "Unknown person 'somebody'"),
        ({"--people": ","}, "Nobody is picked"),
        ({"--people": "random:140"}, "must be between 1 and 139"),
        ({"--people": "random:x"}, "must be between 1 and 139"),
        ({"--set": "alpha=1000"}, "alpha: '1000' is not a number between 0 and 128."),
        ({"--set": "alpha=nan"}, "alpha: 'nan' is not a number"),
        ({"--set": "warp=1"}, "Unknown knob 'warp'"),
        ({"--set": "alpha"}, "--set 'alpha' is not of the form knob=value."),
        ({"--seed": "one"}, "invalid int value"),
        ({"--seed": "-1"}, "The seed -1 is not a whole number between 0 and"),
        ({"--device": "abacus"}, "Unknown device 'abacus'"),
        ({"--epochs": "0"}, "--epochs 0 is not between 1 and 1000."),
        ({"--weights": "/nowhere/x.safetensors"}, "There is no weights file"),
        ({"--json": "/nowhere/at/all/x.json"}, "There is no folder /nowhere/at/all"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    change: dict[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"--data": "portraits", "--task": "emotion", "--people": "random:3"} | change
    assert main(["forget", *(part for pair in arguments.items() for part in pair)]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said and "Traceback" not in said


@pytest.mark.parametrize(
    "words",
    [["--set", "lr=0.1", "epochs=2"], ["--set", "lr=0.1", "--set", "epochs=2"], ["--set=lr=0.1", "--set=epochs=2"]],
)
def test_settings_are_given_together_or_one_by_one(words: list[str]) -> None:
    arguments = build_parser().parse_args(["forget", *words, "--people", "p000"])
    assert parse_settings(arguments.set) == (("epochs", "2"), ("lr", "0.1")) and arguments.people == "p000"


def test_people_may_be_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "people.txt").write_text("random:2\n")
    assert main(["forget", "--people-file", str(tmp_path / "people.txt")]) == 2
    assert "Unknown person 'random:2'" in capsys.readouterr().err
    assert main(["forget", "--people-file", str(tmp_path / "nowhere.txt")]) == 2
    assert "nowhere.txt cannot be read" in capsys.readouterr().err
    assert main(["forget", "--people-file", "a.txt", "--people", "p000"]) == 2
    assert "not allowed with" in capsys.readouterr().err


def test_everybody_is_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    everybody = ",".join(f"p{i:03d}" for i in range(140))
    assert main(["forget", "--people", everybody]) == 2
    assert "Everybody is picked" in capsys.readouterr().err


def test_a_run_that_diverges_says_so(
    faces: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dlfd_core.models import optimizers

    monkeypatch.setattr(optimizers._SGD, "step", lambda self: _explode(self))
    assert main(forget(faces, "--method", "fine_tune", "--set", "optimizer=sgd", "--seed", "9")) == 2
    assert "Lower the learning rate" in capsys.readouterr().err.strip().splitlines()[-1]


def _explode(optimizer: Any) -> None:
    """Set all weights to infinity, as a far too high learning rate does."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.data.fill_(float("inf"))


@pytest.mark.parametrize("arguments", [[], ["forget"], ["dance"], ["train"], ["forget", "--people", "random:3", "--x"]])
def test_a_malformed_command_line_points_to_the_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert "python -m dlfd_core --help" in said and "\n" not in said


def test_train_writes_weights_that_forget_takes(faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    data = ["--data", f"folder:{faces}", "--task", "place"]
    assert main(["train", *data, "--epochs", "1", "--out", str(out)]) == 0
    assert main([*forget(faces, "--method", "fine_tune"), "--weights", str(out)]) == 0


def test_train_wants_safetensors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--out", str(tmp_path / "m.pt")]) == 2
    assert "must end in .safetensors" in capsys.readouterr().err


def test_weights_for_another_task_are_refused(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "m.safetensors"
    assert main(["train", "--data", f"folder:{faces}", "--task", "place", "--epochs", "1", "--out", str(out)]) == 0
    assert main(["forget", "--people", "random:3", "--weights", str(out)]) == 2
    assert "was trained for" in capsys.readouterr().err


def test_settings_are_read_from_pairs() -> None:
    assert parse_settings(["steps=5", "alpha = 2 "]) == (("alpha", "2"), ("steps", "5"))


def test_the_help_costs_no_torch() -> None:
    code = """
import sys
from dlfd_core.cli import main
try:
    main(["--help"])
except SystemExit:
    sys.exit("torch" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and "forget" in run.stdout
