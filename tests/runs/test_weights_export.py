"""The unlearned model as a file: its metadata, loading it again, and refused files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from dlfd_core.artifacts import load_weights, weights_hash
from dlfd_core.cli import main
from dlfd_core.data.sources import load_data
from dlfd_core.errors import InvalidRequest
from dlfd_core.models.training import Recipe
from dlfd_core.runs import workbench
from dlfd_core.runs.weights_export import NOT_IN_MEMORY, OWN_STAYS
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetReport, ForgetRequest, ReportReady
from tests.small import small_data, small_service, small_task, write_as_folder

pytestmark = pytest.mark.usefixtures("few_steps")

REQUEST = ForgetRequest(tuple(small_task().training_people()[:3]), "small", "place", method="fine_tune", seed=2)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    with small_service(tmp_path_factory.mktemp("cache"), Recipe(epochs=2, batch_size=16)) as made:
        yield made


def finished(service: UnlearningService, request: ForgetRequest = REQUEST) -> ForgetReport:
    last = list(service.forget(request, lambda: False))[-1]
    assert isinstance(last, ReportReady)
    return last.report


def test_the_file_says_what_it_is_and_holds_the_unlearned_model(service: UnlearningService, tmp_path: Path) -> None:
    report = finished(service)
    path = tmp_path / "unlearned.safetensors"
    path.write_bytes(service.weights(report))
    state, said = load_weights(path)
    assert weights_hash(state) == said["content_sha256"] == report.hashes["unlearned"] != report.hashes["original"]
    assert (said["task"], said["backbone"], said["made_by"], said["run"]) == (
        "place", "compact_resnet", "unlearning", report.key,
    )  # fmt: skip
    assert said["data_digest"] == report.data.digest and json.loads(said["classes"]) == list(report.classes)
    asked = json.loads(said["request"])
    assert (asked["people"], asked["method"], asked["seed"]) == (list(REQUEST.people), "fine_tune", 2)
    assert "weights" not in asked and "device" not in asked
    with safe_open(str(path), framework="pt") as file:
        assert file.metadata() == said


def test_the_command_line_loads_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded as the original of a run on the same photos, which then has the unlearned model's answers."""
    data = f"folder:{write_as_folder(small_data(), tmp_path / 'small')}"
    monkeypatch.setattr(workbench, "load_data", load_data)  # the service of this module reads the small one only
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    own = UnlearningService(Recipe(epochs=2, batch_size=16))
    people = own.check(replace(REQUEST, data=data)).training_people()[:3]
    report = finished(own, replace(REQUEST, data=data, people=tuple(people)))
    path = tmp_path / "unlearned.safetensors"
    path.write_bytes(own.weights(report))
    out = tmp_path / "again.json"
    words = ["forget", "--data", data, "--task", "place", "--backbone", "compact_resnet", "--method", "fine_tune"]
    assert main([*words, "--people", ",".join(people), "--weights", str(path), "--json", str(out)]) == 0
    again = json.loads(out.read_text())
    assert again["hashes"]["original"] == report.hashes["unlearned"]
    assert again["matrices"]["original"] == {
        group: counts.tolist() for group, counts in report.matrices["unlearned"].items()
    }
    # and on other photos it is refused
    other = f"folder:{write_as_folder(small_data(seed=5), tmp_path / 'other')}"
    words[2] = other
    assert main([*words, "--people", ",".join(people), "--weights", str(path), "--json", str(out)]) != 0


def test_a_model_that_is_gone_is_a_sentence(service: UnlearningService) -> None:
    report = finished(service)
    with pytest.raises(InvalidRequest, match=NOT_IN_MEMORY[:40]):
        service.weights(replace(report, request=replace(REQUEST, seed=77)))
    with pytest.raises(InvalidRequest, match=NOT_IN_MEMORY[:40]):  # a report from elsewhere, of another model
        service.weights(replace(report, hashes={"unlearned": "0" * 64}))
    kept = list(service.bench.method_results._items.items())
    for key, _ in kept:
        service.bench.method_results.pop(key)
    with pytest.raises(InvalidRequest, match=NOT_IN_MEMORY[:40]):
        service.weights(report)
    for key, made in kept:
        service.bench.method_results.put(key, made)
    assert service.weights(report)


def test_models_of_own_people_are_not_handed_out(service: UnlearningService) -> None:
    report = finished(service)
    with pytest.raises(InvalidRequest, match=OWN_STAYS[:40]):
        service.weights(replace(report, request=replace(REQUEST, data="own-abc")))


def test_the_report_has_matrices_that_read_back(service: UnlearningService) -> None:
    from dlfd_core.reports.serialise import archive_report, restore_report

    report = finished(service)
    assert set(report.matrices) == {"original", "unlearned"}
    for name, sets in report.matrices.items():
        for group, photos in (("forget", 18), ("unseen", report.data.photos["unseen"])):
            assert sets[group].sum() == photos
        assert np.trace(sets["unseen"]) / sets["unseen"].sum() == pytest.approx(report.scores[name].utility)
        assert [one.name for one in report.audits[name].classes] == list(report.classes)
    document = json.loads(json.dumps(archive_report(report)))
    back = restore_report(document)
    assert back.audits == report.audits and back.matrices["unlearned"]["forget"].dtype == np.int64
    for name, sets in report.matrices.items():
        for group, counts in sets.items():
            np.testing.assert_array_equal(back.matrices[name][group], counts)
    for each in document["audits"].values():  # as older documents are
        del each["classes"], each["class_gap"]
    del document["matrices"]
    older = restore_report(document)
    assert older.matrices == {} and older.audits["original"].classes == ()
