"""Output of a run on the command line: a line of progress, and a table at the end."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from dlfd_core.runs.event_streams import last_report
from dlfd_core.types import (
    ATTACK_TITLES,
    MEASURES,
    STATISTIC_TITLES,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    interval_of,
)

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService

#: Scores in the order of the table.
ROWS = (
    "utility", "retain_accuracy", "forget_accuracy", "validation_accuracy", "mia_accuracy", "mia_auc",
    "forgetting_score", "nomus",
)  # fmt: skip


class ProgressLine:
    """One line on stderr that is rewritten on a terminal, and a few plain lines elsewhere."""

    def __init__(self) -> None:
        self._live, self._shown, self._stage = sys.stderr.isatty(), 0.0, ""

    def show(self, progress: ForgetProgress) -> None:
        if progress.stage == "load":
            return  # loading is short, and an error in a file must be the only line on stderr
        now, last = time.monotonic(), progress.done == progress.total
        if progress.stage == self._stage and not last and now - self._shown < (0.2 if self._live else 15.0):
            return
        self._shown, self._stage = now, progress.stage
        left = "" if progress.seconds_left is None else f", about {progress.seconds_left:.0f} s left"
        text = f"{progress.message}: {progress.done}/{progress.total}{left}"
        sys.stderr.write(f"\r\033[K{text}" + ("\n" if last else "") if self._live else f"{text}\n")
        sys.stderr.flush()


def row_title(name: str) -> str:
    """The title of a score in 22 columns, with its set where the title does not name it: ``utility (unseen)``."""
    measure = MEASURES[name]
    group = f" ({measure.group})" if measure.group not in measure.title else ""
    return f"{measure.title + group:22}"


def format_table(report: ForgetReport) -> str:
    """Scores by model, the null band, the verdict and the seconds, as plain text."""
    models = list(report.scores)
    lines = [f"{'':22}" + "".join(f"{name:>12}" for name in models)]
    for score in ROWS:
        lines.append(row_title(score) + "".join(f"{getattr(report.scores[name], score):12.4f}" for name in models))
    bands = "".join(f"{f'0-{report.scores[name].null_band[1]:.3f}':>12}" for name in models)
    lines.append(f"{'  its null band':22}{bands}")
    counts = report.data
    sizes = ", ".join(f"{name} {counts.people[name]} people / {counts.photos[name]} photos" for name in counts.people)
    spent = report.seconds
    times = f"load {spent.load:.1f}, unlearn {spent.unlearn:.1f}, " + (
        f"retrain {spent.retrain:.1f}, " if "retrained" in report.scores else ""
    )
    times += f"control {spent.control:.1f}, " if "control" in report.scores else ""
    lines += ["", report.verdict.text, "", *_evidence(report), f"Sets: {sizes}."]
    lines += [f"Seconds: {times}evaluate {spent.evaluate:.1f}, map {spent.project:.1f}, total {spent.total:.1f}."]
    return "\n".join([*lines, *(f"Note: {caveat}" for caveat in report.caveats)])


def _evidence(report: ForgetReport) -> list[str]:
    """Intervals of the unlearned model's scores, the result of each attack, and the change for kept people."""
    audit = report.audits.get("unlearned")
    if audit is None:
        return []
    intervals = {name: interval_of(name, audit) for name in ("utility", "forgetting_score", "nomus")}
    parts = [f"{MEASURES[name].title} {ends[0]:.3f} to {ends[1]:.3f}" for name, ends in intervals.items() if ends]
    lines = [f"95 % intervals of the unlearned model: {', '.join(parts)}."]
    auc, tpr = MEASURES["mia_auc"].title, MEASURES["tpr_at_1"].title
    lines += [f"{'attack on the unlearned':28}{auc:>12}{'95 % interval':>18}{tpr:>28}"]
    for name, attack in audit.attacks.items():
        low, high = attack.auc_interval
        share = "-" if attack.tpr_at_1 is None else f"{attack.tpr_at_1:.3f}"
        title = ATTACK_TITLES.get(name, name)
        lines.append(f"{title:28}{attack.auc:12.3f}{f'{low:.3f} to {high:.3f}':>18}{share:>28}")
    if audit.worst is not None:
        who = "models that never saw them" if audit.worst.models else "unseen people in this model"
        lines += [f"{'statistic of the verdict':44}{'value':>8}{f'range of {who}':>40}"]
        for each in audit.worst.statistics:
            mark = " outside" if abs(each.score) > audit.worst.threshold else ""
            title = STATISTIC_TITLES[each.name]
            lines.append(f"{title:44}{each.value:8.3f}{f'{each.low:.3f} to {each.high:.3f}':>40}{mark}")
    if audit.reference is not None:
        reference = audit.reference
        lines.append(
            f"Reference bank of {reference.models}: p = {reference.p_value:.3f} for the worst of these; completeness "
            f"of forgetting {reference.completeness:.2f} of 1."
        )
    if report.impact is not None:
        near, far = report.impact.look_alike_change, report.impact.others_change
        lines.append(
            f"Accuracy of the {near.people} kept people most like them: {near.change:+.3f}; everybody else who is "
            f"kept: {far.change:+.3f}."
        )
    return [*lines, ""]


def watch(service: UnlearningService, request: ForgetRequest) -> ForgetReport:
    """Carry out a request with its progress on stderr. Raises ``DlfdError``."""
    return last_report(service.forget(request, lambda: False), ProgressLine().show)
