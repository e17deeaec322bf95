"""The one training loop. The original, the retrained model and every unlearning method run through ``fit``."""

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
from dlfd_core.seeding import make_generator
from dlfd_core.types import CurvePoint, SynthesisLook

Loss = Callable[[Batch], Tensor]
Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Recipe:
    """How a model is trained from scratch, by AdamW; saved with its weights so that retraining repeats it.

    Expressions are small signs in large pictures: SGD can rest for many epochs before it finds them, some seeds for
    ever, and a reference that was retrained badly would flatter every method. AdamW finds them with each seed tried.

    Attributes:
        lr: peak of the learning rate: a linear rise over the first tenth, then a cosine to zero.
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
        written = {name: repr(value) for name, value in asdict(self).items()}
        if not self.shift:
            del written["shift"]  # weights files and cache names from before this field stay valid
        return written

    @staticmethod
    def from_metadata(metadata: dict[str, str]) -> Recipe:
        """Read back what ``to_metadata`` wrote; missing entries keep their defaults. Raises ValueError on nonsense."""
        kinds: dict[str, Callable[[str], int | float]] = {
            "int": int,
            "float": float,
            "bool": lambda text: text == "True",
        }
        read = {f.name: kinds[str(f.type)](metadata[f.name]) for f in fields(Recipe) if f.name in metadata}
        return replace(Recipe(), **read)  # type: ignore[arg-type]  # kinds gives each field its own type


@dataclass(frozen=True)
class Phase:
    """What kind of step is being done; the fields are those of ``CurvePoint``.

    Attributes:
        ot_cost: () on the device; it is read back only where the monitor looks, since reading waits for a GPU.
        look: into the synthesis of this step, where one was taken.
    """

    name: str = "training"
    ot_cost: Tensor | None = None
    lambda_r: float | None = None
    look: SynthesisLook | None = None


@dataclass(frozen=True)
class StepLog:
    """One optimiser step.

    Attributes:
        step, total: steps done (from 1) of all.
        loss: the step's loss, or None where it was not read back from the device.
        point: what the monitor saw after the step, where it looked.
    """

    step: int
    total: int
    loss: float | None
    phase: Phase = Phase()
    point: CurvePoint | None = None


@contextmanager
def training_mode(model: torch.nn.Module) -> Iterator[None]:
    """Train mode within, each module's own mode and each parameter's ``requires_grad`` as before after it."""
    modes = [(module, module.training) for module in model.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    model.train()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for parameter, flag in wanted:
            parameter.requires_grad_(flag)


def warmup_cosine(peak: float, total: int) -> Schedule:
    """Linear rise over the first tenth of the steps, cosine to zero over the rest."""
    rise = max(1, total // 10)

    def rate(step: int) -> float:
        if step < rise:
            return peak * (step + 1) / rise
        return peak * 0.5 * (1.0 + math.cos(math.pi * (step - rise) / max(1, total - rise)))

    return rate


def cosine(start: float, end: float, total: int) -> Schedule:
    """From ``start`` to ``end`` over ``total`` steps along half a cosine; constant when they are equal."""
    return lambda step: end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / max(1, total))))


def make_sgd(model: torch.nn.Module, momentum: float = 0.9, weight_decay: float = 5e-4) -> torch.optim.SGD:
    """SGD over what is trainable, for the unlearning methods; the rate is set by the schedule before every step."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.SGD(trainable, lr=0.0, momentum=momentum, weight_decay=weight_decay)


def classification_loss(model: Backbone, compute: Compute) -> Loss:
    """Mean loss of a batch: cross-entropy of what the model's logits mean."""

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
    """Take one optimiser step per batch and report each.

    The generator leaves the model's mode as it found it when it ends, is closed or raises.

    Args:
        batches: may compute a batch from the model as it is now (DLFD does): it is asked for only after the last step.
        schedule: step (from 0) -> learning rate.
        phase: asked after each batch was made.
        read_every: how often the loss is read back, which on a GPU waits for it.

    Raises:
        Diverged: the loss is not finite.
    """
    with training_mode(model):
        for step, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = schedule(step)
            value = loss(batch)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
            read = (step + 1) % read_every == 0 or step + 1 == total
            number = float(value.detach()) if read else None
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
    """``epochs`` passes over photos.

    Args:
        schedule: total steps -> schedule.
    """
    total = epochs * batches_per_epoch(photos, batch_size)
    batches = iterate_batches(
        photos, batch_size=batch_size, generator=generator, augmentation=augmentation, cycles=epochs
    )
    yield from fit(model, batches, loss, optimizer=optimizer, schedule=schedule(total), total=total)


def train_from_scratch(
    model: Backbone, photos: PhotoSet, recipe: Recipe, compute: Compute, *, seed: int, stream: str
) -> Iterator[StepLog]:
    """Train a fresh model by a recipe; the original and the retrained reference are both made here."""
    yield from fit_photos(
        model,
        photos,
        classification_loss(model, compute),
        optimizer=torch.optim.AdamW(model.parameters(), lr=0.0, weight_decay=recipe.weight_decay),
        schedule=lambda total: warmup_cosine(recipe.lr, total),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        augmentation=recipe.augmentation,
        generator=make_generator(seed, f"{stream} batches"),
    )
