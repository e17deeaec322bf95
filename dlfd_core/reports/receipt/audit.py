"""Receipt sections of the audits: other attacks, the reference bank, single people, accuracy changes of others."""

from __future__ import annotations

from collections.abc import Sequence

from dlfd_core.reports.receipt.blocks import (
    NONE,
    Block,
    Section,
    Table,
    Text,
    interval_text,
    number,
    signed,
    with_interval,
)
from dlfd_core.types import (
    ATTACK_TITLES,
    MEASURES,
    MODEL_TITLES,
    STATISTIC_TITLES,
    AccuracyChange,
    Audit,
    ForgetReport,
    Impact,
)


def audit_sections(report: ForgetReport) -> list[Section]:
    """The sections for which the report has results."""
    sections: list[Section] = []
    if report.audits:
        sections.append(Section("Other attacks", tuple(_attacks(name, audit) for name, audit in report.audits.items())))
        sections += _features(report)
    sections += _worst(report) + _references(report) + _people(report)
    return sections + ([] if report.impact is None else [_impact(report.impact)])


def _attacks(name: str, audit: Audit) -> Table:
    """All attacks on one model."""
    rows = tuple(
        (
            ATTACK_TITLES.get(attack, attack),
            with_interval(outcome.auc, outcome.auc_interval),
            number(outcome.ks),
            with_interval(outcome.tpr_at_1, outcome.tpr_at_1_interval),
            with_interval(outcome.tpr_at_01, outcome.tpr_at_01_interval),
            number(outcome.called_unseen),
            f"{outcome.n_forget:,} / {outcome.n_unseen:,}",
        )
        for attack, outcome in audit.attacks.items()
    )
    measures = (MEASURES[name].title for name in ("ks", "tpr_at_1", "tpr_at_01", "called_unseen"))
    head = ("attack", MEASURES["mia_auc"].title, *measures, "forgotten / unseen")
    title = f"{MODEL_TITLES[name]}: attacks, with 95 % intervals in brackets; an AUC of 0.5 is a guess"
    return Table(title, head, rows)


def _features(report: ForgetReport) -> list[Section]:
    """How well the features separate classes and people; empty without results."""
    rows = tuple(
        (
            MODEL_TITLES[name],
            number(separability.task_probe),
            number(separability.task_scatter),
            number(separability.task_silhouette),
            with_interval(separability.identity_forget, separability.identity_forget_interval),
            number(separability.identity_unseen),
            number(audit.rf_jsd, 4),
        )
        for name, audit in report.audits.items()
        if (separability := audit.separability) is not None
    )
    if not rows:
        return []
    names = ("task_probe", "task_scatter", "task_silhouette", "identity_forget", "identity_unseen", "rf_jsd")
    head = ("model", *(MEASURES[name].title for name in names))
    caption = "How well the features separate the classes of the task, and people (for people 0.5 is chance)"
    return [Section("Features", (Table(caption, head, rows),))]


def _references(report: ForgetReport) -> list[Section]:
    """The comparison with the reference bank; empty without one."""
    references = {name: audit.reference for name, audit in report.audits.items() if audit.reference is not None}
    if not references:
        return []
    rows = tuple(
        (
            MODEL_TITLES[name],
            signed(reference.excess),
            interval_text(reference.excess_band),
            number(reference.p_value),
            with_interval(reference.oracle_auc, reference.oracle_band),
            number(reference.completeness),
        )
        for name, reference in references.items()
    )
    models = next(iter(references.values())).models
    text = (
        f"{models} models have never seen these people. Excess is how much better the attack on the loss works on this "
        "model than on those models. The p-value is that of the worst case over all numbers of the verdict."
    )
    completeness = MEASURES["completeness"].title
    head = ("model", "excess", "band of 95 %", "p-value", "AUC of models that never saw them", completeness)
    return [
        Section("Comparison with the reference models", (Text(text), Table("Against reference models", head, rows)))
    ]


def _worst(report: ForgetReport) -> list[Section]:
    """Every number of the verdict with the range it is compared with; empty in older reports."""
    worst = {name: audit.worst for name, audit in report.audits.items() if audit.worst is not None}
    if not worst:
        return []
    banked = any(each.models for each in worst.values())
    text = (
        "The verdict looks at the number that is furthest outside its range. "
        + ("Models that never saw exactly these people" if banked else "Unseen people in the same model")
        + " stay within all ranges at once in 95 % of cases."
    )
    rows = tuple(
        (
            MODEL_TITLES[name],
            STATISTIC_TITLES[statistic.name],
            with_interval(statistic.value, (statistic.low, statistic.high)),
            "outside" if abs(statistic.score) > each.threshold else "within",
        )
        for name, each in worst.items()
        for statistic in each.statistics
    )
    head = ("model", "number", "value, and its range", "")
    return [Section("What the verdict looks at", (Text(text), Table("Numbers of the verdict", head, rows)))]


def _people(report: ForgetReport) -> list[Section]:
    """The scores of each forgotten person; empty without them."""
    audit = report.audits.get("unlearned")
    if audit is None or not audit.people:
        return []
    names = dict(zip(report.request.people, report.names, strict=False))
    rows = tuple(
        (
            names.get(one.person, one.person),
            f"{one.photos:,}",
            number(one.loss_auc),
            number(one.expected),
            number(one.rmia),
            number(one.completeness),
        )
        for one in audit.people
    )
    loss, rmia, completeness = (MEASURES[name].title for name in ("loss_auc", "rmia", "completeness"))
    head = ("person", "photos", loss, "under models that never saw them", rmia, completeness)
    return [Section("One by one", (Table("Unlearned model, the most recognisable first", head, rows),))]


def _impact(impact: Impact) -> Section:
    """Accuracy changes of people who were not to be forgotten."""
    kept_groups = (impact.look_alike_change, impact.others_change)
    groups = (
        ("Look-alikes of the forgotten people, and everybody else who is kept", kept_groups),
        ("By class, unseen people", impact.classes),
        ("By attribute, unseen people", impact.attributes),
        ("Kept people, the largest loss first", impact.people),
        ("Kept people most like the forgotten ones", impact.look_alikes),
    )
    blocks: list[Block] = [Text("Accuracy of people who were not to be forgotten, before and after.")]
    blocks += [_changes(caption, changes) for caption, changes in groups if changes]
    return Section("Effects on other people", tuple(blocks))


def _changes(caption: str, changes: Sequence[AccuracyChange]) -> Table:
    """Accuracy changes of one kind of groups."""
    rows = tuple(
        (
            one.name,
            f"{one.people:,} / {one.photos:,}",
            number(one.before),
            number(one.after),
            f"{signed(one.change)} {interval_text(one.interval) or NONE}",
        )
        for one in changes
    )
    return Table(caption, ("who", "people / photos", "before", "after", "change, with its 95 % interval"), rows)
