"""A cell: one run of a method on one pick of people, from the original to its scores, without the service."""

from __future__ import annotations

import inspect
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dlfd_core.artifacts import sha256_of
from dlfd_core.benchmark.settings import Setting, prepared_for
from dlfd_core.data.people import draw_people
from dlfd_core.data.splits import Splits, TaskData, split_for
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.audit import Auditor
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.metrics.verdict import label_of
from dlfd_core.models.outputs import Outputs
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS

#: Attributes of settings and cells that the files of older runs do not have, and the value they had then.
ADDED_LATER = {"device": "auto", "digest": "", "original": 0, "forget_set": "", "code": "", "fold": 0}


@dataclass(frozen=True)
class Cell:
    """One run.

    Attributes:
        pick: seed of the draw of the people to forget; count: their number.
        knobs: settings that differ from the method's defaults.
        views: people on whose photos the scores are measured: ``validation`` (for choices), ``unseen`` (for reports).
        forget_set: ``set:NAME``, a published forget set instead of a draw.
        code: hash of the code of a method from outside (``code_of``), whose results are invalid after a change.
    """

    setting: Setting
    method: str
    pick: int
    seed: int
    knobs: tuple[tuple[str, KnobValue], ...] = ()
    count: int = 20
    views: tuple[str, ...] = ("unseen",)
    forget_set: str = ""
    code: str = ""

    def config(self) -> dict[str, KnobValue]:
        """All settings of the method with defaults: a changed preset is another cell."""
        return asdict(METHODS.get(self.method)(dict(self.knobs)).config)

    def key(self) -> dict[str, Any]:
        """Everything that determines the result, ready for JSON."""
        setting, attributes = _without_defaults(asdict(self.setting)), _without_defaults(asdict(self))
        return attributes | {"setting": setting, "knobs": self.config(), "views": list(self.views)}


def _without_defaults(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes without those added later that have their default, so that older runs keep their keys."""
    return {name: value for name, value in attributes.items() if name not in ADDED_LATER or value != ADDED_LATER[name]}


def code_of(method: str) -> str:
    """16 hex digits of a hash of the file of a method from outside ``dlfd_core``; else empty."""
    method_class = METHODS.get(method)
    if method_class.__module__.startswith("dlfd_core."):
        return ""
    return sha256_of(Path(inspect.getfile(method_class)))[:16]


def people_of(task: TaskData, cell: Cell) -> tuple[str, ...]:
    """Ids of the people to forget."""
    return (cell.forget_set,) if cell.forget_set else draw_people(task, cell.count, cell.pick)


def run_cell(cell: Cell) -> dict[str, Any]:
    """Run a cell; a run that diverges has a result, too.

    Returns:
        ``scores[view]`` as the fields of ``types.Scores``, ``original[view]`` likewise, ``verdict[view]`` as in
        ``verdict_of``, ``seconds`` of unlearning and ``device`` in words; or ``diverged`` with a sentence.
    """
    prepared = prepared_for(cell.setting)
    task = prepared.spec.task
    splits = split_for(task, people_of(task, cell))
    context = prepared.context(splits, cell.seed, lambda: None)
    started = time.perf_counter()
    try:
        curve = [log.point for log in METHODS.get(cell.method)(dict(cell.knobs)).run(context) if log.point is not None]
    except Diverged as error:
        return {"diverged": str(error)}
    seconds = time.perf_counter() - started
    unlearned = prepared.outputs_of(context.model, lambda: None)
    device = prepared.spec.compute.describe()
    result: dict[str, Any] = {
        "scores": {},
        "original": {},
        "verdict": {},
        "seconds": seconds,
        "device": device,
    }
    for view in cell.views:
        view_splits = splits_of_view(splits, view)
        for name, outputs in [("scores", unlearned), ("original", prepared.outputs)]:
            result[name][view] = asdict(evaluate(outputs, task.labels, task.data.person, view_splits))
        result["verdict"][view] = verdict_of(prepared, view_splits, unlearned)
    synthesised = [point.phase == "forgetting" for point in curve[1:]]
    return result | {"forgetting_share": float(np.mean(synthesised)) if synthesised else 0.0}


def verdict_of(prepared: PreparedOriginal, splits: Splits, unlearned: Outputs) -> dict[str, Any]:
    """The verdict on an unlearned model, without the retrained model.

    Returns:
        Its ``label`` and the ``original`` model's; whether it is ``strict``, that is made with a reference bank; the
        ``statistic`` furthest from what is expected, its ``score`` and the ``threshold``.
    """
    auditor = Auditor(prepared.spec.task, splits, prepared.outputs, prepared.bank)
    try:
        original, model = auditor.evidence(prepared.outputs), auditor.evidence(unlearned)
    except InvalidRequest:  # a single unseen person, or too small a bank: nothing can be told
        return {"label": "cannot_tell", "original": "cannot_tell", "strict": False}
    assert model.worst is not None
    forget, unseen = len(splits.forget), len(splits.unseen)
    return {
        "label": label_of(original, model, forget, utility_photos=unseen)[0],
        "original": label_of(original, original, forget, utility_photos=unseen)[0],
        "strict": model.worst.models > 0,
        "statistic": model.worst.decisive.name,
        "score": model.worst.decisive.score,
        "threshold": model.worst.threshold,
    }


def splits_of_view(splits: Splits, view: str) -> Splits:
    """The splits for scores on ``validation`` or on ``unseen`` people."""
    if view == "unseen":
        return splits
    return replace(splits, unseen=splits.validation, unseen_non_members=splits.validation_non_members)
