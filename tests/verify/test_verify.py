"""Verification of a receipt: equal scores pass, a changed value is found, a malicious receipt gives one sentence."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlfd_core.cli import main
from dlfd_core.data.sources import load_data
from dlfd_core.data.tables import read_text
from dlfd_core.errors import InvalidData, InvalidRequest
from dlfd_core.reports.receipt.document import OTHER_WEIGHTS, SAME_WEIGHTS
from dlfd_core.reports.receipt.export import make_receipt
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetReport
from dlfd_core.verify import LocalSettings, compare, request_here
from dlfd_core.verify.schema import MAX_BYTES, read_receipt
from tests.reports.receipt.test_document import report as fake_report
from tests.small import small_data, write_as_folder

pytestmark = pytest.mark.usefixtures("few_steps")


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_as_folder(small_data(people=24, side=32), tmp_path_factory.mktemp("verify-faces"))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path_factory.getbasetemp() / "dlfd-cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ["OMP_NUM_THREADS"])  # put back: verify sets it where it is not


@pytest.fixture(scope="module")
def made(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The receipts of one run on the small data set."""
    base = tmp_path_factory.mktemp("verify")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLFD_CACHE", str(tmp_path_factory.getbasetemp() / "dlfd-cache"))
        words = f"forget --data folder:{faces} --task place --people random:6 --epochs 2 --method fine_tune"
        assert main([*words.split(), "--set", "epochs=1", "--receipt", str(base / "receipt")]) == 0
    return base / "receipt"


def check(faces: Path, document: dict[str, Any], tmp_path: Path) -> int:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return main(["verify", str(path), "--data", f"folder:{faces}", "--epochs", "2"])


def document_of(made: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made / "receipt.json").read_text(encoding="utf-8"))
    return found


# ---- a real run ------------------------------------------------------------------------------------------------------


