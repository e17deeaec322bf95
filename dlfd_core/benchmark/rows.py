"""From finished cells to the rows of a benchmark: means, intervals, and differences run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dlfd_core.benchmark.campaign import Campaign
from dlfd_core.benchmark.plan import RETRAIN, Entry
from dlfd_core.benchmark.published import Published
from dlfd_core.metrics.intervals import estimate, paired
from dlfd_core.types import Estimate, KnobValue

#: Scores that are averaged; utility is the accuracy on unseen people, so that one is not listed twice.
ROW_SCORES = (
    "nomus", "utility", "forgetting_score", "mia_accuracy", "mia_auc", "forget_accuracy", "retain_accuracy",
    "validation_accuracy",
)  # fmt: skip
ORIGINAL, DLFD = "original", "dlfd"
#: Methods that the others are compared with, and their words in a heading.
REFERENCES = {RETRAIN: "retrained", DLFD: "DLFD"}


@dataclass(frozen=True)
class Line:
    """One row.

    Attributes:
        method: a name, or ``original``.
        preset, knobs: empty where nothing was run: in the original, and in what is only published.
        runs: those that ended with a model; diverged: those that did not, and are in no mean.
        scores: by the names of ``ROW_SCORES``; empty without runs.
        inside: share of runs whose forgetting score lies in its null band; None without runs.
        against: reference -> score -> this row minus the reference, run by run; without the reference itself.
    """

    title: str
    method: str
    preset: str = ""
    knobs: Mapping[str, KnobValue] = field(default_factory=dict)
    runs: int = 0
    diverged: int = 0
    scores: Mapping[str, Estimate] = field(default_factory=dict)
    inside: float | None = None
    seconds: Estimate | None = None
    against: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    published: Published | None = None


def lines_of(campaign: Campaign, entries: Sequence[Entry], published: Mapping[str, Published]) -> list[Line]:
    """The original, the entries in their order, and what is published of methods that were not run."""
    references = {name: entry for name in REFERENCES if (entry := _first(entries, name))}
    lines = [_original(campaign, entries, published.get(ORIGINAL))]
    lines += [_line(campaign, entry, references, published.get(entry.method)) for entry in entries]
    shown = {line.method for line in lines}
    return lines + [Line(row.title, name, published=row) for name, row in published.items() if name not in shown]


def originals(campaign: Campaign, entries: Sequence[Entry]) -> dict[int, dict[str, Any]]:
    """Pick -> scores of the original; every run on a pick measures the same, so the first that ended is taken."""
    found: dict[int, dict[str, Any]] = {}
    for cell in (cell for entry in entries for cell in entry.cells):
        if "original" in campaign[cell]:
            found.setdefault(cell.pick, campaign[cell]["original"]["unseen"])
    return dict(sorted(found.items()))


def _first(entries: Sequence[Entry], method: str) -> Entry | None:
    return next((entry for entry in entries if entry.method == method), None)


def _original(campaign: Campaign, entries: Sequence[Entry], published: Published | None) -> Line:
    """One value per pick: it has no seeds."""
    return _measured(Line("Original", ORIGINAL, published=published), list(originals(campaign, entries).values()))


def _line(campaign: Campaign, entry: Entry, references: Mapping[str, Entry], published: Published | None) -> Line:
    results = [campaign[cell] for cell in entry.cells]
    sound = [result for result in results if "scores" in result]
    line = Line(
        entry.title,
        entry.method,
        entry.preset,
        entry.cells[0].config(),
        diverged=len(results) - len(sound),
        seconds=estimate([result["seconds"] for result in sound]) if sound else None,
        against={
            name: differences
            for name, reference in references.items()
            if reference is not entry and (differences := _differences(campaign, entry, reference))
        },
        published=published,
    )
    return _measured(line, [result["scores"]["unseen"] for result in sound])


def _measured(line: Line, scores: Sequence[dict[str, Any]]) -> Line:
    if not scores:
        return line
    inside = sum(score["forgetting_score"] <= score["null_band"][1] for score in scores) / len(scores)
    means = {name: estimate([score[name] for score in scores]) for name in ROW_SCORES}
    return replace(line, runs=len(scores), scores=means, inside=inside)


def _differences(campaign: Campaign, entry: Entry, reference: Entry) -> dict[str, Estimate]:
    """On the picks and seeds where both ended; empty where there are none."""
    pairs = [(campaign[one], campaign[other]) for one, other in zip(entry.cells, reference.cells, strict=True)]
    both = [pair for pair in pairs if all("scores" in result for result in pair)]
    if not both:
        return {}
    ours, theirs = ([pair[i]["scores"]["unseen"] for pair in both] for i in (0, 1))
    return {name: paired([one[name] for one in ours], [other[name] for other in theirs]) for name in ROW_SCORES}
