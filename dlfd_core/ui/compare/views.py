"""Texts and files around a race: pure functions to escaped HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from dlfd_core.types import (
    RACE_REFERENCE,
    SEED_SPREAD,
    VERDICT_WORDS,
    DataCard,
    MethodCard,
    RaceReport,
    RaceRow,
    Seconds,
    format_score,
)
from dlfd_core.ui.text.markup import counted, data_uri, esc, run_status

#: ``running``: the results below are from the previous race; ``racing``: results of this race are arriving.
RaceState = Literal["idle", "running", "racing", "done", "cancelled", "failed"]
#: Seconds that loading, measuring and the map add to a run, for an estimate.
BESIDE = 3.0


def race_status(state: RaceState, text: str = "") -> str:
    """Status sentence beside the buttons; a failure is announced as an alert."""
    return run_status("race", state, text)


def race_hint(
    card: DataCard, people: Sequence[str], methods: Sequence[str], seeds: int, budget: float | None, took: Seconds
) -> str:
    """Hint before the race: the people, the number of runs and an estimate of their time.

    Args:
        took: times of the finished example, which are used for all methods.
    """
    photos = sum(person.photos for person in card.people if person.id in set(people))
    if not people:
        text = "Nobody is picked yet; the race uses the people picked under Demo."
    else:
        who, what = counted(len(people), "person", "people"), counted(photos, "photo", "photos")
        text = f"On the {who} picked under Demo ({what})."
    if methods:
        runs = counted(seeds * len(methods), "run", "runs")
        text += f" {counted(len(methods), 'method', 'methods')} × {counted(seeds, 'seed', 'seeds')} = {runs}"
        each = dict.fromkeys(methods, budget or took.unlearn) | {RACE_REFERENCE: took.retrain}
        long = seeds * sum(each[name] + BESIDE for name in methods)
        text += f", about {_duration(long)}." if all(each[name] for name in methods) else "."
    level = "none" if people else "warn"
    return f'<p class="hint" data-level="{level}" role="status">{esc(text)}</p>'


def _duration(seconds: float) -> str:
    return f"{10 * max(1, round(seconds / 10))} s" if seconds < 95 else f"{round(seconds / 60)} min"


# ---- caption and outcome -------------------------------------------------------------------------------------------


def race_caption(
    report: RaceReport, card: DataCard, names: Mapping[str, str], *, example: bool = False, note: str = ""
) -> str:
    """Caption of the results: which race they are from, and on which people.

    Args:
        names: person id -> name.
        note: text at the end, e.g. that the race was cancelled.
    """
    request = report.request
    task = {one.name: one.title for one in card.tasks}.get(request.task, request.task)
    people = counted(len(request.people), "person", "people")
    if report.data is not None:
        people += f", {counted(report.data.photos['forget'], 'photo', 'photos')}"
    if request.budget is None:
        effort = "each with its own preset"
    else:
        effort = f"epochs that fit into {request.budget:g} s for each method, except retraining"
    parts = [people, task, counted(request.seeds, "seed", "seeds"), effort, *([note] if note else [])]
    kind = "A finished example" if example else "Your race"
    who = esc(", ".join(names.get(person, person) for person in request.people))
    return (
        f'<div class="whose"><span class="tag">{kind}</span> {esc(" · ".join(parts))}'
        f'<details class="names"><summary>who was forgotten</summary>{who}</details></div>'
    )


def race_headline(report: RaceReport, titles: Mapping[str, str]) -> str:
    """The outcome in words: which method leads, by how much, and whether the difference may be chance."""

    def title(row: RaceRow) -> str:
        return titles.get(row.method, row.method)

    scored = sorted(
        (row for row in report.rows if row.means and row.method != RACE_REFERENCE),
        key=lambda row: -row.means["nomus"].mean,
    )
    sentences = _passed(scored, title)
    counts = {row.runs for row in scored}
    over = f"Over {counts.copy().pop()} seeds, " if len(counts) == 1 and max(counts) > 1 else ""
    if len(scored) == 1:
        sentences.append(f"{over}{title(scored[0])} has a NoMUS of {_nomus(scored[0])}.")
    elif scored:
        sentences.append(f"{over}{title(scored[0])} has the highest NoMUS, {_nomus(scored[0])}.")
        sentences.append(f"{title(scored[1])} follows with {_nomus(scored[1])}; {_meaning(scored[0], scored[1])}.")
    for row in report.rows:
        if row.method == RACE_REFERENCE and row.means:
            sentences.append(f"The model retrained without these people reaches {_nomus(row)}.")
        if row.failures:
            count = f"in {len(row.failures)} of {row.runs + len(row.failures)} runs"
            sentences.append(f"{title(row)} gave no result {count}.")
    return f'<p class="race-words">{esc(" ".join(sentences))}</p>' if sentences else ""


def _passed(rows: Sequence[RaceRow], title: Callable[[RaceRow], str]) -> list[str]:
    """The sentence on the methods whose runs all pass the verdict."""
    judged = [row for row in rows if row.labels]
    passed = [title(row) for row in judged if set(row.labels) == {"not_distinguishable"}]
    if passed:
        return [f"No attack tells the forgotten people from unseen people after: {', '.join(passed)}."]
    return ["After every method an attack still finds something, in at least one run."] if judged else []


def _nomus(row: RaceRow) -> str:
    estimate = row.means["nomus"]
    mean = format_score("nomus", estimate.mean)
    return mean if estimate.half_width is None else f"{mean} ± {format_score('nomus', estimate.half_width)}"


def _meaning(first: RaceRow, second: RaceRow) -> str:
    """Whether the difference of two rows may be chance; with one seed, compared with the usual spread over seeds."""
    one, two = first.means["nomus"], second.means["nomus"]
    gap = one.mean - two.mean
    if one.half_width is None or two.half_width is None:
        if gap < 2 * SEED_SPREAD:
            return f"with one seed, a difference of {gap:.3f} can be chance"
        return f"a difference of {gap:.3f} is larger than another seed usually makes"
    if gap < one.half_width + two.half_width:
        return "their intervals overlap, so chance may have decided the order"
    return "their intervals do not overlap"


# ---- files ----------------------------------------------------------------------------------------------------------


def race_csv(report: RaceReport, cards: Sequence[MethodCard]) -> str:
    """CSV with one line per run: method, seed, settings and all scores."""
    fields = (
        "utility", "retain_accuracy", "forget_accuracy", "validation_accuracy", "mia_accuracy", "mia_auc",
        "forgetting_score", "nomus",
    )  # fmt: skip
    titles = {card.name: card.title for card in cards}
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["method", "title", "seed", "seconds", "verdict", *fields, "null_band_high", "settings", "failure"])
    for entry in report.entries:
        scores = entry.scores
        numbers = [""] * (len(fields) + 1)
        if scores is not None:
            numbers = [f"{getattr(scores, name):.6f}" for name in fields] + [f"{scores.null_band[1]:.6f}"]
        settings = " ".join(f"{name}={value}" for name, value in entry.settings)
        spent = f"{entry.seconds:.3f}" if scores is not None else ""
        title = titles.get(entry.method, entry.method)
        said = "" if entry.label is None else VERDICT_WORDS[entry.label]
        writer.writerow([entry.method, title, entry.seed, spent, said, *numbers, settings, entry.failure or ""])
    return target.getvalue()


def race_take_away(report: RaceReport, cards: Sequence[MethodCard]) -> str:
    """Link to the runs as a CSV file inside the page; nothing is written on the server."""
    address = data_uri(race_csv(report, cards).encode(), "text/csv")
    return f'<p class="command"><a class="plain" download="race.csv" href="{address}">Download all runs (CSV)</a></p>'
