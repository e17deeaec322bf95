"""Loader of Pins Face Recognition: 17,534 photos of 105 celebrities, cropped to the face (Kaggle, from Pinterest).

The only task is ``identity``, whose photos are divided by photo.
"""

from __future__ import annotations

from pathlib import Path

from dlfd_core.data.assembly import read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.lfw import MIN_PHOTOS
from dlfd_core.data.listing import photo_files, sub_folders
from dlfd_core.data.names import composed
from dlfd_core.data.registry import find_inside, local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile

PREFIX = "pins_"
REMEDY = (
    "Pins Face Recognition comes from kaggle.com/datasets/hereisburak/pins-face-recognition, and its folder holds one "
    "folder per person, such as pins_Adriana Lima"
)


@source("pins", "optional")
def load_pins(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy; the folders of the people may be some folders deeper.

    Raises:
        InvalidData: there is no such folder, or nobody has ``MIN_PHOTOS`` photos.
    """
    given = local_copy(path, "pins", REMEDY)
    root = find_inside(given, lambda folder: any(_people(folder)))
    people = {composed(folder.name.removeprefix(PREFIX)).strip(): photo_files(folder) for folder in _people(root)}
    enough = {name: files for name, files in people.items() if len(files) >= MIN_PHOTOS}
    if not enough:
        raise missing_error(given, f"folder of a person with {MIN_PHOTOS} photos or more", REMEDY)
    photos = [PhotoFile(name, f"{name}/{file.name}", file) for name, files in enough.items() for file in files]
    left_out = len(people) - len(enough)
    notes = [f"People with fewer than {MIN_PHOTOS} photos are left out ({left_out:,})."] if left_out else []
    return read_published("pins", "Pins Face Recognition", photos, size=size, progress=progress, notes=notes)


def _people(folder: Path) -> list[Path]:
    return [person for person in sub_folders(folder) if person.name.startswith(PREFIX)]
