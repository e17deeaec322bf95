"""Receipt sections of the follow-ups of a run: the relearn test and the sequence of requests."""

from __future__ import annotations

from dlfd_core.reports.receipt.blocks import (
    NONE,
    Block,
    Section,
    Table,
    Text,
    interval_text,
    names_with_ids,
    number,
    signed,
    with_interval,
)
from dlfd_core.reports.receipt.scores import band, score_table
from dlfd_core.types import (
    MEASURES,
    MODEL_TITLES,
    RELEARN_SOURCE_TITLES,
    SEQUENCE_TITLES,
    FollowUps,
    Interval,
    RelearnCurve,
    RelearnReport,
    RelearnSide,
    SequenceReport,
    SequenceStep,
)


def follow_up_sections(follow_ups: FollowUps) -> list[Section]:
    """A section for each follow-up that was run."""
    relearn = [] if follow_ups.relearn is None else [_relearn(follow_ups.relearn)]
    return relearn + ([] if follow_ups.sequence is None else [_sequence(follow_ups.sequence)])


# ---- relearning ------------------------------------------------------------------------------------------------------


def _relearn(report: RelearnReport) -> Section:
    """The relearn test: its setting, findings and curves."""
    blocks: list[Block] = [Text(_setting(report))]
    for side in report.sides:
        blocks += [Text(side.finding), _curves(side)]
    return Section("The relearn test: does the memory come back?", tuple(blocks))


def _setting(report: RelearnReport) -> str:
    """The photos and training steps of the test in sentences."""
    unseen = "people the models never saw" if report.by_person else "the same people that were never trained on"
    text = (
        f"Every model was trained a little further, {report.steps} steps of AdamW at {report.lr:g} with up to "
        f"{report.batch_size} photos each: on people who are kept, and on at most {report.photos} of each forgotten "
        f"person's photos ({report.shown} in all). The AUC compares {report.measured} other photos of {report.people} "
        f"of them with {report.strangers} photos of {unseen}; above 0.5 the model knows them better. The way back is "
        "the share of the distance to the AUC of the original before relearning."
    )
    if any("retrained" in side.curves for side in report.sides):
        text += " The area is the mean lead over the retrained model."
    return text + (f" {report.left_out} people with a single photo are left out." if report.left_out else "")


def _curves(side: RelearnSide) -> Table:
    """Scores of each model before, during and after relearning on one kind of photos."""
    curves = list(side.curves.values())
    steps = [point.step for point in curves[0].points]
    auc = MEASURES["mia_auc"].title
    rows = [
        (f"{auc} after {step} steps", *(number(curve.points[i].auc) for curve in curves))
        for i, step in enumerate(steps[:-1])
    ]
    rows.append((f"{auc} after {steps[-1]} steps", *(with_interval(c.points[-1].auc, c.interval) for c in curves)))
    rows.append(("change", *(_change(curve.gain, curve.gain_interval) for curve in curves)))
    rows.append((MEASURES["recovery"].title, *(_recovery(curve) for curve in curves)))
    if any(curve.lead is not None for curve in curves):
        rows += [
            (
                "lead over the retrained model, first",
                *(_change(c.lead_before, c.lead_before_interval) for c in curves),
            ),
            (
                "lead over the retrained model, last",
                *(_change(curve.lead, curve.lead_interval) for curve in curves),
            ),
            (MEASURES["area"].title, *(_change(curve.area, None) for curve in curves)),
        ]
    ends = [(curve.points[0].accuracy, curve.points[-1].accuracy) for curve in curves]
    rows.append(("accuracy, first to last", *map(band, ends)))
    head = ("after relearning", *(MODEL_TITLES[name] for name in side.curves))
    return Table(f"{RELEARN_SOURCE_TITLES[side.source]}; brackets hold 95 % intervals", head, tuple(rows))


def _change(value: float | None, interval: Interval | None) -> str:
    """A difference and its interval as text."""
    return NONE if value is None else f"{signed(value)} {interval_text(interval)}".strip()


def _recovery(curve: RelearnCurve) -> str:
    """The way back in percent."""
    return "none to go" if curve.recovery is None else f"{100 * curve.recovery:.0f} %"


# ---- sequence --------------------------------------------------------------------------------------------------------


def _sequence(report: SequenceReport) -> Section:
    """The sequence: its finding and the tables of each request."""
    blocks: list[Block] = [Text(report.finding)]
    for number_, step in enumerate(report.steps):
        blocks += _step(report, number_, step)
    return Section("Requests that came one after another", tuple(blocks))


def _step(report: SequenceReport, number_: int, step: SequenceStep) -> list[Block]:
    """Tables of one request: the scores; from the second request on also the drift and each request by itself.

    Args:
        number_: of the request, from 0.
    """
    people, photos = step.data.people["forget"], step.data.photos["forget"]
    names = names_with_ids(step.people, report.names[number_])
    caption = (
        f"After request {number_ + 1} of {len(report.request.groups)}: {names}; "
        f"{people:,} people with {photos:,} photos forgotten so far"
    )
    blocks: list[Block] = [score_table(caption, SEQUENCE_TITLES, step.scores)]
    blocks += [Text(f"No model {SEQUENCE_TITLES[name].lower()}: {why}") for name, why in step.missing.items()]
    if number_ > 0:
        blocks += [_drift(step)] if step.drift else []
        blocks.append(_groups(report, step))
    return blocks


def _drift(step: SequenceStep) -> Table:
    """Differences of the sequential model to the other models."""
    rows = tuple(
        (
            SEQUENCE_TITLES[name],
            signed(drift.utility),
            signed(drift.forgetting_score),
            signed(drift.nomus),
            f"{100 * drift.disagreement:.1f} %",
            number(drift.weights),
        )
        for name, drift in step.drift.items()
    )
    scores = (MEASURES[name].title for name in ("utility", "forgetting_score", "nomus"))
    head = ("against", *scores, "different predictions on unseen photos", "distance of weights")
    return Table("Drift: scores of one after another minus those of the other model", head, rows)


def _groups(report: SequenceReport, step: SequenceStep) -> Table:
    """Scores of each request so far, on its own forgotten people."""
    rows = tuple(
        (
            f"request {i + 1}",
            number(scores.mia_auc),
            number(report.steps[i].groups[i].mia_auc),
            band(scores.auc_band),
            number(scores.forget_accuracy),
        )
        for i, scores in enumerate(step.groups)
    )
    auc, accuracy = MEASURES["mia_auc"].title, MEASURES["forget_accuracy"].title
    head = ("each by itself", f"{auc} now", "after its own step", "by chance", accuracy)
    return Table("Each request by itself, in the model that forgot one after another", head, rows)
