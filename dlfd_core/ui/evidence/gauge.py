"""Gauge of the signed AUC: where each model stands between "over-forgotten" and "still known"."""

from __future__ import annotations

from dlfd_core.types import MEASURES, MODEL_TITLES, ForgetReport, Interval, Reference, interval_of
from dlfd_core.ui.evidence.parts import (
    Row,
    Scale,
    absent,
    around_half,
    between,
    decimal,
    key,
    mark,
    numbers,
    tenths,
    value_cell,
    whisker,
)
from dlfd_core.ui.text.markup import counted

#: Names in the legend: chance, the models of the reference bank, the interval.
Names = tuple[str, str, str]
NAMES: Names = ("chance alone", "models that never saw these people", "95 % interval")
SHORT: Names = ("chance", "never saw them", "95 % interval")


def gauge(report: ForgetReport) -> str:
    """The gauge with its explanation."""
    return f"{_picture(report)}{_key(report, NAMES)}{_words(report)}{_table(report)}"


def gauge_drawing(report: ForgetReport) -> str:
    """The gauge without its explanation."""
    return f"{_picture(report)}{_key(report, SHORT)}{_table(report)}"


def _picture(report: ForgetReport) -> str:
    """The signed AUC of each model with its interval, over the bands of chance and of models that never saw the people.

    Hidden from screen readers: the folded table and the score table have the same numbers.
    """
    bands = [scores.auc_band for scores in report.scores.values()]
    intervals = [*bands, *filter(None, (_interval(report, name) for name in report.scores)), *_oracle_bands(report)]
    ends = [value for band in intervals for value in band]
    scale = around_half([*ends, *(scores.mia_auc for scores in report.scores.values())])
    lines = "".join(_line(report, name, scale) for name in report.scores)
    return (
        '<div class="gauge" aria-hidden="true"><span></span><span class="ends"><span>← over-forgotten</span>'
        "<span>no trace</span><span>still known →</span></span><span></span>"
        f'{lines}<span></span><span class="axis">{tenths(scale)}</span><span></span></div>'
    )


def _interval(report: ForgetReport, name: str) -> Interval | None:
    return interval_of("mia_auc", report.audits.get(name))


def _reference(report: ForgetReport, name: str) -> Reference | None:
    audit = report.audits.get(name)
    return None if audit is None else audit.reference


def _oracle_bands(report: ForgetReport) -> list[Interval]:
    references = (_reference(report, name) for name in report.scores)
    return [reference.oracle_band for reference in references if reference is not None]


def _line(report: ForgetReport, name: str, scale: Scale) -> str:
    scores, interval, reference = report.scores[name], _interval(report, name), _reference(report, name)
    oracle = "" if reference is None else f'<i class="oracle" style="{scale.span(reference.oracle_band)}"></i>'
    bar = "" if interval is None else whisker(name, scale.span(interval))
    small = "" if interval is None else f" <small>{between(interval)}</small>"
    return (
        f'<span class="who">{MODEL_TITLES[name]}</span><span class="track">'
        f'<i class="band" style="{scale.span(scores.auc_band)}"></i>{oracle}<i class="half"></i>{bar}'
        f"{mark(name, scale.left(scores.mia_auc))}</span><b>{decimal(scores.mia_auc)}{small}</b>"
    )


def _key(report: ForgetReport, names: Names) -> str:
    """Legend of the bands and the interval, with their names."""
    chance, oracle, interval = names
    parts = [f'<span><i class="swatch band"></i>{chance}</span>']
    if _oracle_bands(report):
        parts.append(f'<span><i class="swatch oracle"></i>{oracle}</span>')
    if report.audits:
        parts.append(f'<span><i class="swatch ci"></i>{interval}</span>')
    return key("".join(parts))


def _words(report: ForgetReport) -> str:
    text = "The signed AUC of each model. Shaded: what chance alone gives on unseen people."
    reference = _reference(report, "unlearned")
    if reference is not None:
        text += (
            f" {counted(reference.models, 'reference model', 'reference models')} that never saw exactly these people "
            f"score {decimal(reference.oracle_auc)} on them; 95 % of such models score "
            f"{between(reference.oracle_band)} (framed). Some people are easier than others, even if no model "
            "remembers them."
        )
    return f'<p class="quiet">{text}</p>'


def _table(report: ForgetReport) -> str:
    if not report.audits:
        return ""
    heads = ["model", MEASURES["mia_auc"].title, "by chance alone"]
    banked = bool(_oracle_bands(report))
    if banked:
        heads += ["models that never saw them", "difference to those", "p"]
    rows: list[Row] = []
    for name, scores in report.scores.items():
        cells = [value_cell(scores.mia_auc, _interval(report, name)), between(scores.auc_band)]
        reference = _reference(report, name)
        if reference is not None:
            cells += [
                value_cell(reference.oracle_auc, reference.oracle_band),
                f"{_signed(reference.excess)}"
                f'<small class="interval">theirs: {between(reference.excess_band, _signed)}</small>',
                f"{reference.p_value:.2g}",
            ]
        elif banked:
            cells += [absent("this model was not compared")] * 3
        rows.append((MODEL_TITLES[name], cells))
    size = next(iter(report.audits.values())).attacks.get("loss")
    n = "" if size is None else f"; n = {size.n_forget:,} forgotten photos and {size.n_unseen:,} of unseen people"
    return numbers(f"Signed AUC with 95 % intervals{n}", heads, [("", rows)])


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
