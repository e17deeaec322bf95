"""Downloads of published data sets, started only by ``python -m dlfd_core data --download NAME``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dlfd_core.data.lfw import downloading
from dlfd_core.errors import InvalidData, UnknownName


@dataclass(frozen=True)
class Download:
    """Where a data set comes from.

    Attributes:
        origin: shown before the download.
        licence: what the publisher allows, in one clause.
        fetch: downloads what is missing into the folder.
    """

    origin: str
    licence: str
    fetch: Callable[[Path], None]


def _from_hub(repository: str, *left_out: str) -> Callable[[Path], None]:
    """Fetch a data set of Hugging Face, without files that match ``left_out``.

    huggingface_hub shows the progress on standard error, tries again after a broken connection, keeps finished files,
    and compares sizes with the hub's.
    """

    def fetch(folder: Path) -> None:
        from huggingface_hub import snapshot_download  # takes half a second, and only downloads need it

        try:
            snapshot_download(repository, repo_type="dataset", local_dir=folder, ignore_patterns=list(left_out))
        except Exception as error:  # of its HTTP client, its own, or of the disk
            raise OSError(str(error)) from error

    return fetch


def _lfw(folder: Path) -> None:
    """scikit-learn compares the archive with its sha256; a stopped download begins again."""
    from sklearn.datasets import fetch_lfw_people

    fetch_lfw_people(data_home=folder, min_faces_per_person=500)  # the filter does not matter: all is unpacked


def _olivetti(folder: Path) -> None:
    from sklearn.datasets import fetch_olivetti_faces

    fetch_olivetti_faces(data_home=folder)


DOWNLOADS = {
    "sfhq": Download(
        "huggingface.co/datasets/FaizPalwala/SFHQ-VirtualID-Bench",
        "non-commercial research only, no identification of people",
        _from_hub("FaizPalwala/SFHQ-VirtualID-Bench", "*.parquet"),
    ),
    "mufac": Download(
        "huggingface.co/datasets/Dasool/MUFAC",
        "photos of real Korean families from AI Hub, for research; read AI Hub's terms first",
        _from_hub("Dasool/MUFAC", "fixed_test_dataset*", "*.parquet"),
    ),
    "lfw": Download(
        "scikit-learn's copy of Labeled Faces in the Wild (200 MB)",
        "photos of real people from the news, for research; the publisher names no licence",
        _lfw,
    ),
    "olivetti": Download(
        "scikit-learn's copy of the Olivetti faces (4 MB)", "AT&T Laboratories Cambridge are to be named", _olivetti
    ),
}


def download(name: str, parent: Path, announce: Callable[[str], None]) -> Path:
    """Download a data set into the folder ``name`` inside ``parent``, and return that folder.

    Args:
        announce: is told in one sentence what is downloaded, under which licence and to where.

    Raises:
        UnknownName: there is no download of this name.
        InvalidData: no connection, no access, or the folder cannot be written.
    """
    if name not in DOWNLOADS:
        raise UnknownName("download", name, sorted(DOWNLOADS))
    source, folder = DOWNLOADS[name], parent.expanduser() / name
    announce(f"Downloading {source.origin} to {folder}. Terms: {source.licence}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidData(f"{folder} cannot be made ({error.strerror}); give another folder with --to.") from error
    with downloading(source.origin, f"{name}:PATH with a copy of your own, or try again; finished files are kept"):
        source.fetch(folder)
    return folder
