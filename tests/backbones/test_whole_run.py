"""The embedder for identities from a file of its weights to a report, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlfd_core.cli import main
from tests.small import small_data, write_as_folder

BACKBONE = "inception_resnet_v1_vggface2"


@pytest.mark.slow
@pytest.mark.usefixtures("few_steps")
def test_the_embedder_with_given_weights_forgets_a_person(
    facenet_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    faces = write_as_folder(small_data(people=6, side=32), tmp_path / "faces")
    (faces / "labels.csv").unlink()  # then the identity is the task
    about = ["--data", f"folder:{faces}", "--task", "identity", "--backbone", BACKBONE, "--device", "cpu"]
    original, report = tmp_path / "original.safetensors", tmp_path / "report.json"
    brief = ["--no-control", "--set", "epochs=1", "keep=last"]
    picked = ["--people", "q00,q01"]
    assert main(["forget", *about, *picked, "--weights", str(facenet_weights)]) == 2
    assert "set DLFD_VGGFACE2" in capsys.readouterr().err
    assert main(["train", *about, "--epochs", "1", "--out", str(original)]) == 0
    weights = ["--weights", str(original), "--json", str(report)]
    assert main(["forget", *about, *picked, *brief, *weights]) == 0, capsys.readouterr().err
    found = json.loads(report.read_text())
    assert found["request"]["backbone"] == BACKBONE and found["versions"]["weights"] == original.name
    assert set(found["audits"]) == {"original", "unlearned"}
    for audit in found["audits"].values():  # pairs of photos compared by the cosine of their embeddings
        assert 0 <= audit["separability"]["identity_forget"] <= 1
