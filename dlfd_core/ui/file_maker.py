"""Files of the run that the page shows, made on a click and answered as bytes."""

from __future__ import annotations

import base64
from collections.abc import Callable

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.ui.ports import ServicePort
from dlfd_core.ui.questions import MALFORMED, answered, read_json, read_request, shown_run
from dlfd_core.ui.receipt import KINDS

GONE = "This run is not finished, or no longer remembered; wait for its end, or run it again."
UNFORESEEN = "The file could not be made just now."


def file_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function behind the buttons."""

    def make(asked: object) -> dict[str, str]:
        name, request, wanted = _read(asked)
        report, kind = shown_run(service, request, wanted, GONE), KINDS[name]
        content = base64.b64encode(_content(service, report, name)).decode()
        return {"name": f"{kind.stem}-{report.key}.{kind.ending}", "type": kind.type, "content": content}

    def run_file(asked: object) -> dict[str, str]:
        return answered(lambda: make(asked), UNFORESEEN)

    return run_file


def _content(service: ServicePort, report: ForgetReport, name: str) -> bytes:
    if name == "weights":
        return service.weights(report)
    if KINDS[name].stem == "losses":
        return service.loss_figure(report, dark=False, kind=KINDS[name].ending)
    return service.receipt(report, name)


def _read(asked: object) -> tuple[str, ForgetRequest, str]:
    """Kind, request and mark of a browser's question. Raises ``InvalidRequest``."""
    try:
        found = read_json(asked)
        kind, wanted = found["kind"], found["mark"]
        if kind not in KINDS or not isinstance(wanted, str):
            raise ValueError
        return kind, read_request(found["request"]), wanted
    except MALFORMED as error:
        raise InvalidRequest("This is no question for a file; load the page again.") from error
