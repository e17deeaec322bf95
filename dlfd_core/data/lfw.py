"""Labeled Faces in the Wild: 13,233 photos of 5,749 public figures (Huang et al. 2007), for the task ``identity``.

scikit-learn downloads, checks and unpacks it; the photos are read from what it unpacked, so that they come in colour
and in our size. They show much besides the face, of which a quarter is cut off at each edge.
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
from dlfd_core.data.listing import SUFFIXES, entries
from dlfd_core.data.registry import own_copy, source
from dlfd_core.data.schema import FaceData, PhotoFile
from dlfd_core.errors import InvalidData

#: People with fewer photos cannot be divided into training, validation and unseen photos, as the task asks.
MIN_PHOTOS = 4
MARGIN = 0.25
#: Where the people's folders are, seen from a path: scikit-learn's folder, the unpacked archive around them, or they.
PLACES = ("lfw_home/lfw_funneled", "lfw_funneled", ".")
LAYOUT = "a folder with lfw_funneled/<Name_Surname>/*.jpg, or the data folder of scikit-learn"


@source("lfw", "optional")
def load_lfw(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read LFW from ``path``, or download it at first use (200 MB) into scikit-learn's data folder.

    Raises:
        InvalidData: the download fails, or the copy holds nobody with ``MIN_PHOTOS`` photos.
    """
    root = own_copy(path or _download(), "lfw", f"give {LAYOUT}")
    folder = next(root / place for place in PLACES if (root / place).is_dir())
    people = {person.name: _photos(person) for person in entries(folder) if person.is_dir()}
    enough = {name: files for name, files in people.items() if len(files) >= MIN_PHOTOS}
    if not enough:
        raise InvalidData(f"{root} shows nobody on {MIN_PHOTOS} photos or more; give {LAYOUT}.")
    photos = [PhotoFile(name, f"{name}/{file.name}", file) for name, files in enough.items() for file in files]
    left = len(people) - len(enough)
    notes = [f"People of LFW with fewer than {MIN_PHOTOS} photos are left out ({left:,})."] if left else []
    return read_published(
        "lfw", "Labeled Faces in the Wild", photos, size=size, progress=progress, margin=MARGIN, notes=notes
    )


def _photos(person: Path) -> list[Path]:
    return [file for file in entries(person) if file.suffix.lower() in SUFFIXES]


def _download() -> Path:
    """scikit-learn's data folder with LFW in it."""
    from sklearn.datasets import fetch_lfw_people, get_data_home

    with downloading("Labeled Faces in the Wild", f"lfw:PATH with {LAYOUT}"):
        fetch_lfw_people(min_faces_per_person=500)  # whatever it is asked for, it unpacks everything
    return Path(get_data_home())


@contextlib.contextmanager
def downloading(title: str, copy: str) -> Iterator[None]:
    """What scikit-learn prints goes to standard error; what goes wrong becomes a sentence.

    Args:
        copy: how a local copy is given.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (OSError, EOFError, http.client.HTTPException, tarfile.TarError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise InvalidData(f"{title} could not be downloaded ({reason}); give {copy}.") from error
