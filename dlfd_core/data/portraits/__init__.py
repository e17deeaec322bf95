"""The built-in data set: pictures of people who do not exist, drawn with a seed.

``load_portraits`` reads the shipped pictures; ``python -m dlfd_core.data.portraits`` draws them again.
"""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from dlfd_core.errors import MissingArtifact

if TYPE_CHECKING:
    import numpy as np

    from dlfd_core.data.schema import FaceData

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "portraits"
#: The seed of the shipped pictures.
SEED = 0
REMEDY = "run `python -m dlfd_core.data.portraits` to draw the portraits again"

__all__ = ["FOLDER", "SEED", "load_portraits"]


def load_portraits(folder: Path | None = None) -> FaceData:
    """Load the 240 people of ``folder`` (default: the shipped folder), 24 photos each, people of ``train`` first.

    Raises:
        MissingArtifact: a file is missing, or its hash differs from the manifest.
    """
    import numpy as np

    from dlfd_core.data.schema import FaceData, Person, Task

    manifest, files = _read_files(folder or FOLDER)
    labels = json.loads(files["labels.json"])  # its hash is checked
    people = tuple(Person(**entry) for entry in labels["people"])
    sheets = sorted(name for name in files if name.startswith("photos-"))
    # Pillow decodes without the interpreter lock, so threads speed it up where there are several cores
    with ThreadPoolExecutor(4) as pool:
        faces = pool.submit(_pictures, files["faces.webp"], manifest["face_size"])
        images = np.concatenate(
            list(pool.map(_pictures, (files[n] for n in sheets), [manifest["photo_size"]] * len(sheets)))
        )
    tasks = {
        name: Task(name, task["title"], tuple(task["classes"]), np.array(task["labels"], dtype=np.int64).ravel())
        for name, task in labels["tasks"].items()
    }
    per_person = [len(person_labels) for person_labels in labels["tasks"]["emotion"]["labels"]]
    person = np.repeat(np.arange(len(people)), per_person).astype(np.int64)
    return FaceData(
        name="portraits",
        title="Portraits",
        images=images,
        person=person,
        people=people,
        tasks=tasks,
        digest=_digest(images, person, tasks),
        faces=faces.result()[: len(people)],
    )


class _Entry(TypedDict):
    sha256: str


class _Manifest(TypedDict):
    """Sides of the pictures in pixels, and the files by name."""

    face_size: int
    photo_size: int
    files: dict[str, _Entry]


def _read_files(folder: Path) -> tuple[_Manifest, dict[str, bytes]]:
    """Read the manifest and every file it lists, and check the hashes."""
    from pydantic import TypeAdapter

    from dlfd_core.artifacts import read_json

    manifest = read_json(folder / "manifest.json", TypeAdapter(_Manifest), REMEDY)
    files = {}
    for name, entry in manifest["files"].items():
        try:
            files[name] = (folder / name).read_bytes()
        except OSError as error:
            raise MissingArtifact(f"The portraits file {name} is missing in {folder}; {REMEDY}.") from error
        if hashlib.sha256(files[name]).hexdigest() != entry["sha256"]:
            raise MissingArtifact(f"The portraits file {name} is not the one in the manifest (wrong hash); {REMEDY}.")
    return manifest, files


def _pictures(content: bytes, side: int) -> np.ndarray:
    """Decode a sheet of pictures from WebP bytes -> (n, side, side, 3) uint8 RGB."""
    import numpy as np
    from PIL import Image

    sheet = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    rows, columns = sheet.shape[0] // side, sheet.shape[1] // side
    return sheet.reshape(rows, side, columns, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)


def _digest(images: np.ndarray, person: np.ndarray, tasks: dict) -> str:
    """Hex sha256 over pixels, people and labels."""
    digest = hashlib.sha256(images.tobytes())
    digest.update(person.tobytes())
    for name in sorted(tasks):
        digest.update(name.encode() + tasks[name].labels.tobytes())
    return digest.hexdigest()
