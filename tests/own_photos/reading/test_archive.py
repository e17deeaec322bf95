"""The zip reader: accepted files, and the sentence for faulty and malicious ones."""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.archive import Upload, read_files, read_zip
from dlfd_core.own_photos.reading.limits import LIMITS
from tests.own_photos.reading.hostile import END, RawZip, noise, photo, zipped

RED, BLUE = photo(), photo((40, 40, 200))
SMALL = replace(LIMITS, entry_bytes=30_000, total_bytes=60_000, zip_bytes=100_000, entries=8, ratio_from=1_000)


def refused(content: bytes, limits: object = LIMITS) -> str:
    """The error message for a zip that is refused as a whole."""
    with pytest.raises(InvalidData) as caught:
        read_zip(content, limits)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message and message.endswith("."), message
    return message


def skipped(sent: Upload) -> dict[str, str]:
    for one in sent.skipped:
        assert "\n" not in one.sentence and one.sentence.endswith(".") and one.sentence.count(". ") == 0, one
    return {one.name: one.sentence for one in sent.skipped}


def beside(archive: RawZip) -> Upload:
    """The zip with one more good photo, which must always be read."""
    sent = read_zip(archive.add(b"Good/1.png", BLUE).end())
    assert ("Good", BLUE) in [(one.person, one.content) for one in sent.photos]
    return sent


def only_reason(archive: RawZip) -> str:
    sent = beside(archive)
    assert [one.person for one in sent.photos] == ["Good"]
    (reason,) = skipped(sent).values()
    return reason


# --- what is taken --------------------------------------------------------------------------------------------------


def test_a_folder_is_a_person() -> None:
    sent = read_zip(zipped({"Ben/1.png": RED, "Anna/deep/2.png": BLUE, "Anna/1.jpg": photo(kind="JPEG")}))
    assert [(one.person, one.name) for one in sent.photos] == [
        ("Anna", "Anna/1.jpg"), ("Anna", "Anna/deep/2.png"), ("Ben", "Ben/1.png"),
    ]  # fmt: skip
    assert sent.skipped == () and sent.photos[1].content == BLUE


def test_the_order_does_not_depend_on_the_zip() -> None:
    files = {f"P{i % 3}/{i}.png": noise(40, i) for i in range(9)}
    assert read_zip(zipped(files)) == read_zip(zipped(dict(reversed(files.items()))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_every_format_whatever_its_name(kind: str) -> None:
    assert len(read_zip(zipped({"Anna/photo.txt": photo(kind=kind)})).photos) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_from_a_file(tmp_path: Path, method: int) -> None:
    path = tmp_path / "photos.zip"
    path.write_bytes(zipped({"Anna/1.png": RED}, method))
    assert read_zip(path) == read_zip(zipped({"Anna/1.png": RED}))
    assert [p.name for p in tmp_path.iterdir()] == ["photos.zip"]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="not there any more"):
        read_zip(tmp_path / "gone.zip")


def test_folders_around_all_are_looked_through() -> None:
    sent = read_zip(zipped({"holiday/faces/Anna/1.png": RED, "holiday/faces/Ben/1.png": BLUE}))
    assert [one.person for one in sent.photos] == ["Anna", "Ben"]


def test_one_folder_alone_is_the_person() -> None:
    assert [one.person for one in read_zip(zipped({"Anna/1.png": RED})).photos] == ["Anna"]


def test_files_in_no_folder_go_by_their_names() -> None:
    names = {"anna_1.png": "anna", "anna 2.png": "anna", "Ben-03.png": "Ben", "IMG_2041.png": "Me", "0001.png": "Me"}
    sent = read_zip(zipped({name: noise(40, i) for i, name in enumerate(names)}))
    assert {one.name: one.person for one in sent.photos} == names


def test_junk_and_folders_are_ignored_without_a_word() -> None:
    junk = ["__MACOSX/Anna/._1.png", "Anna/.DS_Store", "Thumbs.db", "Anna/desktop.ini", "Anna/._2.png", "Empty/"]
    sent = read_zip(zipped({name: b"" if name.endswith("/") else b"x" for name in junk} | {"Anna/1.png": RED}))
    assert len(sent.photos) == 1 and sent.skipped == ()


def test_single_files() -> None:
    sent = read_files([("/tmp/x/anna_1.png", RED), ("C:\\me\\anna_2.png", BLUE), ("a.gif", b"GIF89a"), ("a.gif", b"")])
    assert [(one.person, one.name) for one in sent.photos] == [("anna", "anna_1.png"), ("anna", "anna_2.png")]
    assert [one.sentence[:16] for one in sent.skipped] == ["The file is empt", "This is a GIF; s"]
    assert {one.person for one in read_files([("1.png", RED), ("2.png", BLUE)], "Zoë").photos} == {"Zoë"}


def test_single_files_have_the_same_limits() -> None:
    sent = read_files([("1.png", RED), ("1.png", BLUE), ("2.png", noise(128))], "A", SMALL)
    assert len(sent.photos) == 1
    assert [one.sentence[:12] for one in sent.skipped] == ["There is ano", "It has more "]
    with pytest.raises(InvalidData, match="more than 8 files"):
        read_files([(f"{i}.png", RED) for i in range(9)], "A", SMALL)
    with pytest.raises(InvalidData, match="more than 0 MB in all"):
        read_files([(f"{i}.png", noise(90, i)) for i in range(5)], "A", SMALL)


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Jose\u0301", "José"),
        ("A\u202egnp.exe", "Agnp.exe"),
        ("A\u2066b\u200bc\ufeff", "Abc"),
        ("new\nline\ttab\x1b[31m", "new line tab[31m"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("Z" + "\u0335" * 50 + "a", "Z\u0335\u0335a"),
        ("x" * 90, "x" * 39 + "…"),
        ("\u200b", "Me"),
        ("李小龙", "李小龙"),
        ("محمد", "محمد"),
        ("👩", "👩"),
    ],
)
def test_names_become_harmless_text(written: str, shown: str) -> None:
    assert [one.person for one in read_zip(zipped({f"{written}/1.png": RED})).photos] == [shown]


