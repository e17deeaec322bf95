"""What happens on a click, without gradio: values from the form in, named slots of the page out."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dlfd_core.errors import DlfdError, InvalidRequest, UnknownName
from dlfd_core.types import (
    MAX_SEED,
    CurvePoint,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    MethodCard,
)
from dlfd_core.ui import proof, views
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.jobs import TICK, batches
from dlfd_core.ui.ports import ServicePort

log = logging.getLogger(__name__)

#: What changes on the page, by slot; what is missing stays as it is. ``status``, ``curves``, ``busy`` (a run is going
#: on), ``toast`` (a sentence that pops up), and of a result ``see``, ``losses``, ``predictions``, ``prove``, ``map``.
Slots = dict[str, Any]

UNFORESEEN = "Something went wrong on our side; the details are in the server's log. Your pick and settings are kept."


def read_seed(value: object) -> int:
    """Raises ``InvalidRequest`` for anything but a whole number in range."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and 0 <= value <= MAX_SEED and value == int(value):  # type: ignore[operator, call-overload]
        return int(value)  # type: ignore[call-overload]
    raise InvalidRequest(f"The seed must be a whole number between 0 and {MAX_SEED:,}.")


def changed_knobs(
    card: MethodCard, values: Sequence[object], preset: dict[str, KnobValue]
) -> tuple[tuple[str, KnobValue], ...]:
    """The settings that differ from the preset, sorted by name. Their ranges are checked by the service.

    Args:
        values: one per knob of the card, in its order.
    """
    found: list[tuple[str, KnobValue]] = []
    for knob, value in zip(card.knobs, values, strict=True):
        if not isinstance(value, (int, float, bool, str)):
            raise InvalidRequest(f"{knob.label} is empty: give a value, or take back the preset.")
        if knob.kind == "int" and isinstance(value, float) and value.is_integer():
            value = int(value)
        default = preset[knob.name]
        same = value == default
        if knob.kind == "float" and isinstance(value, (int, float)) and isinstance(default, (int, float)):
            same = math.isclose(value, default, rel_tol=1e-9, abs_tol=1e-12)  # sliders count in steps
        if not same:
            found.append((knob.name, value))
    return tuple(sorted(found))


@dataclass
class _Shown:
    """What a run has put on the page so far."""

    points: list[CurvePoint] = field(default_factory=list)
    scores: bool = False


