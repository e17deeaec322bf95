"""Panel "Other attacks": every membership attack on every model."""

from __future__ import annotations

from dlfd_core.types import (
    ATTACK_TITLES,
    MEASURES,
    MODEL_TITLES,
    STATISTIC_TITLES,
    Attack,
    ForgetReport,
    WorstCase,
    heading,
)
from dlfd_core.ui.evidence.parts import (
    Row,
    absent,
    between,
    decimal,
    forest,
    holds,
    in_order,
    key,
    models_key,
    numbers,
    panel,
    value_cell,
)
from dlfd_core.ui.text.markup import esc, percent


def attacks_panel(report: ForgetReport) -> str:
    """The panel: a forest plot and its table; empty without audits."""
    models = in_order(report)
    names = list(dict.fromkeys(attack for model in models for attack in report.audits[model].attacks))
    if "unlearned" not in models or not names:
        return ""
    finding = _finding(report)
    size = next(iter(report.audits["unlearned"].attacks.values()))
    n = f"n = {size.n_forget:,} forgotten photos and {size.n_unseen:,} of unseen people; intervals with whole people"
    body = (
        key(models_key(models)) + _forest(report, models, names, finding) + f'<p class="quiet">{n} as units.</p>'
    ) + _table(report, models, names)
    return panel("attacks", "Other attacks", finding, body, folded=False)


def _finding(report: ForgetReport) -> str:
    audit = report.audits["unlearned"]
    if audit.worst is not None and audit.worst.models:
        return _compared(audit.worst)
    attacks = audit.attacks
    telling = {name: one for name, one in attacks.items() if not holds(one.auc_interval, 0.5)}
    if not telling:
        return f"None of {len(attacks)} attacks on the unlearned model does better than guessing."
    name, worst = max(telling.items(), key=lambda item: abs(item[1].auc - 0.5))
    side = "still known" if worst.auc > 0.5 else "over-forgotten"
    return (
        f"{len(telling)} of {len(attacks)} attacks on the unlearned model can tell forgotten from unseen people; "
        f"the strongest: {_title(name)}, {decimal(worst.auc)} ({between(worst.auc_interval)}), {side}."
    )


def _compared(worst: WorstCase) -> str:
    """How many statistics are outside the range of models that never saw the people."""
    outside = sum(abs(statistic.score) > worst.threshold for statistic in worst.statistics)
    if not outside:
        return (
            f"All {len(worst.statistics)} numbers of the attacks on the unlearned model are within the range of models "
            "that never saw these people."
        )
    return (
        f"{outside} of {len(worst.statistics)} numbers of the attacks on the unlearned model are outside the range of "
        f"models that never saw these people; the furthest: {STATISTIC_TITLES[worst.decisive.name]}, "
        f"{decimal(worst.decisive.value)}."
    )


def _title(name: str) -> str:
    return ATTACK_TITLES.get(name, name)


def _forest(report: ForgetReport, models: list[str], names: list[str], label: str) -> str:
    rows = {
        heading(_title(name)): {
            model: (attack.auc, attack.auc_interval)
            for model in models
            if (attack := report.audits[model].attacks.get(name)) is not None
        }
        for name in names
    }
    return forest(rows, f"Signed AUC of each attack on each model. {label}")


def _table(report: ForgetReport, models: list[str], names: list[str]) -> str:
    scores = ("mia_auc", "tpr_at_1", "tpr_at_01", "called_unseen", "ks")
    heads = ["model", *(MEASURES[name].title for name in scores)]
    groups: list[tuple[str, list[Row]]] = []
    for name in names:
        rows: list[Row] = [
            (MODEL_TITLES[model], _cells(report.audits[model].attacks[name]))
            for model in models
            if name in report.audits[model].attacks
        ]
        groups.append((esc(heading(_title(name))), rows))
    return numbers("Attacks on each model, with 95 % intervals", heads, groups)


def _cells(attack: Attack) -> list[str]:
    few = "this needs {} photos of unseen people"
    return [
        value_cell(attack.auc, attack.auc_interval),
        absent(few.format("100"))
        if attack.tpr_at_1 is None
        else value_cell(attack.tpr_at_1, attack.tpr_at_1_interval, percent),
        absent(few.format("1,000"))
        if attack.tpr_at_01 is None
        else value_cell(attack.tpr_at_01, attack.tpr_at_01_interval, percent),
        absent("this attack only ranks photos") if attack.called_unseen is None else percent(attack.called_unseen),
        decimal(attack.ks),
    ]
