"""The folder data set: small data sets in exactly the accepted formats, and every fault a user can make."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlfd_core.data import decoding, listing, tables
from dlfd_core.data.folder import load_folder
from dlfd_core.errors import InvalidData, RunCancelled

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 200, 30), (30, 30, 200), (255, 255, 255)
HEADER = "image_path,identity,age_group\n"


def write_photo(path: Path, colour: tuple[int, ...] = RED, size: tuple[int, int] = (40, 40), **options: Any) -> Path:
    """Write a photo of one colour; the suffix sets the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **options)
    return path


@pytest.fixture
def two_people(tmp_path: Path) -> Path:
    """``anna/1.png, anna/2.png, ben/1.png`` under ``photos``; red, green, blue."""
    root = tmp_path / "photos"
    write_photo(root / "anna/1.png", RED)
    write_photo(root / "anna/2.png", GREEN)
    write_photo(root / "ben/1.png", BLUE)
    return root


def with_labels(root: Path, text: str) -> Path:
    (root / "labels.csv").write_text(text, encoding="utf-8")
    return root


def sentence(root: Path) -> str:
    """The error message of a refused folder: one line with a capital letter first and a full stop last."""
    with pytest.raises(InvalidData) as caught:
        load_folder(root)
    message = str(caught.value)
    assert "\n" not in message and message.endswith("."), message
    assert ";" in message, f"says what is wrong but not what to do: {message}"
    return message


# --- what is read ---------------------------------------------------------------------------------------------------


def test_a_person_is_a_folder(two_people: Path) -> None:
    data = load_folder(two_people, size=16)
    assert [(person.id, person.name, person.role) for person in data.people] == [
        ("anna", "anna", None),
        ("ben", "ben", None),
    ]
    assert data.person.tolist() == [0, 0, 1] and data.person.dtype == np.int64
    assert data.images.shape == (3, 16, 16, 3) and data.images.dtype == np.uint8
    assert [tuple(image[8, 8]) for image in data.images] == [RED, GREEN, BLUE]
    assert (data.name, data.title, data.skipped, data.tasks) == ("folder", "photos", 0, {})
    assert data.faces is not None and data.faces.shape == (2, 128, 128, 3)
    assert [tuple(face[64, 64]) for face in data.faces] == [RED, BLUE]


