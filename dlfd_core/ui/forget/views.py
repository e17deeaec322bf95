"""Texts around the components: pure functions from reports and cards to HTML in which all data is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from dlfd_core.types import (
    DEFAULT_PRESET,
    MINIMUM_PHOTOS,
    MODEL_TITLES,
    OWN_DATA_PREFIX,
    SET_TITLES,
    Catalog,
    DataCard,
    FacePrediction,
    ForgetReport,
)
from dlfd_core.ui.text.markup import counted, esc, face, percent, run_status, sheet_style, state_in
from dlfd_core.ui.text.texts import copy_text

#: ``running``: everything on the page is from the previous run; ``mapping``: only the map is; ``control``: everything
#: is new, but the control is not finished. The style sheet marks old parts.
State = Literal["idle", "running", "mapping", "control", "done", "cancelled", "failed"]

#: With fewer people the answer is called uncertain: the 95 % interval of the signed AUC is wide (0.18 to 0.86 in a run
#: with 3 people).
FEW_PEOPLE = 8
#: Number of people of a good first try, where the data set has twice as many.
GOOD_PICK = 20

NO_EXAMPLE = "Pick people, then press Forget."
#: On a page of other people than the drawn ones.
NO_EXAMPLE_HERE = "There is no finished example of these people."
CONTROL_RUNS = "The result is there. The control still runs: the same training without DLFD's synthesised photos."


def status(state: State, text: str = "") -> str:
    """The sentence on top of the stage: what happened, and what to do next. A failure is announced as an alert."""
    return run_status("state", state, text)


def state_of(status: object) -> str:
    """The state in a ``status`` that a browser sent back; ``idle`` where it is not valid."""
    return state_in("state", status)


def example_sentence(report: ForgetReport) -> str:
    return (
        f"This face model was made to forget {len(report.names)} of the people it learned from. "
        "Now pick people yourself and press Forget."
    )


def running_sentence(people: int) -> str:
    return f"The model is forgetting {counted(people, 'person', 'people')}. Watch the map; the result follows."


def done_sentence(report: ForgetReport, *, cached: bool = False) -> str:
    if cached and report.points is None:
        return "This run was computed before, without a map. Read what an attacker finds, or pick other people."
    if cached:
        return "This run was computed before. Read what an attacker finds, or pick other people."
    also = ", the control included" if "control" in report.scores else ""
    seconds = f"{report.seconds.total:.1f} s{also}"
    if report.points is None:
        return f"Finished in {seconds}, without a map. Read what an attacker finds, or pick other people."
    return f"Finished in {seconds}. Read what an attacker finds, or pick other people."


def run_label(people: int, seconds: float | None, drawn: int) -> str:
    """Label of the button that starts a run, with the estimate of its time; 0: the result is in memory.

    Args:
        drawn: number of people that the page draws at random where nobody is picked.
    """
    if not people:
        return f"Forget {drawn} at random"
    label = "Forget this person" if people == 1 else f"Forget these {people} people"
    if seconds is None:
        return label
    return f"{label} · at once" if seconds == 0 else f"{label} · about {max(1, round(seconds))} s"


def pick_hint(card: DataCard, people: Sequence[str]) -> str:
    """Hint on the pick before the run: whether there are enough people and photos for a verdict."""
    photos = sum(person.photos for person in card.people if person.id in set(people))
    if not people:
        level, text = "none", _first_try(card)
    elif len(people) >= len(card.people):
        level, text = "warn", "Everybody is picked: leave at least one person for the model to keep."
    elif photos < MINIMUM_PHOTOS:
        level, text = (
            "warn",
            f"{counted(photos, 'photo', 'photos')}: too few for an answer; {MINIMUM_PHOTOS} are needed.",
        )
    elif len(people) < FEW_PEOPLE:
        level = "warn"
        text = f"{counted(len(people), 'person', 'people')}: the answer will be uncertain. {_first_try(card)}"
    else:
        level, text = "fine", f"{counted(photos, 'photo', 'photos')} to forget: enough for an answer."
    return f'<p class="hint" data-level="{level}" role="status">{esc(text)}</p>'


def _first_try(card: DataCard) -> str:
    """How many people to pick, or that the data set has few."""
    if len(card.people) >= 2 * GOOD_PICK:
        return f"{GOOD_PICK} people are a good first try."
    return f"There are only {len(card.people)} people to pick from."


def run_title(report: ForgetReport, catalog: Catalog) -> str:
    """Title of a run as plain text: ``DLFD, preset Paper · 3 people, 72 photos · Emotion · seed 0``."""
    request = report.request
    methods = {card.name: card.title for card in catalog.methods}
    presets = {(card.name, preset.name): preset.title for card in catalog.methods for preset in card.presets}
    method = methods.get(request.method, request.method)
    if request.preset != DEFAULT_PRESET:
        method += f", preset {presets.get((request.method, request.preset), request.preset)}"
    if request.knobs:
        method += f", {counted(len(request.knobs), 'setting', 'settings')} changed"
    tasks = {(data.name, task.name): task.title for data in catalog.data for task in data.tasks}
    data = (
        catalog.data[0].name if request.data.startswith(OWN_DATA_PREFIX) else request.data
    )  # own people share its tasks
    photos = counted(report.data.photos["forget"], "photo", "photos")
    parts = [
        method,
        f"{counted(len(request.people), 'person', 'people')}, {photos}",
        tasks.get((data, request.task), request.task),
        f"seed {request.seed}",
    ]
    return " · ".join(parts)


def caption(report: ForgetReport, catalog: Catalog, *, example: bool = False) -> str:
    """Caption of the result: which run it is, and who was forgotten (folded where there are more than 6 names)."""
    kind = "A finished example" if example else "Your run"
    names = ", ".join(report.names)
    who = f'<span class="names">{esc(names)}</span>'
    if len(report.names) > 6:
        who = f'<details class="names"><summary>who was forgotten</summary>{esc(names)}</details>'
    return (
        f'<div class="whose"><span class="tag">{kind}</span> {esc(run_title(report, catalog))}'
        f" · compared with the original classifier {who}</div>"
    )


def missing_example(sentence: str) -> str:
    return f'<p class="hint" data-level="none">{esc(sentence)} The results of your own run will appear here.</p>'


def without_example(sentence: str) -> dict[str, str]:
    """The slots of a page that opens without a finished example; ``sentence`` says why."""
    return {"result": missing_example(sentence), "status": status("idle", NO_EXAMPLE)}


# ---- losses ----------------------------------------------------------------------------------------------------------


def loss_section(histograms: str) -> str:
    """The losses of a run in words and as ``evidence.losses`` draws them."""
    text = esc(" ".join(copy_text("figure").split()))
    return f'<h3>How wrong the model is, photo by photo</h3><p>{text}</p><div class="duel">{histograms}</div>'


def loss_table(report: ForgetReport) -> str:
    """Folded table of the losses, with the control once it has run."""
    rows = "".join(
        f'<tr><th scope="row">{MODEL_TITLES[model]}</th>'
        + "".join(f"<td>{_spread(sets[name])}</td>" for name in ("forget", "unseen", "retain"))
        + "</tr>"
        for model, sets in report.losses.items()
    )
    heads = "".join(f'<th scope="col">{SET_TITLES[name]}</th>' for name in ("forget", "unseen", "retain"))
    return (
        '<details class="numbers"><summary>The same as a table</summary><div class="scroll"><table>'
        "<caption>Median loss in nats, with the middle half of the photos in brackets</caption>"
        f'<thead><tr><th scope="col">model</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _spread(values: np.ndarray) -> str:
    if not len(values):
        return "none"
    low, middle, high = np.nanquantile(values, (0.25, 0.5, 0.75))
    return f"{middle:.2f} <small>[{low:.2f} to {high:.2f}], n = {len(values):,}</small>"


# ---- predictions -----------------------------------------------------------------------------------------------------


def predictions_section(report: ForgetReport, names: dict[str, str]) -> str:
    """Photos of the forgotten people with the predictions before and after.

    Args:
        names: person id -> name.
    """
    rows, sheet = report.predictions, report.photos
    if not rows or sheet is None:
        return ""
    changed = sum(row.before != row.after for row in rows)
    right = [sum(getattr(row, when) == row.label for row in rows) / len(rows) for when in ("before", "after")]
    summary = (
        f"{len(rows)} of {counted(report.data.photos['forget'], 'forgotten photo', 'forgotten photos')}: "
        f"{percent(right[0])} right before, {percent(right[1])} after; the answer changed on "
        f"{counted(changed, 'photo', 'photos')}."
    )
    cards = "".join(
        f'<li class="guess{" changed" if row.before != row.after else ""}">{face(sheet, row.tile)}'
        f"<div>{_guess(row, report.classes, names.get(row.person, row.person))}</div></li>"
        for row in rows
    )
    return (
        f"<h3>What the model says about their photos</h3><p>{summary}</p>"
        f'<ul class="guesses" style="{sheet_style(sheet)}" tabindex="0" role="list" '
        f'aria-label="Predictions before and after">{cards}</ul>'
    )


def _guess(row: FacePrediction, classes: tuple[str, ...], name: str) -> str:
    truth = esc(classes[row.label]) if row.label >= 0 else "unknown"
    mark = '<span class="mark">changed</span>' if row.before != row.after else ""
    before, after = (
        f"{esc(classes[predicted])} <small>{sure:.0%}</small>"
        for predicted, sure in [(row.before, row.confidence_before), (row.after, row.confidence_after)]
    )
    return (
        f"<b>{esc(name)}</b> <small>labelled {truth}</small>{mark}"
        f'<span class="said">{before} <span aria-hidden="true">→</span><span class="sr-only">then</span> {after}</span>'
        f"<small>loss {row.loss_before:.2f} → {row.loss_after:.2f}</small>"
    )
