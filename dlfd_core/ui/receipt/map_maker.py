"""What the browser requests about the map that the page shows: the figure for print, and the sheet of faces."""

from __future__ import annotations

import base64
from collections.abc import Callable

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import ForgetReport, MapPoints
from dlfd_core.ui.components.assets import data_address
from dlfd_core.ui.components.map_views import map_mark
from dlfd_core.ui.receipt.file_maker import GONE
from dlfd_core.ui.server.failures import NO_FIGURE, answered
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.questions import MALFORMED, on_page, read_json

NO_FACES = "The faces on the map could not be loaded just now."
UNREADABLE = "The server could not read this question; load the page again."
KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def map_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function that the buttons for a figure call."""

    def make(question: object) -> dict[str, str]:
        key, mark, kind = _read(question, "key", "mark", "kind")
        if kind not in KINDS:
            raise InvalidRequest(UNREADABLE)
        report, _ = _on_map(service, key, mark)
        content = base64.b64encode(service.map_figure(report, kind)).decode()
        return {"name": f"map-{key}-print.{kind}", "type": KINDS[kind], "content": content}

    def map_figure(question: object) -> dict[str, str]:
        return answered(lambda: make(question), NO_FIGURE)

    return map_figure


def face_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function that gives the sheet of faces of a map, as a data address."""

    def make(question: object) -> dict[str, str]:
        _, points = _on_map(service, *_read(question, "key", "mark"))
        if points.faces is None:
            raise InvalidRequest("There are no pictures of the photos on this map.")
        return {"address": data_address(points.faces)}

    def map_faces(question: object) -> dict[str, str]:
        return answered(lambda: make(question), NO_FACES)

    return map_faces


def _on_map(service: ServicePort, key: str, mark: str) -> tuple[ForgetReport, MapPoints]:
    """The report whose map the page shows, and the map. Raises ``InvalidRequest`` where it is gone."""

    def matches(report: ForgetReport) -> bool:
        return report.key == key and report.points is not None and map_mark(report.points) == mark

    report = on_page(service, service.find_report(key), matches, GONE)
    assert report.points is not None  # it matches
    return report, report.points


def _read(question: object, *names: str) -> tuple[str, ...]:
    """The named texts of a browser's question. Raises ``InvalidRequest``."""
    try:
        fields = read_json(question)
        texts = tuple(fields[name] for name in names)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError
        return texts
    except MALFORMED as error:
        raise InvalidRequest(UNREADABLE) from error