def test_photos_may_stand_in_images(two_people: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    two_people.rename(outer / "images")
    write_photo(outer / "elsewhere/1.png")
    assert [person.id for person in load_folder(outer).people] == ["anna", "ben"]


def test_each_label_column_is_a_task(two_people: Path) -> None:
    table = (
        HEADER.replace("age_group", "age_group,mood") + "ben/1.png,7,10,sad\nanna/2.png,3,9,happy\nanna/1.png,3,9,sad\n"
    )
    data = load_folder(with_labels(two_people, table), size=16)
    assert [person.id for person in data.people] == ["3", "7"]
    assert [tuple(image[8, 8]) for image in data.images] == [RED, GREEN, BLUE]  # by person, then by file
    age, mood = data.tasks["age_group"], data.tasks["mood"]
    assert (age.title, age.classes, age.labels.tolist()) == ("Age group", ("9", "10"), [0, 0, 1])  # numbers by size
    assert (mood.title, mood.classes, mood.labels.tolist()) == ("Mood", ("happy", "sad"), [1, 0, 1])
    assert age.labels.dtype == np.int64
    assert data.people[0].attributes == {"Age group": "9"}  # Anna's photos have different moods
    assert data.people[1].attributes == {"Age group": "10", "Mood": "sad"}


def test_identity_in_the_table_stands_above_the_folders(two_people: Path) -> None:
    data = load_folder(with_labels(two_people, "image_path,identity\nanna/1.png,x\nanna/2.png,y\nben/1.png,x\n"))
    assert [person.id for person in data.people] == ["x", "y"]
    assert data.person.tolist() == [0, 0, 1] and data.tasks == {}


def test_photos_the_table_does_not_list_are_left_out(two_people: Path) -> None:
    data = load_folder(with_labels(two_people, HEADER + "anna/1.png,a,old\nben/1.png,b,young\n"))
    assert len(data.images) == 2 and data.skipped == 0


def test_paths_in_the_table_may_begin_with_images(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_photo(tmp_path / f"images/{name}/1.png")
    with_labels(tmp_path, "image_path,identity\nimages/a/1.png,a\nb/1.png,b\n")
    assert len(load_folder(tmp_path).images) == 2


def test_a_table_from_a_spreadsheet_is_read(two_people: Path) -> None:
    """Byte order mark, quotes, blanks around cells, carriage returns and an empty last line."""
    text = '\ufeffimage_path, identity ,group\r\n"anna/1.png", Anna ,"x, y"\r\nben/1.png,Ben,z\r\n,,\r\n\r\n'
    (two_people / "labels.csv").write_bytes(text.encode())
    data = load_folder(two_people)
    assert [person.id for person in data.people] == ["Anna", "Ben"]
    assert data.tasks["group"].classes == ("x, y", "z")


def test_columns_that_are_no_task_are_ignored(tmp_path: Path) -> None:
    rows = ["image_path,identity,camera,note,eyes"]
    for i in range(51):
        write_photo(tmp_path / f"p{i}/1.bmp")
        rows.append(f"p{i}/1.bmp,p{i},one,note {i},{'blue' if i else 'green'}")
    assert list(load_folder(with_labels(tmp_path, "\n".join(rows))).tasks) == ["eyes"]


@pytest.mark.parametrize("suffix", [".jpg", ".JPEG", ".png", ".webp", ".bmp"])
def test_all_formats(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        write_photo(tmp_path / f"{name}/photo{suffix}", GREEN)
    colour = load_folder(tmp_path).images[0, 32, 32].astype(int)
    assert np.abs(colour - GREEN).max() <= 8  # lossy formats


def test_crops_the_centre_and_shrinks_without_aliasing(tmp_path: Path) -> None:
    wide = np.zeros((64, 128, 3), np.uint8)
    wide[:, :32], wide[:, 96:] = RED, BLUE  # outside the central square
    wide[::2, 32:96] = 255  # lines of one pixel: every second one, so the mean is grey
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(wide).save(tmp_path / name / "1.png")
    image = load_folder(tmp_path, size=16).images[0].astype(int)
    assert np.abs(image[2:-2] - 127).max() <= 12


def test_turns_photos_upright(tmp_path: Path) -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, :20] = WHITE  # white on the left; stored so that it has to be turned clockwise by a quarter
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / "1.png", exif=exif)
    image = load_folder(tmp_path, size=16).images[0]
    assert image[:6].min() == 255 and image[-6:].max() == 0  # white on top


def test_unusual_pixels(tmp_path: Path) -> None:
    """Transparent is white, 16-bit grey keeps its brightness, palettes and CMYK become RGB."""
    shapes = {
        "clear": Image.new("RGBA", (20, 20), (0, 0, 0, 0)),
        "deep": Image.fromarray(np.full((20, 20), 128 * 256, np.uint16)),
        "palette": Image.new("RGB", (20, 20), BLUE).quantize(4),
    }
    for name, image in shapes.items():
        (tmp_path / name).mkdir()
        image.save(tmp_path / name / "1.png")
    (tmp_path / "print").mkdir()
    Image.new("CMYK", (20, 20), (0, 0, 0, 255)).save(tmp_path / "print" / "1.jpg")
    data = load_folder(tmp_path, size=8)
    colours = {person.id: data.images[i, 4, 4].astype(int) for i, person in enumerate(data.people)}
    expected = {"clear": WHITE, "deep": (128, 128, 128), "palette": BLUE, "print": (0, 0, 0)}
    for name, colour in expected.items():
        assert np.abs(colours[name] - colour).max() <= 3, name


def test_progress_reaches_the_end_and_may_stop_the_reading(two_people: Path) -> None:
    seen: list[tuple[int, int]] = []
    load_folder(two_people, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 3)]

    def stop(done: int, total: int) -> None:
        raise RunCancelled("Stopped.")

    with pytest.raises(RunCancelled):
        load_folder(two_people, progress=stop)


def test_the_digest_names_the_data(two_people: Path) -> None:
    table = HEADER + "anna/1.png,a,old\nanna/2.png,a,young\nben/1.png,b,young\n"
    digests = [load_folder(two_people).digest, load_folder(with_labels(two_people, table)).digest]
    assert load_folder(two_people).digest == digests[-1]
    digests.append(load_folder(with_labels(two_people, table.replace("1.png,a,old", "1.png,a,young"))).digest)
    digests.append(load_folder(with_labels(two_people, table.replace(",b,", ",c,"))).digest)
    write_photo(two_people / "ben/1.png", WHITE)
    digests.append(load_folder(two_people).digest)
    assert len(set(digests)) == 5 and all(len(digest) == 64 for digest in digests)


