"""Tiny copies of published data sets in exactly their formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlfd_core.data.schema import FaceData
from dlfd_core.errors import InvalidData


def write_face(path: Path, seed: int, side: int = 32) -> Path:
    """Write a JPEG of coloured blocks: equal seeds give equal files, different seeds different pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST).save(path, format="JPEG", quality=95)
    return path


def shows(data: FaceData, photo: int, path: Path) -> bool:
    """Whether a photo of the data set is the picture in a file, apart from small changes by resizing."""
    size = data.images.shape[1]
    with Image.open(path) as face:
        expected = np.asarray(face.convert("RGB").resize((size, size)), dtype=int)
    return bool(np.abs(data.images[photo].astype(int) - expected).mean() < 4)


def ids(data: FaceData) -> list[str]:
    """The person of each photo."""
    return [data.people[i].id for i in data.person]


def roles(data: FaceData) -> dict[str, str | None]:
    return {person.id: person.role for person in data.people}


def labels(data: FaceData, task: str) -> list[str]:
    """The class of each photo."""
    return [data.tasks[task].classes[i] for i in data.tasks[task].labels]


def sentence(load: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """The error message of a refused copy: one line that names the fault and the fix."""
    with pytest.raises(InvalidData) as caught:
        load(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message and message.endswith("."), message
    assert ";" in message, f"says what is wrong but not what to do: {message}"
    return message
