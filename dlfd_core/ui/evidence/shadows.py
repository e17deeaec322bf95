"""Panel "The strongest attack": U-LiRA with shadow models, computed beforehand for certain people and presets."""

from __future__ import annotations

from dlfd_core.types import MODEL_TITLES, ForgetReport
from dlfd_core.ui.evidence.parts import Row, between, decimal, forest, key, models_key, numbers, panel, value_cell
from dlfd_core.ui.evidence.shadow_study import ROWS, AttackResult, study_of
from dlfd_core.ui.text.markup import esc

#: Titles of the rows.
TITLES = {
    ("ulira", "photo"): "U-LiRA, per photo",
    ("ulira", "person"): "U-LiRA, per person",
    ("rmia", "photo"): "RMIA, per photo",
    ("rmia", "person"): "RMIA, per person",
    ("unseen", "photo"): "U-LiRA, unseen people",
}
MODELS = ("original", "unlearned", "retrained")


def shadows_panel(report: ForgetReport) -> str:
    """The panel: a forest plot and its table; empty where no study is about this run."""
    found = study_of(report)
    if found is None:
        return ""
    study, method = found
    results = dict(zip(MODELS, (study.original, method.attacks, study.retrained), strict=True))
    by_model = {model: {(each.attack, each.level): each for each in each_of} for model, each_of in results.items()}
    finding = _finding(by_model["unlearned"])
    rows = {
        TITLES[row]: {model: (each[row].auc, (each[row].low, each[row].high)) for model, each in by_model.items()}
        for row in ROWS
    }
    label = f"AUC of each attack between models of each kind and retrained models. {finding}"
    plot = forest(rows, label, ends=("← guessing", "told apart →"))
    counted = f"n = {study.shadows} models of each kind, with other seeds; intervals with models as units."
    body = key(models_key(MODELS)) + plot + f'<p class="quiet">{esc(counted)}</p>' + _table(by_model)
    return panel("shadows", "The strongest attack", finding, body)


def _finding(ours: dict[tuple[str, str], AttackResult]) -> str:
    """Whether unlearned models are told apart from retrained ones, and whether by the forgotten people."""
    photo, person, unseen = (ours[row] for row in (("ulira", "photo"), ("ulira", "person"), ("unseen", "photo")))
    values = f"per photo {_said(photo)}, per person {_said(person)}"
    if photo.low <= 0.5 and person.low <= 0.5:
        return f"U-LiRA does not tell such models from retrained ones: {values}."
    if unseen.high >= photo.auc:
        return (
            f"U-LiRA tells such models from retrained ones, but not by the forgotten people: {values}; by unseen "
            f"people {_said(unseen)}."
        )
    return f"U-LiRA tells such models from retrained ones by the forgotten people: {values}."


def _said(result: AttackResult) -> str:
    return f"{decimal(result.auc)} ({between((result.low, result.high))})"


def _table(by_model: dict[str, dict[tuple[str, str], AttackResult]]) -> str:
    rows: list[Row] = [
        (
            esc(TITLES[row]),
            [value_cell(each[row].auc, (each[row].low, each[row].high)) for each in by_model.values()],
        )
        for row in ROWS
    ]
    heads = ["attack", *(MODEL_TITLES[model] for model in by_model)]
    return numbers("AUC of attacks with shadow models, with 95 % intervals", heads, [("", rows)])
