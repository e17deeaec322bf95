"""The result in words and numbers: verdict, scores of all models, what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dlfd_core.types import (
    MODEL_TITLES,
    SEED_SPREAD,
    VERDICT_TITLES,
    Audit,
    ForgetReport,
    Interval,
    Scores,
    VerdictLabel,
)
from dlfd_core.ui.evidence.gauge import gauge
from dlfd_core.ui.evidence.parts import between
from dlfd_core.ui.markup import counted, esc, percent, seconds
from dlfd_core.ui.texts import glossary
from dlfd_core.ui.views import SET_TITLES

ICONS: dict[VerdictLabel, str] = {
    "not_distinguishable": "✓",
    "still_recognisable": "!",
    "over_forgotten": "↯",
    "cannot_tell": "?",
}


def _decimal(value: float) -> str:
    return f"{value:.3f}"


@dataclass(frozen=True)
class _Row:
    """A line of the table; ``term`` names its explanation in the glossary, ``group`` the set it is measured on,
    ``interval`` finds its 95 % interval."""

    term: str
    field: str
    show: Callable[[float], str]
    goal: str
    group: str = ""
    band: Callable[[Scores], tuple[float, float]] | None = None
    interval: Callable[[Audit], Interval | None] | None = None


def _auc_interval(audit: Audit) -> Interval | None:
    return audit.attacks["loss"].auc_interval if "loss" in audit.attacks else None


ROWS = (
    _Row("Utility", "utility", percent, "higher is better", "unseen", interval=lambda audit: audit.utility_interval),
    _Row("Retain accuracy", "retain_accuracy", percent, "should stay", "retain"),
    _Row("Forget accuracy", "forget_accuracy", percent, "as on strangers", "forget"),
    _Row("Validation accuracy", "validation_accuracy", percent, "should stay", "validation"),
    _Row("MIA accuracy", "mia_accuracy", percent, "50 % is ideal"),
    _Row(
        "Forgetting score",
        "forgetting_score",
        _decimal,
        "lower is better",
        band=lambda scores: scores.null_band,
        interval=lambda audit: audit.forgetting_score_interval,
    ),
    _Row(
        "Signed AUC",
        "mia_auc",
        _decimal,
        "0.5 is ideal",
        band=lambda scores: scores.auc_band,
        interval=_auc_interval,
    ),
    _Row("NoMUS", "nomus", _decimal, "higher is better", interval=lambda audit: audit.nomus_interval),
)


def verdict(report: ForgetReport) -> str:
    """Words first."""
    icon, headline = ICONS[report.verdict.label], VERDICT_TITLES[report.verdict.label]
    caveats = "".join(f"<li>{esc(caveat)}</li>" for caveat in report.caveats)
    listed = f'<ul class="caveats" aria-label="To keep in mind">{caveats}</ul>' if caveats else ""
    return (
        f'<div class="verdict" data-label="{report.verdict.label}"><span class="icon" aria-hidden="true">{icon}</span>'
        f"<div><h3>{headline}</h3><p>{esc(report.verdict.text)}</p>{listed}</div></div>"
    )


def _head(term: str, note: str) -> str:
    text, term = esc(glossary()[term]), esc(term)
    # the cell is named by hand: what stands in a <details> does not count for its name
    return (
        f'<th scope="row" aria-label="{term}: {esc(note)}">'
        f'<details class="term"><summary title="{text}">{term}</summary><p>{text}</p></details>'
        f"<small>{esc(note)}</small></th>"
    )


def _column(title: str) -> str:
    """The head of a column; explained where the glossary knows the model."""
    if title not in glossary():
        return f'<th scope="col">{title}</th>'
    text = esc(glossary()[title])
    return (
        f'<th scope="col" aria-label="{title}"><details class="term"><summary title="{text}">{title}</summary>'
        f"<p>{text}</p></details></th>"
    )


def _cell(row: _Row, scores: Scores, audit: Audit | None) -> str:
    value = getattr(scores, row.field)
    interval = row.interval(audit) if row.interval is not None and audit is not None else None
    small = "" if interval is None else f'<small class="interval">{between(interval, row.show)}</small>'
    if row.band is not None:
        low, high = row.band(scores)
        inside = low <= value <= high
        word = "inside" if inside else "outside"
        small += f'<small class="{word}">{word} chance: {low:.2f} to {high:.2f}</small>'
    return f"<td>{row.show(value)}{small}</td>"


def score_table(report: ForgetReport) -> str:
    """Scores by row, models by column; on a phone it scrolls in its box."""
    counts, models = report.data, list(report.scores)
    heads = "".join(_column(MODEL_TITLES[name]) for name in models)
    body = ""
    for row in ROWS:
        size = f", n = {counts.photos[row.group]:,}" if row.group else ""
        cells = "".join(_cell(row, report.scores[name], report.audits.get(name)) for name in models)
        body += f"<tr>{_head(row.term, row.goal + size)}{cells}</tr>"
    spent = {
        "unlearned": report.seconds.unlearn,
        "control": report.seconds.control,
        "retrained": report.seconds.retrain,
    }
    none = "<span aria-label=none>–</span>"
    times = "".join(f"<td>{seconds(spent[name]) if name in spent else none}</td>" for name in models)
    body += f"<tr>{_head('Seconds', 'lower is better')}{times}</tr>"
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Scores"><table class="scores" '
        f'style="--models:{len(models)}">'
        '<caption class="sr-only">Scores of the models</caption>'
        f'<thead><tr><th scope="col">score</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def beside_control(report: ForgetReport) -> str:
    """One sentence: what synthesis added in this run; nothing where no control was run."""
    if "control" not in report.scores:
        return ""
    ours, control = (report.scores[name].nomus for name in ("unlearned", "control"))
    gain = ours - control
    # half of the 95 % band is one standard deviation of the forgetting score, and so of NoMUS, by chance: with few
    # photos that is more
    noise = max(SEED_SPREAD, report.scores["unlearned"].null_band[1] / 2)
    moved = f"added {gain:.3f} to" if gain >= 0 else f"took {-gain:.3f} from"
    caution = (
        f"less than about {noise:.2f} in one run says little"
        if abs(gain) < noise
        else f"chance alone can move that by about {noise:.2f}"
    )
    return f"Synthesis {moved} NoMUS in this run ({ours:.3f}, the control {control:.3f}); {caution}."


def basis(report: ForgetReport) -> str:
    """What the numbers rest on, in sentences."""
    counts, spent = report.data, report.seconds
    sizes = "; ".join(
        f"{counted(counts.people[name], 'person', 'people')} with {counted(counts.photos[name], 'photo', 'photos')} "
        f"({SET_TITLES[name]})"
        for name in SET_TITLES
        if name in counts.people
    )
    text = f"Measured on {sizes}. MIA scores compare the forgotten photos with as many of strangers."
    if report.audits:
        text += " Small numbers under a score are its 95 % interval, with whole people as units."
    if counts.skipped:
        text += f" {counted(counts.skipped, 'photo', 'photos')} could not be read and were left out."
    if "retrained" in report.scores and spent.unlearn > 0:
        text += (
            f" Forgetting took {seconds(spent.unlearn)}, training again without them {seconds(spent.retrain)}: "
            f"{spent.retrain / spent.unlearn:.1f} times as long."
        )
    elif "retrained" not in report.scores:
        text += " Ask for the retrained model above to see what these scores would be had they never been seen."
    return "".join(f'<p class="quiet">{esc(each)}</p>' for each in (beside_control(report), text) if each)


def proof(report: ForgetReport) -> str:
    """What comes first below the heading; the evidence and what is taken away follow."""
    return verdict(report) + gauge(report) + score_table(report) + basis(report)
