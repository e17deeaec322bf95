"""Near-copies: the same photo in another form is found, and different photos are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps

from dlfd_core.cli import main
from dlfd_core.data import near_copies
from dlfd_core.data.duplicates import find_duplicates, find_leaks
from dlfd_core.data.near_copies import MAX_BITS, near_pairs, prints_of
from dlfd_core.data.portraits import load_portraits
from dlfd_core.data.schema import FaceData
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import prepare_task, split_for
from tests.small import small_data

Save = Callable[[Image.Image, Path], None]

#: The same photo as people have it twice.
FORMS: dict[str, Save] = {
    "JPEG of quality 85": lambda photo, path: photo.save(path, format="JPEG", quality=85),
    "JPEG of quality 50": lambda photo, path: photo.save(path, format="JPEG", quality=50),
    "half as wide": lambda photo, path: photo.resize((64, 64)).save(path, format="JPEG", quality=90),
    "a quarter as wide": lambda photo, path: photo.resize((32, 32), Image.Resampling.LANCZOS).save(path, format="PNG"),
    "grey": lambda photo, path: photo.convert("L").save(path, format="JPEG", quality=95),
    "brighter": lambda photo, path: photo.point(lambda value: value * 1.08).save(path, format="JPEG", quality=95),
}


@cache
def portraits() -> FaceData:
    return load_portraits()


def picture(seed: int) -> Image.Image:
    """A drawn person of 128 pixels; each seed is another photo."""
    return Image.fromarray(portraits().images[seed * 29]).resize((128, 128))


def write_people(root: Path, save: Save) -> Path:
    """Eight people with three photos each; Ben's second photo is Anna's first, in another form."""
    for number, person in enumerate(["anna", "ben", "cleo", "dan", "eva", "finn", "gina", "hugo"]):
        (root / person).mkdir(parents=True)
        for photo in range(3):
            picture(10 * number + photo).save(root / person / f"{photo}.jpg", format="JPEG", quality=95)
    save(picture(0), root / "ben/1.jpg")
    return root


@pytest.mark.parametrize("form", FORMS)
def test_the_same_photo_under_two_people_is_named_and_voids_the_verdict(form: str, tmp_path: Path) -> None:
    data = load_data(f"folder:{write_people(tmp_path / 'faces', FORMS[form])}")
    (note,) = data.notes
    assert note.startswith("Photos that are near-copies of others") and "anna/0.jpg = ben/1.jpg" in note
    assert ": 1 (pairs: 1 all-all):" in note and "--drop-near-duplicates" in note
    people = tuple(replace(person, role="train" if i < 4 else "unseen") for i, person in enumerate(data.people))
    people = (*people[:3], replace(people[3], role="validation"), *people[4:])
    task = prepare_task(replace(with_task(data), people=people), "place")
    assert find_leaks(task.data, split_for(task, ["anna"])).sentences()[0].startswith("The verdict is void")
    assert find_leaks(task.data, split_for(task, ["cleo"])).forget_in_retain == 0


def with_task(data: FaceData) -> FaceData:
    """The data set with a task, since a folder without labels has none but the identity."""
    (task,) = small_data().tasks.values()
    labels = np.arange(len(data.images), dtype=np.int64) % len(task.classes)
    return replace(data, tasks={task.name: replace(task, labels=labels)})


def test_a_near_copy_is_left_out_on_request(tmp_path: Path) -> None:
    faces = write_people(tmp_path / "faces", FORMS["JPEG of quality 85"])
    everything, unique, distinct = (load_data(f"folder:{faces}{suffix}") for suffix in ("", "?unique", "?distinct"))
    assert [len(data.images) for data in (everything, unique, distinct)] == [24, 24, 23]
    assert [file for file in everything.files if file not in distinct.files] == ["ben/1.jpg"]
    assert distinct.notes == ("Copies and near-copies of other photos that were left out: 1.",)
    assert len(unique.notes) == 1 and unique.digest == everything.digest != distinct.digest


def test_the_command_line_lists_every_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces = write_people(tmp_path / "faces", FORMS["grey"])
    picture(0).save(faces / "hugo/0.jpg", format="JPEG", quality=95)
    assert main(["data", "--data", f"folder:{faces}"]) == 0
    said = capsys.readouterr().out
    assert "pixel for pixel: 1" in said and "grey or brighter): 1 (pairs: 2 all-all)" in said
    assert said.endswith("of each other (1 groups):\n  anna/0.jpg = ben/1.jpg = hugo/0.jpg\n")
    assert main(["data", "--data", f"folder:{faces}", "--drop-near-duplicates"]) == 0
    said = capsys.readouterr().out
    assert "left out: 2." in said and "of each other" not in said
    assert main(["data", "--data", f"folder:{faces}", "--drop-near-duplicates", "--drop-duplicates"]) == 2


def test_hidden_names_hide_the_files(tmp_path: Path) -> None:
    hidden = load_data(f"folder:{write_people(tmp_path / 'faces', FORMS['grey'])}?hidden")
    assert hidden.files == () and "ben" not in repr(hidden.notes)
    assert find_duplicates(hidden).near_names == (("person-001, photo 1", "person-002, photo 2"),)


def test_different_drawn_photos_are_no_near_copies() -> None:
    assert (portraits().first_near_copies == np.arange(len(portraits().images))).all()


def test_near_copies_among_real_photos_show_one_person() -> None:
    """Each pair at this threshold was looked at: they are the same photo."""
    folder = Path(__file__).resolve().parents[3] / "shared/data/celeba_mini"
    if not folder.is_dir():
        pytest.skip("the photos are not here")
    found = find_duplicates(load_data(f"folder:{folder}"))
    assert (found.copies, found.near_copies) == (9, 14)
    assert all(len({name.split("/")[0] for name in names}) == 1 for names in found.near_names)


def test_pictures_without_content_are_told_apart_by_their_brightness() -> None:
    shades = np.array([0, 60, 61, 200], dtype=np.uint8)[:, None, None, None]
    flat = np.broadcast_to(shades, (4, 32, 32, 3))
    assert [tuple(pair) for pair in np.transpose(near_pairs(prints_of(flat)))] == [(1, 2)]


def test_pairs_are_those_of_comparing_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against distances that imagehash computes itself, over several blocks."""
    monkeypatch.setattr(near_copies, "BLOCK", 7)
    photos = [picture(number) for number in range(12)]
    photos += [ImageOps.autocontrast(photo, cutoff=1) for photo in photos[:5]] + photos[2:4]
    images = np.stack([np.asarray(photo.resize((64, 64))) for photo in photos])
    hashes = [imagehash.phash(Image.fromarray(image), hash_size=16) for image in images]
    expected = {
        (a, b) for a in range(len(hashes)) for b in range(a + 1, len(hashes)) if hashes[a] - hashes[b] <= MAX_BITS
    }
    found = {(int(a), int(b)) for a, b in np.transpose(near_pairs(prints_of(images)))}
    assert found <= expected and len(found) >= 7
    grey = prints_of(images).grey.astype(float)
    missed = [np.sqrt(np.square(grey[a] - grey[b]).mean()) for a, b in expected - found]
    assert all(difference > near_copies.MAX_DIFFERENCE for difference in missed)
