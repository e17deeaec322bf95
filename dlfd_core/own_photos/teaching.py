"""Adaptation of the original to a visitor's own people, with the data set they make."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np

from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import prepare_task
from dlfd_core.data.sprites import make_sprite
from dlfd_core.device import select_compute
from dlfd_core.errors import InvalidData, InvalidRequest
from dlfd_core.models.adaptation import adapt_original, make_label_proposer, narrow_original
from dlfd_core.models.originals import ModelSpec, Original
from dlfd_core.models.training import StepLog
from dlfd_core.own_photos.confirmed import ConfirmedPhotos
from dlfd_core.own_photos.join import Propose, own_photo_indices
from dlfd_core.runs.catalog import data_card
from dlfd_core.runs.event_streams import mapped
from dlfd_core.runs.progress import StageClock
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import IDENTITY, OWN_PERSON_ID, DataCard, ForgetProgress, ForgetRequest, OwnReady

PORTRAITS = "portraits"
NOT_REPEATABLE = (
    "Your photos are kept nowhere, so nobody can repeat this run from its command or verify its receipt once they are "
    "deleted."
)
ONE_ANSWER = (
    "Your photos do not show enough different answers for this task; choose another task, or let your people join the "
    "portraits."
)


def teach(
    bench: Workbench,
    confirmed: ConfirmedPhotos,
    task: str,
    *,
    only: bool,
    raise_if_cancelled: Callable[[], None],
    device: str = "auto",
) -> Generator[ForgetProgress, None, OwnReady]:
    """Adapt the original of a task to the confirmed people, and add the data set and the adapted original to the
    workbench, under a name made of the token of ``confirmed``.

    The original's predictions are the labels of own photos.

    Raises:
        InvalidRequest: nobody is confirmed, a task without a shipped original, or photos that show too few answers.
        RunCancelled: by ``raise_if_cancelled``; the workbench is then unchanged.
    """
    if not confirmed.people:
        raise InvalidRequest("Nobody is confirmed yet; choose photos of your people first.")
    portraits = bench.data(PORTRAITS)
    if task == IDENTITY:
        raise InvalidRequest("Your people cannot be taught to a classifier of identity here; choose another task.")
    prepare_task(portraits, task)  # raises for a task that does not exist
    bases: dict[str, Original] = {}
    for name in {*task.split("+"), task}:
        prepared = yield from bench.prepare(ForgetRequest((), PORTRAITS, name, device=device), raise_if_cancelled)
        bases[name] = prepared.original
    yield ForgetProgress("train", 0, 1, "Reading what your photos show")
    compute = select_compute(device)
    data = _joined(portraits, confirmed, only, make_label_proposer(bases, compute))
    try:
        spec = ModelSpec(prepare_task(data, task), ForgetRequest(()).backbone, compute)
    except (InvalidData, InvalidRequest) as error:
        if only:
            raise InvalidRequest(ONE_ANSWER) from error
        raise
    base = narrow_original(spec, bases[task])
    clock = StageClock("train", "Teaching the classifier your people", bench.stage_times, [])

    def progress(log: StepLog) -> ForgetProgress:
        raise_if_cancelled()
        return clock.event(log)

    adapted = yield from mapped(adapt_original(spec, base, own_photo_indices(data)), progress)
    clock.close()
    bench.add_own_data(data, {task: adapted})
    return _ready(data, task, only)


def _joined(portraits: FaceData, confirmed: ConfirmedPhotos, only: bool, propose: Propose) -> FaceData:
    data = confirmed.only_own(portraits.tasks, propose) if only else confirmed.join(portraits, propose)
    return replace(data, notes=(*data.notes, NOT_REPEATABLE))


def _ready(data: FaceData, task: str, only: bool) -> OwnReady:
    card = data_card(data)
    return OwnReady(replace(card, faces=None), _own_card(card, data), task, only)


def _own_card(card: DataCard, data: FaceData) -> DataCard:
    """The card of the own people alone, with a sheet of their pictures."""
    own_people = tuple(person for person in card.people if OWN_PERSON_ID.fullmatch(person.id))
    assert data.faces is not None  # joined data always have faces
    index = {person.id: i for i, person in enumerate(data.people)}
    faces = data.faces[np.array([index[person.id] for person in own_people])]
    people = tuple(replace(person, tile=tile) for tile, person in enumerate(own_people))
    return replace(card, people=people, faces=make_sprite(faces, tile=96, columns=len(faces), quality=80))
