"""Downloads of published data sets, with a fake of the library that fetches them. No test opens a connection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import pytest
import sklearn.datasets

from dlfd_core.cli import main
from dlfd_core.data.download import DOWNLOADS
from dlfd_core.data.registry import SOURCES
from tests.data.copies import write_face
from tests.data.test_lfw import write_lfw

Fetched = list[dict[str, object]]


def write_sfhq(root: Path) -> None:
    """Ten people with two photos each in the published format, one of them to forget."""
    rows = ["image_path,identity_id,age_group,gender,split"]
    for person in range(10):
        for photo in range(2):
            name = f"images/identity_{person:03d}/{photo}.jpg"
            write_face(root / name, 10 * person + photo)
            rows.append(f"{name},{person},1,{person % 2},{'retain' if person else 'forget'}")
    (root / "dataset.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Fetched:
    """A hub that gives a small SFHQ-VirtualID, and keeps what it was asked for."""
    calls: Fetched = []

    def snapshot_download(repository: str, *, local_dir: Path, **options: object) -> str:
        calls.append({"repository": repository, **options})
        write_sfhq(local_dir)
        return str(local_dir)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return calls


def test_a_data_set_of_the_hub_is_downloaded_and_described(
    hub: Fetched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "--download", "sfhq", "--to", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "Terms: non-commercial research only" in said.err and str(tmp_path / "sfhq") in said.err
    assert f"Use it with --data sfhq:{tmp_path / 'sfhq'}\nSFHQ-VirtualID: 10 people, 20 photos" in said.out
    assert (hub[0]["repository"], hub[0]["repo_type"]) == ("FaizPalwala/SFHQ-VirtualID-Bench", "dataset")
    assert main(["data", "--data", f"sfhq:{tmp_path / 'sfhq'}"]) == 0 and len(hub) == 1  # nothing is fetched unasked


def test_the_variable_names_the_folder(
    hub: Fetched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DLFD_DATA", raising=False)
    assert main(["data", "--download", "sfhq"]) == 2
    assert "add --to DIR, or set DLFD_DATA" in capsys.readouterr().err and hub == []
    monkeypatch.setenv("DLFD_DATA", str(tmp_path))
    assert main(["data", "--download", "sfhq"]) == 0
    assert (tmp_path / "sfhq/dataset.csv").is_file() and main(["data", "--data", "sfhq"]) == 0


@pytest.mark.parametrize("error", [ConnectionError("Name or service not known"), RuntimeError("read timed out")])
def test_without_a_network_one_sentence_says_so(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(huggingface_hub, "snapshot_download", raising(error))
    assert main(["data", "--download", "mufac", "--to", str(tmp_path)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2  # what is downloaded, and the fault
    assert "Dasool/MUFAC could not be downloaded" in said[1] and str(error) in said[1] and "mufac:PATH" in said[1]


def raising(error: Exception) -> Callable[..., None]:
    def fail(*args: object, **options: object) -> None:
        raise error

    return fail


def test_lfw_comes_by_scikit_learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fetch(data_home: Path, **options: object) -> None:
        write_lfw(data_home / "lfw_home/lfw_funneled")

    monkeypatch.setattr(sklearn.datasets, "fetch_lfw_people", fetch)
    assert main(["data", "--download", "lfw", "--to", str(tmp_path)]) == 0
    assert "Labeled Faces in the Wild: 3 people" in capsys.readouterr().out


def test_bad_requests_are_answered_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "--download", "celeba", "--to", str(tmp_path)]) == 2
    assert "Unknown download 'celeba'; choose one of: lfw, mufac, olivetti, sfhq." in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["data", "--download", "sfhq", "--to", str(tmp_path / "file")]) == 2
    assert "cannot be made" in capsys.readouterr().err
    assert main(["data", "--download", "sfhq", "--data", "portraits"]) == 2 and main(["data"]) == 2


def test_every_download_has_a_loader() -> None:
    assert set(DOWNLOADS) <= set(SOURCES.names())
    assert all(download.licence and download.origin for download in DOWNLOADS.values())
