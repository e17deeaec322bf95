"""What a visitor takes away: the command that repeats the run, its receipt, and the report as JSON.

Nothing of it is left on the server: the JSON is part of the page, and a receipt is made on a click and answered as
bytes, which the browser saves. No file is written, so gradio's cache has nothing to sweep.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from dlfd_core.types import ForgetReport
from dlfd_core.types.command import repeating
from dlfd_core.types.document import report_document
from dlfd_core.types.plain import finite
from dlfd_core.ui.markup import data_uri, esc

#: Kind -> how the file is called and what it is.
KINDS = {"html": ("Receipt (HTML)", "text/html"), "pdf": ("Receipt (PDF)", "application/pdf")}


def report_values(report: ForgetReport) -> dict[str, Any]:
    """Request, scores and what they depend on, with the field names of the command line's report. No photos."""
    more = {"command": repeating(report), "curve": [asdict(point) for point in report.curve]}
    values: dict[str, Any] = finite(report_document(report) | more)
    return values


def report_json(report: ForgetReport) -> str:
    return json.dumps(report_values(report), ensure_ascii=False, indent=1, allow_nan=False)


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
