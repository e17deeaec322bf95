"""Loader of Labeled Faces in the Wild: 13,233 photos of 5,749 public figures (Huang et al. 2007).

The only task is ``identity``. scikit-learn downloads, checks and unpacks the archive. The photos are then read from
the unpacked files, to have them in colour and in the requested size. Each photo shows much around the face, so a
quarter of it is cut off at each edge.
"""

from __future__ import annotations

import contextlib
import http.client
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from dlfd_core.data.assembly import read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.listing import photo_files, sub_folders
from dlfd_core.data.names import composed
from dlfd_core.data.registry import find_inside, local_copy, source
from dlfd_core.data.schema import FaceData, PhotoFile
from dlfd_core.errors import InvalidData

#: The task needs training, validation and unseen photos of each person; people with fewer photos are left out.
MIN_PHOTOS = 4
MARGIN = 0.25
LAYOUT = "a folder with lfw_funneled/<Name_Surname>/*.jpg (or lfw-deepfunneled), or the data folder of scikit-learn"


@source("lfw", "optional")
def load_lfw(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read LFW from ``path``; without a path, download it at first use (200 MB) into scikit-learn's data folder.

    Raises:
        InvalidData: the download fails, or nobody in the copy has ``MIN_PHOTOS`` photos.
    """
    root = local_copy(path or _download(), "lfw", f"give {LAYOUT}")
    folder = find_inside(root, _holds_people)
    people = {composed(person.name): photo_files(person) for person in sub_folders(folder)}
    enough = {name: files for name, files in people.items() if len(files) >= MIN_PHOTOS}
    if not enough:
        raise InvalidData(f"Nobody in {root} has {MIN_PHOTOS} photos or more; give {LAYOUT}.")
    photos = [PhotoFile(name, f"{name}/{file.name}", file) for name, files in enough.items() for file in files]
    left_out = len(people) - len(enough)
    notes = [f"People of LFW with fewer than {MIN_PHOTOS} photos are left out ({left_out:,})."] if left_out else []
    return read_published(
        "lfw", "Labeled Faces in the Wild", photos, size=size, progress=progress, margin=MARGIN, notes=notes
    )


def _holds_people(folder: Path) -> bool:
    """Whether a folder in it has a photo named after that folder: ``Aaron_Eckhart/Aaron_Eckhart_0001.jpg``."""
    return any((person / f"{person.name}_0001.jpg").is_file() for person in sub_folders(folder))


def _download() -> Path:
    """Download LFW with scikit-learn; return its data folder."""
    from sklearn.datasets import fetch_lfw_people, get_data_home

    with downloading("Labeled Faces in the Wild", f"lfw:PATH with {LAYOUT}"):
        fetch_lfw_people(min_faces_per_person=500)  # the filter does not matter: all photos are unpacked
    return Path(get_data_home())


@contextlib.contextmanager
def downloading(title: str, copy: str) -> Iterator[None]:
    """Send the output of scikit-learn to standard error and turn its errors into ``InvalidData``.

    Args:
        copy: how to give a local copy instead; the end of the error message.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (OSError, EOFError, http.client.HTTPException, tarfile.TarError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise InvalidData(f"{title} could not be downloaded ({reason}); give {copy}.") from error