def test_folders_that_are_the_same_text_are_the_same_person() -> None:
    sent = read_zip(zipped({"Zoe\u0308/1.png": RED, unicodedata.normalize("NFC", "Zoe\u0308") + "/2.png": BLUE}))
    assert {one.person for one in sent.photos} == {"Zoë"} and len(sent.photos) == 2


def test_utf8_names_without_the_mark_are_read_as_macos_writes_them() -> None:
    sent = read_zip(RawZip().add("Zoë/1.png".encode(), RED).end())
    assert sent.photos[0].person == "Zoë"


def test_names_in_the_old_code_page() -> None:
    assert read_zip(RawZip().add("Zoë/1.png".encode("cp437"), RED).end()).photos[0].person == "Zoë"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("cp949", ("김철수/사진 1.jpg", "이영희/사진 2.jpg")),
        ("cp949", ("뷁/1.jpg", "철수/2.jpg", "영희/뷁뷁.jpg")),
        ("cp932", ("花子/写真1.jpg", "太郎/写真2.jpg")),
        ("cp932", ("さくら/1.jpg", "ケン/2.jpg")),
        ("gbk", ("王小明/照片1.jpg", "李雷/照片2.jpg")),
        ("cp437", ("Zoë/1.jpg", "Müller/2.jpg")),
        ("cp437", ("Ünal Özdemir/é.jpg", "Señor Núñez/1.jpg")),
        ("cp437", ("Ann/1.jpg", "Ben/2.jpg")),
    ],
)
def test_names_in_the_code_page_of_a_windows(page: str, names: tuple[str, ...]) -> None:
    archive = RawZip()
    for name in names:
        archive.add(name.encode(page), RED)
    assert {one.name for one in read_zip(archive.end()).photos} == set(names)


def test_a_name_in_the_field_of_info_zip() -> None:
    """As 7-Zip and WinZip write it beside a name in the code page; of a name that was changed it is not used."""
    for written, person in ((b"anna?/1.png", "안나"), (b"other/1.png", "other")):
        field = b"\1" + struct.pack("<L", zlib.crc32(b"anna?/1.png")) + "안나/1.png".encode()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            info = zipfile.ZipInfo(written.decode())
            info.extra = struct.pack("<2H", 0x7075, len(field)) + field
            archive.writestr(info, RED)
        assert [one.person for one in read_zip(out.getvalue()).photos] == [person]


