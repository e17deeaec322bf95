"""Loader of the Olivetti faces: 10 grey photos of each of 40 people (AT&T Cambridge, 1992 to 1994).

The only task is ``identity``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from dlfd_core.data.assembly import data_digest
from dlfd_core.data.decoding import Progress
from dlfd_core.data.lfw import downloading
from dlfd_core.data.registry import local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, Person
from dlfd_core.errors import InvalidData

FILE = "olivetti_py3.pkz"
REMEDY = f"give the data folder of scikit-learn, in which fetch_olivetti_faces leaves {FILE}"


@source("olivetti", "optional")
def load_olivetti(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read the Olivetti faces from scikit-learn's data folder ``path``; without a path, download them at first use.

    The download has 4 MB. scikit-learn stores the faces as a pickle, which can run code when it is opened: give only a
    file that scikit-learn wrote.

    Raises:
        InvalidData: the download fails, or the copy is missing or cannot be opened.
    """
    images = _to_rgb(_fetch(path), size)
    person = np.repeat(np.arange(40), 10)
    ids = [f"s{i:02d}" for i in range(1, 41)]
    if progress is not None:
        progress(len(images), len(images))
    return FaceData(
        name="olivetti",
        title="Olivetti faces",
        images=images,
        person=person,
        people=tuple(Person(person_id, f"Person {i}") for i, person_id in enumerate(ids, 1)),
        tasks={},
        digest=data_digest(images, person, ids),
        faces=images[::10],
    )


def _fetch(path: Path | None) -> np.ndarray:
    """The faces, (400, 64, 64) float32 in [0, 1]; each person has ten in a row."""
    from sklearn.datasets import fetch_olivetti_faces

    if path is None:
        with downloading("The Olivetti faces", f"olivetti:PATH, {REMEDY}"):
            return np.asarray(fetch_olivetti_faces().images)
    root = local_copy(path, "olivetti", REMEDY)
    if not (root / FILE).is_file():
        raise missing_error(root, FILE, REMEDY)
    try:
        return np.asarray(fetch_olivetti_faces(data_home=root, download_if_missing=False).images)
    except Exception as error:  # whatever a damaged pickle raises
        raise InvalidData(f"{root / FILE} cannot be opened; {REMEDY}.") from error


def _to_rgb(faces: np.ndarray, size: int) -> np.ndarray:
    """Grey faces (N, 64, 64) in [0, 1] -> resized (N, S, S, 3) uint8."""
    grey = [Image.fromarray(np.rint(face * 255).astype(np.uint8)) for face in faces]
    return np.stack([np.asarray(face.resize((size, size), Image.Resampling.BICUBIC).convert("RGB")) for face in grey])
