"""What was done with a run afterwards, as sections of its receipt: the relearn test, requests one after another."""

from __future__ import annotations

from dlfd_core.reports.receipt.blocks import NONE, Block, Section, Table, Text, named, number, signed, span, with_span
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


def after_sections(after: FollowUps) -> list[Section]:
    """One for each that was done."""
    found = [] if after.relearn is None else [_relearn(after.relearn)]
    return found + ([] if after.sequence is None else [_sequence(after.sequence)])


# ---- relearning ------------------------------------------------------------------------------------------------------


def _relearn(report: RelearnReport) -> Section:
    blocks: list[Block] = [Text(_basis(report))]
    for side in report.sides:
        blocks += [Text(side.finding), _curves(side)]
    return Section("The relearn test: does it come back?", tuple(blocks))


def _basis(report: RelearnReport) -> str:
    whose = "people the models never saw" if report.by_person else "the same people that were never trained on"
    said = (
        f"Every model was trained a little further, {report.steps} steps of AdamW at {report.lr:g} with up to "
        f"{report.batch_size} photos each: on people who are kept, and on at most {report.photos} of each forgotten "
        f"person's photos ({report.shown} in all). Measured on {report.measured} others of {report.people} of them "
        f"against {report.strangers} photos of {whose}; above 0.5 they look known. The way back is the share of the "
        "distance to where the original began."
    )
    if any("retrained" in side.curves for side in report.sides):
        said += " The area is the mean lead over the retrained model."
    return said + (f" {report.left_out} people with a single photo are left out." if report.left_out else "")


def _curves(side: RelearnSide) -> Table:
    curves = list(side.curves.values())
    steps = [point.step for point in curves[0].points]
    auc = MEASURES["mia_auc"].title
    rows = [
        (f"{auc} after {step} steps", *(number(curve.points[i].auc) for curve in curves))
        for i, step in enumerate(steps[:-1])
    ]
    rows.append((f"{auc} after {steps[-1]} steps", *(with_span(c.points[-1].auc, c.interval) for c in curves)))
    rows.append(("change", *(_lead(curve.gain, curve.gain_interval) for curve in curves)))
    rows.append((MEASURES["recovery"].title, *(_way(curve) for curve in curves)))
    if any(curve.lead is not None for curve in curves):
        rows += [
            ("lead over the retrained model, first", *(_lead(c.lead_before, c.lead_before_interval) for c in curves)),
            ("lead over the retrained model, last", *(_lead(curve.lead, curve.lead_interval) for curve in curves)),
            (MEASURES["area"].title, *(_lead(curve.area, None) for curve in curves)),
        ]
    ends = [(curve.points[0].accuracy, curve.points[-1].accuracy) for curve in curves]
    rows.append(("accuracy, first to last", *map(band, ends)))
    head = ("after relearning", *(MODEL_TITLES[name] for name in side.curves))
    return Table(f"{RELEARN_SOURCE_TITLES[side.source]}; brackets hold 95 % intervals", head, tuple(rows))


def _lead(value: float | None, interval: Interval | None) -> str:
    return NONE if value is None else f"{signed(value)} {span(interval)}".strip()


def _way(curve: RelearnCurve) -> str:
    return "none to go" if curve.recovery is None else f"{100 * curve.recovery:.0f} %"


# ---- one after another -----------------------------------------------------------------------------------------------


def _sequence(report: SequenceReport) -> Section:
    blocks: list[Block] = [Text(report.finding)]
    for number_, step in enumerate(report.steps):
        blocks += _step(report, number_, step)
    return Section("Requests that came one after another", tuple(blocks))


def _step(report: SequenceReport, number_: int, step: SequenceStep) -> list[Block]:
    """The scores of a step, and after the first what they drifted from and each request by itself.

    Args:
        number_: of the request, from 0.
    """
    people, photos = step.data.people["forget"], step.data.photos["forget"]
    who = f"{named(step.people, report.names[number_])}; {people:,} people with {photos:,} photos forgotten so far"
    caption = f"After request {number_ + 1} of {len(report.request.groups)}: {who}"
    found: list[Block] = [score_table(caption, SEQUENCE_TITLES, step.scores)]
    found += [Text(f"No model {SEQUENCE_TITLES[name].lower()}: {why}") for name, why in step.missing.items()]
    if number_ > 0:
        found += [_drift(step)] if step.drift else []
        found.append(_groups(report, step))
    return found


def _drift(step: SequenceStep) -> Table:
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
    head = ("against", *scores, "other answers on unseen photos", "weights apart")
    return Table("Drift: one after another, less the other", head, rows)


def _groups(report: SequenceReport, step: SequenceStep) -> Table:
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