def test_folders_as_old_programs_of_windows_write_them() -> None:
    archive = RawZip().add(b"anna\\1.jpg", RED).add(b"trip\\ben\\2.jpg", BLUE)
    assert {(one.person, one.name) for one in read_zip(archive.end()).photos} == {
        ("anna", "anna/1.jpg"), ("trip", "trip/ben/2.jpg"),
    }  # fmt: skip


def test_a_name_that_says_utf8_and_is_not() -> None:
    content = RawZip().add(b"A/\xff\xfe.png", RED, flags=0x800).end()
    assert refused(content).startswith("A file name in the zip cannot be read")


def test_a_colon_that_is_no_drive() -> None:
    assert len(read_zip(zipped({"Anna 12:30/1.png": RED})).photos) == 1


# --- files that are skipped -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../x.png",
        "A/../../x.png",
        "/etc/x.png",
        "C:/x.png",
        "C:x.png",
        "..\\x.png",
        "A\\..\\..\\1.png",
        "\\1.png",
        "\\\\host\\x.png",
        "A/..",
    ],
)
def test_paths_that_lead_outside(name: str) -> None:
    assert only_reason(RawZip().add(name.encode(), RED)).startswith("Its path leads out of the zip")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("A/b/", "It is named as a folder but holds data"),
        ("A//1.png", "Its name is malformed"),
        (".", "Its name is malformed"),
        ("", "Its name is malformed"),
        ("a/" * 9 + "1.png", "It lies more than 8 folders deep"),
        ("a" * 301, "Its name has more than 300 characters"),
    ],
)
def test_malformed_paths(name: str, start: str) -> None:
    assert only_reason(RawZip().add(name.encode(), RED)).startswith(start)


def test_a_name_with_a_nul() -> None:
    assert only_reason(RawZip().add(b"A/1.png\0.exe", RED)).startswith("Its name is malformed")


@pytest.mark.parametrize(
    ("mode", "start"),
    [
        (stat.S_IFLNK | 0o777, "It is a link"),
        (stat.S_IFCHR | 0o666, "It is a device"),
        (stat.S_IFBLK | 0o666, "It is a device"),
        (stat.S_IFIFO | 0o666, "It is a device"),
        (stat.S_IFSOCK | 0o666, "It is a device"),
    ],
)
def test_what_is_no_ordinary_file(mode: int, start: str) -> None:
    assert only_reason(RawZip().add(b"A/1.png", RED, mode=mode)).startswith(start)


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (zipped({"x": b"y"}), "This is an archive inside the zip"),
        (b"\x1f\x8b\x08", "This is an archive"),
        (b"7z\xbc\xaf\x27\x1c", "This is an archive"),
        (b"Rar!\x1a\x07", "This is an archive"),
        (bytes(257) + b"ustar\0", "This is an archive"),
        (b"GIF89a<script>", "This is a GIF"),
        (b"II*\0rest", "This is a TIFF"),
        (b"MM\0*rest", "This is a TIFF"),
        (b"\0\0\0\x18ftypheic", "This is a HEIC"),
        (b"\0\0\0\x18ftypavif", "This is a HEIC or AVIF"),
        (b"\0\0\0\x14ftypqt  ", "This is a video"),
        (b"\0\0\0\x18ftypmp42", "This is a video"),
        (b"\0\0\0\x18ftyp3gp5", "This is a video"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "This is a video"),
        (b"\0\0\0\x18ftypmp42" + bytes(17_000_000), "This is a video"),
        (b"RIFF\0\0\0\0AVI LIST", "This is a video"),
        (b"\x1aE\xdf\xa3", "This is a video"),
        (b"\0\0\0\x18ftypcrx ", "This is a raw photo"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN">', "This is a side file"),
        (b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>", "This is a side file"),
        (b'{\n  "title": "IMG_1.jpg"', "This is a side file"),
        (b"bplist00", "This is a side file"),
        (b"<?xml version='1.0'?><svg/>", "This is SVG"),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", "This is SVG"),
        (b"%PDF-1.7", "This is a PDF"),
        (b"MZ\x90", "This is a program"),
        (b"\x7fELF", "This is a program"),
        (b"#!/bin/sh", "This is a program"),
        (b"hello", "This is not a photo"),
        (b"RIFF\0\0\0\0WAVE", "This is not a photo"),
        (b"", "The file is empty"),
    ],
)
def test_wrong_types_whatever_their_name(content: bytes, start: str) -> None:
    assert only_reason(RawZip().add(b"A/photo.jpg", content)).startswith(start)


