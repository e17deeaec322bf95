"""The receipt of the run that the page shows, made on a click and answered as bytes."""

from __future__ import annotations

import base64
from collections.abc import Callable

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import ForgetRequest
from dlfd_core.ui.ports import ServicePort
from dlfd_core.ui.questions import MALFORMED, answered, read_json, read_request, shown_run
from dlfd_core.ui.receipt import KINDS

GONE = "This run is not finished, or no longer remembered; wait for its end, or run it again."
UNFORESEEN = "The receipt could not be made just now."


def receipt_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function behind the buttons."""

    def make(asked: object) -> dict[str, str]:
        kind, request, wanted = _read(asked)
        report = shown_run(service, request, wanted, GONE)
        content = base64.b64encode(service.receipt(report, kind)).decode()
        return {"name": f"receipt-{report.key}.{kind}", "type": KINDS[kind][1], "content": content}

    def receipt(asked: object) -> dict[str, str]:
        return answered(lambda: make(asked), UNFORESEEN)

    return receipt


def _read(asked: object) -> tuple[str, ForgetRequest, str]:
    """Kind, request and mark of a browser's question. Raises ``InvalidRequest``."""
    try:
        found = read_json(asked)
        kind, wanted = found["kind"], found["mark"]
        if kind not in KINDS or not isinstance(wanted, str):
            raise ValueError
        return kind, read_request(found["request"]), wanted
    except MALFORMED as error:
        raise InvalidRequest("This is no question for a receipt; load the page again.") from error
