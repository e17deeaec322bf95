"""Public API for programs: three named functions, with the page's own checks.

Everything else that gradio serves belongs to the page. Annotations are not strings here, because gradio reads the
return types from them.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import gradio as gr
from gradio.events import api as publish

from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.types import (
    DEFAULT_PRESET,
    MAX_SEED,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MethodCard,
    ReportReady,
    finite_values,
)
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.receipt.take_away import report_values
from dlfd_core.ui.server.failures import UNFORESEEN, sentence_for
from dlfd_core.ui.server.jobs import RUNS_OPEN, TICK
from dlfd_core.ui.server.line import Line

#: Most runs of programs in the service's queue; the others wait before it, so that they do not displace visitors of the
#: page.
AT_ONCE = 4
#: Most characters of a name or key that is looked up; longer ones are not repeated in the error either.
LONGEST_NAME = 80
NO_REPORT = "No finished run with this key is in memory; run it again."


class Api:
    """The three functions of the API.

    Args:
        page: of the first offer; the API shares its service and its run counter.
        others: the pages of the further offers, in their order.
    """

    def __init__(self, page: Handlers, others: Sequence[Handlers] = ()):
        self.page, self.service = page, page.service
        self.pages = (page, *others)
        self._line = Line(AT_ONCE)

    def catalog(self) -> dict[str, Any]:
        """All valid arguments: each offered data set and network with its tasks and people, methods with presets and
        settings, and the largest seed. "tasks" and "people" are those of the first offer."""
        offers = [_offer(page) for page in self.pages]
        return {
            "offers": offers,
            "tasks": offers[0]["tasks"],
            "people": offers[0]["people"],
            "methods": [asdict(method) for method in self.page.catalog.methods],
            "largest_seed": MAX_SEED,
        }

    def forget(
        self,
        visit: gr.Request,
        people: list[str],
        task: str = "",
        method: str = "dlfd",
        preset: str = DEFAULT_PRESET,
        seed: int = 0,
        retrain: bool = False,
        control: bool = False,
        knobs: dict[str, Any] | None = None,
        data: str = "",
        backbone: str = "",
    ) -> Iterator[dict[str, Any]]:
        """Forget people and measure what changed. Yields progress several times
        ({"event": "progress", "stage", "done", "total", "message", "seconds_left", "point", "chance"}), and at the end
        {"event": "report", "report": {...}}, which has the fields of the command line's report except the map.

        Args:
            people: ids from the catalog; at least one, and not all.
            task: what the classifier predicts; a name from the catalog. Empty is the first task of the data set.
            method: a name from the catalog.
            preset: a preset of the method.
            seed: the same seed gives the same run.
            retrain: also retrain from scratch without these people, as the reference.
            control: also run the control, which only dlfd has.
            knobs: settings that differ from the preset, by name.
            data: a data set from the catalog's offers; empty is the first one.
            backbone: a network that the catalog offers with this data set; empty is its first one.
        """
        yield from self.run(
            visit.session_hash, (people, task, method, preset, seed, retrain, control, knobs, data, backbone)
        )

    def run(self, session: str | None, arguments: tuple[object, ...]) -> Iterator[dict[str, Any]]:
        """``forget`` without gradio's request object; ``asked`` are its other arguments, unchecked."""
        report: ForgetReport | None = None
        try:
            request = self.request(*arguments)
            yield STARTING
            report = self.service.cached_report(request)  # does not wait in the queue
            if report is None:
                report = yield from self._computed(request, session)
        except Exception as error:
            sentence = sentence_for(error, "A run of the API failed", UNFORESEEN)
            raise gr.Error(sentence, print_exception=False) from None
        if report is not None:  # forget either raises or ends with its report
            yield {"event": "report", "report": report_values(report)}

    def _computed(
        self, request: ForgetRequest, session: str | None
    ) -> Generator[dict[str, Any], None, ForgetReport | None]:
        """Yield the progress of a run, also while it waits, and return its report. Raises ``DlfdError``."""
        last, report = STARTING, None
        with self._line.join() as wait:
            while not wait(TICK):
                yield WAITING
            for batch in self.page.batches(partial(self.service.forget, request), session, TICK):
                for event in batch:
                    if isinstance(event, ReportReady):
                        report = event.report
                    else:
                        last = _progress(event)
                yield last  # even without news: an abandoned call is noticed here
        return report

    def request(
        self,
        people: object,
        task: object,
        method: object,
        preset: object,
        seed: object,
        retrain: object,
        control: object,
        knobs: object,
        data: object = "",
        backbone: object = "",
    ) -> ForgetRequest:
        """Request from the arguments of ``forget``, which gradio does not check. Raises ``InvalidRequest``."""
        page = self._page(data, backbone, task)
        at_most = len(page.data.people)
        if not isinstance(people, list) or len(people) > at_most or not all(_is_name(person) for person in people):
            raise InvalidRequest(f"people must be a list of ids, {at_most} at most; the catalog has them.")
        for label, name in (("task", task), ("method", method), ("preset", preset)):
            if not _is_name(name):
                raise InvalidRequest(f"{label} must be a name; the catalog has them.")
        for label, value in (("retrain", retrain), ("control", control)):
            if not isinstance(value, bool):
                raise InvalidRequest(f"{label} must be true or false.")
        wanted = str(task) or page.data.tasks[0].name
        card = next((card for card in page.catalog.methods if card.name == method), None)
        values = () if card is None else _knobs(page, card, wanted, str(preset), knobs)
        return page.request(Wishes(people, wanted, str(method), seed, retrain, control, str(preset), values))

    def _page(self, data: object, backbone: object, task: object) -> Handlers:
        """The page of the offer that has the data set, the network and the task; where no offer has the task, the first
        with the other two, whose request reader then refuses it. Raises ``InvalidRequest``."""
        pages = _offered(self.pages, "data set", data, lambda page: page.data.name)
        pages = _offered(pages, "network", backbone, lambda page: page.backbone)
        fitting = [page for page in pages if task in [known.name for known in page.data.tasks]]
        return (fitting or pages)[0]

    def report(self, key: str) -> dict[str, Any]:
        """The report of a finished run, while it is in memory.

        Args:
            key: the key from a report.
        """
        report = self.service.find_report(key) if _is_name(key) else None
        # own photos are another data set: they can be reached only from the page that they were sent from
        if report is None or report.request.data not in [page.data.name for page in self.pages]:
            raise gr.Error(NO_REPORT, print_exception=False)
        return report_values(report)


