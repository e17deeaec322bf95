"""Facts of a run by name, as texts: they replace names in braces in a lesson's answer, ``{unlearned.mia_auc}``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlfd_core.types import MODELS, RMIA, SETS, Audit, ForgetReport, format_score
from dlfd_core.ui.text.markup import percent, seconds

_NAME = re.compile(r"\{([a-z0-9_.]+)\}")


def _decimal(value: float) -> str:
    return f"{value:.2f}"


#: Fields of ``Scores`` that a lesson can name; ``MODEL.field`` is the fact's name.
SCORES = ("utility", "retain_accuracy", "forget_accuracy", "mia_accuracy", "mia_auc", "forgetting_score", "nomus")
#: Further facts of each model. ``band``: the signed AUC by chance; ``null``: the forgetting score by chance, at most;
#: ``rmia``: the attack with reference models; ``probe``, ``scatter``: see the collapse meter.
OF_MODELS = ("band", "null", "rmia", "rmia_interval", "auc_interval", "probe", "scatter")
#: Facts of the run. ``leak_*``: the most recognisable person, and their AUC by each model and by models that never saw
#: them; ``payers_*``: change of accuracy of kept people; ``times``: seconds of retraining over those of unlearning.
OF_RUNS = (
    "verdict",
    "people",
    "unlearn_seconds",
    "retrain_seconds",
    "times",
    "leak_name",
    "leak_original",
    "leak_unlearned",
    "leak_retrained",
    "leak_expected",
    "payers_alike",
    "payers_others",
    "points_forgetting",
    "points_retaining",
)
PHOTOS = tuple(f"photos_{name}" for name in SETS)


def known_fact(name: str) -> bool:
    model, dot, field = name.partition(".")
    return (model in MODELS and (field in SCORES or field in OF_MODELS)) if dot else name in (*OF_RUNS, *PHOTOS)


def facts_named(text: str) -> list[str]:
    return _NAME.findall(text)


def filled(text: str, facts: dict[str, str]) -> str | None:
    """The text with its facts filled in; None where the run lacks one of them."""
    if any(name not in facts for name in facts_named(text)):
        return None
    return _NAME.sub(lambda found: facts[found[1]], text)


def facts_of(report: ForgetReport) -> dict[str, str]:
    """All facts of a report, by name."""
    facts = dict(_of_models(report)) | dict(_of_run(report)) | dict(_of_leaks(report))
    assert all(map(known_fact, facts)), "a fact that no lesson could name"
    return facts


def _of_models(report: ForgetReport) -> Iterator[tuple[str, str]]:
    for model, scores in report.scores.items():
        for field in SCORES:
            value = getattr(scores, field)
            # two digits of the signed AUC, as its band and intervals have in the lessons
            yield f"{model}.{field}", _decimal(value) if field == "mia_auc" else format_score(field, value)
        low, high = scores.auc_band
        yield f"{model}.band", f"{low:.2f} to {high:.2f}"
        yield f"{model}.null", format_score("forgetting_score", scores.null_band[1])
        if model in report.audits:
            yield from _of_audit(model, report.audits[model])


def _of_audit(model: str, audit: Audit) -> Iterator[tuple[str, str]]:
    if (interval := audit.auc_interval) is not None:
        yield f"{model}.auc_interval", f"{interval[0]:.2f} to {interval[1]:.2f}"
    if RMIA in audit.attacks:
        attack = audit.attacks[RMIA]
        yield f"{model}.rmia", _decimal(attack.auc)
        if attack.auc_interval is not None:
            yield f"{model}.rmia_interval", f"{attack.auc_interval[0]:.2f} to {attack.auc_interval[1]:.2f}"
    if audit.separability is not None:
        yield f"{model}.probe", percent(audit.separability.task_probe)
        yield f"{model}.scatter", _decimal(audit.separability.task_scatter)


def _of_run(report: ForgetReport) -> Iterator[tuple[str, str]]:
    yield "verdict", report.verdict.text
    yield "people", f"{len(report.names)}"
    for name, count in report.data.photos.items():
        yield f"photos_{name}", f"{count:,}"
    spent = report.seconds
    yield "unlearn_seconds", seconds(spent.unlearn)
    if "retrained" in report.scores and spent.unlearn > 0:
        yield "retrain_seconds", seconds(spent.retrain)
        yield "times", f"{spent.retrain / spent.unlearn:.1f}"
    if report.impact is not None:
        yield "payers_alike", _points(report.impact.look_alike_change.change)
        yield "payers_others", _points(report.impact.others_change.change)
    phases = [point.phase for point in report.curve]
    if "forgetting" in phases:
        yield "points_forgetting", f"{phases.count('forgetting')}"
        yield "points_retaining", f"{phases.count('retaining')}"


def _points(change: float) -> str:
    return f"{100 * change:+.1f} percentage points".replace("-", "\N{MINUS SIGN}")


def _of_leaks(report: ForgetReport) -> Iterator[tuple[str, str]]:
    """Facts of the person whom the unlearned model recognises most."""
    audit = report.audits.get("unlearned")
    if audit is None or not audit.people:
        return
    most = max(audit.people, key=lambda leak: leak.loss_auc)
    position = {person: i for i, person in enumerate(report.request.people)}.get(most.person)
    yield "leak_name", most.person if position is None else report.names[position]
    if most.expected is not None:
        yield "leak_expected", _decimal(most.expected)
    for model in ("original", "unlearned", "retrained"):
        people = report.audits[model].people if model in report.audits else ()
        for leak in people:
            if leak.person == most.person:
                yield f"leak_{model}", _decimal(leak.loss_auc)
