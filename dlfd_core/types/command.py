"""The command line that carries out a request, as text. No other module builds it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

from dlfd_core.types.cards import DEFAULT_PRESET, KnobValue
from dlfd_core.types.follow_up import NO_FOLLOW_UPS, FollowUps
from dlfd_core.types.own_photos import OWN_DATA_PREFIX
from dlfd_core.types.run import CONTROLLED, ForgetReport, ForgetRequest


def _setting(value: KnobValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ids(people: Sequence[str]) -> str:
    """``ID,ID,...`` with quotation marks around ids that would be read as something else."""

    def quoted(name: str) -> str:
        plain = name == name.strip() and not any(sign in name for sign in ',"') and not name.startswith("random:")
        return name if plain else '"' + name.replace('"', '""') + '"'

    return ",".join(quoted(name) for name in people)


def command(request: ForgetRequest, after: FollowUps = NO_FOLLOW_UPS) -> str:
    """The command line that carries out a request and its follow-ups."""
    if after.sequence is not None:  # one option asks for the retrained model of the run and of every step
        request = replace(request, retrain=request.retrain or after.sequence.request.base.retrain)
    words = ["python", "-m", "dlfd_core", "forget"]
    for option in ("data", "task", "backbone", "method"):
        words += [f"--{option}", getattr(request, option)]
    words += ["--people", _ids(request.people), "--seed", str(request.seed)]
    words += ["--retrain"] if request.retrain else []
    words += ["--no-control"] if request.method in CONTROLLED and not request.control else []
    words += ["--preset", request.preset] if request.preset != DEFAULT_PRESET else []
    words += ["--device", request.device] if request.device != "auto" else []
    words += ["--weights", request.weights] if request.weights else []
    for name, value in request.knobs:
        words += ["--set", f"{name}={_setting(value)}"]
    for group in () if after.sequence is None else after.sequence.request.then:
        words += ["--then", _ids(group)]
    words += [] if after.relearn is None else ["--relearn", str(after.relearn.photos)]
    return shlex.join([*words, "--json", "report.json"])


def bank_command(request: ForgetRequest) -> str:
    """The command line that trains the reference bank of a request; empty for photos of a visitor, which have none."""
    if request.data.startswith(OWN_DATA_PREFIX):
        return ""
    words = ["python", "-m", "dlfd_core", "bank"]
    for option in ("data", "task", "backbone"):
        words += [f"--{option}", getattr(request, option)]
    return shlex.join(words)


def threads_of(report: ForgetReport) -> int | None:
    """Number of threads of a run; None on a GPU and where the report does not record it."""
    match = re.search(r"(\d+) threads?\b", report.versions.get("device", ""))
    return int(match[1]) if match else None


def repeat_command(report: ForgetReport, after: FollowUps = NO_FOLLOW_UPS) -> str:
    """The command with the number of threads of the run: the order of sums, and so the result, depends on it."""
    threads = threads_of(report)
    return (f"OMP_NUM_THREADS={threads} " if threads else "") + command(report.request, after)
