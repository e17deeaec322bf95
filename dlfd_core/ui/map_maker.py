"""The map that the page shows as a figure to print, made on a click and answered as bytes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from dlfd_core.errors import DlfdError, InvalidRequest
from dlfd_core.types import ForgetReport
from dlfd_core.ui.components.map_views import map_mark
from dlfd_core.ui.ports import ServicePort
from dlfd_core.ui.questions import MALFORMED, answered, read_json

KINDS = {"svg": "image/svg+xml", "png": "image/png"}
GONE = "This run is not finished, or no longer remembered; wait for its end, or run it again."
UNFORESEEN = "The figure could not be made just now."


def map_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function behind the buttons."""

    def make(asked: object) -> dict[str, str]:
        key, mark, kind = _read(asked)
        for report in _candidates(service, key):
            if report.key == key and report.points is not None and map_mark(report.points) == mark:
                content = base64.b64encode(service.map_figure(report, kind)).decode()
                return {"name": f"map-{key}-print.{kind}", "type": KINDS[kind], "content": content}
        raise InvalidRequest(GONE)

    def map_figure(asked: object) -> dict[str, str]:
        return answered(lambda: make(asked), UNFORESEEN)

    return map_figure


def _candidates(service: ServicePort, key: str) -> Iterator[ForgetReport]:
    """Runs that may be the one on the page: the remembered one of that key, and the finished example."""
    known = service.finished(key)
    if known is not None:
        yield known
    try:
        yield service.example()
    except DlfdError:  # an installation without one
        return


def _read(asked: object) -> tuple[str, str, str]:
    """Key, mark and kind of a browser's question. Raises ``InvalidRequest``."""
    try:
        found = read_json(asked)
        key, mark, kind = found["key"], found["mark"], found["kind"]
        if kind not in KINDS or not isinstance(key, str) or not isinstance(mark, str):
            raise ValueError
        return key, mark, kind
    except MALFORMED as error:
        raise InvalidRequest("This is no question for a figure; load the page again.") from error