def test_a_run_leaves_three_receipts(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == ["receipt.html", "receipt.json", "receipt.pdf"]
    document = document_of(made)
    assert set(document["hashes"]) == {"original", "unlearned"} == set(document["scores"])
    assert len(document["data"]["digest"]) == 64 and document["data"]["photos"]["forget"] == 36
    assert document["settings"]["epochs"] == 1
    assert document["hashes"]["unlearned"] in (made / "receipt.html").read_text(encoding="utf-8")
    assert (made / "receipt.pdf").read_bytes().startswith(b"%PDF-")


def test_the_same_again(
    faces: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert check(faces, document_of(made), tmp_path) == 0
    assert os.environ["OMP_NUM_THREADS"] == str(document_of(made)["threads"])  # as many as the receipt says
    said = capsys.readouterr().out
    assert "The same: every score is within the tolerance" in said
    assert "Bit for bit the same weights: original, unlearned." in said


def test_a_changed_score_and_a_changed_verdict_are_found(
    faces: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = document_of(made)
    honest = document["scores"]["unlearned"]["utility"]
    document["scores"]["unlearned"]["utility"] = honest + (0.02 if honest < 0.9 else -0.02)
    labels = ("not_distinguishable", "still_recognisable")
    document["verdict"]["label"] = next(label for label in labels if label != document["verdict"]["label"])
    assert check(faces, document, tmp_path) == 1
    said = capsys.readouterr().out
    assert "unlearned, utility" in said and f"{honest:.4f}" in said and "verdict" in said
    assert "Different in 2 places." in said


def test_the_verdict_of_an_earlier_version_is_not_compared(
    faces: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = document_of(made)
    assert document["verdict"].keys() == {"label", "text", "strict", "statistic"}
    document["verdict"] = {"label": "over_forgotten", "text": "as it was"}
    assert check(faces, document, tmp_path) == 0
    said = capsys.readouterr().out
    assert "The verdict is not compared: the receipt is of an earlier version" in said and "verdict agrees" not in said


def test_other_weights_are_named(faces: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = document_of(made)
    document["hashes"]["unlearned"] = "0" * 64
    assert check(faces, document, tmp_path) == 0  # the scores agree all the same
    said = capsys.readouterr().out
    assert "Other weights than the receipt's: unlearned." in said and "bit for bit the same." not in said


def test_other_data_are_refused(faces: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write_as_folder(small_data(people=24, side=32, seed=1), tmp_path / "other")
    assert check(other, document_of(made), tmp_path) == 2
    assert "The data here are not the receipt's: sha256 " in one_sentence(capsys)


def test_another_original_is_refused(
    faces: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = document_of(made)
    document["hashes"]["original"] = "0" * 64
    assert check(faces, document, tmp_path) == 2
    assert "give the receipt's with --weights, or train it alike with --epochs." in one_sentence(capsys)


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and "Traceback" not in said
    return said


# ---- comparing -------------------------------------------------------------------------------------------------------


def changed(report: ForgetReport, by: float) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(make_receipt(report, "json"))
    document["scores"]["unlearned"]["mia_auc"] += by
    return document


@pytest.mark.parametrize(
    ("by", "same_weights", "same"),
    [
        (SAME_WEIGHTS * 0.9, True, True),
        (SAME_WEIGHTS * 1.2, True, False),
        (SAME_WEIGHTS * 1.2, False, True),
        (OTHER_WEIGHTS * 0.9, False, True),
        (-OTHER_WEIGHTS * 1.2, False, False),
    ],
)
def test_how_far_a_score_may_be_off(by: float, same_weights: bool, same: bool) -> None:
    report = fake_report()
    document = changed(report, by)
    if not same_weights:
        document["hashes"]["unlearned"] = "0" * 64
    outcome = compare(read_receipt(json.dumps(document).encode()), report)
    assert outcome.same is same and outcome.bit_for_bit is same_weights
    assert outcome.widest["identical" if same_weights else "different"] == pytest.approx(abs(by), abs=1e-6)


def test_a_missing_model_is_a_difference() -> None:
    report = fake_report()
    document = json.loads(make_receipt(report, "json"))
    del document["scores"]["retrained"]
    outcome = compare(read_receipt(json.dumps(document).encode()), report)
    assert [(one.name, one.receipt, one.here) for one in outcome.differences] == [
        ("retrained model", "not there", "there")
    ]


def test_a_receipt_of_the_shipped_portraits_is_accepted() -> None:
    service = UnlearningService()
    example = service.example()
    document = json.loads(service.receipt(example, "json"))
    # an example from before hashes and digests were kept has none
    document["hashes"] = document["hashes"] or {"original": "a" * 64, "unlearned": "b" * 64}
    document["data"]["digest"] = document["data"]["digest"] or "c" * 64
    receipt = read_receipt(json.dumps(document).encode())
    assert request_here(receipt, LocalSettings()) == example.request


# ---- hostile receipts ------------------------------------------------------------------------------------------------


def put(*path: Any, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    return change


HOSTILE = {
    "schema": (put("schema", value="other"), "This is no receipt"),
    "version": (put("version", value=2), "not of version 1"),
    "version type": (put("version", value="1"), "not of version 1"),
    "no scores": (put("scores", value={}), "no scores of the original and the unlearned model"),
    "scores of a stranger": (put("scores", "evil", value={}), "malformed at 'scores.evil"),
    "score of text": (put("scores", "unlearned", "nomus", value="0.5"), "malformed at 'scores.unlearned.nomus"),
    "score too large": (put("scores", "unlearned", "nomus", value=5), "malformed at 'scores.unlearned.nomus"),
    "band of one": (put("scores", "unlearned", "null_band", value=[0]), "malformed at 'scores.unlearned.null_band"),
    "label": (put("verdict", "label", value="perfect"), "malformed at 'verdict.label'"),
    "hash": (put("hashes", "original", value="../../x"), "malformed at 'hashes.original'"),
    "digest": (put("data", "digest", value=7), "malformed at 'data.digest'"),
    "wide tolerance": (put("tolerance", "other_weights", value=1.0), "malformed at 'tolerance.other_weights'"),
    "people of text": (put("request", "people", value="p00"), "malformed at 'request.people'"),
    "no people": (put("request", "people", value=[]), "malformed at 'request.people'"),
    "seed of text": (put("request", "seed", value="0"), "malformed at 'request.seed'"),
    "huge seed": (put("request", "seed", value=10**40), "malformed at 'request.seed'"),
    "knob of a list": (put("request", "knobs", value={"lr": []}), "malformed at 'request.knobs.lr"),
    "huge knob": (put("request", "knobs", value={"lr": 10**400}), "malformed at 'request.knobs.lr"),
    "plugins": (put("request", "plugins", value="/tmp/evil"), "malformed at 'request.plugins'"),
    "folder": (put("request", "data", value="folder:/etc"), "give the path of your copy with --data"),
    "download": (put("request", "data", value="lfw"), "give the path of your copy with --data"),
    "weights": (put("request", "weights", value="/etc/passwd"), "give your copy with --weights"),
    "method": (put("request", "method", value="os.system"), "Unknown method 'os.system'"),
    "knob": (put("request", "knobs", value={"\x1b[2J": 1}), "Unknown knob '\\x1b[2J'"),
    "backbone": (put("request", "backbone", value="__import__"), "Unknown backbone '__import__'"),
    "fetched backbone": (put("request", "backbone", value="inception_resnet_v1_vggface2"), "not downloaded for a"),
    "device": (put("request", "device", value="abacus"), "Unknown device 'abacus'"),
    "threads": (put("threads", value=0), "malformed at 'threads'"),
    "person": (put("request", "people", value=["../x"]), "Unknown person '../x'"),
    "surrogate": (put("request", "people", value=["\ud800"]), "malformed at 'request.people.0'"),
    "other photos": (put("data", "digest", value="f" * 64), "The data here are not the receipt's"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_receipt_is_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DLFD_VGGFACE2", raising=False)
    monkeypatch.setattr(UnlearningService, "forget", lambda *_: pytest.fail("nothing may be run"))
    change, words = HOSTILE[name]
    document = copy.deepcopy(json.loads(make_receipt(fake_report(), "json")))
    document["request"]["people"] = ["p000", "p001"]
    change(document)
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert main(["verify", str(path)]) == 2
    said = one_sentence(capsys)
    assert words in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not readable JSON"),
        (b"\xff\xfe", "not readable JSON"),
        (b"[" * 100_000, "not readable JSON"),
        (b'{"a": NaN}', "not readable JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not readable JSON"),
        (b"[]", "This is no receipt"),
        (b'"dlfd-receipt"', "This is no receipt"),
        (b'{"schema": "dlfd-receipt", "version": 1}', "malformed at 'request': field required"),
        (b" " * (MAX_BYTES + 1), "larger than 8 MB"),
    ],
)
def test_what_is_no_receipt_is_one_sentence(content: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_receipt(content)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_and_an_unwritable_folder_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(tmp_path / "none.json")]) == 2
    assert "cannot be read (No such file or directory)" in one_sentence(capsys)
    assert main(["forget", "--people", "random:3", "--receipt", str(tmp_path / "no" / "such")]) == 2
    assert "cannot be written (No such file or directory); choose another folder." in one_sentence(capsys)
    (tmp_path / "file").write_text("")
    assert main(["forget", "--people", "random:3", "--receipt", str(tmp_path / "file")]) == 2
    assert "cannot be written" in one_sentence(capsys)


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_ordinary_file_is_one_sentence(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reading it might never end."""
    path = tmp_path / "receipt.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    assert main(["verify", str(path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_pipe_among_the_photos_and_as_a_table(tmp_path: Path) -> None:
    folder = write_as_folder(small_data(people=6, side=32), tmp_path / "faces")
    before = load_data(f"folder:{folder}")
    person = next(path for path in folder.rglob("*") if path.is_dir() and any(one.is_file() for one in path.iterdir()))
    os.mkfifo(person / "zz.png")
    assert len(load_data(f"folder:{folder}").images) == len(before.images)
    with pytest.raises(InvalidData, match="cannot be read"):
        read_text(person / "zz.png")
