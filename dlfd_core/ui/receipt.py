"""What a visitor takes away: the command that repeats the run, its receipt, and the report as JSON.

Nothing of it is left on the server: the JSON is part of the page, and a receipt is made on a click and answered as
bytes, which the browser saves. No file is written, so gradio's cache has nothing to sweep.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict

from pydantic import TypeAdapter, ValidationError

from dlfd_core.errors import DlfdError, InvalidRequest
from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.types.command import repeating
from dlfd_core.types.plain import finite
from dlfd_core.ui.markup import data_uri, esc
from dlfd_core.ui.ports import ServicePort

log = logging.getLogger(__name__)

#: Kind -> how the file is called and what it is.
KINDS = {"html": ("Receipt (HTML)", "text/html"), "pdf": ("Receipt (PDF)", "application/pdf")}
#: Characters of a browser's question; 140 people are 1,000.
LONGEST = 50_000
GONE = "This run is not finished, or no longer remembered; wait for its end, or run it again."
UNFORESEEN = "The receipt could not be made just now."
_REQUEST: TypeAdapter[ForgetRequest] = TypeAdapter(ForgetRequest)


def report_json(report: ForgetReport) -> str:
    """Request, scores and what they depend on, with the field names of the command line's report. No photos."""
    request = asdict(report.request) | {"knobs": dict(report.request.knobs)}
    plain = ("verdict", "seconds", "data")
    document = {
        "key": report.key,
        "command": repeating(report),
        "request": request,
        "names": report.names,
        "classes": report.classes,
        "scores": {name: asdict(scores) for name, scores in report.scores.items()},
        "audits": {name: asdict(audit) for name, audit in report.audits.items()},
        "impact": None if report.impact is None else asdict(report.impact),
        "hashes": report.hashes,
        "caveats": report.caveats,
        "versions": report.versions,
        "curve": [asdict(point) for point in report.curve],
    } | {name: asdict(getattr(report, name)) for name in plain}
    return json.dumps(finite(document), ensure_ascii=False, indent=1, allow_nan=False)


def take_away(report: ForgetReport) -> str:
    """The command with a copy button, a button per receipt (their scripts are in page.js), and the report as a file."""
    address = data_uri(report_json(report).encode(), "application/json")
    asked = esc(json.dumps({"request": asdict(report.request), "mark": mark(report)}, ensure_ascii=False))
    buttons = "".join(
        f'<button type="button" class="plain" data-receipt="{kind}">{title}</button>'
        for kind, (title, _) in KINDS.items()
    )
    return (
        '<h3>Do it again, or hand it on</h3><p class="quiet">The same people, seed and settings give the same result '
        "on the same kind of machine with as many threads. The receipt says all that was measured, and "
        "<code>python -m dlfd_core verify</code> checks one.</p>"
        f'<div class="command" data-asked="{asked}">'
        f'<pre tabindex="0" role="region" aria-label="Command"><code>{esc(repeating(report))}</code></pre>'
        f'<button type="button" class="plain" data-copy>Copy command</button>{buttons}'
        f'<a class="plain" download="forget-{esc(report.key)}.json" href="{address}">Report (JSON)</a>'
        '<p class="quiet" role="status" data-said hidden></p></div>'
    )


def mark(report: ForgetReport) -> str:
    """Tells apart reports of one request: the finished example may have been made with other threads than a run."""
    scores = {name: asdict(said) for name, said in report.scores.items()}
    return hashlib.sha256(json.dumps(scores, sort_keys=True).encode()).hexdigest()[:16]


def receipt_maker(service: ServicePort) -> Callable[[object], dict[str, str]]:
    """The function behind the buttons: everybody can call it, so bad input is answered with a sentence."""

    def receipt(asked: object) -> dict[str, str]:
        try:
            kind, request, wanted = _read(asked)
            report = _remembered(service, request, wanted)
            content = service.receipt(report, kind)
        except DlfdError as error:
            return {"error": str(error)}
        except Exception:
            log.exception("A receipt could not be made")
            return {"error": UNFORESEEN}
        name = f"receipt-{report.key}.{kind}"
        return {"name": name, "type": KINDS[kind][1], "content": base64.b64encode(content).decode()}

    return receipt


def _read(asked: object) -> tuple[str, ForgetRequest, str]:
    """Kind, request and mark of a browser's question, which is JSON as text. Raises ``InvalidRequest``."""
    try:
        if not isinstance(asked, str) or len(asked) > LONGEST:
            raise ValueError
        found = json.loads(asked)
        kind, wanted = found["kind"], found["mark"]
        if kind not in KINDS or not isinstance(wanted, str):
            raise ValueError
        return kind, _REQUEST.validate_python(found["request"]), wanted
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise InvalidRequest("This is no question for a receipt; load the page again.") from error


def _remembered(service: ServicePort, request: ForgetRequest, wanted: str) -> ForgetReport:
    """The run as it stands on the page: one that the service remembers, or the finished example."""
    known = service.known(request)
    if known is not None and mark(known) == wanted:
        return known
    try:
        example = service.example()
    except DlfdError:  # an installation without one
        example = None
    if example is None or mark(example) != wanted:
        raise InvalidRequest(GONE)
    return example
