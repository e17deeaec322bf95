"""Rows, table and figure of the study of U-LiRA, from the outputs of its shadow models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.ulira_shadows import Made
from dlfd_core.benchmark.figures import STYLE
from dlfd_core.benchmark.render import Table
from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.metrics.intervals import estimate
from dlfd_core.metrics.klom import klom_of_halves
from dlfd_core.metrics.ulira import Attack, Found, attack_models, confidences, likelihood_ratios, rmia
from dlfd_core.seeding import make_rng
from dlfd_core.types import Estimate, KnobValue
from dlfd_core.ui.evidence.shadow_study import ROWS as SHOWN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Name of an attack -> its title. ``unseen`` is U-LiRA on people whom neither kind of model saw.
ATTACKS = {"ulira": "U-LiRA", "rmia": "RMIA", "loss": "Loss", "unseen": "U-LiRA on unseen people"}
LEVELS = {"photo": "per photo", "person": "per person", "all": "all people at once"}
#: Largest number of kept photos for KLoM.
KEPT = 400


@dataclass(frozen=True)
class Columns:
    """Photos of the study, as indices into the data set.

    Attributes:
        forget: the forgotten photos. control: photos of as many unseen people, or of half of them.
        population: photos of the other unseen people, for RMIA. kept: a draw of the kept photos.
        person: (N,) person of each photo of the data set.
    """

    forget: np.ndarray
    control: np.ndarray
    population: np.ndarray
    kept: np.ndarray
    person: np.ndarray

    def levels(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Group of each photo at ``index``, by level."""
        return {"photo": index, "person": self.person[index], "all": np.zeros(len(index), dtype=np.int64)}


@dataclass(frozen=True)
class Divergence:
    """KLoM of one set of photos, in nats, with half of the models; and its value between never-saw models alone."""

    mean: float
    percentile: float
    null_mean: float
    null_percentile: float


@dataclass(frozen=True)
class Row:
    """Results of one kind of model against the models that never saw the people.

    Attributes:
        attacks: by the names of ``ATTACKS`` and ``LEVELS``. klom: by ``forgotten``, ``kept`` and ``unseen``; None for
            the comparison of the never-saw models with each other.
        utility: accuracy on unseen people. seconds: of the processor, for one run. diverged: runs without a model.
    """

    name: str
    method: str
    preset: str
    attacks: dict[str, dict[str, Found]]
    klom: dict[str, Divergence] | None
    utility: Estimate
    seconds: Estimate
    diverged: int