def test_a_password() -> None:
    assert only_reason(RawZip().add(b"A/1.png", RED, flags=1)).startswith("It is locked with a password")


@pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 95, 99, 65535])
def test_unusual_methods(method: int) -> None:
    reason = only_reason(RawZip().add(b"A/1.png", RED, method=method, packed=RED))
    assert reason.startswith("It is packed in an unusual way")


def test_real_bzip2_and_lzma_are_not_unpacked() -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "packed in an unusual way" in refused(zipped({"A/1.png": RED}, method))


@pytest.mark.parametrize(
    "lie",
    [
        {"crc": 1},
        {"size": len(RED) - 1},
        {"size": len(RED) + 1},
        {"packed": b"\xff" * 40},
        {"packed": zlib.compress(RED, wbits=-15)[:-9]},
        {"local_name": b"B/1.png"},
        {"flags": 0x20},
    ],
    ids=lambda lie: "-".join(lie),
)
def test_headers_that_lie(lie: dict) -> None:
    assert only_reason(RawZip().add(b"A/1.png", RED, **lie)).startswith("It is damaged inside the zip")


def test_the_same_name_twice() -> None:
    sent = beside(RawZip().add(b"A/1.png", RED).add(b"A/1.png", BLUE).add(b"A/./1.png", BLUE))
    assert [one.content for one in sent.photos if one.person == "A"] == [RED]
    assert set(skipped(sent).values()) == {"There is another file of this name in the zip; rename one of them."}


# --- bombs ----------------------------------------------------------------------------------------------------------


def test_a_bomb_that_says_its_size() -> None:
    assert "It has more than 16 MB" in refused(RawZip().add(b"A/1.png", RED + bytes(16_000_000)).end())


def test_a_bomb_that_lies_about_its_size() -> None:
    content = RED + bytes(20_000_000)
    assert only_reason(RawZip().add(b"A/1.png", content, size=1_000)).startswith("It is damaged")


def test_a_file_that_unpacks_too_well() -> None:
    assert only_reason(RawZip().add(b"A/1.png", RED + bytes(8_000_000))).startswith("It unpacks to far more")


def test_a_small_flat_photo_may_be_packed_well() -> None:
    assert len(read_zip(zipped({"A/1.bmp": photo(size=(400, 400), kind="BMP")})).photos) == 1


def test_all_together_unpack_to_too_much() -> None:
    archive = RawZip()
    for i in range(4):
        archive.add(b"A/%d.bmp" % i, noise(90, i, "BMP"))  # 24 kB each
    limits = replace(SMALL, zip_bytes=10**6)
    assert refused(archive.end(), limits).startswith("The files unpack to more than 0 MB in all")


def test_what_is_skipped_counts_too() -> None:
    archive = RawZip()
    for i in range(4):
        archive.add(b"A/%d" % i, b"no photo" + noise(90, i, "BMP"))
    assert refused(archive.end(), replace(SMALL, zip_bytes=10**6)).startswith(
        "The files unpack to more than 0 MB in all"
    )


def test_files_that_share_their_bytes() -> None:
    archive = RawZip().add(b"A/1.png", RED)
    for _ in range(5):
        archive.add(b"A/1.png", RED, offset=0)
    assert refused(archive.end()).startswith("Files in the zip share the same bytes")


def test_files_that_overlap_in_part() -> None:
    kernel = RawZip().add(b"A/2.png", RED, method=0)
    quoted = bytes(kernel.body)  # a whole local file inside the data of another
    archive = RawZip().add(b"A/1.png", quoted, method=0)
    archive.add(b"A/2.png", RED, method=0, offset=30 + len(b"A/1.png"))
    assert refused(archive.end()).startswith("Files in the zip share the same bytes")


def test_too_many_files() -> None:
    names = {f"A/{i}.png": b"" for i in range(9)}
    assert refused(zipped(names), SMALL) == "The zip holds more than 8 files; send fewer at once."


def test_more_files_than_the_end_record_says() -> None:
    archive = RawZip()
    for i in range(9):
        archive.add(b"A/%d.png" % i, b"")
    assert refused(archive.end(count=1), SMALL).startswith("The zip holds more than 8 files")
    assert refused(archive.end(count=1)).startswith("The zip is damaged")


