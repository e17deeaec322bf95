"""``forget ... --then PEOPLE``: more requests after the first, and a table per step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlfd_core.cli.watch import ProgressLine, row_title
from dlfd_core.errors import InvalidRequest
from dlfd_core.runs.event_streams import last_result
from dlfd_core.types import (
    MEASURES,
    SEQUENCE_MODELS,
    ForgetRequest,
    Scores,
    SequenceReport,
    SequenceRequest,
    SequenceStep,
)

if TYPE_CHECKING:
    from dlfd_core.data.splits import TaskData
    from dlfd_core.service import UnlearningService

#: Scores in the table of a step.
ROWS = ("utility", "retain_accuracy", "forget_accuracy", "mia_auc", "forgetting_score", "nomus")
TITLES = {"original": "original", "sequential": "sequential", "one_shot": "all at once", "retrained": "retrained"}


def read_sequence(task: TaskData, base: ForgetRequest, then: Sequence[str]) -> SequenceRequest:
    """The sequence of ``--then``, validated before anything is computed.

    ``random:N`` draws from the people who are in no earlier request and named in none, with the seed and a random
    stream of the request's own.

    Raises:
        InvalidRequest, UnknownName: as ``validated_sequence``, and a malformed or too large number.
    """
    from dlfd_core.data.people import is_draw, read_ids
    from dlfd_core.runs.validation import validated_sequence

    everybody = set(task.training_people())
    named = [() if is_draw(text, everybody) else tuple(read_ids(text, everybody)) for text in then]
    taken = set(base.people).union(*named)
    groups: list[tuple[str, ...]] = []
    for number, (text, people) in enumerate(zip(then, named, strict=True), 2):
        groups.append(_draw(task, text, number, base.seed, taken) if is_draw(text, everybody) else people)
        taken |= set(groups[-1])
    return validated_sequence(SequenceRequest(base, tuple(groups)), task)


def _draw(task: TaskData, text: str, number: int, seed: int, taken: set[str]) -> tuple[str, ...]:
    from dlfd_core.data.people import RANDOM
    from dlfd_core.seeding import make_rng

    left = [person for person in task.training_people() if person not in taken]
    if len(left) < 2:
        raise InvalidRequest(f"--then {text!r}: nobody is left to draw; the other requests name all but one to keep.")
    wanted = text.removeprefix(RANDOM)
    if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < len(left)):
        raise InvalidRequest(
            f"--then {text!r}: the number after random: must be between 1 and {len(left) - 1}; {len(left)} people are "
            "in no other request, and one is to be kept."
        )
    chosen = make_rng(seed, f"people of request {number}").choice(len(left), size=int(wanted), replace=False)
    return tuple(sorted(left[i] for i in chosen))


def watch_sequence(service: UnlearningService, request: SequenceRequest) -> SequenceReport:
    """Carry out a sequence with its progress on stderr. Raises ``DlfdError``."""
    return last_result(service.sequence(request, lambda: False), ProgressLine().show)


def format_sequence(report: SequenceReport) -> str:
    """A table per step, and the finding, as plain text."""
    parts = [_step(report, number, step) for number, step in enumerate(report.steps, 1)]
    return "\n\n".join([*parts, report.finding])


def _step(report: SequenceReport, number: int, step: SequenceStep) -> str:
    models = [name for name in SEQUENCE_MODELS if name in step.scores]
    counts = step.data
    lines = [
        f"After request {number} of {len(report.request.groups)} ({', '.join(step.people)}): "
        f"{counts.people['forget']} people / {counts.photos['forget']} photos forgotten so far",
        f"{'':22}" + "".join(f"{TITLES[name]:>13}" for name in models),
    ]
    for score in ROWS:
        lines.append(row_title(score) + "".join(f"{getattr(step.scores[name], score):13.4f}" for name in models))
    lines.append(row_title("seconds") + "".join(f"{_seconds(step, name):>13}" for name in models))
    if number > 1:
        for name, drift in step.drift.items():
            lines.append(
                f"Drift from {TITLES[name]}: utility {drift.utility:+.4f}, forgetting score "
                f"{drift.forgetting_score:+.4f}, NoMUS {drift.nomus:+.4f}; another answer on "
                f"{drift.disagreement:.1%} of unseen photos; weights {drift.weights:.3f} apart"
            )
        lines += [f"Request {i} by itself: {_alone(scores)}" for i, scores in enumerate(step.groups, 1)]
    lines += [f"No {TITLES[name]} model: {reason}" for name, reason in step.missing.items()]
    return "\n".join(lines)


def _seconds(step: SequenceStep, name: Any) -> str:
    return f"{step.seconds[name]:.1f}" if name in step.seconds else "-"


def _alone(scores: Scores) -> str:
    (low, high), auc, accuracy = scores.auc_band, MEASURES["mia_auc"].title, MEASURES["forget_accuracy"].title
    return f"{auc} {scores.mia_auc:.4f} (by chance {low:.3f}-{high:.3f}), {accuracy} {scores.forget_accuracy:.4f}"
