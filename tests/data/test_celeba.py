"""CelebA: a copy of some dozen photos in the published format, for which torchvision's checksums do not match."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlfd_core.data import celeba
from dlfd_core.data.celeba import load_celeba
from tests.data.copies import ids, labels, sentence, shows, write_face

PEOPLE = 8
PHOTOS = 3


def write_rows(path: Path, rows: list[str], *head: str) -> None:
    path.write_text("\n".join([*head, *rows]) + "\n")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder ``celeba`` as torchvision unpacks it; only torchvision's comparison of checksums is turned off."""
    from torchvision.datasets import CelebA

    monkeypatch.setattr(CelebA, "_check_integrity", lambda self: True)
    root = tmp_path / "somewhere" / "celeba"
    count = PEOPLE * PHOTOS
    files = [f"{i:06d}.jpg" for i in range(1, count + 1)]
    for i, file in enumerate(files):
        write_face(root / "img_align_celeba" / file, i)
    write_rows(root / "list_eval_partition.txt", [f"{file} {i % 3}" for i, file in enumerate(files)])
    write_rows(root / "identity_CelebA.txt", [f"{file} {100 + i % PEOPLE}" for i, file in enumerate(files)])
    signs = [("1" if i % 2 else "-1", "1" if i % 3 else "-1", "1" if i < 5 else "-1") for i in range(count)]
    write_rows(
        root / "list_attr_celeba.txt",
        [f"{file}  {' '.join(sign)} -1" for file, sign in zip(files, signs, strict=True)],
        str(count),
        "Male Smiling Young Bald ",
    )
    boxes = [f"{file}    95  71 226 313" for file in files]
    write_rows(root / "list_bbox_celeba.txt", boxes, str(count), "image_id x_1 y_1 width height")
    write_rows(root / "list_landmarks_align_celeba.txt", boxes, str(count), "lefteye_x lefteye_y righteye_x righteye_y")
    return root


def test_a_copy_is_read(copy: Path) -> None:
    data = load_celeba(copy, size=16)
    assert (data.name, data.title, data.skipped, data.notes) == ("celeba", "CelebA", 0, ())
    assert ids(data) == [str(100 + i) for i in range(PEOPLE) for _ in range(PHOTOS)]
    assert {person.role for person in data.people} == {None} and data.forget_sets == {}
    photos = [i + k * PEOPLE for i in range(PEOPLE) for k in range(PHOTOS)]
    assert all(shows(data, i, copy / f"img_align_celeba/{photo + 1:06d}.jpg") for i, photo in enumerate(photos))
    assert labels(data, "gender") == [("female", "male")[photo % 2] for photo in photos]
    assert labels(data, "smiling") == ["yes" if photo % 3 else "no" for photo in photos]
    assert labels(data, "young") == ["yes" if photo < 5 else "no" for photo in photos]


def test_the_folder_around_it_is_taken_too(copy: Path) -> None:
    assert load_celeba(copy.parent, size=16).digest == load_celeba(copy, size=16).digest
    other = copy.rename(copy.parent / "faces of celebrities")
    assert len(load_celeba(other, size=16).images) == PEOPLE * PHOTOS


def test_at_most_so_many_people_drawn_once(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celeba, "MAX_PEOPLE", 5)
    data = load_celeba(copy, size=16)
    assert len(data.people) == 5 and len(data.images) == 5 * PHOTOS
    assert load_celeba(copy, size=16).digest == data.digest
    assert data.notes == ("Of CelebA's 8 people 5 take part, drawn with a seed.",)


@pytest.mark.parametrize("name", ["img_align_celeba", "identity_CelebA.txt", "list_landmarks_align_celeba.txt"])
def test_something_is_missing(copy: Path, name: str) -> None:
    (copy / name).rename(copy / "elsewhere")
    said = sentence(load_celeba, copy)
    assert f"holds no {name}" in said and "mmlab" in said


def test_tables_that_are_not_the_published_ones(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # torchvision compares the checksums again
    assert "not as published (its checksum differs)" in sentence(load_celeba, copy)


def test_a_photo_is_not_there(copy: Path) -> None:
    (copy / "img_align_celeba/000003.jpg").unlink()
    assert "CelebA lists photos that are not there" in sentence(load_celeba, copy)