def test_a_zip_that_is_too_large(tmp_path: Path) -> None:
    content = zipped({"A/1.png": bytes(100_001)}, zipfile.ZIP_STORED)
    assert refused(content, SMALL).startswith("The zip has more than 0 MB")
    (tmp_path / "large.zip").write_bytes(content)
    with pytest.raises(InvalidData, match="more than 0 MB"):
        read_zip(tmp_path / "large.zip", SMALL)


# --- what is no zip, or a strange one -------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", RED, b"\0" * 100, b"7z\xbc\xaf\x27\x1c" * 9])
def test_what_is_no_zip(content: bytes) -> None:
    assert refused(content).startswith("This is not a zip")


def test_no_photo_at_all() -> None:
    assert refused(zipped({"A/1.txt": b"hello"})).endswith(
        "in a folder for each person. The first file was left out: This is not a photo; save it as JPEG, PNG or WebP "
        "and send it again."
    )
    assert refused(zipped({"__MACOSX/x": b"y"})).endswith("in a folder for each person.")
    assert refused(zipped({})).startswith("The zip is empty")


def test_a_zip_cut_off_anywhere() -> None:
    content = zipped({"A/1.png": noise(16), "B/1.png": noise(16, 1)})
    for length in range(4, len(content)):
        assert refused(content[:length]).startswith("The zip is damaged"), length


def test_something_before_or_after() -> None:
    content = zipped({"A/1.png": RED})
    assert refused(RED + content).startswith("The zip has something before")
    assert refused(content + b"tail").startswith("The zip has something before")


def test_a_gap_before_the_first_file() -> None:
    archive = RawZip().add(b"hidden", RED)
    archive.table.clear()
    archive.count = 0
    assert refused(archive.add(b"A/1.png", RED).end()).startswith("The zip has something before")


def in_zip64(archive: RawZip, **lies: int) -> bytes:
    """The zip with the end record for huge files, with true values or false ones."""
    true = {"length": 44, "count": archive.count, "size": len(archive.table), "start": len(archive.body)}
    place = {"offset": len(archive.body) + len(archive.table)}
    said = true | place | lies
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", said["length"], 45, 45, 0, 0, said["count"], said["count"], said["size"], said["start"]
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, said["offset"], 1)
    full = END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return bytes(archive.body + archive.table) + record + locator + full


def test_a_small_zip_in_the_form_for_huge_ones() -> None:
    archive = RawZip().add(b"A/1.png", RED).add(b"B/2.png", BLUE)
    assert read_zip(in_zip64(archive)) == read_zip(archive.end())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as real:
        for name in ("A/1.png", "B/2.png"):
            with real.open(name, "w", force_zip64=True) as file:
                file.write(RED)
    assert [one.person for one in read_zip(out.getvalue()).photos] == ["A", "B"]


@pytest.mark.parametrize(
    "lie",
    [{"length": 45}, {"count": 1}, {"count": 2**40}, {"size": 2**60}, {"start": 5}, {"offset": 3}, {"offset": 2**60}],
)
def test_a_zip64_that_lies(lie: dict[str, int]) -> None:
    archive = RawZip().add(b"A/1.png", RED).add(b"B/2.png", BLUE)
    assert refused(in_zip64(archive, **lie)).startswith("The zip is damaged")


def test_sizes_in_the_field_for_huge_files() -> None:
    assert refused(RawZip().add(b"A/1.png", RED).end(count=0xFFFF)).startswith("The zip is damaged")
    sizes = RawZip().add(b"A/1.png", RED, packed_size=0xFFFFFFFF)
    assert refused(sizes.end()).startswith("The zip is damaged")


@pytest.mark.parametrize("lie", [{"start": 5}, {"size": 3}, {"size": 10**6}, {"count": 0}, {"count": 2}])
def test_an_end_record_that_lies(lie: dict[str, int]) -> None:
    assert refused(RawZip().add(b"A/1.png", RED).end(**lie)).startswith("The zip is damaged")


def test_a_table_that_points_elsewhere() -> None:
    assert refused(RawZip().add(b"A/1.png", RED).add(b"B", RED, offset=3).end()).startswith("The zip is damaged")
    assert refused(RawZip().add(b"A/1.png", RED).add(b"B", RED, offset=10**6).end()).startswith("The zip is damaged")
