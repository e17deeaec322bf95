"""What the audits say, as sections of a receipt: other attacks, the reference bank, single people, who else paid."""

from __future__ import annotations

from collections.abc import Sequence

from dlfd_core.reports.receipt.blocks import NONE, Block, Section, Table, Text, number, signed, span, with_span
from dlfd_core.types import ATTACK_TITLES, MEASURES, MODEL_TITLES, AccuracyChange, Audit, ForgetReport, Impact


def audit_sections(report: ForgetReport) -> list[Section]:
    """As many as the report has something for."""
    found = []
    if report.audits:
        found.append(Section("Other attacks", tuple(_attacks(name, audit) for name, audit in report.audits.items())))
        found += _features(report)
    found += _references(report) + _people(report)
    return found + ([] if report.impact is None else [_impact(report.impact)])


def _attacks(name: str, audit: Audit) -> Table:
    rows = tuple(
        (
            ATTACK_TITLES.get(attack, attack),
            with_span(found.auc, found.auc_interval),
            number(found.ks),
            with_span(found.tpr_at_1, found.tpr_at_1_interval),
            with_span(found.tpr_at_01, found.tpr_at_01_interval),
            number(found.called_unseen),
            f"{found.n_forget:,} / {found.n_unseen:,}",
        )
        for attack, found in audit.attacks.items()
    )
    measures = (MEASURES[name].title for name in ("ks", "tpr_at_1", "tpr_at_01", "called_unseen"))
    head = ("attack", MEASURES["mia_auc"].title, *measures, "forgotten / unseen")
    title = f"{MODEL_TITLES[name]}: attacks, with 95 % intervals in brackets; an AUC of 0.5 is a guess"
    return Table(title, head, rows)


def _features(report: ForgetReport) -> list[Section]:
    rows = tuple(
        (
            MODEL_TITLES[name],
            number(found.task_probe),
            number(found.task_scatter),
            number(found.task_silhouette),
            with_span(found.identity_forget, found.identity_forget_interval),
            number(found.identity_unseen),
            number(audit.rf_jsd, 4),
        )
        for name, audit in report.audits.items()
        if (found := audit.separability) is not None
    )
    if not rows:
        return []
    names = ("task_probe", "task_scatter", "task_silhouette", "identity_forget", "identity_unseen", "rf_jsd")
    head = ("model", *(MEASURES[name].title for name in names))
    caption = "Whether the features still hold the task, and who somebody is (0.5 tells nobody apart)"
    return [Section("Features", (Table(caption, head, rows),))]


def _references(report: ForgetReport) -> list[Section]:
    found = {name: audit.reference for name, audit in report.audits.items() if audit.reference is not None}
    if not found:
        return []
    rows = tuple(
        (
            MODEL_TITLES[name],
            signed(said.excess),
            span(said.excess_band),
            number(said.p_value),
            with_span(said.oracle_auc, said.oracle_band),
            number(said.completeness),
        )
        for name, said in found.items()
    )
    models = next(iter(found.values())).models
    text = (
        f"{models} models are known never to have seen these people. Excess is how much better than on them the attack "
        "does on this model; inside its band it cannot be told from never having seen them."
    )
    completeness = MEASURES["completeness"].title
    head = ("model", "excess", "band of 95 %", "p-value", "AUC of models that never saw them", completeness)
    return [Section("The reference models' word", (Text(text), Table("Against reference models", head, rows)))]


def _people(report: ForgetReport) -> list[Section]:
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
    kept = (impact.look_alike_change, impact.others_change)
    groups = (
        ("Look-alikes of the forgotten people, and everybody else who is kept", kept),
        ("By class, unseen people", impact.classes),
        ("By attribute, unseen people", impact.attributes),
        ("Kept people, the hardest hit first", impact.people),
        ("Kept people most like the forgotten ones", impact.look_alikes),
    )
    blocks: list[Block] = [Text("Accuracy of people who were not to be forgotten, before and after.")]
    blocks += [_changes(caption, changes) for caption, changes in groups if changes]
    return Section("Who else paid", tuple(blocks))


def _changes(caption: str, changes: Sequence[AccuracyChange]) -> Table:
    rows = tuple(
        (
            one.name,
            f"{one.people:,} / {one.photos:,}",
            number(one.before),
            number(one.after),
            f"{signed(one.change)} {span(one.interval) or NONE}",
        )
        for one in changes
    )
    return Table(caption, ("who", "people / photos", "before", "after", "change, with its 95 % interval"), rows)
