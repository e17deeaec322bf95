"""The audit of a run: every model, with the reference bank where there is one, and in the report's JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlfd_core import artifacts
from dlfd_core.cli import main
from dlfd_core.models.training import Recipe
from dlfd_core.reports.serialise import archive_report, report_to_json, restore_report
from dlfd_core.service import UnlearningService
from dlfd_core.types import POPULATION_ATTACKS, RMIA, ForgetReport, ForgetRequest, ReportReady
from tests.small import small_data, small_service, small_task, write_as_folder

PEOPLE = tuple(small_task().training_people()[:4])
REQUEST = ForgetRequest(PEOPLE, "small", "place", method="fine_tune", retrain=True)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    with small_service(tmp_path_factory.mktemp("cache"), Recipe(epochs=2, batch_size=16)) as made:
        yield made


def finished(service: UnlearningService, request: ForgetRequest) -> ForgetReport:
    last = list(service.forget(request, lambda: False))[-1]
    assert isinstance(last, ReportReady)
    return last.report


def test_without_a_bank_every_model_is_audited_all_the_same(service: UnlearningService) -> None:
    report = finished(service, REQUEST)
    assert list(report.audits) == ["original", "unlearned", "retrained"]
    for name, audit in report.audits.items():
        assert tuple(audit.attacks) == POPULATION_ATTACKS and audit.reference is None
        assert audit.attacks["loss"].auc == pytest.approx(report.scores[name].mia_auc)
        for attack in audit.attacks.values():
            assert attack.auc_interval[0] <= attack.auc <= attack.auc_interval[1]
            assert (attack.n_forget, attack.n_unseen) == (len(PEOPLE) * 6, 30)
            assert attack.tpr_at_1 is None and attack.tpr_at_01 is None  # 30 photos of unseen people do not suffice
        low, high = audit.nomus_interval
        assert low <= report.scores[name].nomus <= high
        assert {leak.person for leak in audit.people} == set(PEOPLE)
    original, unlearned, retrained = report.audits.values()
    assert original.rf_jsd is None and unlearned.rf_jsd is not None and 0 <= unlearned.rf_jsd <= 1
    assert original.cka is not None and set(original.cka) == {"retrained"}
    assert unlearned.cka is not None and set(unlearned.cka) == {"original", "retrained"}
    assert retrained.cka is not None and retrained.cka["original"]["stem"] == pytest.approx(
        original.cka["retrained"]["stem"]
    )
    assert (
        report.impact is not None
        and report.impact.others_change.people + report.impact.look_alike_change.people
        == (report.data.people["retain"])
    )


def test_the_json_has_the_attacks_on_the_unlearned_model_and_reads_back(service: UnlearningService) -> None:
    report = finished(service, REQUEST)
    document = json.loads(json.dumps(report_to_json(report), allow_nan=False))
    assert set(document["attacks"]) == set(POPULATION_ATTACKS)
    assert document["attacks"]["loss"].keys() >= {"auc", "auc_interval", "n_forget", "n_unseen"}
    back = restore_report(json.loads(json.dumps(archive_report(report))))
    assert back.audits == report.audits and back.impact == report.impact and back.hashes == report.hashes


def test_a_bank_built_on_demand_speaks_in_the_next_run(service: UnlearningService) -> None:
    building = service.build_bank(REQUEST, lambda: False)
    events = list(building)
    assert events[-1].done == events[-1].total > 0
    six = tuple(small_task().training_people()[:6])  # their 36 photos suffice for a verdict
    report = finished(service, ForgetRequest(six, "small", "place", method="fine_tune", seed=1))
    for audit in report.audits.values():
        assert audit.reference is not None and audit.reference.models == 8 and RMIA in audit.attacks
        assert audit.reference.oracle_band[0] <= audit.reference.oracle_auc <= audit.reference.oracle_band[1]
        assert len(audit.reference.rmia) == audit.attacks[RMIA].n_forget
        assert all(leak.rmia is not None and leak.expected is not None for leak in audit.people)
        assert audit.worst is not None and audit.worst.models == 8 and audit.chance is not None
    assert "where models that never saw these people stay" in report.verdict.text and report.verdict.strict
    assert list(service.build_bank(REQUEST, lambda: False))[-1].stage == "load"  # nothing is missing, nothing trained


def test_the_command_line_builds_a_bank_and_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    folder = write_as_folder(small_data(people=24, side=32), tmp_path / "faces")
    data = ["--data", f"folder:{folder}", "--task", "place", "--epochs", "1"]
    assert main(["bank", *data]) == 0
    assert "The bank is in" in capsys.readouterr().out
    assert main(["forget", *data, "--people", "random:4", "--method", "fine_tune"]) == 0
    assert "Reference bank of 8: p = " in capsys.readouterr().out
    assert main(["bank", *data, "--seed", "1"]) == 2
    assert "--models and --seed need --out" in capsys.readouterr().err
    out = tmp_path / "second"
    assert main(["bank", *data, "--seed", "1", "--models", "4", "--out", str(out)]) == 0
    assert {artifacts.load_weights(path)[1]["seed"] for path in out.iterdir()} == {"1"}
