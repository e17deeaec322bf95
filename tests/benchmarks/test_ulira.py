"""The study of U-LiRA: a whole study on made-up shadow models, its files, its resumption, and one real shadow model."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import ulira, ulira_shadows
from benchmarks.ulira_report import ATTACKS, LEVELS
from benchmarks.ulira_shadows import Made, Shadow, confidence_of, make_shadow, read_made, shadows_of, write_made
from dlfd_core.benchmark.settings import Setting, task_of
from dlfd_core.data.label_space import Attributes
from dlfd_core.engines.one_run import only_run
from dlfd_core.models.outputs import Outputs
from dlfd_core.ui.evidence import shadow_study
from dlfd_core.unlearning import METHODS
from tests.small import small_data, small_task, write_as_folder

#: How much surer a model is of the forgotten photos than one that never saw them.
SURER = {"original": 3.0, "retrain": 0.0, "dlfd": 0.0, "fine_tune": 1.5}
Words = Callable[..., list[str]]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = write_as_folder(small_data(people=24), tmp_path_factory.mktemp("ulira") / "faces")
    return f"folder:{folder}"


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Shadow]:
    """Replace the training by made-up confidences; the returned list grows with each shadow model."""
    made: list[Shadow] = []

    def make(shadow: Shadow) -> Made:
        made.append(shadow)
        task = task_of(shadow.setting)
        name = f"{shadow.method} {shadow.preset} {shadow.seed}"
        confidence = np.random.default_rng(zlib.crc32(name.encode())).normal(size=len(task.labels))
        confidence[ulira_shadows.splits_of(task, shadow).forget] += SURER[shadow.method]
        if shadow.method == "dlfd" and shadow.seed == 2:
            return Made.without_model("The loss is nan.")
        return Made(confidence.astype(np.float32), (confidence > 0).astype(np.float32), 30.0)

    monkeypatch.setattr(ulira, "make_shadow", make)
    monkeypatch.setattr(ulira, "prepare_setting", lambda setting: None)
    monkeypatch.setattr(ulira, "FOLDER", tmp_path / "assets")
    return made


@pytest.fixture
def call(faces: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(*more: str) -> int:
        words = ["--data", faces, "--task", "place", "--shadows", "10", "--people", "4", "--jobs", "1"]
        words += ["--methods", "dlfd,fine_tune:paper", "--out", str(tmp_path / "out")]
        words += ["--shadows-folder", str(tmp_path / "shadows")]
        monkeypatch.setattr(sys, "argv", ["ulira", *words, *more])
        return ulira.main()

    return run


def document(tmp_path: Path) -> dict[str, Any]:
    (path,) = (tmp_path / "out").glob("*.json")
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def test_a_whole_study_and_its_second_call(
    call: Callable[..., int], made_up: list[Shadow], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--ship") == 0
    assert len(made_up) == 4 * 10
    printed = capsys.readouterr().out
    assert (
        "| Trainings" not in printed and "Trainings per minute of a core, measured over 10 retrainings: 2.00" in printed
    )
    rows = {(row["method"], row["preset"]): row for row in document(tmp_path)["rows"]}
    original, dlfd, tuned, retrained = rows.values()
    assert list(rows) == [("original", "quality"), ("dlfd", "quality"), ("fine_tune", "paper"), ("retrain", "")]
    for row in rows.values():
        assert set(row["attacks"]) == set(ATTACKS) and set(row["attacks"]["ulira"]) == set(LEVELS)
        # people whom no model saw: nothing is found
        low, high = row["attacks"]["unseen"]["photo"]["interval"]
        assert low <= 0.5 <= high
    aucs = [row["attacks"]["ulira"]["photo"]["auc"] for row in (original, tuned, dlfd, retrained)]
    assert aucs[0] > 0.95 and 0.7 < aucs[1] < 0.95 and aucs[2:] == pytest.approx([0.5, 0.5], abs=0.15)
    assert (dlfd["diverged"], dlfd["attacks"]["ulira"]["photo"]["models"]) == (1, [9, 10])
    assert retrained["attacks"]["ulira"]["photo"]["models"] == [5, 5] and retrained["klom"] is None
    klom = original["klom"]
    assert klom["forgotten"]["mean"] > 1.2 * klom["forgotten"]["null_mean"]
    assert klom["kept"]["mean"] == pytest.approx(klom["kept"]["null_mean"], rel=0.15)
    assert list((tmp_path / "out").glob("*.svg"))

    (path,) = (tmp_path / "assets").glob("*.json")
    study = shadow_study.read_study(path.read_bytes())
    assert study.shadows == 10 and len(study.people) == 4
    assert [(each.method, each.preset) for each in study.methods] == [("dlfd", "quality"), ("fine_tune", "paper")]
    assert study.methods[0].attacks[0].auc == dlfd["attacks"]["ulira"]["photo"]["auc"]
    for method in study.methods:
        assert method.knobs == METHODS.get(method.method).preset(method.preset, "folder", "place")

    before = document(tmp_path)
    made_up.clear()
    assert call() == 0
    assert made_up == [] and document(tmp_path) == before


def test_a_stopped_study_goes_on_and_a_damaged_file_is_made_again(
    call: Callable[..., int], made_up: list[Shadow], tmp_path: Path
) -> None:
    assert call("--methods", "") == 0
    assert len(made_up) == 20
    files = sorted((tmp_path / "shadows").glob("*.safetensors"))
    files[0].write_bytes(files[0].read_bytes()[:-7])
    files[1].unlink()
    before = document(tmp_path)
    made_up.clear()
    assert call("--methods", "") == 0
    assert len(made_up) == 2 and document(tmp_path) == before
    made_up.clear()
    assert call("--methods", "", "--shadows", "11") == 0
    assert len(made_up) == 2  # one more of each kind


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--shadows", "7"], "--shadows 7 is not between 8 and 1000."),
        (["--task", "identity"], "choose another --task"),
        (["--people", "0"], "--people 0 is not between 1 and"),
        (["--people", "99"], "so that somebody is kept"),
        (["--methods", "magic"], "Unknown method 'magic'"),
        (["--methods", "dlfd:magic"], "Unknown preset of dlfd 'magic'"),
        (["--data", "folder:/nowhere"], "/nowhere"),
        (["--engine", "magic"], "Unknown engine 'magic'"),
    ],
)
def test_bad_options_end_with_a_sentence(
    words: list[str], sentence: str, call: Callable[..., int], made_up: list[Shadow], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words) == 2
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said
    assert made_up == []


def test_the_files_name_what_made_them(faces: str, tmp_path: Path) -> None:
    setting = Setting(faces, "place", "compact_resnet", epochs=1)
    one, other = shadows_of(setting, "dlfd", "quality", 0, 4, 2)
    assert (one.setting.original, one.seed, other.setting.original, other.seed) == (1, 1, 2, 2)
    never = shadows_of(setting, "retrain", "quality", 0, 4, 1)[0]
    assert never.setting.original == 0 and never.seed == 1
    original = shadows_of(setting, "original", "quality", 0, 4, 1)[0]
    changed = [
        one, other, never, original, replace(one, pick=1), replace(one, count=5), replace(one, preset="paper"),
        replace(one, setting=replace(one.setting, epochs=2)), replace(one, setting=replace(one.setting, digest="x")),
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ulira_shadows, "preset_knobs", lambda method, setting, preset: {"epochs": len(preset)})
        assert len({shadow.file(tmp_path) for shadow in changed}) == len(changed)
    # an original does not depend on who is forgotten
    assert original.file(tmp_path) == replace(original, pick=1, count=5).file(tmp_path)


@pytest.mark.usefixtures("few_steps")
def test_a_shadow_model_is_the_same_each_time_and_differs_by_seed(
    faces: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    setting = Setting(faces, "place", "compact_resnet", epochs=1)
    count = len(task_of(setting).labels)
    first, second = (make_shadow(each) for each in shadows_of(setting, "fine_tune", "paper", 0, 4, 2))
    original = make_shadow(shadows_of(setting, "original", "quality", 0, 4, 1)[0])
    again = make_shadow(shadows_of(setting, "fine_tune", "paper", 0, 4, 1)[0])
    assert first.confidence.shape == first.correct.shape == (count,) and np.isfinite(first.confidence).all()
    np.testing.assert_array_equal(first.confidence, again.confidence)
    assert not np.allclose(first.confidence, second.confidence) and not np.allclose(
        first.confidence, original.confidence
    )
    assert original.seconds == 0.0 < first.seconds
    write_made(tmp_path / "one.safetensors", first)
    read = read_made(tmp_path / "one.safetensors")
    assert read is not None and read.seconds == first.seconds and read.diverged == ""
    np.testing.assert_array_equal(read.confidence, first.confidence)


def test_attributes_have_the_confidence_of_all_values_together() -> None:
    """Two attributes with logits 0 and ln 3: p = 1/2 * 3/4 = 3/8, log(p / (1 - p)) = log(3 / 5)."""
    task = replace(small_task(), space=Attributes(("a", "b", "c", "d"), ("one", "two")), labels=np.array([3, 0, -1]))
    logits = np.array([[0.0, np.log(3)], [0.0, -np.log(3)], [5.0, 5.0]], dtype=np.float32)
    confidence = confidence_of(task, Outputs(np.empty((3, 0), np.float32), logits, task.space))
    np.testing.assert_allclose(confidence, [np.log(3 / 5), np.log(3 / 5), np.nan], rtol=1e-6)


def test_two_studies_do_not_write_to_one_folder(
    call: Callable[..., int], made_up: list[Shadow], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_run(tmp_path / "shadows"):
        assert call() == 2
    assert "Another run is writing to" in capsys.readouterr().err
    assert made_up == []
