"""Draws the whole data set and writes its files: photo sheets and face sheet as WebP, labels and manifest as JSON."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from os import cpu_count
from pathlib import Path

import numpy as np
from PIL import Image

from dlfd_core.data.portraits.cast import PEOPLE, make_cast
from dlfd_core.data.portraits.emotions import EMOTIONS
from dlfd_core.data.portraits.identity import AGE_GROUPS, Identity
from dlfd_core.data.portraits.photo import Photo, make_id_photo, make_photos
from dlfd_core.data.portraits.render import render

PHOTO_SIZE, FACE_SIZE = 64, 128
#: Each row of a photo sheet shows one person; a WebP picture is at most 16,383 pixels high.
PEOPLE_PER_SHEET = 40
FACE_COLUMNS = 16
PHOTO_QUALITY, FACE_QUALITY = 88, 90
TITLES = {
    "emotion": "Emotion (7 classes)",
    "age_group": "Age group (8 classes)",
    "smiling": "Smiling",
    "glasses": "Glasses",
}


def draw_person(seed: int, person: Identity) -> tuple[np.ndarray, np.ndarray]:
    """Draw one person: (24, 64, 64, 3) photos and a (128, 128, 3) face, uint8 RGB, not yet compressed."""
    photos = np.stack([render(person, photo, PHOTO_SIZE) for photo in make_photos(seed, person)])
    return photos, render(person, make_id_photo(seed, person), FACE_SIZE)


def tile(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Put (n, S, S, 3) pictures into one picture, row by row; unused space in the last row is black."""
    count, side = len(pictures), pictures.shape[1]
    rows = -(-count // columns)
    grid = np.zeros((rows * columns, side, side, 3), dtype=np.uint8)
    grid[:count] = pictures
    return grid.reshape(rows, columns, side, side, 3).swapaxes(1, 2).reshape(rows * side, columns * side, 3)


def _webp(picture: np.ndarray, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=quality, method=5, use_sharp_yuv=True)
    return buffer.getvalue()


def _labels(cast: list, photos: list[list[Photo]], seed: int) -> bytes:
    """The file ``labels.json``: people, tasks and the label of each photo."""
    values = {
        "emotion": [[photo.emotion for photo in person_photos] for person_photos in photos],
        "age_group": [[group] * len(person_photos) for (_, _, group), person_photos in zip(cast, photos, strict=True)],
        "smiling": [[int(photo.smiling) for photo in person_photos] for person_photos in photos],
        "glasses": [[int(photo.glasses) for photo in person_photos] for person_photos in photos],
    }
    classes = {"emotion": EMOTIONS, "age_group": AGE_GROUPS, "smiling": ("no", "yes"), "glasses": ("no", "yes")}
    content = {
        "seed": seed,
        "people": [
            {"id": person.id, "name": person.name, "role": person.role, "attributes": person.attributes}
            for person, _, _ in cast
        ],
        "tasks": {name: {"title": TITLES[name], "classes": classes[name], "labels": values[name]} for name in TITLES},
    }
    return json.dumps(content, separators=(",", ":")).encode()


def make_files(seed: int, workers: int | None = None) -> Iterator[tuple[str, bytes]]:
    """Draw in parallel processes and yield ``(file name, content)`` as soon as each file is ready."""
    cast = make_cast(seed)
    people = [identity for _, identity, _ in cast]
    faces = []
    with ProcessPoolExecutor(workers or cpu_count()) as pool:
        results = pool.map(draw_person, [seed] * PEOPLE, people, chunksize=4)
        for number in range(-(-PEOPLE // PEOPLE_PER_SHEET)):
            rows = []
            for _ in range(min(PEOPLE_PER_SHEET, PEOPLE - number * PEOPLE_PER_SHEET)):
                photos, face = next(results)
                rows.append(photos)
                faces.append(face)
            pictures = np.concatenate(rows)
            yield f"photos-{number}.webp", _webp(tile(pictures, len(rows[0])), PHOTO_QUALITY)
    yield "faces.webp", _webp(tile(np.stack(faces), FACE_COLUMNS), FACE_QUALITY)
    yield "labels.json", _labels(cast, [make_photos(seed, person) for person in people], seed)


def manifest_of(files: dict[str, bytes], command: str) -> bytes:
    """The file ``manifest.json``: size and sha256 of each file, and the command that made them."""
    entries = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    content = {"command": command, "photo_size": PHOTO_SIZE, "face_size": FACE_SIZE, "files": entries}
    return (json.dumps(content, indent=2) + "\n").encode()


def build(folder: Path, seed: int, workers: int | None = None) -> Iterator[tuple[str, int]]:
    """Draw everything and write it to ``folder``; yield the name and size of each file as soon as it is ready."""
    files = {}
    for name, content in make_files(seed, workers):
        files[name] = content
        yield name, len(content)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    # the manifest comes last: after an interrupted run the folder is refused, instead of read with mixed files
    command = f"python -m dlfd_core.data.portraits --seed {seed}"
    (folder / "manifest.json").write_bytes(manifest_of(files, command))
