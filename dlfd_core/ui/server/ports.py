"""Protocols of what the page needs from the core: the page never imports the core itself."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Protocol

from dlfd_core.types import (
    DEFAULT_PRESET,
    NO_FOLLOW_UPS,
    Catalog,
    DataCard,
    FollowUpReport,
    FollowUps,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    OwnChoice,
    OwnFaceSearch,
    OwnPeople,
    OwnReading,
    OwnReady,
    RaceEvent,
    RaceRequest,
    RelearnEvent,
    SequenceEvent,
    SequenceRequest,
)


class OwnPort(Protocol):
    """Photos of visitors' own people. ``key`` is the visitor's session; see ``dlfd_core.own_photos``."""

    @property
    def largest(self) -> int:
        """Most bytes that one visitor may send before they are read."""
        ...

    def start(self, key: str) -> str:
        """Prepare for files; called before the first piece. Returns the secret for ``come_back``."""
        ...

    def send(self, key: str, file: int, name: str, person: str, place: int, count: int, content: bytes) -> None:
        """Receive one piece of a file."""
        ...

    def read(self, key: str, *, cropped: bool) -> OwnReading:
        """Read all files that were sent; returns which photos there are."""
        ...

    def find_faces(self, key: str) -> OwnFaceSearch:
        """Find the faces in the next photo."""
        ...

    def confirm(self, key: str, choices: Sequence[OwnChoice], *, only: bool = False) -> OwnPeople:
        """Confirm which faces belong to whom."""
        ...

    def adapt(self, key: str, task: str, should_stop: Callable[[], bool]) -> Generator[ForgetProgress, None, OwnReady]:
        """Teach the classifier of ``task`` the confirmed people; stops as ``ServicePort.forget`` does."""
        ...

    def ready(self, key: str) -> OwnReady | None:
        """The people that the visitor can forget; None before the classifier was taught."""
        ...

    def card(self, key: str) -> DataCard | None:
        """The data set of these people, with the name for requests; None where there is none."""
        ...

    def leave(self, key: str) -> None:
        """The visitor's page is not connected any more; the photos are deleted unless it comes back in time."""
        ...

    def come_back(self, key: str, secret: str) -> str | None:
        """Give the photos with this secret to the page ``key``; returns the key they had, None where they are not
        here."""
        ...

    def give_way(self, key: str) -> bool:
        """Delete the session of a visitor who does not seem to need it, for another one of the same network; returns
        whether it was deleted."""
        ...

    def is_open(self, key: str) -> bool:
        """Whether the visitor has a session for photos."""
        ...

    def wipe(self, key: str, wait: float = 0.0) -> bool:
        """Delete all data of a visitor; returns whether it was done within ``wait`` seconds."""
        ...

    def deletion_reason(self, key: str) -> str:
        """Why a visitor's photos were deleted automatically; returned only once."""
        ...

    def on_wiped(self, watcher: Callable[[str], None]) -> None:
        """Call ``watcher`` with the key of every visitor whose photos are deleted."""
        ...


class ServicePort(Protocol):
    """The unlearning service as the page sees it. Methods raise ``DlfdError`` with a text fit for a visitor."""

    @property
    def own(self) -> OwnPort:
        """Photos of visitors' own people."""
        ...

    @property
    def ready(self) -> bool:
        """Whether the first run would start without loading anything."""
        ...

    def queue_length(self) -> int:
        """Pieces of work that have the device or wait for it."""
        ...

    def catalog(self) -> Catalog:
        """All data sets, tasks, people, backbones and methods; cheap, no model is loaded."""
        ...

    def preset(
        self, method: str, data: str, task: str, backbone: str, name: str = DEFAULT_PRESET
    ) -> dict[str, KnobValue]:
        """A preset of the method's card for this data set, task and backbone: a value for every knob."""
        ...

    def example(self) -> ForgetReport:
        """The finished run that the page opens with."""
        ...

    def expected_seconds(self, request: ForgetRequest) -> float | None:
        """Seconds until the scores of a run, from steps measured on this machine: 0 where the report is in memory, None
        where it cannot be told. Waiting in the queue is not included."""
        ...

    def look_alikes(
        self, data: str, task: str, backbone: str, person: str, count: int, weights: str | None = None
    ) -> Sequence[str]:
        """The people nearest to ``person`` in the original's feature space, nearest first."""
        ...

    def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
        """Carry out a request. ``should_stop`` is polled at every step; when it is true, ``RunCancelled`` is raised."""
        ...

    def race(self, request: RaceRequest, should_stop: Callable[[], bool]) -> Iterator[RaceEvent]:
        """Run several methods on the same people and seeds, one after another; stops as ``forget`` does."""
        ...

    def sequence(self, request: SequenceRequest, should_stop: Callable[[], bool]) -> Iterator[SequenceEvent]:
        """Carry out requests one after another, each on the model before it; stops as ``forget`` does."""
        ...

    def cached_report(self, request: ForgetRequest) -> ForgetReport | None:
        """The finished report of a request, if it is still in memory."""
        ...

    def find_report(self, key: str) -> ForgetReport | None:
        """The finished report with this key, if it is still in memory."""
        ...

    def relearn(self, request: ForgetRequest, photos: int, should_stop: Callable[[], bool]) -> Iterator[RelearnEvent]:
        """Train a run's models a little further on ``photos`` of each forgotten person, and measure who comes back;
        stops as ``forget`` does."""
        ...

    def follow_ups(self, report: ForgetReport) -> Sequence[FollowUpReport]:
        """Relearn tests and complete sequences that any visitor carried out on the models of a run, if they are still
        in memory."""
        ...

    def receipt(self, report: ForgetReport, kind: str, after: FollowUps = NO_FOLLOW_UPS) -> bytes:
        """The receipt of a run and of its follow-ups as a file, ``kind`` html or pdf; may take a second."""
        ...

    def map_figure(self, report: ForgetReport, kind: str) -> bytes:
        """The map of a run for print, ``kind`` svg or png; may take a second."""
        ...

    def weights(self, report: ForgetReport) -> bytes:
        """The unlearned model of a run as a safetensors file; raises if it is no longer in memory."""
        ...

    def loss_figure(self, report: ForgetReport, kind: str = "svg") -> bytes:
        """Loss histograms of forget and unseen photos, one panel per model: ``kind`` svg, with a transparent
        background, or png, for print."""
        ...