def columns_of(task: TaskData, splits: Splits) -> Columns:
    """The photos of the study; the draws are seeded."""
    person, valid = task.data.person, task.labels >= 0
    forget, retain, unseen = (index[valid[index]] for index in (splits.forget, splits.retain, splits.unseen))
    people = make_rng(0, "U-LiRA unseen people").permutation(np.unique(person[unseen]))
    control = people[: min(len(np.unique(person[forget])), len(people) // 2)]
    chosen = np.isin(person[unseen], control)
    kept = make_rng(0, "U-LiRA kept photos").permutation(retain)[:KEPT]
    return Columns(forget, unseen[chosen], unseen[~chosen], np.sort(kept), person)


def row_of(name: str, method: str, preset: str, made: Sequence[Made], never: Sequence[Made], columns: Columns) -> Row:
    """The row of a kind of models. Models that diverged are left out."""
    models = [each for each in made if not each.diverged]
    confidence, reference = (np.stack([each.confidence for each in side]) for side in (models, never))
    return _row(name, method, preset, models, confidence, reference, columns, len(made) - len(models), True)


def null_row(never: Sequence[Made], columns: Columns) -> Row:
    """The row of the never-saw models with odd seeds, taken as unlearned, against those with even seeds."""
    confidence = np.stack([each.confidence for each in never])
    return _row("retrained", "retrain", "", never, confidence[::2], confidence[1::2], columns, 0, False)


def _row(
    name: str, method: str, preset: str, models: Sequence[Made], confidence: np.ndarray, never: np.ndarray,
    columns: Columns, diverged: int, with_klom: bool,
) -> Row:  # fmt: skip
    unseen = np.sort(np.concatenate([columns.control, columns.population]))
    attacks: dict[str, dict[str, Found]] = {}
    kinds: dict[str, tuple[Attack, np.ndarray, np.ndarray]] = {
        "ulira": (likelihood_ratios, columns.forget, columns.forget[:0]),
        "rmia": (rmia(len(columns.population)), columns.forget, columns.population),
        "loss": (confidences, columns.forget, columns.forget[:0]),
        "unseen": (likelihood_ratios, columns.control, columns.forget[:0]),
    }
    for kind, (attack, scored, others) in kinds.items():
        index = np.concatenate([scored, others])
        mean = kind in ("rmia", "loss")
        attacks[kind] = attack_models(attack, confidence[:, index], never[:, index], columns.levels(scored), mean=mean)
    sets = {"forgotten": columns.forget, "kept": columns.kept, "unseen": unseen} if with_klom else {}
    return Row(
        name, method, preset, attacks,
        {key: _divergence(confidence[:, index], never[:, index]) for key, index in sets.items()} or None,
        estimate([float(each.correct[unseen].mean()) for each in models]),
        estimate([each.seconds for each in models]), diverged,
    )  # fmt: skip


def _divergence(confidence: np.ndarray, never: np.ndarray) -> Divergence:
    value, null = klom_of_halves(confidence, never)
    return Divergence(
        float(value.mean()), float(np.quantile(value, 0.95)), float(null.mean()), float(np.quantile(null, 0.95))
    )


def attack_table(rows: Sequence[Row], caption: str) -> Table:
    """AUC of each attack with its interval, U-LiRA at each level, TPR and utility."""
    header = ["", *(f"U-LiRA, {title}" for title in LEVELS.values()), "TPR at 1 %", "TPR at 5 %"]
    header += ["RMIA, per photo", "RMIA, per person", "loss, per photo", "loss, per person"]
    header += [f"{ATTACKS['unseen']}, per photo", "utility"]
    lines = []
    for row in rows:
        ulira = row.attacks["ulira"]
        cells = [_auc(ulira[level]) for level in LEVELS]
        cells += [f"{ulira['photo'].tpr[rate][0]:.1%}" if rate in ulira["photo"].tpr else "" for rate in (0.01, 0.05)]
        cells += [_auc(row.attacks[kind][level]) for kind in ("rmia", "loss") for level in ("photo", "person")]
        note = f" ({row.diverged} diverged)" if row.diverged else ""
        lines.append((row.name + note, *cells, _auc(row.attacks["unseen"]["photo"]), str(row.utility)))
    return Table(caption, tuple(header), tuple(lines))


def _auc(found: Found) -> str:
    return f"{found.auc:.2f} ({found.interval[0]:.2f} to {found.interval[1]:.2f})"


def klom_table(rows: Sequence[Row], caption: str) -> Table:
    """KLoM, mean and 95th percentile of the photos, with the value between never-saw models in parentheses."""
    sets = ("forgotten", "kept", "unseen")
    header = ("", *(f"{name}, {part}" for name in sets for part in ("mean", "95th percentile")))
    lines = []
    for row in rows:
        if row.klom is None:
            continue
        cells = []
        for name in sets:
            each = row.klom[name]
            cells += [f"{each.mean:.2f} ({each.null_mean:.2f})", f"{each.percentile:.2f} ({each.null_percentile:.2f})"]
        lines.append((row.name, *cells))
    return Table(caption, header, tuple(lines))


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The rows as JSON values."""
    return [asdict(row) for row in rows]


def shipped(rows: Sequence[Row], about: dict[str, Any], knobs: dict[str, dict[str, KnobValue]]) -> dict[str, Any]:
    """The summary for the page, in the shape of ``ShadowStudy``.

    Args:
        rows: the originals first and the retrained models last, as the study makes them.
        about: as in ``metadata_of``, with the number of shadows.
        knobs: by the name of a row, all settings of its preset.
    """

    def results(row: Row) -> list[dict[str, Any]]:
        found = [(attack, level, row.attacks[attack][level]) for attack, level in SHOWN]
        return [
            {"attack": attack, "level": level, "auc": each.auc, "low": each.interval[0], "high": each.interval[1]}
            for attack, level, each in found
        ]

    original, *methods, retrained = rows
    names = ("data", "data_digest", "task", "backbone", "people", "shadows")
    return {name: about[name] for name in names} | {
        "retrained": results(retrained),
        "original": results(original),
        "methods": [
            {"method": row.method, "preset": row.preset, "knobs": knobs[row.name], "attacks": results(row)}
            for row in methods
        ],
    }


def figure_of(rows: Sequence[Row], title: str) -> Figure:
    """AUC of three attacks per photo and per person, with intervals; 0.5 means that nothing is found."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    kinds = {"ulira": ("#0072B2", "o"), "rmia": ("#D55E00", "s"), "loss": ("#767676", "D")}
    with rc_context(STYLE):
        figure = Figure(figsize=(8.4, 1.2 + 0.42 * len(rows)), layout="constrained")
        for axes, level in zip(figure.subplots(1, 2, sharey=True), ("photo", "person"), strict=True):
            for place, (kind, (colour, marker)) in enumerate(kinds.items()):
                found = [row.attacks[kind][level] for row in rows]
                values = np.array([each.auc for each in found])
                bars = np.abs(np.array([each.interval for each in found]).T - values)
                axes.errorbar(
                    values, np.arange(len(rows)) + 0.2 * (place - 1), xerr=bars, fmt=marker, color=colour, markersize=4,
                    capsize=2, linewidth=1, label=ATTACKS[kind],
                )  # fmt: skip
            axes.axvline(0.5, color="#222222", linewidth=0.8)
            axes.set_xlabel(f"AUC {LEVELS[level]}")
            axes.set_ylim(len(rows) - 0.5, -0.5)
            axes.set_yticks(range(len(rows)), [row.name for row in rows])
            axes.spines[["top", "right"]].set_visible(False)
        figure.legend(*axes.get_legend_handles_labels(), frameon=False, fontsize=8, loc="outside right upper")
        figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure
