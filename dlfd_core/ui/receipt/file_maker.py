"""Files of the run that the page shows, made on a click and sent as bytes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport, ForgetRequest, RelearnReport, SequenceReport
from dlfd_core.ui.receipt.take_away import KINDS
from dlfd_core.ui.server.failures import NO_FILE, answered
from dlfd_core.ui.server.marks import after_mark
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.questions import MALFORMED, read_json, read_request, shown_run

GONE = "This run is not finished, or no longer in the server's memory; wait for its end, or run it again."
#: What the page shows and the receipt does not hold.
NO_RELEARN = (
    'The file does not hold the test "Does the memory come back?": this test is no longer in memory, or the finished '
    "example had other weights; forget these people again, and then repeat the test."
)
NO_SEQUENCE = "The file does not hold your sequence: it is no longer in memory, or its first request is not this run."


@dataclass(frozen=True)
class _Question:
    """A browser's question for a file of the run that it shows.

    Attributes:
        mark: ``marks.mark`` of that run.
        relearn, sequence: ``marks.after_mark`` of the relearn test and of the sequence that the page shows; None
            where it shows none.
    """

    kind: str
    request: ForgetRequest
    mark: str
    relearn: str | None
    sequence: str | None


def file_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function that the buttons for files call."""

    def make(value: object) -> dict[str, str]:
        question = _read(value)
        report, kind = shown_run(service, question.request, question.mark, GONE), KINDS[question.kind]
        after, note = _seen(service, report, question) if kind.stem == "receipt" else (NO_FOLLOW_UPS, "")
        content = base64.b64encode(_content(service, report, question.kind, after)).decode()
        name = f"{kind.stem}-{report.key}.{kind.ending}"
        return {"name": name, "type": kind.type, "content": content, "note": note}

    def run_file(value: object) -> dict[str, str]:
        return answered(lambda: make(value), NO_FILE)

    return run_file


def _seen(service: ServicePort, report: ForgetReport, question: _Question) -> tuple[FollowUps, str]:
    """The relearn test and the sequence that the page shows with this run, where the service remembers them; and a
    sentence about those that it does not remember."""
    reports = {after_mark(after): after for after in service.follow_ups(report)}
    relearn, sequence = reports.get(question.relearn or ""), reports.get(question.sequence or "")
    after = FollowUps(
        relearn if isinstance(relearn, RelearnReport) else None,
        sequence if isinstance(sequence, SequenceReport) else None,
    )
    missing = [NO_RELEARN] if question.relearn and after.relearn is None else []
    missing += [NO_SEQUENCE] if question.sequence and after.sequence is None else []
    return after, " ".join(missing)


def _content(service: ServicePort, report: ForgetReport, name: str, after: FollowUps) -> bytes:
    if name == "weights":
        return service.weights(report)
    if KINDS[name].stem == "losses":
        return service.loss_figure(report, KINDS[name].ending)
    return service.receipt(report, name, after)


def _read(value: object) -> _Question:
    """The question that a browser has sent. Raises ``InvalidRequest``."""
    try:
        fields = read_json(value)
        kind, mark = fields["kind"], fields["mark"]
        seen = fields.get("relearn"), fields.get("sequence")
        if kind not in KINDS or not isinstance(mark, str) or not all(isinstance(one, str | None) for one in seen):
            raise ValueError
        return _Question(kind, read_request(fields["request"]), mark, *seen)
    except MALFORMED as error:
        raise InvalidRequest("The server could not read this question; load the page again.") from error
