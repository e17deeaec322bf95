"""The confirmed people of one visitor and the data set made of them, in one object, so that one call deletes both."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from types import TracebackType

import numpy as np

from dlfd_core.data.schema import FaceData, Task
from dlfd_core.errors import InvalidRequest
from dlfd_core.own_photos.join import Propose, join, only_own
from dlfd_core.own_photos.people import OwnPerson

WIPED = "Your photos are deleted already; send them again."


class ConfirmedPhotos:
    """Faces and the data set made of them, in memory until ``wipe``; also a context manager that wipes at its end.

    Whatever was made from ``data`` elsewhere (a prepared model, tensors of the pixels) must be dropped there: pass
    ``data`` on only to objects that do not outlive this one.

    Attributes:
        token: unique and impossible to guess; the data set's name contains it.
    """

    def __init__(self) -> None:
        self.token = secrets.token_hex(8)
        self._people: tuple[OwnPerson, ...] = ()
        self._data: FaceData | None = None
        self._wiped = False

    @property
    def people(self) -> tuple[OwnPerson, ...]:
        """The people confirmed last. Raises ``InvalidRequest`` after ``wipe``."""
        self._refuse_after_wipe()
        return self._people

    @property
    def data(self) -> FaceData | None:
        """The data set made last, or None. Raises ``InvalidRequest`` after ``wipe``."""
        self._refuse_after_wipe()
        return self._data

    def confirm(self, people: Sequence[OwnPerson]) -> None:
        """Keep these people in place of those before them, whose pixels are overwritten."""
        self._refuse_after_wipe()
        _blacken(self._people, self._data, keep=people)
        self._people, self._data = tuple(people), None

    def join(self, portraits: FaceData, propose: Propose | None = None) -> FaceData:
        """Make the data set of the portraits and the own people; see ``join.join``."""
        self._refuse_after_wipe()
        self._data = join(portraits, self._people, token=self.token, propose=propose)
        return self._data

    def only_own(self, tasks: dict[str, Task] | None = None, propose: Propose | None = None) -> FaceData:
        """Make the data set of the own people alone; see ``join.only_own``."""
        self._refuse_after_wipe()
        self._data = only_own(self._people, token=self.token, tasks=tasks, propose=propose)
        return self._data

    def wipe(self) -> None:
        """Overwrite the pixels and drop everything; may be called twice."""
        _blacken(self._people, self._data)
        self._people, self._data, self._wiped = (), None, True

    def __enter__(self) -> ConfirmedPhotos:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wipe()

    def _refuse_after_wipe(self) -> None:
        if self._wiped:
            raise InvalidRequest(WIPED)


def _blacken(people: Sequence[OwnPerson], data: FaceData | None, keep: Sequence[OwnPerson] = ()) -> None:
    """Overwrite pixels, so that a reference left somewhere shows nothing; those of ``keep`` stay."""
    arrays: list[np.ndarray] = [one.crops for one in people if not any(one is kept for kept in keep)]
    if data is not None:
        arrays += [data.images] if data.faces is None else [data.images, data.faces]
    for array in arrays:
        if array.flags.writeable:
            array.fill(0)
