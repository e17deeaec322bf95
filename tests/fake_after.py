"""Follow-ups of a run of ``fakes.make_report``: a relearn test, and two more requests."""

from __future__ import annotations

from dataclasses import replace

from dlfd_core.types import FollowUps, ForgetReport, SequenceReport, SequenceRequest
from tests.fake_relearn import make_relearn
from tests.fake_sequence import fake_step
from tests.fakes import NAMES, PHOTOS_EACH

THEN = (("p04",), ("p05", "p06"))


def make_sequence(run: ForgetReport, then: tuple[tuple[str, ...], ...] = THEN) -> SequenceReport:
    request = SequenceRequest(replace(run.request, control=False), then)
    steps = tuple(fake_step(request, number, PHOTOS_EACH, len(NAMES)) for number in range(len(request.groups)))
    names = tuple(tuple(NAMES[int(person[1:])] for person in group) for group in request.groups)
    return SequenceReport(request, names, steps, "Nobody <forgotten> earlier comes back.", run.hashes["unlearned"])


def make_afterwards(run: ForgetReport, photos: int = 2) -> FollowUps:
    return FollowUps(make_relearn(run, photos), make_sequence(run))
