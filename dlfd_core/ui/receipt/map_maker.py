"""Figure for print of the map that the page shows, made on a click and sent as bytes."""

from __future__ import annotations

import base64
from collections.abc import Callable

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import ForgetReport
from dlfd_core.ui.components.map_views import map_mark
from dlfd_core.ui.receipt.file_maker import GONE
from dlfd_core.ui.server.failures import NO_FIGURE, answered
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.questions import MALFORMED, on_page, read_json

KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def map_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function that the buttons for a figure call."""

    def make(question: object) -> dict[str, str]:
        key, mark, kind = _read(question)

        def matches(report: ForgetReport) -> bool:
            return report.key == key and report.points is not None and map_mark(report.points) == mark

        report = on_page(service, service.find_report(key), matches, GONE)
        content = base64.b64encode(service.map_figure(report, kind)).decode()
        return {"name": f"map-{key}-print.{kind}", "type": KINDS[kind], "content": content}

    def map_figure(question: object) -> dict[str, str]:
        return answered(lambda: make(question), NO_FIGURE)

    return map_figure


def _read(question: object) -> tuple[str, str, str]:
    """Key, mark and kind of a browser's question. Raises ``InvalidRequest``."""
    try:
        fields = read_json(question)
        key, mark, kind = fields["key"], fields["mark"], fields["kind"]
        if kind not in KINDS or not isinstance(key, str) or not isinstance(mark, str):
            raise ValueError
        return key, mark, kind
    except MALFORMED as error:
        raise InvalidRequest("The server could not read this question; load the page again.") from error
