"""The small sets of ``benchmarks.small``: a folder of photos cut to its first people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.small import CELEBA, cut_celeba
from dlfd_core.data.sources import load_data
from dlfd_core.errors import InvalidData


def test_the_first_people_are_kept_with_all_their_photos(tmp_path: Path) -> None:
    source, noise = tmp_path / "all", np.random.default_rng(0)
    rows = ["image_path,identity,male"]
    for person in range(CELEBA + 3):
        for photo in range(3):
            path = source / "images" / f"{person:02}" / f"{photo}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(noise.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(path)
            rows.append(f"{person:02}/{photo}.png,{person:02},{person % 2}")
    (source / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    data = load_data(f"folder:{cut_celeba(source, tmp_path / 'cut')}")
    assert len(data.people) == CELEBA and len(data.images) == 3 * CELEBA
    assert "male" in data.tasks and data.people[-1].name == f"{CELEBA - 1:02}"


def test_a_folder_without_a_table_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"has no labels.csv; name a folder"):
        cut_celeba(tmp_path, tmp_path / "cut")
