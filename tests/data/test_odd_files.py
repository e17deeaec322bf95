"""Files as people have them: other suffixes, nested folders, links, two Unicode forms, tables of spreadsheets."""

from __future__ import annotations

import shlex
import unicodedata
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from dlfd_core.cli import main
from dlfd_core.data import decoding
from dlfd_core.data.decoding import BROKEN_LINK, EMPTY, FOREIGN, HEIC, OUTSIDE, TOO_LARGE
from dlfd_core.data.folder import load_folder
from dlfd_core.data.people import read_people_file, resolve_people
from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import prepare_task, split_for
from dlfd_core.errors import DlfdError, InvalidData, InvalidRequest, UnknownName
from dlfd_core.types import IDENTITY
from tests.data.copies import ids, labels, sentence, write_face

Form = Literal["NFC", "NFD"]
ANNA, BEN = ("anna/1.jpg", "anna/2.jpg"), ("ben/1.jpg", "ben/2.jpg")


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Anna and Ben with two photos each, in a folder of that name."""
    for seed, name in enumerate(ANNA + BEN):
        write_face(tmp_path / "faces" / name, seed)
    return tmp_path / "faces"


def reasons(data: FaceData) -> dict[str, str]:
    return {file.name: file.reason for file in data.left_out}


def with_table(folder: Path, *rows: str, encoding: str = "utf-8") -> Path:
    (folder / "labels.csv").write_text("\n".join(rows) + "\n", encoding=encoding)
    return folder


# --- suffixes and formats -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", "3.jfif 3.JPE 3.gif 3.tif 3.tiff 3.pgm 3.ppm 3.avif 3 3.x".split())
def test_a_photo_may_have_any_suffix_or_none(faces: Path, name: str) -> None:
    kinds = {".gif": "GIF", ".tif": "TIFF", ".tiff": "TIFF", ".pgm": "PPM", ".ppm": "PPM", ".avif": "AVIF"}
    picture = Image.new("L" if name.endswith("pgm") else "RGB", (20, 20), 200 if name.endswith("pgm") else (200, 9, 9))
    picture.save(faces / "ben" / name, format=kinds.get(Path(name).suffix, "JPEG"))
    data = load_folder(faces, size=8)
    assert data.left_out == () and ids(data) == ["anna", "anna", "ben", "ben", "ben"]
    assert abs(int(data.images[-1, 4, 4, 0]) - 200) < 12


def test_every_file_left_out_is_named_with_its_reason(faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (faces / "ben/phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    (faces / "ben/renamed.jpg").write_bytes(b"\0\0\0\x18ftypmif1" + bytes(40))
    (faces / "ben/empty.jpg").touch()
    (faces / "ben/half.jpg").write_bytes((faces / ANNA[0]).read_bytes()[:200])
    (faces / "ben/a\nb").write_bytes(b"words and words")
    write_face(faces / "carl/large.jpg", 9, side=100)
    monkeypatch.setattr(decoding, "MAX_PIXELS", 9_000)
    data = load_folder(faces)
    assert reasons(data) == {
        "ben/phone.heic": HEIC,
        "ben/renamed.jpg": HEIC,
        "ben/empty.jpg": EMPTY,
        "ben/half.jpg": "is damaged",
        "ben/a?b": FOREIGN,
        "carl/large.jpg": TOO_LARGE,
    }
    notes = " ".join(data.notes)
    assert all(f"{reason}: " in notes for reason in (HEIC, EMPTY, TOO_LARGE)) and "2 (ben/phone.heic, " in notes
    assert "who are missing: carl." in notes and data.skipped == 6


def test_the_command_data_lists_what_is_left_out(faces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (faces / "ben/notes.txt").touch()
    (faces / "ben/3.jpg").touch()
    assert main(["data", "--data", f"folder:{faces}"]) == 0
    printed = capsys.readouterr().out
    assert "2 people, 4 photos (2 to 2 of each)" in printed
    assert "  ben/3.jpg: is empty\n  ben/notes.txt: is no photo" in printed


def test_where_nothing_can_be_read_the_true_reason_is_given(tmp_path: Path) -> None:
    for name in ("a/1.heic", "b/1.heic"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    assert f"a/1.heic, b/1.heic: each {HEIC}" in sentence(load_folder, tmp_path)
    write_face(tmp_path / "a/2.jpg", 1)
    write_face(tmp_path / "a/3.jpg", 2)
    said = sentence(load_folder, tmp_path)
    assert "one person only, a" in said and HEIC in said


# --- folders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapping", ["all", "a/b", "images", "all/images", "images/all"])
def test_folders_around_the_people_are_skipped(faces: Path, tmp_path: Path, wrapping: str) -> None:
    outer = tmp_path / "outer"
    (outer / wrapping).parent.mkdir(parents=True)
    faces.rename(outer / wrapping)
    assert ids(load_folder(outer)) == ["anna", "anna", "ben", "ben"]


def test_a_table_may_be_one_folder_deeper(faces: Path, tmp_path: Path) -> None:
    with_table(faces, "image_path,identity", "anna/1.jpg,x", "ben/1.jpg,y")
    outer = tmp_path / "outer"
    outer.mkdir()
    faces.rename(outer / "faces")
    assert ids(load_folder(outer)) == ["x", "y"]


def test_where_people_are_deeper_the_folder_to_give_is_named(faces: Path, tmp_path: Path) -> None:
    for part in ("train", "val"):
        (tmp_path / "both" / part).mkdir(parents=True)
    faces.rename(tmp_path / "both/train/people")
    write_face(tmp_path / "both/val/people/anna/9.jpg", 9)
    said = sentence(load_folder, tmp_path / "both")
    assert f"such as {tmp_path}/both/train/people" in said or f"such as {tmp_path}/both/val/people" in said


# --- links ----------------------------------------------------------------------------------------------------------


def test_links_out_of_the_folder_are_named_or_followed(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ANNA:
        target = tmp_path / "store" / name.replace("/", "-")
        target.parent.mkdir(exist_ok=True)
        (faces / name).rename(target)
        (faces / name).symlink_to(target)
    (faces / "ben/9.jpg").symlink_to(tmp_path / "nowhere")
    said = sentence(load_folder, faces)  # only Ben is left
    assert OUTSIDE in said and "DLFD_FOLLOW_LINKS" in said
    monkeypatch.setenv("DLFD_FOLLOW_LINKS", "1")
    data = load_folder(faces)
    assert ids(data) == ["anna", "anna", "ben", "ben"] and reasons(data) == {"ben/9.jpg": BROKEN_LINK}


def test_a_folder_that_is_a_link(faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_face(tmp_path / "store/1.jpg", 7)
    (faces / "carl").symlink_to(tmp_path / "store")
    assert "is a link to a folder outside" in reasons(load_folder(faces))["carl"]
    monkeypatch.setenv("DLFD_FOLLOW_LINKS", "1")
    assert "carl" in ids(load_folder(faces))


# --- Unicode --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disk", ["NFC", "NFD"])
@pytest.mark.parametrize("table", ["NFC", "NFD", ""])
def test_both_unicode_forms_are_one_person(tmp_path: Path, disk: Form, table: Form | Literal[""]) -> None:
    name, other = "Zoë 김", "José"
    for number, person in enumerate((name, other) * 4):
        write_face(tmp_path / unicodedata.normalize(disk, person) / f"{number}.jpg", number)
    if table:
        rows = [f"{path.parent.name}/{path.name},{path.parent.name}" for path in sorted(tmp_path.rglob("*.jpg"))]
        with_table(tmp_path, "image_path,identity", *(unicodedata.normalize(table, row) for row in rows))
    write_face(tmp_path / "third/1.jpg", 50)
    data = load_folder(tmp_path)
    assert {person.id for person in data.people} - {"third"} == {name, other}
    assert [ids(data).count(person) for person in (name, other)] == [4, 4]


def test_folders_in_two_forms_are_one_person_that_any_form_names(tmp_path: Path) -> None:
    for number in range(48):
        person = unicodedata.normalize("NFD" if number % 2 else "NFC", "Zoë") if number < 16 else f"p{number % 2}"
        write_face(tmp_path / person / f"{number}.jpg", number)
    task = prepare_task(load_folder(tmp_path), IDENTITY)
    assert task.classes == ("Zoë", "p0", "p1")
    forms: tuple[Form, ...] = ("NFC", "NFD")
    for form in forms:
        assert resolve_people(task, unicodedata.normalize(form, "Zoë"), 0) == ("Zoë",)


# --- labels.csv -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        ("image_path,identity,mood", "anna\\1.jpg,a,up", "ben\\2.jpg,b,down"),
        ("image_path,identity,mood", ".\\anna\\1.jpg,a,up", "./ben/2.jpg,b,down"),
        ("image_path;identity;mood", "anna/1.jpg;a;up", "ben/2.jpg;b;down"),
        ("image_path\tidentity\tmood", "anna/1.jpg\ta\tup", "ben/2.jpg\tb\tdown"),
        ('"image_path";"identity";"mood"', '"anna/1.jpg";a;up', "ben/2.jpg;b;down"),
        ("Image_Path,Identity,mood", "anna/1.jpg,a,up", "ben/2.jpg,b,down"),
        ("image_path,identity,mood", "Anna/1.JPG,a,up", "ben/2.jpeg,b,down"),
        ("image_path,identity,mood,note", "anna/1.jpg,a,up,", 'ben/2.jpg,b,down,"one; two"'),
        ("image_path;identity;mood;note", "anna/1.jpg;a;up;", "ben/2.jpg;b;down;x|y"),
    ],
)
def test_tables_as_spreadsheets_write_them(faces: Path, rows: tuple[str, ...]) -> None:
    if "ben/2.jpeg" in rows[-1]:
        (faces / "ben/2.jpg").rename(faces / "ben/2.JPEG")
    data = load_folder(with_table(faces, *rows), size=16)
    assert ids(data) == ["a", "b"] and labels(data, "mood") == ["up", "down"] and list(data.tasks) == ["mood"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("x", ""), "gives ben/1.jpg no note; fill in every cell"),
        (("x|y", "x"), "several labels in one cell (x|y)"),
        (("x", "x;y"), "several labels in one cell (x;y)"),
        (("x", "x"), "the single value 'x'"),
    ],
)
def test_a_column_that_is_no_task_is_refused_only_as_a_task(faces: Path, cells: tuple[str, str], words: str) -> None:
    rows = [f'{name}/1.jpg,{name},"{cell}",{name[0]}' for name, cell in zip(("anna", "ben"), cells, strict=True)]
    data = load_folder(with_table(faces, "image_path,identity,note,mood", *rows))
    assert list(data.tasks) == ["mood"] and words in " ".join(data.notes)
    with pytest.raises(InvalidData) as caught:
        prepare_task(data, "note")
    assert words in str(caught.value)


def test_names_that_differ_in_case_only_are_not_guessed(faces: Path) -> None:
    write_face(faces / "anna/1.JPG", 8)
    if len(list((faces / "anna").iterdir())) < 3:
        pytest.skip("this file system ignores case")
    assert ids(load_folder(with_table(faces, "image_path,identity", "anna/1.JPG,a", "ben/1.jpg,b"))) == ["a", "b"]
    said = sentence(load_folder, with_table(faces, "image_path,identity", "anna/1.Jpg,a", "ben/1.jpg,b"))
    assert "fits several files (1.JPG, 1.jpg)" in said


def test_a_path_of_another_machine_is_outside(faces: Path) -> None:
    for path in ("C:\\faces\\anna\\1.jpg", "\\\\server\\anna\\1.jpg", "..\\x.jpg"):
        said = sentence(load_folder, with_table(faces, "image_path,identity", f"{path},a", "ben/1.jpg,b"))
        assert "outside the folder" in said


@pytest.mark.parametrize("date", ["12-Jul", "Jul-12", "12. Jul", "7/12/2026", "2026-07-12", "07.12.26", "7월 12일"])
def test_classes_that_look_like_dates_are_noted(faces: Path, date: str) -> None:
    rows = ("image_path,identity,age", f"anna/1.jpg,a,{date}", "ben/1.jpg,b,20-30")
    data = load_folder(with_table(faces, *rows))
    assert date in data.tasks["age"].classes
    assert any(f"Classes of age look like dates ({date})" in note for note in data.notes)
    assert "20-30" not in " ".join(data.notes)


# --- names of people ------------------------------------------------------------------------------------------------

NAMES = ("Smith, John", "random:2", "set:all", 'Ann "Bo" Lee', "O'Brien", "plain")


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    """Six people with hard names and four photos each."""
    folder = tmp_path_factory.mktemp("named")
    for number, name in enumerate(NAMES):
        for photo in range(14):
            write_face(folder / name / f"{photo}.jpg", 20 * number + photo)
    return load_folder(folder)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Smith, John", ["Smith, John"]),
        ('"Smith, John",plain', ["Smith, John", "plain"]),
        ('plain, "Smith, John"', ["Smith, John", "plain"]),
        ("random:2", ["random:2"]),
        ("random:2,plain", ["plain", "random:2"]),
        ("set:all", ["set:all"]),
        ('Ann "Bo" Lee', ['Ann "Bo" Lee']),
        ("O'Brien,plain", ["O'Brien", "plain"]),
    ],
)
def test_anybody_can_be_named(named: FaceData, text: str, people: list[str]) -> None:
    from dlfd_core.types import IDENTITY, ForgetRequest
    from dlfd_core.types.command import command

    task = prepare_task(named, IDENTITY)
    assert resolve_people(task, text, 0) == tuple(people)
    line = shlex.split(command(ForgetRequest(tuple(people))))
    assert resolve_people(task, line[line.index("--people") + 1], 0) == tuple(people)


def test_a_draw_is_still_drawn_where_a_person_looks_like_another(named: FaceData) -> None:
    assert len(resolve_people(prepare_task(named, IDENTITY), "random:3", 0)) == 3


def test_a_name_that_is_not_closed(named: FaceData) -> None:
    with pytest.raises(InvalidRequest, match="close each quotation mark"):
        resolve_people(prepare_task(named, IDENTITY), '"Smith, John', 0)
    with pytest.raises(UnknownName, match="'John'"):
        resolve_people(prepare_task(named, IDENTITY), "Smith, John,plain", 0)


def test_a_file_of_people_has_no_keywords(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("\ufeffSmith, John\r\n\n random:2 \n" + unicodedata.normalize("NFD", "Zoë") + "\n", "utf-8")
    assert read_people_file(file) == ["Smith, John", "random:2", "Zoë"]


# --- small sets are refused before anything is trained ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "photos", "forgotten", "task"),
    [(6, 6, 1, "identity"), (4, 4, 2, "identity"), (2, 9, 1, "identity"), (5, 9, 1, "mood"), (6, 1, 1, "mood")],
)
def test_too_small_sets_are_refused_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    people: int,
    photos: int,
    forgotten: int,
    task: str,
) -> None:
    monkeypatch.setattr("dlfd_core.runs.workbench.train_original", lambda *given: pytest.fail("trained"))
    rows = ["image_path,identity,mood"]
    for person in range(people):
        for photo in range(photos):
            write_face(tmp_path / f"p{person}/{photo}.jpg", 100 * person + photo)
            rows.append(f"p{person}/{photo}.jpg,p{person},{'up' if (person + photo) % 2 else 'down'}")
    if task == "mood":
        with_table(tmp_path, *rows)
    asked = ["forget", "--data", f"folder:{tmp_path}", "--task", task, "--people", f"random:{forgotten}"]
    assert main(asked) == 2
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and "Traceback" not in said and said.endswith("."), said


def test_a_small_set_that_is_enough_is_accepted(tmp_path: Path) -> None:
    for person in range(6):
        for photo in range(6):
            write_face(tmp_path / f"p{person}/{photo}.jpg", 100 * person + photo)
    task = prepare_task(load_folder(tmp_path), IDENTITY)
    assert len(split_for(task, ["p0", "p1"]).forget) == 6
    with pytest.raises(DlfdError, match="Pick more people"):
        split_for(task, ["p0"])


def test_pixels_of_a_grey_tiff_keep_their_brightness(faces: Path) -> None:
    Image.fromarray(np.full((20, 20), 128 * 256, np.uint16)).save(faces / "ben/3.tif")
    assert abs(int(load_folder(faces, size=8).images[-1, 4, 4, 0]) - 128) < 3
