"""The training loop ``fit``, used for the original, the retrained model and every unlearning method."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace

import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import Augmentation, Batch, PhotoSet, batches_per_epoch, iterate_batches
from dlfd_core.device import Compute
from dlfd_core.errors import Diverged
from dlfd_core.models.optimizers import make_adamw
from dlfd_core.seeding import make_generator
from dlfd_core.types import CurvePoint, SynthesisLook

Loss = Callable[[Batch], Tensor]
Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Recipe:
    """Settings of training from scratch with AdamW; saved with the weights, so that retraining can repeat them.

    Expressions are small details of a picture. SGD can make no progress for many epochs before it finds them, with some
    seeds never, and next to a badly retrained reference every method looks good. AdamW found them with each seed tried.

    Attributes:
        lr: peak of the learning rate: linear rise over the first tenth of the steps, then a cosine to zero.
        flip, shift: see ``Augmentation``.
    """

    epochs: int = 30
    lr: float = 0.002
    weight_decay: float = 0.05
    batch_size: int = 64
    flip: bool = True
    shift: int = 0

    @property
    def augmentation(self) -> Augmentation:
        return Augmentation(self.flip, self.shift)

    def to_metadata(self) -> dict[str, str]:
        """The settings as strings, for the metadata of a weights file."""
        metadata = {name: repr(value) for name, value in asdict(self).items()}
        if not self.shift:
            del metadata["shift"]  # weights files and cache names from before this field stay valid
        return metadata

    @staticmethod
    def from_metadata(metadata: dict[str, str]) -> Recipe:
        """Read settings from metadata; missing entries keep their defaults. Raises ValueError for invalid values."""
        kinds: dict[str, Callable[[str], int | float]] = {
            "int": int,
            "float": float,
            "bool": lambda text: text == "True",
        }
        values = {f.name: kinds[str(f.type)](metadata[f.name]) for f in fields(Recipe) if f.name in metadata}
        return replace(Recipe(), **values)  # type: ignore[arg-type]  # kinds gives each field its own type


#: Recipes that were found for a network, by ``python -m benchmarks.networks``; the others take ``Recipe()``.
RECIPES = {"compact_resnet": Recipe(shift=1)}


def default_recipe(backbone: str, epochs: int | None = None) -> Recipe:
    """The recipe for originals of a network, with another number of epochs where one is given."""
    recipe = RECIPES.get(backbone, Recipe())
    return replace(recipe, epochs=epochs) if epochs else recipe


@dataclass(frozen=True)
class Phase:
    """Kind of a training step; the fields are those of ``CurvePoint``.

    Attributes:
        ot_cost: scalar on the device. It is read back only where the monitor measures, since reading waits for the GPU.
        look: pictures of the synthesis in this step, where they were taken.
    """

    name: str = "training"
    ot_cost: Tensor | None = None
    lambda_r: float | None = None
    look: SynthesisLook | None = None


@dataclass(frozen=True)
class StepLog:
    """Log of one optimiser step.

    Attributes:
        step, total: number of the step (from 1), and number of all steps.
        loss: loss of the step, or None where it was not read back from the device.
        point: measurement of the monitor after the step, where it measured.
    """

    step: int
    total: int
    loss: float | None
    phase: Phase = Phase()
    point: CurvePoint | None = None


@contextmanager
def training_mode(model: torch.nn.Module) -> Iterator[None]:
    """Set train mode within the ``with`` block; restore all modes and ``requires_grad`` flags afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    flags = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    model.train()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for parameter, flag in flags:
            parameter.requires_grad_(flag)


def warmup_cosine(peak: float, total: int) -> Schedule:
    """Schedule with a linear rise over the first tenth of the steps and a cosine to zero over the rest."""
    rise = max(1, total // 10)

    def rate(step: int) -> float:
        if step < rise:
            return peak * (step + 1) / rise
        return peak * 0.5 * (1.0 + math.cos(math.pi * (step - rise) / max(1, total - rise)))

    return rate


def cosine(start: float, end: float, total: int) -> Schedule:
    """Schedule from ``start`` to ``end`` over ``total`` steps along half a cosine; constant where both are equal."""
    return lambda step: end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / max(1, total))))


def classification_loss(model: Backbone, compute: Compute) -> Loss:
    """Training loss of a batch: the mean loss in the label space of the model."""

    def loss(batch: Batch) -> Tensor:
        with compute.autocast():
            logits = model(batch.images)
        return model.space.loss(logits, batch.labels)

    return loss


def fit(
    model: Backbone,
    batches: Iterable[Batch],
    loss: Loss,
    *,
    optimizer: torch.optim.Optimizer,
    schedule: Schedule,
    total: int,
    phase: Callable[[], Phase] = Phase,
    read_every: int = 10,
) -> Iterator[StepLog]:
    """Take one optimiser step per batch and yield a log of each.

    The generator restores the modes of the model when it ends, is closed or raises.

    Args:
        batches: iterated lazily: the next batch is taken only after the step on the one before, so it may be computed
            from the current model (as DLFD does).
        schedule: step (from 0) -> learning rate.
        phase: called after each step, for its log.
        read_every: read the loss back at every such step; with a GPU, each reading waits for the device.

    Raises:
        Diverged: the loss is not finite.
    """
    with training_mode(model):
        for step, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = schedule(step)
            loss_value = loss(batch)
            optimizer.zero_grad(set_to_none=True)
            loss_value.backward()
            optimizer.step()
            is_read = (step + 1) % read_every == 0 or step + 1 == total
            number = float(loss_value.detach()) if is_read else None
            if number is not None and not math.isfinite(number):
                raise Diverged(
                    f"Training diverged at step {step + 1} of {total}: the loss is {number}. Lower the learning rate."
                )
            yield StepLog(step + 1, total, number, phase())
            if step + 1 == total:
                return


def fit_photos(
    model: Backbone,
    photos: PhotoSet,
    loss: Loss,
    *,
    optimizer: torch.optim.Optimizer,
    schedule: Callable[[int], Schedule],
    epochs: int,
    batch_size: int,
    augmentation: Augmentation,
    generator: torch.Generator,
) -> Iterator[StepLog]:
    """Run ``fit`` for ``epochs`` passes over photos.

    Args:
        schedule: number of all steps -> schedule.
    """
    total = epochs * batches_per_epoch(len(photos), batch_size)
    batches = iterate_batches(
        photos, batch_size=batch_size, generator=generator, augmentation=augmentation, cycles=epochs
    )
    yield from fit(model, batches, loss, optimizer=optimizer, schedule=schedule(total), total=total)


def train_from_scratch(
    model: Backbone, photos: PhotoSet, recipe: Recipe, compute: Compute, *, seed: int, stream: str
) -> Iterator[StepLog]:
    """Train a newly initialised model by a recipe, as for the original and the retrained model."""
    yield from fit_photos(
        model,
        photos,
        classification_loss(model, compute),
        optimizer=make_adamw(model, recipe.weight_decay),
        schedule=lambda total: warmup_cosine(recipe.lr, total),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        augmentation=recipe.augmentation,
        generator=make_generator(seed, f"{stream} batches"),
    )
