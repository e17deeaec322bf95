"""Audits and impact of ``fakes.make_report``: every field is filled and fits the scores; no model is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dlfd_core.types import (
    POPULATION_ATTACKS,
    RMIA,
    AccuracyChange,
    Attack,
    Audit,
    ClassAccuracy,
    ClassGap,
    DepthPoint,
    ForgetReport,
    Impact,
    Interval,
    PersonLeak,
    Reference,
    Scores,
    Separability,
    Statistic,
    Verdict,
    WorstCase,
)

LAYERS = ("stem", "stage 1", "stage 2", "stage 3", "stage 4")
#: Task probe, scatter ratio, silhouette, identity of the forgotten and of the unseen people.
SEPARABILITY = {
    "original": (0.88, 1.42, 0.31, 0.83, 0.74),
    "unlearned": (0.86, 1.31, 0.28, 0.75, 0.73),
    "control": (0.85, 1.22, 0.26, 0.76, 0.73),
    "retrained": (0.87, 1.38, 0.3, 0.74, 0.74),
}
#: Similarity to the original and to the retrained model, layer by layer.
CKA = {
    "unlearned": ((0.99, 0.97, 0.94, 0.88, 0.72), (0.95, 0.92, 0.86, 0.77, 0.66)),
    "control": ((0.99, 0.98, 0.95, 0.9, 0.78), (0.95, 0.92, 0.86, 0.78, 0.67)),
    "retrained": ((0.96, 0.93, 0.87, 0.78, 0.64), None),
}
#: Attack on the activations, layer by layer, as shares of the way from 0.5 to the model's loss AUC.
DEPTH = (0.0, 0.1, 0.3, 0.6, 1.1)


def around(value: float, half: float, low: float = 0.0, high: float = 1.0) -> Interval:
    return max(low, value - half), min(high, value + half)


def make_audit(
    name: str,
    scores: Scores,
    people: Sequence[str],
    *,
    photos: int,
    unseen: int,
    bank: bool,
    classes: Sequence[str] = ("calm", "happy", "sad"),
) -> Audit:
    """An audit whose every number follows from the arguments.

    Args:
        photos, unseen: number of photos of the forgotten and of the unseen people.
    """
    rng, auc = np.random.default_rng((len(name), len(people))), scores.mia_auc
    attacks = {
        attack: _attack(auc + (0 if i == 0 else float(rng.normal(0, 0.012))), photos, unseen, ranks=i >= 6)
        for i, attack in enumerate((*POPULATION_ATTACKS, *([RMIA] if bank else [])))
    }
    cka = None
    if name in CKA:
        cka = {
            other: dict(zip(LAYERS, values, strict=True))
            for other, values in zip(("original", "retrained"), CKA[name], strict=True)
            if values is not None
        }
    known = np.sort(np.clip(rng.normal(auc, 0.09, len(people)), 0.02, 0.98))[::-1]
    leaks = tuple(
        PersonLeak(
            person, photos // len(people), float(value),
            rmia=float(np.clip(value + 0.03, 0, 1)) if bank else None,
            completeness=float(np.clip(1.4 - value, 0, 1)) if bank else None,
            expected=0.5 + 0.02 * (i % 4 - 1) if bank else None,
        )
        for i, (person, value) in enumerate(zip(people, known, strict=True))
    )  # fmt: skip
    probe, scatter, silhouette, forget, others = SEPARABILITY[name]
    served = tuple(
        ClassAccuracy(
            each, 40 if i else 2, unseen // len(classes), value := max(0.0, scores.utility - 0.07 * (i - 1)),
            around(value, 0.06) if i else None,
        )
        for i, each in enumerate(classes)
    )  # fmt: skip
    return Audit(
        attacks=attacks,
        utility_interval=around(scores.utility, 0.025),
        forgetting_score_interval=around(scores.forgetting_score, 0.03, high=0.5),
        nomus_interval=around(scores.nomus, 0.033),
        people=leaks,
        separability=Separability(probe, scatter, silhouette, forget, around(forget, 0.04), others),
        rf_jsd=None if name == "original" else 0.04,
        cka=cka,
        depth={
            layer: DepthPoint(value := 0.5 + share * (auc - 0.5), around(value, 0.04))
            for layer, share in zip(LAYERS, DEPTH, strict=True)
        },
        reference=_reference(auc, photos) if bank else None,
        classes=served,
        class_gap=ClassGap(served[0].name, served[-1].name, served[0].accuracy - served[-1].accuracy, 0.06),
        worst=make_worst(attacks, leaks, bank=bank),
        chance=0.4,
    )


def make_worst(attacks: dict[str, Attack], leaks: Sequence[PersonLeak], *, bank: bool) -> WorstCase:
    """The worst case of these attacks and people: with a bank within 0.04 of 0.515, else within 0.06 of 0.5."""
    middle, half = (0.515, 0.04) if bank else (0.5, 0.06)
    names = ["loss", "correctness", "entropy", "modified_entropy", *(["rmia"] if bank else [])]
    rows = [(name, attacks[name].auc, middle, middle - half, middle + half, "") for name in names]
    found = attacks[RMIA].tpr_at_1 if bank else None
    rows += [] if found is None else [("rmia_found", found, 0.012, 0.0, 0.05, "")]
    if bank:
        rows += [("person_known", leaks[0].loss_auc, 0.5, 0.0, 0.82, leaks[0].person)]
        rows += [("person_lost", leaks[-1].loss_auc, 0.5, 0.18, 1.0, leaks[-1].person)]
    rows += [("people_differ", float(np.std([leak.loss_auc for leak in leaks])), 0.08, 0.0, 0.2, "")]
    statistics = []
    for name, value, expected, low, high, person in rows:
        side = (high - expected) if value > expected else (expected - low)
        counts = name not in ("rmia_found", "person_known", "people_differ") or value > expected
        counts = counts and (name != "person_lost" or value < expected)
        score = 1.05 * (value - expected) / side if counts else 0.0
        statistics.append(Statistic(name, value, expected, low, high, score, person))
    outside = max(abs(statistic.score) for statistic in statistics) > 1.05
    return WorstCase(tuple(statistics), 1.05, 0.01 if outside else 0.5, 16 if bank else 0)


def _attack(auc: float, photos: int, unseen: int, *, ranks: bool) -> Attack:
    found = min(1.0, 0.012 * np.exp(6 * (auc - 0.5)))
    many = unseen >= 1000
    return Attack(
        auc, around(auc, 0.055), photos, unseen, ks=abs(auc - 0.5) * 1.4,
        tpr_at_1=found if unseen >= 100 else None, tpr_at_1_interval=(found / 3, found * 3) if unseen >= 100 else None,
        tpr_at_01=found / 8 if many else None, tpr_at_01_interval=(0.0, found) if many else None,
        called_unseen=None if ranks else float(np.clip(1.02 - auc, 0, 1)),
    )  # fmt: skip


def _reference(auc: float, photos: int) -> Reference:
    excess = auc - 0.515
    rmia = np.random.default_rng(photos).beta(2 + 4 * max(0.0, excess), 2, photos)
    return Reference(
        models=16, oracle_auc=0.515, oracle_band=(0.475, 0.555), excess=excess, excess_band=(-0.04, 0.04),
        p_value=0.01 if abs(excess) > 0.04 else 0.5, completeness=float(np.clip(1.35 - auc, 0, 1)),
        rmia=tuple(float(value) for value in rmia), utility=(0.62, 0.71),
    )  # fmt: skip


def make_audits(
    scores: dict[str, Scores],
    people: Sequence[str],
    photos: int,
    unseen: int,
    classes: Sequence[str] = ("calm", "happy", "sad"),
) -> dict[str, Audit]:
    """Audits of every model of a report, with a reference bank."""
    return {
        name: make_audit(name, each, people, photos=photos, unseen=unseen, bank=True, classes=classes)
        for name, each in scores.items()
    }


def make_matrices(scores: dict[str, Scores], photos: int, classes: int) -> dict[str, dict[str, np.ndarray]]:
    """Confusion matrices with the accuracy of the scores; wrong answers are one class off.

    No photo of an unseen person has the last class.
    """
    found = {}
    for name, each in scores.items():
        shares = {"forget": each.forget_accuracy, "retain": each.retain_accuracy, "unseen": each.utility}
        sets = {}
        for group, share in shares.items():
            rows = np.array([(photos if group == "forget" else 240) // classes + i for i in range(classes)])
            if group == "unseen" and classes > 2:
                rows[-1] = 0
            right = np.round(rows * share).astype(np.int64)
            sets[group] = np.diag(right) + np.roll(np.diag(rows - right), 1, axis=1)
        found[name] = sets
    return found


def change(name: str, people: int, photos: int, before: float, moved: float, half: float | None) -> AccuracyChange:
    interval = None if half is None else (moved - half, moved + half)
    return AccuracyChange(name, people, photos, before, before + moved, moved, interval)


def make_impact(kept: Sequence[str], classes: Sequence[str]) -> Impact:
    """Accuracy changes: look-alikes lose more than others, and one class gains.

    Args:
        kept: names of the kept people.
    """
    moves = (-0.031, 0.008, -0.012, -0.02)
    people = [change(name, 1, 24, 0.99, -0.2 + 0.035 * i, 0.09) for i, name in enumerate(kept)]
    alike = [change(name, 1, 24, 0.98, -0.11 + 0.05 * i, None if i == 1 else 0.09) for i, name in enumerate(kept[:4])]
    return Impact(
        classes=tuple(change(name, 40, 320, 0.88, moves[i % 4], 0.018) for i, name in enumerate(classes)),
        attributes=(
            change("glasses: yes", 12, 96, 0.84, -0.034, 0.03),
            change("glasses: no", 60, 480, 0.89, -0.009, 0.011),
            change("age: 65+", 2, 16, 0.81, 0.0, None),
        ),
        people=tuple(people[:20]),
        look_alikes=tuple(alike),
        look_alike_change=change("look-alikes", 38, 912, 0.99, -0.019, 0.008),
        others_change=change("everybody else kept", 160, 3840, 0.99, -0.007, 0.003),
    )


def without_audits(report: ForgetReport) -> ForgetReport:
    """The report without audits, as old reports are."""
    return replace(report, audits={}, impact=None, matrices={})


def without_bank(report: ForgetReport) -> ForgetReport:
    """The same run with more unseen photos and without a reference bank."""
    photos = report.data.photos["forget"]
    audits = {
        name: make_audit(name, scores, report.request.people, photos=photos, unseen=1200, bank=False)
        for name, scores in report.scores.items()
    }
    return replace(report, audits=audits)


def over_forgotten(report: ForgetReport) -> ForgetReport:
    """The unlearned model answers so wrongly that the forgotten people stand out; it has lost its task as well."""
    loud = replace(
        report.scores["unlearned"], utility=0.61, mia_accuracy=0.63, mia_auc=0.31, forgetting_score=0.13, nomus=0.675
    )
    scores = report.scores | {"unlearned": loud}
    audits = make_audits(scores, report.request.people, report.data.photos["forget"], unseen=240)
    collapsed = Separability(0.55, 0.4, 0.06, 0.63, (0.58, 0.68), 0.62)
    audits["unlearned"] = replace(audits["unlearned"], separability=collapsed)
    louder = {**report.losses["unlearned"], "forget": 4 * report.losses["unlearned"]["forget"]}
    losses = report.losses | {"unlearned": louder}
    text = "The model is more wrong about them than about unseen people: signed AUC 0.31."
    return replace(report, scores=scores, losses=losses, audits=audits, verdict=Verdict("over_forgotten", text))
