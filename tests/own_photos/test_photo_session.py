"""Photo sessions of several visitors at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dlfd_core.own_photos import photo_session
from dlfd_core.own_photos.photo_session import PhotoSession
from dlfd_core.own_photos.reading.archive import read_zip
from tests.own_photos.reading.hostile import photo, zipped


def test_the_files_of_all_visitors_are_read_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the entries of zips that are in memory are those of one reading, however many visitors there are."""
    most, real = list[int](), read_zip
    lock, now = threading.Lock(), [0]

    def counted(*arguments: Any) -> Any:
        with lock:
            now[0] += 1
            most.append(now[0])
        try:
            time.sleep(0.02)
            return real(*arguments)
        finally:
            with lock:
                now[0] -= 1

    monkeypatch.setattr(photo_session, "read_zip", counted)
    content = zipped({"Ada/1.png": photo(), "Ada/2.png": photo()})

    def visit(_: int) -> int:
        session = PhotoSession(None)
        for number in range(2):
            session.add_piece(number, "a.zip", "", 0, 1, content)
        return session.read(cropped=True).photos

    with ThreadPoolExecutor(4) as crowd:
        assert list(crowd.map(visit, range(4))) == [4] * 4
    assert most == [1] * 8