def add_api(page: Handlers, others: Sequence[Handlers] = ()) -> None:
    """Publish the three functions, inside a ``gr.Blocks``."""
    api = Api(page, others)
    publish(api.catalog, api_name="catalog", queue=False)
    publish(api.forget, api_name="forget", concurrency_limit=RUNS_OPEN)
    publish(api.report, api_name="report", queue=False)


def _offer(page: Handlers) -> dict[str, Any]:
    """A data set and network as the catalog lists it; accuracy and seconds are null where they were not measured."""
    place, data = page.place, page.data
    return {
        "data": data.name,
        "title": data.title,
        "about": data.about,
        "backbone": place.backbone,
        "accuracy": place.accuracy,
        "seconds": place.seconds,
        "tasks": [asdict(task) for task in data.tasks],
        "people": [
            {"id": person.id, "name": person.name, "photos": person.photos, "attributes": person.attributes}
            for person in data.people
        ],
    }


def _offered(
    pages: Sequence[Handlers], kind: str, wanted: object, name_of: Callable[[Handlers], str]
) -> list[Handlers]:
    """The pages whose data set or network is the wanted one; empty is that of the first page. Raises
    ``InvalidRequest``."""
    names = list(dict.fromkeys(name_of(page) for page in pages))
    if wanted == "":
        wanted = names[0]
    if wanted not in names:
        raise UnknownName(kind, str(wanted)[:LONGEST_NAME], names)
    return [page for page in pages if name_of(page) == wanted]


def _knobs(page: Handlers, card: MethodCard, task: str, preset: str, chosen: object) -> list[object]:
    """A value for every knob of the card, in its order. Raises ``InvalidRequest``."""
    if chosen is None:
        chosen = {}
    if not isinstance(chosen, dict):
        raise InvalidRequest("knobs must be an object of names and values.")
    names = [knob.name for knob in card.knobs]
    for name, value in chosen.items():
        if not _is_name(name) or name not in names:
            raise UnknownName(f"setting of {card.name}", str(name)[:LONGEST_NAME], names)
        if isinstance(value, str) and len(value) > LONGEST_NAME:
            raise InvalidRequest(f"{name} has too long a value.")
    values = page.preset(card.name, task, preset) | chosen
    return [values[name] for name in names]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME


def _progress(progress: ForgetProgress) -> dict[str, Any]:
    """Progress as a message, without the record of the synthesis and the map: their pictures are for the page."""
    bare = replace(progress, look=None, map_start=None, map_frame=None)
    message: dict[str, Any] = finite_values({"event": "progress"} | asdict(bare))
    for name in ("look", "map_start", "map_frame"):
        del message[name]
    return message


STARTING = _progress(ForgetProgress("load", 0, 1, "Starting"))
#: Message for programs that wait for their turn.
WAITING = _progress(ForgetProgress("load", 0, 1, "Waiting for other programs' runs"))
