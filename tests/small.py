"""A tiny data set and a tiny trained original, so that whole runs are tested in seconds.

A small network learns the task of these pictures and also memorises them: a bright bar shows the class, and noise
tells each photo from the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dlfd_core.backbones import BACKBONES
from dlfd_core.data.photos import PhotoSet
from dlfd_core.data.schema import FaceData, Person, Task
from dlfd_core.data.splits import Splits, TaskData, prepare_task, split_for
from dlfd_core.device import Compute
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.training import Recipe
from dlfd_core.runs import workbench
from dlfd_core.service import UnlearningService
from dlfd_core.unlearning import UnlearningContext
from dlfd_core.unlearning.monitor import Monitor

CPU = Compute(torch.device("cpu"), None)
CLASSES = ("left", "middle", "right")
PHOTOS = 6


def small_data(people: int = 20, side: int = 16, seed: int = 0) -> FaceData:
    """A data set of ``people`` with ``PHOTOS`` photos each; the place of a bright bar is the class."""
    rng = np.random.default_rng(seed)
    count = people * PHOTOS
    labels = np.arange(count, dtype=np.int64) % len(CLASSES)
    images = rng.integers(60, 160, (count, side, side, 3), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        start = int(label) * side // len(CLASSES)
        image[:, start : start + 3] = 230
    return FaceData(
        name="small",
        title="Small",
        images=images,
        person=np.repeat(np.arange(people), PHOTOS).astype(np.int64),
        people=tuple(
            Person(f"q{i:02d}", f"Person {i}", None, {"side": "even" if i % 2 else "odd"}) for i in range(people)
        ),
        tasks={"place": Task("place", "Place", CLASSES, labels)},
        digest=hashlib.sha256(images.tobytes()).hexdigest(),
        faces=images[::PHOTOS],
    )


def write_as_folder(data: FaceData, folder: Path) -> Path:
    """Write the data set as a ``folder:`` data set: ``images/<person>/<number>.png`` and ``labels.csv``."""
    (task,) = data.tasks.values()
    rows = [f"image_path,identity,{task.name}"]
    for number, (image, who, label) in enumerate(zip(data.images, data.person, task.labels, strict=True)):
        person = data.people[who].id
        path = folder / "images" / person / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        rows.append(f"{person}/{number}.png,{person},{task.classes[label]}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


def small_task(**options: int) -> TaskData:
    return prepare_task(small_data(**options), "place")


def small_context(
    task: TaskData, splits: Splits, seed: int = 0, raise_if_cancelled: Callable[[], None] = lambda: None
) -> UnlearningContext:
    """A context around an untrained slim ResNet: the data that a method may use, and no other."""
    spec = ModelSpec(task, "slim_resnet", CPU)
    photos = spec.photos()

    def select(index: np.ndarray) -> PhotoSet:
        return photos.select(torch.from_numpy(index))

    validation = select(splits.validation)
    monitor = Monitor(
        forget=select(splits.forget),
        retain=select(splits.retain),
        validation=validation,
        strangers=validation,
        compute=CPU,
        seed=seed,
        size=24,
    )
    return UnlearningContext(
        model=spec.build(0, "original"),
        build=lambda stream: spec.build(seed, stream),
        retain=select(splits.retain),
        forget=select(splits.forget),
        recipe=Recipe(epochs=1, batch_size=16, lr=0.02),
        compute=CPU,
        seed=seed,
        monitor=monitor,
        raise_if_cancelled=raise_if_cancelled,
    )


def picked(task: TaskData, number: int = 3) -> Splits:
    return split_for(task, task.training_people()[:number])


def backbone_names() -> list[str]:
    return BACKBONES.names()


@contextmanager
def small_service(cache: Path, recipe: Recipe) -> Iterator[UnlearningService]:
    """A service whose only data set is the small one, and whose originals are kept in ``cache``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLFD_CACHE", str(cache))
        patch.setattr(workbench, "load_data", lambda name: small_data())
        yield UnlearningService(recipe)
