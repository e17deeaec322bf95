"""HTML of a sequence (requests one after another): pure functions to escaped HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from dlfd_core.types import (
    MEASURES,
    SEQUENCE_MODELS,
    SEQUENCE_TITLES,
    DataCard,
    Drift,
    ForgetProgress,
    Scores,
    SequenceModel,
    SequenceReport,
    SequenceStep,
    band_of,
    format_score,
    heading,
)
from dlfd_core.ui.evidence.parts import beside_chance
from dlfd_core.ui.sequence.chart import Line, chart
from dlfd_core.ui.server.marks import after_mark
from dlfd_core.ui.text.markup import counted, esc, percent, run_status, seconds, state_in

#: ``running``: the result below is from the previous sequence; ``steps``: steps of this one are arriving.
SequenceState = Literal["idle", "running", "steps", "done", "cancelled", "failed"]
AGAINST: dict[SequenceModel, str] = {"one_shot": "forgetting all at once", "retrained": "retraining without them"}
#: Models in the charts, in the order of their dashes and shapes.
DRAWN: tuple[SequenceModel, ...] = ("sequential", "one_shot", "retrained", "original")
#: Scores in the table of a step.
ROWS = ("utility", "retain_accuracy", "forget_accuracy", "mia_auc", "forgetting_score", "nomus")
#: Most requests that are drawn as a line; the tables have all.
MOST_DRAWN = 6
EMPTY = "The result of each step will appear here: quality, what an attacker finds, and who comes back."
NONE_YET = "No request is lined up yet. Pick people under Demo and add them here; then add others too."


def sequence_status(state: SequenceState, text: str = "") -> str:
    """Status sentence below the buttons; a failure is announced as an alert."""
    return run_status("sequence", state, text)


def state_of(status: object) -> str:
    """The state in a ``sequence_status`` that a browser sent back; ``idle`` where it is not valid."""
    return state_in("sequence", status)


def progress_bar(progress: ForgetProgress | None) -> str:
    """Progress of the current model, and the time left for the whole sequence; empty without progress."""
    if progress is None:
        return ""
    left = progress.seconds_left
    rest = "" if left is None else f" · about {seconds(left) if left < 10 else f'{left:.0f} s'} left in all"
    bar = f'<progress max="{max(1, progress.total)}" value="{progress.done}" aria-label="Step"></progress>'
    return f'<div class="bar">{bar}<span>{esc(progress.message)}{rest}</span></div>'


def queue_list(card: DataCard, queue: Sequence[Sequence[str]], warning: str = "") -> str:
    """List of the requests in their order, each with a button that removes it.

    Args:
        warning: why the last pick was not added.
    """
    warning_html = f'<p class="hint" data-level="warn" role="alert">{esc(warning)}</p>' if warning else ""
    people = {person.id: person for person in card.people}
    rows = ""
    for number, group in enumerate(queue):
        picked = [people[one] for one in group if one in people]
        photos = counted(sum(person.photos for person in picked), "photo", "photos")
        names = ", ".join(person.name for person in picked)
        rows += (
            f'<li><b>Request {number + 1}</b><span class="who">{esc(names)}'
            f"<small>{counted(len(picked), 'person', 'people')}, {photos}</small></span>"
            f'<button type="button" data-remove="{number}" aria-label="Remove request {number + 1}">Remove</button>'
            "</li>"
        )
    if not rows:
        return f'{warning_html}<p class="hint" data-level="none" tabindex="-1">{NONE_YET}</p>'
    more = '<p class="hint" data-level="none">Add at least one more.</p>' if len(queue) == 1 else ""
    return f'{warning_html}<ol class="queue" aria-label="Requests in their order">{rows}</ol>{more}'


def empty_result() -> str:
    return f'<p class="quiet">{EMPTY}</p>'


def result(report: SequenceReport, run: str) -> str:
    """The finished steps: finding, charts and tables, with the mark by which the run's receipt finds a sequence.

    Args:
        run: method, task and seed, as plain text.
    """
    steps, groups = report.steps, report.request.groups
    people = counted(sum(map(len, groups)), "person", "people")
    done = "" if report.complete else f" · {len(steps)} of {len(groups)} requests carried out"
    caption = f"{run} · {counted(len(groups), 'request', 'requests')}, {people}{done}"
    mark = f' data-mark="{after_mark(report)}"' if report.complete else ""
    last = len(steps) - 1
    tables = "".join(_step(report, i, step, opened=i == last) for i, step in enumerate(steps))
    return (
        f'<div class="whose"{mark}><span class="tag">Your sequence</span> {esc(caption)}</div>'
        f'<p class="finding">{esc(report.finding)}</p><div class="charts">{_charts(report)}</div>{tables}'
    )


# ---- charts ----------------------------------------------------------------------------------------------------------


def _decimal(value: float) -> str:
    return f"{value:.2f}"


def _whole(value: float) -> str:
    return f"{100 * value:.0f} %"


def _charts(report: SequenceReport) -> str:
    steps, total = report.steps, len(report.request.groups)

    def models(measure: Callable[[Scores], float]) -> list[Line]:
        lines = []
        for look, name in enumerate(DRAWN):
            points = tuple((i, measure(step.scores[name])) for i, step in enumerate(steps, 1) if name in step.scores)
            lines.append(Line(name, SEQUENCE_TITLES[name], look, points))
        return lines

    def group(number: int) -> Line:
        points = tuple((i + 1, steps[i].groups[number].mia_auc) for i in range(number, len(steps)))
        return Line(f"group-{number}", f"Request {number + 1}", number, points)

    bands = [step.scores["sequential"].auc_band for step in steps]
    alone = [step.groups[-1].auc_band for step in steps]
    groups = [group(i) for i in range(min(total, MOST_DRAWN))]
    only = f" The first {MOST_DRAWN} requests." if total > MOST_DRAWN else ""
    notes = (
        "Right answers on unseen people. Higher is better.",
        "Signed AUC: 0.5 is ideal; above it, they are still known. The shaded band is chance.",
        f"Signed AUC of each single request, one request after another. If a line rises, they come back.{only}",
    )
    return (
        chart(heading(MEASURES["utility"].title), notes[0], models(lambda scores: scores.utility), total, _whole)
        + chart("Everybody forgotten so far", notes[1], models(lambda scores: scores.mia_auc), total, _decimal, bands)
        + chart("Does anybody come back?", notes[2], groups, total, _decimal, alone)
    )


# ---- tables ----------------------------------------------------------------------------------------------------------


def _step(report: SequenceReport, number: int, step: SequenceStep, *, opened: bool) -> str:
    counts = step.data
    so_far = (
        f"{counted(counts.people['forget'], 'person', 'people')}, {counts.photos['forget']:,} photos forgotten so far"
    )
    missing = "".join(f"<p>{esc(f'{SEQUENCE_TITLES[name]}: {why}')}</p>" for name, why in step.missing.items())
    drift = "".join(_drift(name, each) for name, each in step.drift.items() if number > 0)
    return (
        f"<details{' open' if opened else ''}><summary>After request {number + 1}: {so_far}</summary>"
        f"{_scores(step, number)}{missing}"
        + (f'<ul class="drift" aria-label="Drift">{drift}</ul>' if drift else "")
        + (_groups(report, step) if number > 0 else "")
        + "</details>"
    )


def _scores(step: SequenceStep, number: int) -> str:
    models = [name for name in SEQUENCE_MODELS if name in step.scores]
    body = "".join(
        f'<tr><th scope="row">{heading(MEASURES[score].title)}</th>'
        + "".join(f"<td>{_value(score, step.scores[name])}</td>" for name in models)
        + "</tr>"
        for score in ROWS
    )
    times = "".join(f"<td>{seconds(step.seconds[name]) if name in step.seconds else '–'}</td>" for name in models)
    heads = "".join(f'<th scope="col">{SEQUENCE_TITLES[name]}</th>' for name in models)
    title = heading(MEASURES["seconds"].title)
    body += f'<tr><th scope="row">{title}</th>{times}</tr>'
    return _table(f"Scores after request {number + 1}", "score", heads, body, len(models))


def _groups(report: SequenceReport, step: SequenceStep) -> str:
    """Table of each single request in the sequential model: its scores now, and directly after its own step."""
    body = ""
    for i, scores in enumerate(step.groups):
        own_step = report.steps[i].groups[i]
        names = ", ".join(report.names[i])
        body += (
            f'<tr><th scope="row">Request {i + 1}</th><td>{_value("mia_auc", scores)}</td>'
            f"<td>{format_score('mia_auc', own_step.mia_auc)}</td><td>{_value('forget_accuracy', scores)}</td>"
            f'<td class="who">{esc(names)}</td></tr>'
        )
    titles = (f"{MEASURES['mia_auc'].title} now", "after its own step", MEASURES["forget_accuracy"].title, "who")
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    return _table("Each single request, in the model that forgot one after another", "request", heads, body, 4)


def _table(title: str, first: str, heads: str, body: str, columns: int) -> str:
    kind = ' class="groups"' if first == "request" else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table{kind} style="--columns:{columns}">'
        f'<caption>{title}</caption><thead><tr><th scope="col">{first}</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _value(name: str, scores: Scores) -> str:
    """A score as HTML, with its band where it has one."""
    value, band = getattr(scores, name), band_of(name, scores)
    if band is None:
        return format_score(name, value)
    return format_score(name, value) + beside_chance(name, value, band)


def _drift(name: SequenceModel, drift: Drift) -> str:
    text = (
        f"Compared with {AGAINST.get(name, name)}: utility {100 * drift.utility:+.1f} points, forgetting score "
        f"{drift.forgetting_score:+.3f}, NoMUS {drift.nomus:+.3f}. The two models answer differently on "
        f"{percent(drift.disagreement)} of unseen people's photos; their weights differ by {percent(drift.weights)}."
    )
    return f"<li>{esc(text)}</li>"


def run_title(method: str, task: str, seed: int, preset: str, changed: int, tasks: Mapping[str, str]) -> str:
    """``DLFD, preset paper, 1 setting changed · Emotion · seed 0``."""
    settings = f", {counted(changed, 'setting', 'settings')} changed" if changed else ""
    return f"{method}{f', preset {preset}' if preset else ''}{settings} · {tasks.get(task, task)} · seed {seed}"
