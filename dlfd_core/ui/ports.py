"""What the page needs from the core, stated as a protocol: the page never imports the core itself."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from dlfd_core.types import DEFAULT_PRESET, Catalog, ForgetEvent, ForgetReport, ForgetRequest, KnobValue
from dlfd_core.types.race import RaceEvent, RaceRequest
from dlfd_core.types.relearn import RelearnEvent
from dlfd_core.types.sequence import SequenceEvent, SequenceRequest


class ServicePort(Protocol):
    """The unlearning service as the page sees it. Methods raise ``DlfdError`` with a text fit for a visitor."""

    def catalog(self) -> Catalog:
        """All data sets, tasks, people, backbones and methods; cheap, no model is loaded."""
        ...

    def preset(
        self, method: str, data: str, task: str, backbone: str, name: str = DEFAULT_PRESET
    ) -> dict[str, KnobValue]:
        """A preset of the method's card for this data set, task and backbone: a value for every knob."""
        ...

    def example(self) -> ForgetReport:
        """The finished run the page opens with."""
        ...

    def look_alikes(self, data: str, task: str, backbone: str, person: str, count: int) -> Sequence[str]:
        """The people nearest to ``person`` in the original's feature space, nearest first."""
        ...

    def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
        """Carry out a request. ``should_stop`` is asked at every step; a true answer raises ``RunCancelled``."""
        ...

    def race(self, request: RaceRequest, should_stop: Callable[[], bool]) -> Iterator[RaceEvent]:
        """Run several methods on the same people and seeds, one after another; stops as ``forget`` does."""
        ...

    def sequence(self, request: SequenceRequest, should_stop: Callable[[], bool]) -> Iterator[SequenceEvent]:
        """Carry out requests one after another, each on the model before it; stops as ``forget`` does."""
        ...

    def known(self, request: ForgetRequest) -> ForgetReport | None:
        """The finished report of a request, while the service remembers it."""
        ...

    def finished(self, key: str) -> ForgetReport | None:
        """The finished report of that key, while the service remembers it."""
        ...

    def relearn(self, request: ForgetRequest, photos: int, should_stop: Callable[[], bool]) -> Iterator[RelearnEvent]:
        """Train a run's models a little further, shown ``photos`` of each forgotten person, and see who comes back;
        stops as ``forget`` does."""
        ...

    def receipt(self, report: ForgetReport, kind: str) -> bytes:
        """The receipt of a run as a file, ``kind`` html or pdf; may take a second."""
        ...

    def loss_figure(self, report: ForgetReport, *, dark: bool) -> bytes:
        """Loss histograms of forget and unseen photos, one panel per model, as SVG with a transparent background."""
        ...
