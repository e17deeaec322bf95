"""Questions a script asks the server directly. Everybody can ask them, so bad input is answered with a sentence."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dlfd_core.errors import DlfdError, InvalidRequest
from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.ui.ports import ServicePort
from dlfd_core.ui.receipt import mark

log = logging.getLogger(__name__)

#: Characters of a question; 140 people are 1,000.
LONGEST = 50_000
#: What reading a question of another form raises.
MALFORMED = (ValueError, KeyError, TypeError, RecursionError, ValidationError)
_REQUEST: TypeAdapter[ForgetRequest] = TypeAdapter(ForgetRequest)


def answered(work: Callable[[], dict[str, Any]], unforeseen: str) -> dict[str, Any]:
    """What ``work`` gives, or ``{"error": sentence}``.

    Args:
        unforeseen: the sentence for what nobody foresaw, which is logged.
    """
    try:
        return work()
    except DlfdError as error:
        return {"error": str(error)}
    except Exception:
        log.exception("A question could not be answered")
        return {"error": unforeseen}


def read_json(asked: object) -> Any:
    """A question that is JSON as text. Raises one of ``MALFORMED``."""
    if not isinstance(asked, str) or len(asked) > LONGEST:
        raise ValueError("no text, or too long")
    return json.loads(asked)


def read_request(value: object) -> ForgetRequest:
    """A request as the page's take-away block holds it. Raises one of ``MALFORMED``."""
    return _REQUEST.validate_python(value)


def on_page(
    service: ServicePort, known: ForgetReport | None, matches: Callable[[ForgetReport], bool], otherwise: str
) -> ForgetReport:
    """The run as it stands on the page: one that the service remembers, or the finished example.

    Args:
        known: what the service remembers, which may have been computed anew since.
        matches: tells the one on the page.

    Raises:
        InvalidRequest: it is neither; the sentence is ``otherwise``.
    """
    if known is not None and matches(known):
        return known
    try:
        example = service.example()
    except DlfdError:  # an installation without one
        example = None
    if example is None or not matches(example):
        raise InvalidRequest(otherwise)
    return example


def shown_run(service: ServicePort, request: ForgetRequest, wanted: str | None, otherwise: str) -> ForgetReport:
    """``on_page`` for a request; ``wanted`` is the run's ``receipt.mark``."""
    return on_page(service, service.known(request), lambda report: mark(report) == wanted, otherwise)
