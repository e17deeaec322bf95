"""One table of every score: name, title, better direction, unit, number format, null band and 95 % interval.

Page, command line, receipts, races and benchmarks read these from here, so that a score has one title everywhere.
Formulas: ``dlfd_core.metrics``. JSON documents and CSV files name scores by ``Measure.name``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlfd_core.types.audit import Audit, Interval
from dlfd_core.types.run import SET_TITLES, Scores

Better = Literal["higher", "lower", "nearer"]
#: ``%``: the value is a share in [0, 1] and is written in percent; ``s``: seconds; empty: a plain number.
Unit = Literal["", "%", "s"]

#: From this many seconds on, tenths are left out.
WHOLE_SECONDS = 100


def heading(text: str) -> str:
    """The text with a capital first letter, for headings and the heads of rows and columns."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Measure:
    """One score of a model.

    Attributes:
        name: the field that holds it, of ``Scores``, ``Attack``, ``PersonLeak``, ``Separability``, ``Audit`` or
            ``RelearnCurve``.
        title: as it stands inside a sentence; ``heading(title)`` where it stands alone.
        better: whether higher or lower values are better, or those nearer to ``target``.
        target: the ideal value of ``nearer``; None where it depends on the run, which ``aim`` then says in words.
        unit: see ``Unit``.
        format: Python's format of the number in its unit.
        aim: the goal in words, where ``better`` and ``target`` do not say it.
        group: the set of ``SETS`` whose photos alone it is measured on; empty where it compares sets.
        band: the field of ``Scores`` with what chance alone gives; empty without one.
        interval: the attribute of ``Audit`` with its 95 % interval; empty without one.
        explanation: what it is, in a few words; empty where no place needs more than the title.
    """

    name: str
    title: str
    better: Better
    unit: Unit = ""
    format: str = ".3f"
    target: float | None = None
    aim: str = ""
    group: str = ""
    band: str = ""
    interval: str = ""
    explanation: str = ""

    def goal(self, *, fraction: bool = False) -> str:
        """Which values are good, in words: ``higher is better``, ``50 % is ideal``, ``should stay``.

        Args:
            fraction: shares are written as fractions, ``0.5 is ideal``, as in receipts.
        """
        if self.aim:
            return self.aim
        if self.target is None:
            return f"{self.better} is better"
        ideal = f"{100 * self.target:g} %" if self.unit == "%" and not fraction else f"{self.target:g}"
        return f"{ideal} is ideal"

    def number(self, value: float) -> str:
        """The value in its unit, without the unit's sign: 0.25 in percent is ``25.0``."""
        return f"{100 * value if self.unit == '%' else value:{self.format}}"

    def text(self, value: float) -> str:
        """The value with the unit's sign: ``25.0 %``, ``0.812``, ``3.4 s``, ``120 s``."""
        if self.unit == "s" and value >= WHOLE_SECONDS:
            return f"{value:.0f} s"
        return f"{self.number(value)} {self.unit}".rstrip()


def _accuracy(group: str, better: Better, aim: str = "", interval: str = "") -> Measure:
    return Measure(
        f"{group}_accuracy", f"{group} accuracy", better, "%", ".1f",
        aim=aim, group=group, interval=interval, explanation=f"on {SET_TITLES[group]}",
    )  # fmt: skip


_TABLE = (
    # fields of ``Scores``, in the order in which tables show them
    Measure(
        "utility", "utility", "higher", "%", ".1f",
        group="unseen", interval="utility_interval", explanation=f"accuracy on {SET_TITLES['unseen']}",
    ),
    _accuracy("retain", "nearer", "should stay"),
    _accuracy("forget", "nearer", "as on unseen people"),
    _accuracy("validation", "nearer", "should stay"),
    Measure("mia_accuracy", "MIA accuracy", "nearer", "%", ".1f", target=0.5),
    Measure("forgetting_score", "forgetting score", "lower", band="null_band", interval="forgetting_score_interval"),
    Measure("mia_auc", "signed AUC", "nearer", target=0.5, band="auc_band", interval="auc_interval"),
    Measure("nomus", "NoMUS", "higher", interval="nomus_interval"),
    _accuracy("unseen", "higher", interval="utility_interval"),
    Measure("seconds", "seconds", "lower", "s", ".1f"),
    # of ``Attack``: one membership attack
    Measure("ks", "KS distance", "lower", format=".2f"),
    Measure("tpr_at_1", "found at 1 % false alarms", "nearer", "%", ".1f", target=0.01),
    Measure("tpr_at_01", "found at 0.1 % false alarms", "nearer", "%", ".1f", target=0.001),
    Measure("called_unseen", "called unseen", "nearer", "%", ".1f", aim="as the retrained model"),
    # of ``PersonLeak``: one forgotten person
    Measure("loss_auc", "loss AUC", "nearer", format=".2f", target=0.5),
    Measure("rmia", "RMIA score", "nearer", format=".2f", target=0.5),
    Measure("completeness", "completeness", "higher", format=".2f"),
    # of ``Separability``
    Measure("task_probe", "linear probe", "higher", "%", ".1f"),
    Measure("task_scatter", "scatter ratio", "higher", format=".2f"),
    Measure("task_silhouette", "silhouette", "higher", format=".2f"),
    Measure("identity_forget", "who is who, forgotten", "nearer", format=".2f", aim="as on unseen people"),
    Measure("identity_unseen", "who is who, unseen", "nearer", format=".2f", aim="should stay"),
    # of ``Audit``
    Measure("rf_jsd", "RF-JSD", "lower", format=".4f"),
    # of ``RelearnCurve``
    Measure("recovery", "way back to the original", "lower", "%", ".0f"),
    Measure("area", "area to the retrained model", "nearer", format="+.3f", target=0.0),
)  # fmt: skip
#: Every score that more than one place shows, by name.
MEASURES: dict[str, Measure] = {measure.name: measure for measure in _TABLE}
#: The scores of a model that tables show, in their order. ``unseen_accuracy`` is the same number as the utility.
SCORES: tuple[str, ...] = (
    "utility", "retain_accuracy", "forget_accuracy", "validation_accuracy", "mia_accuracy", "forgetting_score",
    "mia_auc", "nomus",
)  # fmt: skip
#: What each attack of an audit looks at. Its score is a signed AUC.
ATTACK_TITLES: dict[str, str] = {
    "loss": "loss",
    "correctness": "right or wrong",
    "confidence": "confidence",
    "entropy": "entropy",
    "modified_entropy": "modified entropy",
    "probabilities": "all probabilities",
    "rmia": "RMIA, with reference models",
}


def format_score(name: str, value: float) -> str:
    """A score as the page writes it: ``format_score("utility", 0.86)`` is ``86.0 %``."""
    return MEASURES[name].text(value)


def better(name: str, a: float, b: float) -> bool:
    """Whether the score ``a`` is better than ``b``.

    Raises:
        ValueError: the ideal value depends on the run.
    """
    measure = MEASURES[name]
    if measure.better == "higher":
        return a > b
    if measure.better == "lower":
        return a < b
    if measure.target is None:
        raise ValueError(f"the ideal {measure.title} depends on the run")
    return abs(a - measure.target) < abs(b - measure.target)


def band_of(name: str, scores: Scores) -> Interval | None:
    """What chance alone gives a score, as (low, high); None for scores without a band."""
    band = MEASURES[name].band
    return getattr(scores, band) if band else None


def interval_of(name: str, audit: Audit | None) -> Interval | None:
    """The 95 % interval of a score; None without an audit and for scores without an interval."""
    interval = MEASURES[name].interval
    return getattr(audit, interval) if audit is not None and interval else None
