"""Rows of a benchmark from its finished cells: means, intervals, and differences run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dlfd_core.benchmark.campaign import Campaign
from dlfd_core.benchmark.plan import RETRAIN, Entry
from dlfd_core.benchmark.published import Published
from dlfd_core.metrics.intervals import estimate, nested, share, share_of_original
from dlfd_core.types import Estimate, KnobValue, Share

#: Scores that are averaged. Accuracy on unseen people is not among them, because it is the utility.
ROW_SCORES = (
    "nomus", "utility", "forgetting_score", "mia_accuracy", "mia_auc", "forget_accuracy", "retain_accuracy",
    "validation_accuracy",
)  # fmt: skip
ORIGINAL, DLFD = "original", "dlfd"
#: Methods that the others are compared with, and their names in a heading.
REFERENCES = {RETRAIN: "retrained", DLFD: "DLFD"}


@dataclass(frozen=True)
class Line:
    """One row of a benchmark table.

    Attributes:
        method: a name, or ``original``.
        preset, knobs: empty without runs, that is for the original and for methods that are only published.
        runs: number of runs that ended with a model; diverged: number of the others, which are in no mean.
        scores: by the names of ``ROW_SCORES``; empty without runs. With several originals, they are the units.
        inside: share of runs whose forgetting score is in its null band; None without runs.
        passed: share of runs that pass the strict verdict, see ``passes``; None where no run has one.
        against: reference -> score -> this row minus the reference, run by run; empty for the reference itself.
        due_to_original: score -> share of the variance that is due to the original; empty with one original.
    """

    title: str
    method: str
    preset: str = ""
    knobs: Mapping[str, KnobValue] = field(default_factory=dict)
    runs: int = 0
    diverged: int = 0
    scores: Mapping[str, Estimate] = field(default_factory=dict)
    inside: float | None = None
    passed: Share | None = None
    seconds: Estimate | None = None
    against: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    published: Published | None = None
    due_to_original: Mapping[str, float] = field(default_factory=dict)


def lines_of(campaign: Campaign, entries: Sequence[Entry], published: Mapping[str, Published]) -> list[Line]:
    """Rows of the original, of the entries in their order, and of methods that are only published."""
    lines = [_original(campaign, entries, published.get(ORIGINAL))]
    lines += [_line(campaign, entry, references_of(entry, entries), published.get(entry.method)) for entry in entries]
    run_methods = {line.method for line in lines}
    return lines + [Line(row.title, name, published=row) for name, row in published.items() if name not in run_methods]


def originals(campaign: Campaign, entries: Sequence[Entry]) -> dict[tuple[int, int], dict[str, Any]]:
    """The first finished run by original and pick: all runs on a pick measure the same scores of their original."""
    runs: dict[tuple[int, int], dict[str, Any]] = {}
    for cell in (cell for entry in entries for cell in entry.cells):
        if "original" in campaign[cell]:
            runs.setdefault((cell.setting.original, cell.pick), campaign[cell])
    return dict(sorted(runs.items()))


def references_of(entry: Entry, entries: Sequence[Entry]) -> dict[str, Entry]:
    """Of each reference method, the row that an entry is compared with: the one with the same preset, else the first;
    without the entry itself."""
    references = {}
    for name in REFERENCES:
        rows = [each for each in entries if each.method == name]
        row = next((each for each in rows if each.preset == entry.preset), rows[0] if rows else entry)
        if row is not entry:
            references[name] = row
    return references


def _original(campaign: Campaign, entries: Sequence[Entry], published: Published | None) -> Line:
    """The row of the originals, with one value per pick, because they have no seeds of runs."""
    runs = originals(campaign, entries)
    line = Line("Original", ORIGINAL, passed=passes(list(runs.values()), "unseen", "original"), published=published)
    return _measured(line, [run["original"]["unseen"] for run in runs.values()], [original for original, _ in runs])


def _line(campaign: Campaign, entry: Entry, references: Mapping[str, Entry], published: Published | None) -> Line:
    """The row of an entry."""
    cells = [cell for cell in entry.cells if "scores" in campaign[cell]]
    finished = [campaign[cell] for cell in cells]
    line = Line(
        entry.title,
        entry.method,
        entry.preset,
        entry.cells[0].config(),
        diverged=len(entry.cells) - len(finished),
        seconds=estimate([result["seconds"] for result in finished]) if finished else None,
        against={
            name: differences
            for name, reference in references.items()
            if (differences := _differences(campaign, entry, reference))
        },
        published=published,
    )
    line = replace(line, passed=passes(finished, "unseen"))
    return _measured(line, [result["scores"]["unseen"] for result in finished], [c.setting.original for c in cells])


def passes(results: Sequence[Mapping[str, Any]], view: str, model: str = "label") -> Share | None:
    """Share of finished runs whose strict verdict is ``not_distinguishable``; None where no run has a strict verdict:
    there is no reference bank, or the runs are of an earlier version.

    Args:
        model: ``label`` for the unlearned model, ``original`` for the original.
    """
    verdicts = [result["verdict"][view] for result in results if "verdict" in result]
    labels = [verdict[model] for verdict in verdicts if verdict["strict"]]
    return share(sum(label == "not_distinguishable" for label in labels), len(labels)) if labels else None


def _measured(line: Line, scores: Sequence[dict[str, Any]], units: Sequence[int]) -> Line:
    """The row with the means of its scores.

    Args:
        units: of each run, the number of its original.
    """
    if not scores:
        return line
    inside = sum(score["forgetting_score"] <= score["null_band"][1] for score in scores) / len(scores)
    values = {name: [score[name] for score in scores] for name in ROW_SCORES}
    return replace(
        line,
        runs=len(scores),
        scores={name: nested(each, units) for name, each in values.items()},
        due_to_original={
            name: part for name, each in values.items() if (part := share_of_original(each, units)) is not None
        },
        inside=inside,
    )


def _differences(campaign: Campaign, entry: Entry, reference: Entry) -> dict[str, Estimate]:
    """Differences of all scores on the picks and seeds where both finished; empty without any."""
    finished = [
        (one.setting.original, campaign[one]["scores"]["unseen"], campaign[other]["scores"]["unseen"])
        for one, other in zip(entry.cells, reference.cells, strict=True)
        if "scores" in campaign[one] and "scores" in campaign[other]
    ]
    if not finished:
        return {}
    units = [original for original, _, _ in finished]
    return {name: nested([mine[name] - theirs[name] for _, mine, theirs in finished], units) for name in ROW_SCORES}
