"""Relearn test and later requests of a receipt: repeated, compared, and validated as untrusted input."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from dlfd_core.cli import main
from dlfd_core.errors import InvalidRequest
from dlfd_core.reports.receipt.document import OTHER_WEIGHTS, SAME_WEIGHTS
from dlfd_core.reports.receipt.export import make_receipt
from dlfd_core.runs import relearn as relearning
from dlfd_core.service import UnlearningService
from dlfd_core.verify import Outcome, compare
from dlfd_core.verify.schema import read_receipt
from tests.fake_after import make_afterwards
from tests.reports.receipt.test_document import report as fake_report
from tests.small import small_data, write_as_folder
from tests.verify.test_verify import one_sentence, put

pytestmark = pytest.mark.usefixtures("few_steps")

MADE = fake_report()
AFTER = make_afterwards(MADE)
CURVE = ("relearn", "sides", 1, "curves", "unlearned")
STEP = ("sequence", "steps", 2)


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(make_receipt(MADE, "json", AFTER))
    return found


def place(within: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        within = within[part]
    return within


def compared(changed: dict[str, Any]) -> Outcome:
    return compare(read_receipt(json.dumps(changed).encode()), MADE, AFTER)


# ---- a real run ------------------------------------------------------------------------------------------------------


def test_a_run_with_all_that_came_after_is_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ["OMP_NUM_THREADS"])  # put back: verify sets it where it is not
    monkeypatch.setattr(relearning, "STEPS", 5)
    faces = write_as_folder(small_data(people=24, side=32), tmp_path / "faces")
    words = f"forget --data folder:{faces} --task place --people random:4 --epochs 1 --method fine_tune"
    more = ["--set", "epochs=1", "--relearn", "2", "--then", "random:2", "--receipt", str(tmp_path / "made")]
    assert main([*words.split(), *more]) == 0
    found = json.loads((tmp_path / "made" / "receipt.json").read_text(encoding="utf-8"))
    assert found["relearn"]["photos"] == 2 and len(found["sequence"]["steps"]) == 2
    assert f"--then {','.join(found['sequence']['groups'][1])} --relearn 2" in found["command"]
    html = (tmp_path / "made" / "receipt.html").read_text(encoding="utf-8")
    assert found["sequence"]["finding"] in html and "The relearn test: does the memory come back?" in html
    assert (tmp_path / "made" / "receipt.pdf").read_bytes().startswith(b"%PDF-")

    again = ["--data", f"folder:{faces}", "--epochs", "1"]
    assert main(["verify", str(tmp_path / "made" / "receipt.json"), *again]) == 0
    said = capsys.readouterr().out
    assert "Carried out again as well: the relearn test and the requests one after another." in said
    assert "The unlearned model is bit for bit the same." in said


# ---- comparing -------------------------------------------------------------------------------------------------------


def test_the_same_is_the_same() -> None:
    outcome = compared(document())
    assert outcome.same and outcome.widest == {"identical": 0.0, "different": 0.0}


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ((*CURVE, "points", 3, "auc"), "relearn shown, unlearned, step 30, auc"),
        ((*CURVE, "points", 0, "accuracy"), "relearn shown, unlearned, step 0, accuracy"),
        ((*STEP, "scores", "one_shot", "utility"), "after request 3, one_shot, utility"),
        ((*STEP, "groups", 1, "mia_auc"), "after request 3, request 2, mia_auc"),
    ],
)
def test_an_altered_number_is_found(path: tuple[Any, ...], what: str) -> None:
    for by, other_weights, same in [
        (-0.9 * SAME_WEIGHTS, False, True),
        (-1.2 * SAME_WEIGHTS, False, False),
        (-1.2 * SAME_WEIGHTS, True, True),
        (-1.2 * OTHER_WEIGHTS, True, False),
    ]:
        changed = document()
        place(changed, path[:-1])[path[-1]] += by
        if other_weights:
            changed["hashes"]["unlearned"] = "0" * 64
        outcome = compared(changed)
        assert [one.name for one in outcome.differences] == ([] if same else [what])
        assert outcome.widest["different" if other_weights else "identical"] == pytest.approx(-by, abs=1e-6)


def test_labels_counts_and_what_is_missing_are_found() -> None:
    changed = document()
    changed["relearn"]["sides"][0]["outcome"] = "stays_away"
    changed["relearn"]["measured"] += 1
    del place(changed, CURVE)["points"][-1]
    changed["sequence"]["steps"].pop()
    found = {one.name: (one.receipt, one.here) for one in compared(changed).differences}
    assert found["relearn retain, outcome"] == ("stays_away", "came_back")
    assert "relearn, measured" in found and found["relearn shown, unlearned, step 40, auc"] == ("not there", "there")
    assert found["after request 3, sequential, nomus"] == ("not there", "there")


def test_an_altered_finding_of_a_missing_number_is_found() -> None:
    changed = document()
    place(changed, CURVE)["points"][2]["auc"] = None
    assert [one.name for one in compared(changed).differences] == ["relearn shown, unlearned, step 20, auc"]


def test_a_receipt_without_them_compares_the_run_alone() -> None:
    receipt = read_receipt(make_receipt(MADE, "json"))
    assert receipt.relearn is None and receipt.sequence is None and compare(receipt, MADE, AFTER).same


# ---- hostile receipts ------------------------------------------------------------------------------------------------

MILLION = [0] * 1_000_000
HOSTILE: dict[str, tuple[tuple[Any, ...], object, str]] = {
    "auc of text": ((*CURVE, "points", 1, "auc"), "0.5", "malformed at 'relearn.sides.1.curves.unlearned.points.1.auc"),
    "infinite auc": ((*CURVE, "points", 1, "auc"), 1e999, "not readable JSON"),
    "no number": ((*CURVE, "points", 1, "auc"), float("nan"), "not readable JSON"),
    "huge auc": ((*CURVE, "points", 1, "auc"), 7, "malformed at 'relearn.sides.1.curves.unlearned.points.1.auc"),
    "a million points": ((*CURVE, "points"), MILLION, "malformed at 'relearn.sides.1.curves.unlearned.points"),
    "no points": ((*CURVE, "points"), [], "malformed at 'relearn.sides.1.curves.unlearned.points"),
    "one step twice": ((*CURVE, "points", 1, "step"), 0, "the steps do not go up"),
    "one source twice": (("relearn", "sides", 1, "source"), "retain", "a source is there twice"),
    "a strange source": (("relearn", "sides", 1, "source"), "\x1b[2J", "malformed at 'relearn.sides.1.source'"),
    "a strange outcome": (("relearn", "sides", 1, "outcome"), "\x1b[2J", "malformed at 'relearn.sides.1.outcome'"),
    "a strange model": ((*CURVE[:-1], "\x1b[2J"), {}, "malformed at 'relearn.sides.1.curves.\\x1b[2J"),
    "too many photos": (("relearn", "photos"), 6, "malformed at 'relearn.photos'"),
    "photos of truth": (("relearn", "photos"), True, "malformed at 'relearn.photos'"),
    "a list of a relearn": (("relearn",), [], "malformed at 'relearn'"),
    "score of text": ((*STEP, "scores", "sequential", "nomus"), "0.5", "malformed at 'sequence.steps.2.scores.sequent"),
    "no score": ((*STEP, "scores", "sequential", "nomus"), float("nan"), "not readable JSON"),
    "scores of a stranger": ((*STEP, "scores", "evil"), {}, "malformed at 'sequence.steps.2.scores.evil"),
    "a million steps": (("sequence", "steps"), MILLION, "malformed at 'sequence.steps"),
    "a million requests": (("sequence", "groups"), MILLION, "malformed at 'sequence.groups"),
    "a million people": (("sequence", "groups", 1), MILLION, "malformed at 'sequence.groups.1"),
    "a single request": (("sequence", "groups"), [["p000", "p001"]], "malformed at 'sequence.groups'"),
    "retrain of text": (("sequence", "retrain"), "yes", "malformed at 'sequence.retrain'"),
}
REFUSED: dict[str, tuple[tuple[Any, ...], object, str]] = {
    "another start": (("sequence", "groups", 0), ["p002"], "does not begin with the people of its run"),
    "a stranger": (("sequence", "groups", 1), ["../x"], "Unknown person '../x'"),
    "somebody twice": (("sequence", "groups", 1), ["p000"], "p000 is in request 1 and in request 2"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_malformed_part_is_one_sentence(name: str) -> None:
    path, value, words = HOSTILE[name]
    changed = document()
    put(*path, value=value)(changed)
    with pytest.raises(InvalidRequest) as caught:
        read_receipt(json.dumps(changed).encode())
    said = str(caught.value)
    assert words in said and "\x1b" not in said and "\n" not in said and len(said) < 400


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_repeated_is_one_sentence_before_anything_is_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(UnlearningService, "forget", lambda *_: pytest.fail("nothing may be run"))
    path, value, words = REFUSED[name]
    changed = document()
    changed["request"]["people"], changed["sequence"]["groups"] = ["p000", "p001"], [["p000", "p001"], ["p003"]]
    changed["data"]["digest"] = UnlearningService().example().data.digest
    put(*path, value=value)(changed)
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(changed), encoding="utf-8")
    assert main(["verify", str(file)]) == 2
    assert words in one_sentence(capsys)