class Handlers:
    """The page's behaviour. Holds nothing of a visitor: it is shared by all of them.

    Args:
        tick: seconds between two repaints of a run.
    """

    def __init__(self, service: ServicePort, tick: float = TICK):
        self.service, self.tick = service, tick
        self.catalog = service.catalog()
        self.data = self.catalog.data[0]
        self.backbone = ForgetRequest(()).backbone
        self.names = {person.id: person.name for person in self.data.people}

    # ---- before a run ----

    def preset(self, method: str, task: str) -> dict[str, KnobValue]:
        return self.service.preset(method, self.data.name, task, self.backbone)

    def look_alikes(self, person: str) -> Sequence[str]:
        """The five people most like this one, to the classifier of the first task, which is ready first."""
        return self.service.look_alikes(self.data.name, self.data.tasks[0].name, self.backbone, person, 5)

    def pick_hint(self, people: Sequence[str]) -> str:
        return views.pick_hint(self.data, people)

    def opening(self) -> Slots:
        """The finished example; a sentence and empty places where it is not installed."""
        try:
            report = self.service.example()
        except DlfdError as error:
            return {"see": views.missing_example(str(error))}
        return self._result(report, example=True) | {
            "map": map_value(report),
            "curves": _finished(report, "The finished example. Yours will be drawn here as it goes."),
            "retrain_seconds": report.seconds.retrain,
        }

    # ---- a run ----

    def request(
        self, people: Sequence[str], task: str, method: str, seed: object, retrain: bool, knobs: Sequence[object]
    ) -> ForgetRequest:
        """The form as a request. ``knobs`` are those of the chosen method only. Raises ``InvalidRequest``."""
        card = next((card for card in self.catalog.methods if card.name == method), None)
        if card is None:
            raise UnknownName("method", str(method), [card.name for card in self.catalog.methods])
        tasks = [known.name for known in self.data.tasks]
        if task not in tasks:
            raise UnknownName("task", str(task), tasks)
        return ForgetRequest(
            people=tuple(sorted(set(people))),
            data=self.data.name,
            task=task,
            backbone=self.backbone,
            method=method,
            seed=read_seed(seed),
            retrain=bool(retrain),
            knobs=changed_knobs(card, knobs, self.preset(method, task)),
        )

    def forget(
        self, people: Sequence[str], task: str, method: str, seed: object, retrain: bool, knobs: Sequence[object]
    ) -> Iterator[Slots]:
        """A run as the page shows it, from the click to the map. Never raises: what goes wrong becomes a sentence."""
        yield {
            "busy": True,
            "status": views.status("running", "Running. What stands below is from before."),
            "curves": curves_value((), ForgetProgress("load", 0, 1, "Starting"), message="Starting"),
        }
        shown = _Shown()
        try:
            request = self.request(people, task, method, seed, retrain, knobs)
            for batch in batches(partial(self.service.forget, request), self.tick):
                yield from self._repaint(batch, shown)
        except DlfdError as error:
            yield self._failure(str(error), shown)
        except Exception:
            log.exception("A run failed")
            yield self._failure(UNFORESEEN, shown)

    def cancelled(self) -> Slots:
        """After a cancel; the run itself was told to stop when its stream was closed."""
        sentence = "Cancelled. Nothing was changed; what stands below is from before."
        return {
            "busy": False,
            "status": views.status("cancelled", sentence),
            "curves": curves_value((), None, message="Cancelled."),
        }

    def _repaint(self, batch: list[ForgetEvent], shown: _Shown) -> Iterator[Slots]:
        """One message for all progress in the batch, one for each report, an empty one as heartbeat."""
        progress: ForgetProgress | None = None
        reports: list[ForgetReport] = []
        for event in batch:
            if isinstance(event, ForgetReport):
                reports.append(event)
            else:
                progress = event
                if event.point is not None and event.stage == "unlearn":
                    shown.points.append(event.point)
        if not reports:
            yield {} if progress is None else {"curves": curves_value(shown.points, progress)}
        for report in reports:
            yield self._arrived(report, shown)
            shown.scores = True

    def _arrived(self, report: ForgetReport, shown: _Shown) -> Slots:
        # painted once: a second time would close what the visitor has opened meanwhile
        result = {} if shown.scores else self._result(report)
        if report.points is None:
            return result | {
                "status": views.status("mapping", "The scores are below. The map is being drawn."),
                "curves": curves_value(
                    report.curve, ForgetProgress("project", 0, 1, "Drawing the map"), band=_band(report)
                ),
            }
        return result | {
            "map": map_value(report),
            "curves": _finished(report, "Finished."),
            "status": views.status("done", f"Finished in {report.seconds.total:.1f} s. The result is below."),
            "busy": False,
        }

    def _failure(self, sentence: str, shown: _Shown) -> Slots:
        return {
            "busy": False,
            "status": views.status("failed", sentence),
            "curves": curves_value(shown.points, None, message="Stopped."),
            "toast": sentence,
        }

    def _result(self, report: ForgetReport, *, example: bool = False) -> Slots:
        """Everything about a report but its map."""
        light, dark = (self.service.loss_figure(report, dark=dark) for dark in (False, True))
        return {
            "see": views.caption(report, self.catalog, example=example),
            "losses": views.loss_section(report, light, dark),
            "predictions": views.predictions_section(report, self.names),
            "prove": proof.proof(report),
        }


def _band(report: ForgetReport) -> float:
    return report.scores["unlearned"].null_band[1]


def _finished(report: ForgetReport, message: str) -> dict[str, Any]:
    return curves_value(report.curve, None, band=_band(report), message=message)
