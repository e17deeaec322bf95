"""Loader of MUFAC in the protocol of the authors' notebooks: they report on validation and steer by test."""

from __future__ import annotations

from pathlib import Path

from dlfd_core.data.decoding import Progress
from dlfd_core.data.mufac import PARTS, read_mufac
from dlfd_core.data.registry import source
from dlfd_core.data.schema import FaceData, Role

PUBLISHED_PARTS: dict[str, Role] = PARTS | {"val": "unseen", "test": "validation"}


@source("mufac_published", "optional")
def load_mufac_as_published(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of MUFAC with validation and unseen people exchanged.

    Raises:
        InvalidData: as ``load_mufac``.
    """
    return read_mufac(path, ("mufac_published", "MUFAC, as published"), PUBLISHED_PARTS, size, progress)