# --- what is passed over --------------------------------------------------------------------------------------------


def test_hidden_and_foreign_files_are_ignored(two_people: Path) -> None:
    write_photo(two_people / ".hidden/1.png")
    write_photo(two_people / "anna/._1.png")
    write_photo(two_people / "__MACOSX/1.png")
    write_photo(two_people / "anna/deeper/1.png")
    write_photo(two_people / "loose.png")
    (two_people / "anna/notes.txt").write_text("no photo")
    (two_people / "anna/folder.png").mkdir()
    (two_people / "Thumbs.db").touch()
    data = load_folder(two_people)
    assert len(data.images) == 3 and data.skipped == 0
    assert {file.name: file.reason for file in data.left_out} == {
        "anna/deeper/1.png": listing.DEEPER,
        "anna/notes.txt": listing.NO_PHOTO,
        "loose.png": listing.LOOSE,
    }


def test_damaged_photos_are_skipped_and_counted(two_people: Path) -> None:
    whole = write_photo(two_people / "anna/3.jpg", size=(200, 200), quality=95).read_bytes()
    (two_people / "anna/3.jpg").write_bytes(whole[: len(whole) // 2])
    (two_people / "anna/0.png").write_bytes(b"not a photo")
    (two_people / "carl").mkdir()
    (two_people / "carl/1.png").touch()
    data = load_folder(two_people)
    assert data.skipped == 3 and [person.id for person in data.people] == ["anna", "ben"]
    assert data.faces is not None and tuple(data.faces[0, 64, 64]) == RED  # the first readable one


def test_other_formats_are_skipped_whatever_their_name(two_people: Path) -> None:
    Image.new("RGB", (20, 20)).save(two_people / "ben/2.png", format="ICO")
    Image.new("RGB", (20, 20)).save(two_people / "ben/3.jpg", format="PCX")
    assert load_folder(two_people).skipped == 2


def test_photos_of_too_many_pixels_are_skipped(two_people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photo(two_people / "ben/2.png", size=(101, 100))
    write_photo(two_people / "ben/3.png", size=(100, 100))
    monkeypatch.setattr(decoding, "MAX_PIXELS", 10_000)
    assert load_folder(two_people).skipped == 1


def test_a_bomb_is_skipped(two_people: Path) -> None:
    """The header of a PNG that claims 30,000 x 30,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    (two_people / "ben/2.png").write_bytes(bomb)
    assert load_folder(two_people).skipped == 1


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links on this system")
def test_links_may_not_leave_the_folder(two_people: Path, tmp_path: Path) -> None:
    secret = write_photo(tmp_path / "secret/1.png", WHITE)
    (two_people / "anna/9.png").symlink_to(secret)
    (two_people / "dora").symlink_to(secret.parent)
    (two_people / "ben/9.png").symlink_to(two_people / "ben/1.png")
    data = load_folder(two_people, size=16)
    assert data.skipped == 1 and len(data.images) == 4
    assert not (data.images == 255).all(axis=(1, 2, 3)).any()


def test_a_linked_table_or_image_folder_may_not_leave_the_folder(two_people: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write_photo(outside / "x/1.png")
    (two_people / "images").symlink_to(outside)
    assert [person.id for person in load_folder(two_people).people] == ["anna", "ben"]
    with_labels(outside, HEADER)
    (two_people / "labels.csv").symlink_to(outside / "labels.csv")
    assert "leaves the folder" in sentence(two_people)


# --- what is turned down --------------------------------------------------------------------------------------------


def test_no_such_folder(tmp_path: Path) -> None:
    assert "There is no folder" in sentence(tmp_path / "nowhere")
    assert "There is no folder" in sentence(tmp_path / ("long" * 100))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "faces.zip").touch()
    assert "faces.zip is a file" in sentence(tmp_path / "faces.zip")


def test_nothing_in_it(tmp_path: Path) -> None:
    assert "holds no photos" in sentence(tmp_path)
    write_photo(tmp_path / "loose.png")
    assert "one folder per person" in sentence(tmp_path)


def test_nothing_readable(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"?")
    assert "None of the 2 photos" in sentence(tmp_path)


def test_a_single_photo_or_person(tmp_path: Path) -> None:
    write_photo(tmp_path / "anna/1.png")
    assert "one readable photo" in sentence(tmp_path)
    write_photo(tmp_path / "anna/2.png")
    assert "one person only, anna" in sentence(tmp_path)


@pytest.mark.parametrize("listed", [False, True])
def test_too_many_photos(two_people: Path, monkeypatch: pytest.MonkeyPatch, listed: bool) -> None:
    assert listing.MAX_PHOTOS == 100_000
    monkeypatch.setattr(listing, "MAX_PHOTOS", 2)
    if listed:
        with_labels(two_people, HEADER + "anna/1.png,a,x\nanna/2.png,a,x\nben/1.png,b,y\n")
    assert "more than 2 photos" in sentence(two_people)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param("", "no column image_path", id="empty file"),
        pytest.param("path,identity\nanna/1.png,a\n", "no column image_path", id="no path column"),
        pytest.param("image_path,person\nanna/1.png,a\n", "no column identity", id="no identity column"),
        pytest.param("image_path:identity\nanna/1.png:a\n", "no column image_path", id="colons"),
        pytest.param(HEADER, "holds no photos", id="header only"),
        pytest.param(
            "image_path,identity,a,a\nanna/1.png,a,1,1\n", "two columns of the same name", id="same column twice"
        ),
        pytest.param(
            HEADER + "anna/1.png,a,x\nanna/5.png,a,x\nanna/6.png,a,x\n", "anna/5.png (line 3)", id="no such file"
        ),
        pytest.param(HEADER + "anna,a,x\n", "no such file", id="a folder"),
        pytest.param(HEADER + "x" * 5000 + ",a,x\n", "no such file", id="endless name"),
        pytest.param(HEADER + "../secret.png,a,x\n", "outside the folder", id="parent folder"),
        pytest.param(HEADER + "/etc/passwd,a,x\n", "outside the folder", id="absolute path"),
        pytest.param(HEADER + ",a,x\n", "Line 2 of labels.csv has no image_path", id="empty path"),
        pytest.param(HEADER + "anna/1.png,,x\n", "Line 2 of labels.csv has no identity", id="empty identity"),
        pytest.param(HEADER + "anna/1.png,a\n", "Line 2 of labels.csv has 2 cells", id="short line"),
        pytest.param(HEADER + "anna/1.png,a,x,y\n", "Line 2 of labels.csv has 4 cells", id="long line"),
        pytest.param(HEADER + "anna/1.png,a,x\nanna//./1.png,b,x\n", "twice (lines 2 and 3)", id="listed twice"),
        pytest.param(HEADER + "anna/1.png,a\x07,x\n", "cannot be shown", id="control character"),
        pytest.param(HEADER + "anna/1.png,a,x\0\n", "cannot be shown", id="NUL"),
        pytest.param(
            HEADER + f"anna/1.png,a,{'x' * 200_000}\n", "cannot be read as comma-separated", id="endless cell"
        ),
    ],
)
def test_bad_tables(two_people: Path, table: str, expected: str) -> None:
    assert expected in sentence(with_labels(two_people, table))


def test_a_table_in_another_encoding(two_people: Path) -> None:
    table = HEADER + "anna/1.png,Jürgen,x\nanna/2.png,Jürgen,y\nben/1.png,b,x\n"
    (two_people / "labels.csv").write_bytes(table.encode("latin-1"))
    assert "labels.csv is not UTF-8 text (line 2 looks like Latin-1" in sentence(two_people)
    for encoding in ("utf-16", "utf-16-be"):  # with and without a byte order mark
        (two_people / "labels.csv").write_bytes(table.encode(encoding))
        assert "labels.csv is UTF-16, not UTF-8 text" in sentence(two_people)
    for encoding in ("utf-8", "utf-8-sig"):
        (two_people / "labels.csv").write_bytes(table.encode(encoding))
        assert [person.id for person in load_folder(two_people).people] == ["Jürgen", "b"]


def test_a_table_of_endless_size(two_people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_BYTES", 10)
    assert "labels.csv is larger than" in sentence(with_labels(two_people, HEADER))


def test_a_folder_name_that_cannot_be_shown(two_people: Path) -> None:
    write_photo(two_people / "new\nline/1.png")
    assert "cannot be shown" in sentence(two_people)
