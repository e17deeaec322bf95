"""HTML of the result: verdict, scores of all models, and the sizes of the sets they are measured on."""

from __future__ import annotations

from dlfd_core.types import (
    MEASURES,
    MODEL_TITLES,
    SCORES,
    SEED_SPREAD,
    SET_TITLES,
    VERDICT_TITLES,
    VERDICT_WORDS,
    Audit,
    ForgetReport,
    Measure,
    Scores,
    VerdictLabel,
    band_of,
    format_score,
    heading,
    interval_of,
)
from dlfd_core.ui.evidence.gauge import gauge
from dlfd_core.ui.evidence.parts import absent, beside_chance, between
from dlfd_core.ui.evidence.ranges import ranges
from dlfd_core.ui.text.markup import counted, esc, seconds
from dlfd_core.ui.text.texts import glossary

ICONS: dict[VerdictLabel, str] = {
    "not_distinguishable": "✓",
    "still_recognisable": "!",
    "over_forgotten": "↯",
    "cannot_tell": "?",
    "task_lost": "✕",
}


def verdict(report: ForgetReport) -> str:
    """The verdict: headline, sentence and caveats."""
    icon, headline = ICONS[report.verdict.label], VERDICT_TITLES[report.verdict.label]
    caveats = "".join(f"<li>{esc(caveat)}</li>" for caveat in report.caveats)
    listed = f'<ul class="caveats" aria-label="To keep in mind">{caveats}</ul>' if caveats else ""
    return (
        f'<div class="verdict" data-label="{report.verdict.label}"><span class="icon" aria-hidden="true">{icon}</span>'
        f"<div><h2>{headline}</h2><p>{esc(report.verdict.text)}</p>{listed}</div></div>"
    )


def _head(measure: Measure, size: str = "") -> str:
    """Head cell of a row, explained by the glossary.

    Args:
        size: number of photos, written after the goal.
    """
    return _named(measure.title, f"{measure.goal()}{size}")


def _named(title: str, note: str) -> str:
    """Head cell of a row by its title, which the glossary explains."""
    term = heading(title)
    text, term = esc(glossary()[term]), esc(term)
    # an explicit label: the content of <details> is not part of the cell's accessible name
    return (
        f'<th scope="row" aria-label="{term}: {esc(note)}">'
        f'<details class="term"><summary title="{text}">{term}</summary><p>{text}</p></details>'
        f"<small>{esc(note)}</small></th>"
    )


def _column(title: str) -> str:
    """Head cell of a column, explained where the glossary has the model."""
    if title not in glossary():
        return f'<th scope="col">{title}</th>'
    text = esc(glossary()[title])
    return (
        f'<th scope="col" aria-label="{title}"><details class="term"><summary title="{text}">{title}</summary>'
        f"<p>{text}</p></details></th>"
    )


def _cell(measure: Measure, scores: Scores, audit: Audit | None) -> str:
    value = getattr(scores, measure.name)
    interval, band = interval_of(measure.name, audit), band_of(measure.name, scores)
    small = "" if interval is None else f'<small class="interval">{between(interval, measure.text)}</small>'
    if band is not None:
        small += beside_chance(measure.name, value, band)
    return f"<td>{measure.text(value)}{small}</td>"


def score_table(report: ForgetReport) -> str:
    """Table with a row per score and a column per model; on a phone it scrolls inside its box."""
    counts, models = report.data, list(report.scores)
    heads = "".join(_column(MODEL_TITLES[name]) for name in models)
    body = _verdict_row(report)
    for measure in (MEASURES[name] for name in SCORES):
        size = f", n = {counts.photos[measure.group]:,}" if measure.group else ""
        cells = "".join(_cell(measure, report.scores[name], report.audits.get(name)) for name in models)
        body += f"<tr>{_head(measure, size)}{cells}</tr>"
    spent = {
        "unlearned": report.seconds.unlearn,
        "control": report.seconds.control,
        "retrained": report.seconds.retrain,
    }
    none = "<span aria-label=none>–</span>"
    times = "".join(f"<td>{format_score('seconds', spent[name]) if name in spent else none}</td>" for name in models)
    body += f"<tr>{_head(MEASURES['seconds'])}{times}</tr>"
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Scores"><table class="scores" '
        f'style="--models:{len(models)}">'
        '<caption class="sr-only">Scores of the models</caption>'
        f'<thead><tr><th scope="col">score</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _verdict_row(report: ForgetReport) -> str:
    """The row with the verdict on each model; none where no model was judged."""
    if not report.labels:
        return ""
    cells = ""
    for name in report.scores:
        label = report.labels.get(name)
        said = absent("this model has not forgotten anybody") if label is None else VERDICT_WORDS[label]
        icon = "" if label is None else f'<span aria-hidden="true">{ICONS[label]}</span> '
        cells += f'<td class="said" data-label="{label or ""}">{icon}{said}</td>'
    return f"<tr>{_named('verdict', 'the worst of all attacks')}{cells}</tr>"


def beside_control(report: ForgetReport) -> str:
    """Sentence on what synthesis added in this run; empty where no control was run."""
    if "control" not in report.scores:
        return ""
    ours, control = (report.scores[name].nomus for name in ("unlearned", "control"))
    gain = ours - control
    # half of the 95 % band is about one standard deviation of the forgetting score by chance, and so of NoMUS; with few
    # photos it is larger than the spread over seeds
    noise = max(SEED_SPREAD, report.scores["unlearned"].null_band[1] / 2)
    change = "raised" if gain >= 0 else "lowered"
    caution = (
        f"In one run, a difference below about {noise:.2f} may be chance"
        if abs(gain) < noise
        else f"Chance alone can change NoMUS by about {noise:.2f}"
    )
    return (
        f"In this run, synthesis {change} NoMUS by {abs(gain):.3f} ({ours:.3f}, the control {control:.3f}). {caution}."
    )


def basis(report: ForgetReport) -> str:
    """Sentences on what the numbers are measured on, and how long it took."""
    counts, spent = report.data, report.seconds
    sizes = "; ".join(
        f"{counted(counts.people[name], 'person', 'people')} with {counted(counts.photos[name], 'photo', 'photos')} "
        f"({SET_TITLES[name]})"
        for name in SET_TITLES
        if name in counts.people
    )
    text = f"Measured on {sizes}. MIA scores compare the forgotten photos with as many photos of unseen people."
    if report.audits:
        text += " Small numbers under a score are its 95 % interval; it counts whole people, not photos."
    if counts.skipped:
        text += f" {counted(counts.skipped, 'photo', 'photos')} could not be read and were left out."
    if "retrained" in report.scores and spent.unlearn > 0:
        text += (
            f" Forgetting took {seconds(spent.unlearn)}, training again without them {seconds(spent.retrain)}: "
            f"{spent.retrain / spent.unlearn:.1f} times as long."
        )
    elif "retrained" not in report.scores:
        text += " To see the scores of a model that never saw these people, also retrain from scratch (under Adjust)."
    return "".join(f'<p class="quiet">{esc(each)}</p>' for each in (beside_control(report), text) if each)


def proof(report: ForgetReport) -> str:
    """First part of the tab Evidence; the panels and the files follow."""
    return verdict(report) + ranges(report) + gauge(report) + score_table(report) + basis(report)
