"""Reading of questions that the page's scripts send to the server. Anybody can send one, so nothing in it is trusted.

``failures.answered`` turns the errors raised here into one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dlfd_core.errors import DlfdError, InvalidRequest
from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.ui.server.marks import mark
from dlfd_core.ui.server.ports import ServicePort

#: Most characters of a question; one that names 140 people has 1,000.
LONGEST = 50_000
#: Errors that are raised where a question does not have the expected form.
MALFORMED = (ValueError, KeyError, TypeError, RecursionError, ValidationError)
_REQUEST: TypeAdapter[ForgetRequest] = TypeAdapter(ForgetRequest)


def read_json(question: object) -> Any:
    """The value of a question that is JSON as text. Raises one of ``MALFORMED``."""
    if not isinstance(question, str) or len(question) > LONGEST:
        raise ValueError("no text, or too long")
    return json.loads(question)


def read_request(value: object) -> ForgetRequest:
    """A request in the form that the page's take-away block holds. Raises one of ``MALFORMED``."""
    return _REQUEST.validate_python(value)


def on_page(
    service: ServicePort, remembered: ForgetReport | None, matches: Callable[[ForgetReport], bool], otherwise: str
) -> ForgetReport:
    """The report of the run that the page shows: one that the service remembers, or the finished example.

    Args:
        remembered: the report in the service's memory; it may have been computed again since.
        matches: whether a report is the one that the page shows.

    Raises:
        InvalidRequest: neither of the two matches; the sentence is ``otherwise``.
    """
    if remembered is not None and matches(remembered):
        return remembered
    try:
        example = service.example()
    except DlfdError:  # an installation without one
        example = None
    if example is None or not matches(example):
        raise InvalidRequest(otherwise)
    return example


def shown_run(service: ServicePort, request: ForgetRequest, wanted: str | None, otherwise: str) -> ForgetReport:
    """``on_page`` for a request; ``wanted`` is the ``marks.mark`` of the run."""
    return on_page(service, service.cached_report(request), lambda report: mark(report) == wanted, otherwise)
