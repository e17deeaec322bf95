"""Time and memory of a run as large as the paper's on MUFAC: 10,025 photos of 128 pixels, ResNet18, one epoch, K = 15.

The pictures are synthetic, so that only time and memory have a meaning. Every batch is perturbed, which is the longest
possible run.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch.nn import functional as F

from dlfd_core.backbones import BACKBONES, Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.device import Compute, select_compute
from dlfd_core.models.training import Recipe, train_from_scratch
from dlfd_core.seeding import make_generator, seeded_initialisation
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, UnlearningContext
from dlfd_core.unlearning.monitor import Monitor

PHOTOS, CLASSES, SIDE = 10_025, 8, 128
#: Ratios of MUFAC: 1,500 of the training photos to forget, and 1,539 more photos for validation.
FORGET, VALIDATION = 1500 / PHOTOS, 1539 / PHOTOS
RETRAIN_EPOCHS = 100  # of the published retrained model
KNOBS: dict[str, KnobValue] = {
    "epochs": 1, "steps": 15, "optimizer": "sgd", "lr": 0.008, "lr_end": 0.008, "forget_share": 1.0, "tau": -0.5,
    "guard": 0.0, "check_every": 15, "mix": 1.0,
}  # fmt: skip


@dataclass(frozen=True)
class MufacSized:
    """Sizes, times and memory of the run.

    Attributes:
        seconds: of the DLFD run; retrain_epoch: of one epoch from scratch on the retain photos.
        peak_mb: largest memory of the tensors on a GPU, or else of the whole process.
    """

    device: str
    photos: int
    side: int
    batch_size: int
    steps: int
    perturbed: int
    seconds: float
    retrain_epoch: float
    peak_mb: float

    def lines(self) -> list[tuple[str, str]]:
        """Names and values to print."""
        retrain = RETRAIN_EPOCHS * self.retrain_epoch
        return [
            ("device", self.device),
            ("photos", f"{self.photos} of {self.side} pixels, batches of {self.batch_size}"),
            ("DLFD, 1 epoch, K = 15", f"{self.seconds:.1f} s, {self.perturbed} of {self.steps} steps perturbed"),
            ("retraining, 1 epoch", f"{self.retrain_epoch:.1f} s"),
            (f"retraining, {RETRAIN_EPOCHS} epochs", f"{retrain:.0f} s (extrapolated), {retrain / self.seconds:.1f} x"),
            ("peak memory", f"{self.peak_mb:.0f} MB"),
        ]

    def numbers(self) -> dict[str, Any]:
        """All values for JSON."""
        return asdict(self)


def synthetic_photos(count: int, side: int, device: torch.device, seed: int, stream: str) -> PhotoSet:
    """Synthetic photos: a coarse pattern for the class, and fine noise for the photo; uint8, channels_last."""
    classes = make_generator(0, "made classes")  # the same ones in every set
    patterns = F.interpolate(torch.rand(CLASSES, 3, 4, 4, generator=classes), size=(side, side), mode="bilinear")
    generator = make_generator(seed, f"made photos {stream}")
    labels = torch.arange(count) % CLASSES
    images = torch.empty(count, 3, side, side, dtype=torch.uint8, memory_format=torch.channels_last)
    for start in range(0, count, 256):
        part = slice(start, min(start + 256, count))
        texture = torch.rand(len(labels[part]), 3, side, side, generator=generator)
        images[part] = (patterns[labels[part]] * 155 + texture * 100).to(torch.uint8)
    return PhotoSet(images.to(device), labels.to(device))


def _context(compute: Compute, model: Backbone, sets: dict[str, PhotoSet], seed: int) -> UnlearningContext:
    """The context of the run."""
    validation = sets["validation"]
    monitor = Monitor(
        forget=sets["forget"], retain=sets["retain"], validation=validation, strangers=validation,
        compute=compute, seed=seed,
    )  # fmt: skip
    return UnlearningContext(
        model=model, build=lambda stream: _build(compute, seed, stream), retain=sets["retain"], forget=sets["forget"],
        recipe=Recipe(), compute=compute, seed=seed, monitor=monitor, raise_if_cancelled=lambda: None,
    )  # fmt: skip


def _build(compute: Compute, seed: int, stream: str, backbone: str = "resnet18") -> Backbone:
    """A newly initialised network on the device."""
    with seeded_initialisation(seed, stream):
        model = BACKBONES.get(backbone)(CLASSES)
    compute.place(model)
    return model


def _seconds(compute: Compute, steps: Iterable[Any]) -> tuple[float, list[Any]]:
    """Run a generator to its end, wait for the GPU, and return the seconds and the values."""
    started = time.perf_counter()
    logs = list(steps)
    if compute.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started, logs


def _peak_mb(compute: Compute) -> float:
    """Peak memory in MB: of the tensors on a GPU, or else of the process."""
    if compute.device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(
    photos: int = PHOTOS, *, side: int = SIDE, batch_size: int = 256, device: str = "auto", seed: int = 0
) -> MufacSized:
    """Measure one epoch from scratch on the retain photos, then DLFD on that model, whose accuracy does not matter.

    Args:
        photos: number of training photos; the other sets have MUFAC's proportions.
    """
    compute = select_compute(device)
    forget, validation = max(2, round(FORGET * photos)), max(2, round(VALIDATION * photos))
    sizes = {"retain": photos - forget, "forget": forget, "validation": validation}
    sets = {name: synthetic_photos(size, side, compute.device, seed, name) for name, size in sizes.items()}
    model = _build(compute, seed, "mufac sized")
    recipe = Recipe(epochs=1, batch_size=batch_size)
    epoch, _ = _seconds(
        compute, train_from_scratch(model, sets["retain"], recipe, compute, seed=seed, stream="mufac sized")
    )
    context = _context(compute, model, sets, seed)
    seconds, logs = _seconds(compute, METHODS.get("dlfd")(KNOBS | {"batch_size": batch_size}).run(context))
    perturbed = sum(log.phase.name == "forgetting" for log in logs)
    return MufacSized(
        compute.describe(), photos, side, batch_size, logs[-1].total, perturbed, seconds, epoch, _peak_mb(compute)
    )
