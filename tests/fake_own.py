"""Own photos without a model: reading, confirming and deleting are the real code, teaching trains nothing."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image
from typing_extensions import override

from dlfd_core.errors import Diverged, InvalidRequest, RunCancelled
from dlfd_core.own_photos import OwnPhotos
from dlfd_core.own_photos.reading.faces import Face
from dlfd_core.runs.device_queue import DeviceQueue
from dlfd_core.types import OWN_DATA_PREFIX, DataCard, ForgetProgress, OwnReady, PersonCard, Sprite

#: Pixels of this colour are a face. Teaching a person of this name fails.
SKIN, FAILING = (230, 180, 140), "Fail"


def find_skin(picture: np.ndarray) -> list[Face]:
    """A face for each block of neighbouring columns that hold the colour of skin."""
    skin = (np.abs(picture.astype(int) - SKIN).max(2) < 40).any(0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], skin, [False]]).astype(int)))
    rows = np.flatnonzero((np.abs(picture.astype(int) - SKIN).max(2) < 40).any(1))
    return [
        Face((float(x0), float(rows[0]), float(x1), float(rows[-1])), 0.99)
        for x0, x1 in edges.reshape(-1, 2)
        if x1 - x0 > 20
    ]


def draw_photo(number: int, faces: int = 1, kind: str = "JPEG") -> bytes:
    """A photo of 400 x 300 pixels with ``faces`` faces; each ``number`` gives a slightly different photo."""
    picture = Image.new("RGB", (400, 300), (40 + 5 * number % 100, 90, 120))
    for face in range(faces):
        left = 60 + 150 * face
        picture.paste(SKIN, (left, 90, left + 90, 200))
        picture.paste((60, 40, 30), (left + 20 + number % 20, 120, left + 30 + number % 20, 130))
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at a secret place"
    picture.save(buffer, kind, exif=exif)
    return buffer.getvalue()


class _NoBench:
    """A workbench that keeps nothing of own photos."""

    def drop_data(self, name: str) -> None:
        pass


class FakeOwn(OwnPhotos):
    """Implements ``OwnPort``.

    Args:
        card: of the portraits.
        pause: seconds between two steps of teaching.
    """

    def __init__(self, card: DataCard, pause: float = 0.0, **options: Any):
        super().__init__(_NoBench(), DeviceQueue(), lambda name: None, detector=find_skin, **options)  # type: ignore[arg-type]
        self.portraits, self.pause = card, pause
        #: While true, teaching stops after its first step, until it is cancelled.
        self.held = False

    @override
    def adapt(self, key: str, task: str, should_stop: Callable[[], bool]) -> Generator[ForgetProgress, None, OwnReady]:
        with self.sessions.use(key, alone=True) as session:
            if not session.confirmed.people:
                raise InvalidRequest("Nobody is confirmed yet; choose photos of your people first.")
            for step in range(1, 11):
                while self.held and step > 1 and not should_stop() and not session.deleting.is_set():
                    time.sleep(0.02)
                if should_stop() or session.deleting.is_set():
                    raise RunCancelled("Cancelled.")
                time.sleep(self.pause)
                yield ForgetProgress("train", step, 10, "Teaching the classifier your people", (10 - step) * self.pause)
            if any(one.name == FAILING for one in session.confirmed.people):
                raise Diverged("The loss stopped being a number.")
            people = tuple(
                PersonCard(f"me{i + 1}", one.name, len(one.crops), i, {"from": "your photos"})
                for i, one in enumerate(session.confirmed.people)
            )
            name = f"{OWN_DATA_PREFIX}{session.confirmed.token}"
            faces = _sheet(np.stack([one.crops[0] for one in session.confirmed.people]))
            own = replace(self.portraits, name=name, people=people, faces=faces)
            others = () if session.only else self.portraits.people
            session.ready = OwnReady(replace(own, people=(*others, *people), faces=None), own, task, session.only)
            return session.ready


def _sheet(faces: np.ndarray) -> Sprite:
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(list(faces), axis=1)).save(buffer, "WEBP")
    return Sprite(buffer.getvalue(), len(faces), faces.shape[1], len(faces))
