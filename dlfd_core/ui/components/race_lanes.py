"""Progress of a race: one lane per method, with one part per seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlfd_core.types import (
    RACE_REFERENCE,
    VERDICT_WORDS,
    ForgetProgress,
    MethodCard,
    RaceEntry,
    RaceProgress,
    RaceRequest,
    VerdictLabel,
    format_score,
)
from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.components.live_curves import STAGES, UNITS
from dlfd_core.ui.components.race_marks import in_order, marks_of


class RaceLanes(Drawing):
    """The component. Value: see ``lanes_value``; ``{}`` shows nothing."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script("race_marks", "race_lanes"),
            **templates("race_lanes", "race_marks"),
            **kwargs,
        )


def lanes_value(
    request: RaceRequest,
    cards: Sequence[MethodCard],
    entries: Sequence[RaceEntry] = (),
    progress: RaceProgress | None = None,
    *,
    stopped: bool = False,
) -> dict[str, Any]:
    """Value of ``RaceLanes``.

    Args:
        entries: runs that have ended.
        progress: progress of the current run; that of an ended run is ignored.
        stopped: whether the race was cancelled or failed.
    """
    ended = {(entry.method, entry.seed): entry for entry in entries}
    if stopped or (progress is not None and (progress.method, progress.seed) in ended):
        progress = None
    marks = marks_of(cards)
    lanes = [
        _lane(request, card, [ended.get((card.name, seed)) for seed in range(request.seeds)], progress, stopped)
        | {"mark": marks[card.name]}
        for card in in_order(cards)
        if card.name in request.methods
    ]
    titles = {card.name: card.title for card in cards}
    return {
        "lanes": lanes,
        "headline": _headline(len(request.runs), len(entries), stopped),
        "left": "" if progress is None else time_left(progress.seconds_left),
        "spoken": _spoken(entries[-1], titles) if entries else "",
    }


def time_left(seconds: float | None) -> str:
    """``about 12 s left``; nothing while unknown."""
    if seconds is None:
        return ""
    if seconds < 1.5:
        return "almost done"
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def _headline(runs: int, ended: int, stopped: bool) -> str:
    if ended == runs:
        return f"All {runs} runs are finished" if runs > 1 else "The run is finished"
    return f"Stopped after {ended} of {runs} runs" if stopped else f"Run {ended + 1} of {runs}"


def _spoken(entry: RaceEntry, titles: dict[str, str]) -> str:
    """Sentence on a finished run, for screen readers."""
    result = "failed" if entry.scores is None else f"finished, NoMUS {format_score('nomus', entry.scores.nomus)}"
    if entry.label is not None:
        result += f", {VERDICT_WORDS[entry.label].lower()}"
    return f"{titles.get(entry.method, entry.method)}, seed {entry.seed}: {result}."


def _lane(
    request: RaceRequest,
    card: MethodCard,
    mine: Sequence[RaceEntry | None],
    progress: RaceProgress | None,
    stopped: bool,
) -> dict[str, Any]:
    """A lane without its mark.

    Args:
        mine: one per seed, None where the run has not ended.
    """
    current = progress if progress is not None and progress.method == card.name else None
    parts = [_part(entry, current if current and current.seed == seed else None) for seed, entry in enumerate(mine)]
    scored = [entry.scores.nomus for entry in mine if entry is not None and entry.scores is not None]
    failures = [entry.failure for entry in mine if entry is not None and entry.failure is not None]
    if current is not None:
        state, text = "running", _doing(current, request.seeds)
    elif all(entry is not None for entry in mine):
        state, text = ("done", "finished") if scored else ("failed", failures[0])
        if scored and failures:
            text = f"finished; {len(failures)} of {len(mine)} failed"
    else:
        ended = sum(entry is not None for entry in mine)
        waiting = "stopped" if stopped else "waiting"
        state, text = waiting, f"{waiting}, {ended} of {request.seeds} seeds finished" if ended else waiting
    return {
        "method": card.name,
        "title": card.title,
        "state": state,
        "parts": parts,
        "text": text,
        "left": "" if current is None or current.trial else time_left(current.step.seconds_left),
        "result": format_score("nomus", float(np.mean(scored))) if scored else "",
        "verdict": _verdict([entry.label for entry in mine if entry is not None and entry.label is not None]),
    }


def _verdict(labels: Sequence[VerdictLabel]) -> dict[str, str] | None:
    """How many runs pass the verdict, or the verdict itself where there is one; None before the first."""
    if not labels:
        return None
    passed = labels.count("not_distinguishable")
    worst = max(labels, key=list(VERDICT_WORDS).index)
    if len(set(labels)) == 1:
        return {"label": worst, "text": VERDICT_WORDS[worst]}
    return {"label": worst, "text": f"Not told apart in {passed} of {len(labels)} runs"}


def _part(entry: RaceEntry | None, current: RaceProgress | None) -> dict[str, Any]:
    """One seed of a lane: its state, and its progress in [0, 1]."""
    if entry is not None:
        return {"state": "failed" if entry.scores is None else "done", "share": 1.0}
    if current is None:
        return {"state": "waiting", "share": 0.0}
    return {"state": "running", "share": _share(current)}


def _share(progress: RaceProgress) -> float:
    """Progress in optimiser steps: 0 before the first step, 1 after the last."""
    step = progress.step
    if progress.trial or step.stage in ("load", "train"):
        return 0.0
    return round(step.done / max(1, step.total), 4) if step.stage == "unlearn" else 1.0


def _doing(progress: RaceProgress, seeds: int) -> str:
    where = f"seed {progress.seed + 1} of {seeds}: " if seeds > 1 else ""
    step: ForgetProgress = progress.step
    if progress.trial and step.stage == "unlearn":
        return f"{where}{'m' if where else 'M'}easuring its speed"
    if step.stage == "load":
        text = step.message
    elif step.stage == "unlearn" and progress.method == RACE_REFERENCE:
        text = STAGES["retrain"]
    else:
        text = STAGES[step.stage]
    amount = f", {step.done} of {step.total} {UNITS[step.stage]}" if UNITS.get(step.stage) == "steps" else ""
    text = text[:1].lower() + text[1:] if where else text
    return f"{where}{text}{amount}"
