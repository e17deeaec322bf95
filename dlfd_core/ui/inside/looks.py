"""Looks into the synthesis of the run that the page shows: each question of the script brings one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import ForgetRequest
from dlfd_core.ui.components.xray import look_value
from dlfd_core.ui.server.failures import NOT_SHOWN, answered
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.questions import MALFORMED, read_json, read_request, shown_run

GONE = "This run is no longer in the server's memory; run it again to look inside."


def look_finder(service: ServicePort) -> Callable[[object], dict[str, Any]]:
    """The function that the page's look inside calls; its question names a run and one of its looks."""

    def find(question: object) -> dict[str, Any]:
        request, wanted, number = _read(question)
        report = shown_run(service, request, wanted, GONE)
        if number >= len(report.looks):
            raise InvalidRequest("This run has no record of this step; load the page again.")
        return look_value(report.looks[number], report.classes)

    def look(question: object) -> dict[str, Any]:
        return answered(lambda: find(question), NOT_SHOWN)

    return look


def _read(question: object) -> tuple[ForgetRequest, str, int]:
    """Request, mark and number of a browser's question. Raises ``InvalidRequest``."""
    try:
        fields = read_json(question)
        wanted, number = fields["mark"], fields["number"]
        if not isinstance(wanted, str) or isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ValueError
        return read_request(fields["request"]), wanted, number
    except MALFORMED as error:
        raise InvalidRequest("The server could not read this question; load the page again.") from error
