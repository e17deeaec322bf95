"""The panel of U-LiRA with shadow models: shown for the run of a study only, and what its sentence says."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from dlfd_core.types import ForgetReport
from dlfd_core.ui.evidence import evidence, shadow_study
from dlfd_core.ui.evidence.shadow_study import ROWS, AttackResult, MethodResult, ShadowStudy, read_study, studies
from dlfd_core.ui.evidence.shadows import shadows_panel
from dlfd_core.ui.text.texts import parts
from tests.ui.evidence.reading import PEOPLE, Read, cells, report

DIGEST = "0123abcd"
#: AUCs of ``ROWS`` of a method that is found out by the forgotten people.
FOUND = (0.62, 0.80, 0.60, 0.74, 0.51)


def results(*aucs: float) -> tuple[AttackResult, ...]:
    return tuple(
        AttackResult(attack, level, auc, round(auc - 0.04, 2), min(1.0, round(auc + 0.04, 2)))
        for (attack, level), auc in zip(ROWS, aucs, strict=True)
    )


def study(*aucs: float) -> ShadowStudy:
    made = judged()
    method = MethodResult(made.request.method, made.request.preset, {"epochs": 4}, results(*aucs))
    request = made.request
    return ShadowStudy(
        request.data, DIGEST, request.task, request.backbone, request.people, 32, results(*[0.5] * 5),
        results(0.93, 0.99, 0.92, 0.98, 0.52), (method,),
    )  # fmt: skip


def judged() -> ForgetReport:
    made = report()
    return replace(made, data=replace(made.data, digest=DIGEST))


def shown(monkeypatch: pytest.MonkeyPatch, *aucs: float) -> str:
    monkeypatch.setattr(shadow_study, "studies", lambda: (study(*aucs),))
    return shadows_panel(judged())


def test_the_panel_has_finding_reading_picture_and_table(monkeypatch: pytest.MonkeyPatch) -> None:
    html = shown(monkeypatch, *FOUND)
    text = Read(html).text
    assert "by the forgotten people: per photo 0.62 (0.58 to 0.66), per person 0.80 (0.76 to 0.84)." in text
    assert parts("evidence")["shadows"] in text and "n = 32 models of each kind" in text
    assert html.count('class="lane"') == 5 * 3 and "known →" not in html and "told apart →" in html
    assert [cell[:4] for cell in cells(html, "U-LiRA, per person")] == ["0.99", "0.80", "0.50"]
    whole = evidence(judged(), PEOPLE)
    assert whole.index('data-panel="attacks"') < whole.index('data-panel="shadows"') < whole.index('"collapse"')


def test_what_unseen_people_show_as_well_is_not_called_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    html = shown(monkeypatch, 0.62, 0.80, 0.60, 0.74, 0.60)
    assert "but not by the forgotten people: per photo 0.62" in html
    assert "by unseen people 0.60 (0.56 to 0.64)." in html


def test_what_may_be_chance_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "U-LiRA does not tell such models from retrained ones" in shown(monkeypatch, 0.53, 0.53, 0.5, 0.5, 0.5)
    assert "U-LiRA tells such models" in shown(monkeypatch, 0.53, 0.60, 0.5, 0.5, 0.46)


@pytest.mark.parametrize(
    "change",
    [
        {"people": ("p00", "p01")},
        {"task": "smiling"},
        {"backbone": "slim_resnet"},
        {"data": "folder:/photos"},
        {"method": "fine_tune"},
        {"preset": "paper"},
        {"knobs": (("epochs", 2),)},
        {"weights": "other.safetensors"},
    ],
)
def test_another_run_has_no_panel(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, *FOUND)
    made = judged()
    assert shadows_panel(replace(made, request=replace(made.request, **change))) == ""


def test_other_photos_have_no_panel_and_another_seed_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    html, made = shown(monkeypatch, *FOUND), judged()
    assert shadows_panel(replace(made, data=replace(made.data, digest="other"))) == ""
    assert shadows_panel(replace(made, data=replace(made.data, digest=""))) == ""
    assert shadows_panel(replace(made, request=replace(made.request, seed=7, retrain=False, control=False))) == html


# ---- files -----------------------------------------------------------------------------------------------------------


def as_file() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(asdict(study(*FOUND))))
    return document


def test_a_file_is_read_as_it_was_written() -> None:
    assert read_study(json.dumps(as_file()).encode()) == study(*FOUND)


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda document: document.pop(name)


@pytest.mark.parametrize(
    "damage",
    [
        _without("people"),
        lambda document: document["methods"][0]["attacks"].pop(),
        lambda document: document["methods"][0]["attacks"][0].update(auc=1.5),
        lambda document: document["original"][0].update(low=0.99),
        lambda document: document["retrained"][0].update(auc=float("nan")),
        lambda document: document["retrained"][0].update(auc="<b>"),
        lambda document: document["retrained"][0].update(level="all"),
    ],
)
def test_a_damaged_file_is_left_out_with_a_line_in_the_log(
    damage: Callable[[dict[str, Any]], object], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    document = as_file()
    (tmp_path / "good.json").write_text(json.dumps(document))
    damage(document)
    (tmp_path / "bad.json").write_text(json.dumps(document))
    (tmp_path / "cut.json").write_text(json.dumps(document)[:-9])
    (tmp_path / "nested.json").write_text("[" * 100_000)
    with caplog.at_level(logging.ERROR):
        assert studies(tmp_path) == (study(*FOUND),)
    assert [record.getMessage().split(" is damaged")[0].rpartition("/")[2] for record in caplog.records] == [
        "bad.json", "cut.json", "nested.json",
    ]  # fmt: skip
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_the_shipped_files_are_sound_and_about_the_presets_of_today() -> None:
    from dlfd_core.unlearning import METHODS

    for path in sorted(shadow_study.FOLDER.glob("*.json")):
        each = read_study(path.read_bytes())
        for method in each.methods:
            today = METHODS.get(method.method).preset(method.preset, each.data, each.task)
            assert method.knobs == today, f"{path.name}: run `python -m benchmarks.ulira --ship` for the new preset"
