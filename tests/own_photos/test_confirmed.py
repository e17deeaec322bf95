"""One visitor's photos from the zip to the joined data: nothing is written, and after ``wipe`` nothing is left."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlfd_core.errors import InvalidRequest
from dlfd_core.own_photos.confirmed import ConfirmedPhotos
from dlfd_core.own_photos.people import OwnPerson, group_by_person
from dlfd_core.own_photos.reading.archive import read_zip
from dlfd_core.own_photos.reading.faces import Face, crop_faces
from dlfd_core.own_photos.reading.pictures import decode_photo
from tests.own_photos.reading.hostile import noise, zipped
from tests.own_photos.test_people import crops
from tests.small import small_data

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_watched: list[str] | None = None


def _hook(event: str, arguments: tuple) -> None:
    """Audit hook that records only inside ``watching``, since audit hooks cannot be removed."""
    if _watched is None:
        return
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
        _watched.append(str(arguments[0]))
    elif event.startswith(("tempfile.", "os.mkdir", "os.rename", "shutil.", "socket.connect")):
        _watched.append(f"{event} {arguments}")


sys.addaudithook(_hook)


@contextmanager
def watching() -> Iterator[list[str]]:
    """Every file opened for writing, folder made, temporary file or connection while inside."""
    global _watched
    seen: list[str] = []
    _watched = seen
    try:
        yield seen
    finally:
        _watched = None


def test_the_watch_sees_a_temporary_file() -> None:
    with watching() as seen, tempfile.TemporaryFile():
        pass
    assert seen


def people_of(content: bytes) -> tuple[OwnPerson, ...]:
    """From the bytes of a zip to own people of 16-pixel crops, with a detector that takes the middle."""
    faces = []
    for sent in read_zip(content).photos:
        found = crop_faces(decode_photo(sent.content), detector=lambda picture: [Face((8, 8, 56, 56), 1.0)])
        faces.append((sent.person, sent.name, found.largest[::4, ::4]))
    return group_by_person(faces)[0]


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "DLFD_CACHE", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    content = zipped({f"{who}/{i}.png": noise(64, 10 * n + i) for n, who in enumerate("ab") for i in range(3)})
    people_of(content)  # a first call, since late imports write bytecode files
    with watching() as seen, ConfirmedPhotos() as session:
        session.confirm(people_of(content))
        data = session.join(small_data(), lambda task, images: np.zeros(len(images), dtype=np.int64))
    assert seen == [] and list(tmp_path.rglob("*")) == []
    assert len(data.people) == 22


def test_nothing_is_left_after_wiping() -> None:
    session = ConfirmedPhotos()
    session.confirm([OwnPerson("Anna", crops(4)), OwnPerson("Ben", crops(4, 1))])
    data = session.join(small_data())
    assert data.faces is not None
    arrays = [data.images, data.faces, *(one.crops for one in session.people)]
    left: list[weakref.ref[Any]] = [weakref.ref(each) for each in (*arrays, data, session.people[0])]
    del data, arrays
    session.wipe()
    gc.collect()
    assert [kept() for kept in left] == [None] * len(left)


def test_a_forgotten_reference_shows_nothing() -> None:
    with ConfirmedPhotos() as session:
        session.confirm([OwnPerson("Anna", crops(4))])
        kept, data = session.people[0].crops, session.join(small_data())
        assert kept.any() and data.images.any()
    assert not kept.any() and not data.images.any()
    assert data.faces is not None and not data.faces.any()


def test_the_portraits_are_not_overwritten() -> None:
    portraits = small_data()
    before = portraits.images.copy()
    with ConfirmedPhotos() as session:
        session.confirm([OwnPerson("Anna", crops(4))])
        session.join(portraits)
    assert (portraits.images == before).all()


def test_after_an_error_all_is_wiped() -> None:
    person = OwnPerson("Anna", crops(4))
    with pytest.raises(RuntimeError), ConfirmedPhotos() as session:
        session.confirm([person])
        raise RuntimeError
    assert not person.crops.any()


def test_confirming_again_drops_who_is_left_out() -> None:
    anna, ben = OwnPerson("Anna", crops(4)), OwnPerson("Ben", crops(4, 1))
    with ConfirmedPhotos() as session:
        session.confirm([anna, ben])
        session.join(small_data())
        session.confirm([ben])
        assert not anna.crops.any() and ben.crops.any()
        assert session.people == (ben,) and session.data is None


def test_a_wiped_session_is_closed() -> None:
    session = ConfirmedPhotos()
    session.wipe()
    session.wipe()
    for use in (
        lambda: session.people,
        lambda: session.data,
        lambda: session.confirm([]),
        lambda: session.join(small_data()),
        lambda: session.only_own(),
    ):
        with pytest.raises(InvalidRequest, match="deleted already; send them again"):
            use()


def test_only_own_people() -> None:
    with ConfirmedPhotos() as session:
        session.confirm([OwnPerson(str(i), crops(4, i)) for i in range(6)])
        assert session.only_own().name == f"own-{session.token}" and session.data is not None


def test_names_of_sessions_differ() -> None:
    assert len({ConfirmedPhotos().token for _ in range(50)}) == 50
