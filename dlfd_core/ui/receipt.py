"""What a visitor takes away: the command that repeats the run, and the report as JSON."""

from __future__ import annotations

import base64
import json
import math
import shlex
from dataclasses import asdict
from typing import Any

from dlfd_core.types import CONTROLLED, DEFAULT_PRESET, ForgetReport, ForgetRequest, KnobValue
from dlfd_core.ui.markup import esc


def _setting(value: KnobValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def command(request: ForgetRequest) -> str:
    """The command line that carries out the same request."""
    words = ["python", "-m", "dlfd_core", "forget"]
    for option in ("data", "task", "backbone", "method"):
        words += [f"--{option}", getattr(request, option)]
    words += ["--people", ",".join(request.people), "--seed", str(request.seed)]
    words += ["--retrain"] if request.retrain else []
    words += ["--no-control"] if request.method in CONTROLLED and not request.control else []
    words += ["--preset", request.preset] if request.preset != DEFAULT_PRESET else []
    for name, value in request.knobs:
        words += ["--set", f"{name}={_setting(value)}"]
    return shlex.join([*words, "--json", "report.json"])


def _finite(value: Any) -> Any:
    """JSON knows no NaN: it becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def report_json(report: ForgetReport) -> str:
    """Request, scores and what they depend on, with the field names of the command line's report. No photos."""
    request = asdict(report.request) | {"knobs": dict(report.request.knobs)}
    plain = ("verdict", "seconds", "data")
    document = {
        "key": report.key,
        "command": command(report.request),
        "request": request,
        "names": report.names,
        "classes": report.classes,
        "scores": {name: asdict(scores) for name, scores in report.scores.items()},
        "caveats": report.caveats,
        "versions": report.versions,
        "curve": [asdict(point) for point in report.curve],
    } | {name: asdict(getattr(report, name)) for name in plain}
    return json.dumps(_finite(document), ensure_ascii=False, indent=1, allow_nan=False)


def take_away(report: ForgetReport) -> str:
    """The command with a copy button (its script is in page.py) and the report as a file.

    The file is part of the page: nothing is written on the server.
    """
    content = base64.b64encode(report_json(report).encode()).decode()
    return (
        '<h3>Do it again</h3><p class="quiet">The same people, seed and settings give the same result on the same '
        'kind of machine.</p><div class="command">'
        f'<pre tabindex="0" role="region" aria-label="Command"><code>{esc(command(report.request))}</code></pre>'
        '<button type="button" class="plain" data-copy>Copy command</button>'
        f'<a class="plain" download="forget-{esc(report.key)}.json" href="data:application/json;base64,{content}">'
        "Download report (JSON)</a></div>"
    )
