"""Models of a reference bank as items of work for an engine: each is trained on its own, from settings only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dlfd_core import artifacts
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import prepare_task
from dlfd_core.device import select_compute
from dlfd_core.engines.port import Engine
from dlfd_core.errors import InvalidData
from dlfd_core.models.bank import BankPlan, draw_halves
from dlfd_core.models.bank_files import model_file
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.training import Recipe, StepLog


@dataclass(frozen=True)
class BankSource:
    """Data set, task, network and device of a bank.

    Attributes:
        data: a name that ``load_data`` takes.
        digest: of the data set.
    """

    data: str
    digest: str
    task: str
    backbone: str
    device: str


@dataclass(frozen=True)
class BankItem:
    """One model of a bank of ``models`` models."""

    source: BankSource
    recipe: Recipe
    models: int
    seed: int
    number: int
    keep_weights: bool


def train_item(item: BankItem) -> bytes:
    """Train one model of a bank with one thread, and return the content of its file.

    Raises:
        InvalidData: the data set is missing, or is not the one of the bank.
    """
    spec = _spec_of(item.source)
    plan = BankPlan(spec, item.recipe, item.models, item.seed, item.keep_weights)
    member = draw_halves(spec.task, item.models, item.seed)[item.number]
    with tempfile.TemporaryDirectory() as folder:
        path = model_file(Path(folder), item.number)
        for _ in plan.train(path, item.number, spec.photos(), member):
            pass
        return path.read_bytes()


@lru_cache(maxsize=1)
def _spec_of(source: BankSource) -> ModelSpec:
    data = load_data(source.data)
    if data.digest != source.digest:
        raise InvalidData(f"The photos or labels of {data.title} are not those that this bank was started with.")
    return ModelSpec(prepare_task(data, source.task), source.backbone, select_compute(source.device))


def build_bank_with(
    spec: ModelSpec,
    recipe: Recipe,
    folder: Path,
    *,
    engine: Engine,
    source: BankSource,
    models: int,
    seed: int = 0,
    keep_weights: bool = True,
    raise_if_cancelled: Callable[[], None] = lambda: None,
) -> Iterator[StepLog]:
    """Train the models that are missing in ``folder`` on an engine; each file is written once it is trained.

    Args:
        source: what ``spec`` consists of, as settings.
        raise_if_cancelled: called after each model; the others as in ``build_bank``.

    Yields:
        How many models are trained now, as steps.

    Raises:
        DlfdError: as in ``build_bank``, or an item cannot be carried out.
    """
    draw_halves(spec.task, models, seed)  # checks the number of models
    plan = BankPlan(spec, recipe, models, seed, keep_weights)
    missing = [number for number in range(models) if not plan.finished(model_file(folder, number), number)]
    items = [BankItem(source, recipe, models, seed, number, keep_weights) for number in missing]
    for done, (item, content) in enumerate(engine.map(train_item, items), start=1):
        artifacts.save_content(model_file(folder, item.number), content)
        raise_if_cancelled()
        yield StepLog(done, len(items), None)
