"""The reference bank: models of the original's recipe, each trained on a random half of the training people.

For everybody who can be forgotten half of the bank was trained on him (IN) and half was not (OUT), so that whatever
pick is audited, models are at hand that never saw these people; nothing has to be retrained for it. Membership goes by
person: where a published forget set holds some photos of a person and not others, a model that is OUT of him saw none.

A bank is a folder with one file per model: its weights in half precision, who it was trained on, and its losses on
every photo of the data set, made by the stored weights. An audit reads losses and members only; the weights are there
for photos that are not in the data set. Training that was stopped goes on with the first model that has no file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from dlfd_core import artifacts
from dlfd_core.backbones import Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.data.splits import TaskData
from dlfd_core.device import Compute
from dlfd_core.errors import InvalidRequest, MissingArtifact
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.outputs import collect_outputs
from dlfd_core.models.training import Recipe, StepLog, train_from_scratch
from dlfd_core.seeding import make_rng

BANKS = artifacts.ASSETS / "banks"
#: Size of a bank: four OUT models per person, and a between-model variance from eight.
MODELS = 8
#: What stands beside the weights, whose names get the prefix.
LOSSES, MEMBERS, WEIGHTS = "losses", "members", "model."


@dataclass(frozen=True)
class Bank:
    """K models of one backbone, recipe and task.

    Attributes:
        members: (K, P) bool, whether model k was trained on person p of the data set.
        losses: (K, N) float32, cross-entropy in nats of every photo of the data set; NaN without a label.
        files: (K) the models' files.
    """

    spec: ModelSpec = field(repr=False)
    members: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    files: tuple[Path, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.files)

    def model(self, number: int) -> Backbone:
        """One of the models on the device, in eval mode: for photos that are not in the data set.

        Raises:
            MissingArtifact: its file is gone or was altered.
        """
        tensors, _ = artifacts.load_weights(self.files[number])
        state = {name.removeprefix(WEIGHTS): t for name, t in tensors.items() if name.startswith(WEIGHTS)}
        return _with_weights(self.spec, state, self.files[number].name)


def draw_halves(task: TaskData, models: int = MODELS, seed: int = 0) -> np.ndarray:
    """(K, P) bool: who trains which model. Model 2i+1 gets the training people that model 2i does not.

    So everybody who can be forgotten is in exactly half of the models, and nobody else is in any.

    Raises:
        InvalidRequest: the task has no bank, or the number of models is odd or below 4.
    """
    if task.same_people:
        raise InvalidRequest(
            f"The task {task.task} has no reference bank: there each person is a class, and a model that never saw a "
            "person has no answer for him."
        )
    if models < 4 or models % 2:
        raise InvalidRequest(f"A reference bank of {models} models cannot be made; take an even number from 4 up.")
    people = np.unique(task.data.person[task.train])
    members = np.zeros((models, len(task.data.people)), dtype=bool)
    for pair in range(models // 2):
        half = make_rng(seed, f"bank half {pair}").permutation(people)[: len(people) // 2]
        members[2 * pair, half] = True
        members[2 * pair + 1, np.setdiff1d(people, half)] = True
    return members


@dataclass(frozen=True)
class _Plan:
    """What a bank is a bank of."""

    spec: ModelSpec
    recipe: Recipe
    models: int
    seed: int

    def metadata(self) -> dict[str, str]:
        return self.spec.metadata(self.recipe, self.seed) | {"models": str(self.models)}

    def finished(self, path: Path, number: int) -> bool:
        """Whether this model is there. Raises InvalidRequest when another bank's is."""
        if not path.exists():
            return False
        expected = self.metadata() | {"model": str(number)}
        if not expected.items() <= _read(path)[2].items():
            raise InvalidRequest(
                f"{path.parent} holds models of another bank; choose another folder, or remove it first."
            )
        return True

    def train(self, path: Path, number: int, photos: PhotoSet, member: np.ndarray) -> Iterator[StepLog]:
        """Train one model on the photos of its people, round it, let it judge every photo, write it.

        Args:
            member: (P,) bool.
        """
        spec, stream = self.spec, f"bank model {number}"
        model = spec.build(self.seed, f"{stream} initialisation")
        chosen = spec.task.train[member[spec.task.data.person[spec.task.train]]]
        training = photos.select(torch.from_numpy(chosen))
        yield from train_from_scratch(model, training, self.recipe, spec.compute, seed=self.seed, stream=stream)
        state = {name: _rounded(tensor) for name, tensor in model.state_dict().items()}
        # float32 throughout: the losses are read on other machines than the one that made them
        exact = Compute(spec.compute.device, None)
        outputs = collect_outputs(_with_weights(spec, state, path.name), photos.images, exact)
        losses = torch.from_numpy(outputs.losses(spec.task.labels))
        people = torch.from_numpy(member.astype(np.uint8))
        tensors = {WEIGHTS + name: tensor for name, tensor in state.items()} | {LOSSES: losses, MEMBERS: people}
        described = self.metadata() | {"model": str(number), "audit_sha256": _audit_hash(losses, people)}
        artifacts.save_weights(path, tensors, described)


def shipped_folder(spec: ModelSpec) -> Path:
    """Where the bank of a data set, task and backbone is shipped, when one is."""
    return BANKS / spec.shipped_name().removesuffix(".safetensors")


def cached_folder(spec: ModelSpec, recipe: Recipe, *, models: int = MODELS, seed: int = 0) -> Path:
    """A name made of everything that determines the bank."""
    key = artifacts.cache_key(_Plan(spec, recipe, models, seed).metadata())
    return artifacts.cache_folder() / "banks" / f"{spec.backbone}-{key}"


def build_bank(
    spec: ModelSpec,
    recipe: Recipe,
    folder: Path,
    *,
    models: int = MODELS,
    seed: int = 0,
    only: Sequence[int] | None = None,
    raise_if_cancelled: Callable[[], None] = lambda: None,
) -> Iterator[StepLog]:
    """Train the models that ``folder`` does not hold yet; each is written as soon as it is done.

    Args:
        recipe: the original's.
        only: numbers of the models to train, so that two processes can share the work; None for all.
        raise_if_cancelled: called at every step; may raise to stop. Finished models stay.

    Yields:
        Steps over all models that are to be trained, together.

    Raises:
        InvalidRequest: as ``draw_halves``; or the folder holds models of another bank, or cannot be written.
    """
    members = draw_halves(spec.task, models, seed)
    plan = _Plan(spec, recipe, models, seed)
    numbers = range(models) if only is None else only
    missing = [number for number in numbers if not plan.finished(_file(folder, number), number)]
    if not missing:
        return
    photos = spec.photos()
    for done, number in enumerate(missing):
        for log in plan.train(_file(folder, number), number, photos, members[number]):
            raise_if_cancelled()
            # halves differ by a person at most: the steps of one model stand for those of each
            yield replace(log, step=done * log.total + log.step, total=len(missing) * log.total)


def find_bank(spec: ModelSpec, recipe: Recipe, *, models: int = MODELS, seed: int = 0) -> Bank | None:
    """The shipped bank or the cached one; None when it has yet to be built, and for a task that has none.

    A shipped bank of another recipe is passed over: models that trained for longer or shorter remember more or less.

    Raises:
        MissingArtifact: a file is absent, altered, or made for other data, task or backbone.
    """
    if spec.task.same_people:
        return None
    if (shipped := _find_shipped(spec, recipe)) is not None:
        return shipped
    folder = cached_folder(spec, recipe, models=models, seed=seed)
    return open_bank(spec, folder) if all(_file(folder, k).exists() for k in range(models)) else None


def _find_shipped(spec: ModelSpec, recipe: Recipe) -> Bank | None:
    """The shipped bank, each file held against the manifest; None without one of this recipe."""
    folder = shipped_folder(spec)
    if not (folder / "manifest.json").exists():
        return None
    described = _read(_file(folder, 0))[2]
    if not recipe.to_metadata().items() <= described.items():
        return None
    for number in range(int(described["models"])):
        name = _file(folder, number).name
        try:
            listed = artifacts.shipped_weights(name, folder)
        except MissingArtifact as error:
            raise MissingArtifact(
                f"{folder.name}/{name} is missing or not the file in the manifest; run `make banks`."
            ) from error
        if listed is None:
            raise MissingArtifact(f"{folder.name}/{name} is not listed in the manifest; run `make banks`.")
    return open_bank(spec, folder)


def open_bank(spec: ModelSpec, folder: Path) -> Bank:
    """The bank in a folder, whatever its recipe.

    Raises:
        MissingArtifact: a file is absent, altered, or made for other data, task or backbone.
    """
    read = [_read(_file(folder, 0))]
    for number in range(1, int(read[0][2].get("models", "0"))):
        read.append(_read(_file(folder, number)))
    first = read[0][2]
    for number, (losses, members, metadata) in enumerate(read):
        where = f"{folder.name}/{_file(folder, number).name}"
        own = spec.metadata(Recipe(), 0)
        for name in ("data_digest", "task", "backbone"):
            if metadata.get(name) != own[name]:
                raise MissingArtifact(f"{where} was made for another {name.split('_')[0]}; build the bank again.")
        same = {name: first[name] for name in first.keys() - {"model", "audit_sha256", "content_sha256"}}
        if not (same | {"model": str(number)}).items() <= metadata.items():
            raise MissingArtifact(f"{where} belongs to another bank than its neighbours; build the bank again.")
        if losses.shape != spec.task.labels.shape or members.shape != (len(spec.task.data.people),):
            raise MissingArtifact(f"{where} has losses or members of the wrong shape; build the bank again.")
    return Bank(
        spec,
        members=np.stack([members.numpy() for _, members, _ in read]).astype(bool),
        losses=np.stack([losses.numpy() for losses, _, _ in read]),
        files=tuple(_file(folder, number) for number in range(len(read))),
    )


def add_bank_to_manifest(folder: Path, command: str) -> None:
    """Enter the models of a finished bank into the manifest beside them."""
    for path in sorted(folder.glob("model*.safetensors")):
        artifacts.add_to_manifest(path, command)


def _file(folder: Path, number: int) -> Path:
    return folder / f"model{number}.safetensors"


def _rounded(tensor: torch.Tensor) -> torch.Tensor:
    """Half precision for weights; counters stay as they are."""
    kept = tensor.detach().cpu()
    return kept.half() if kept.is_floating_point() else kept


def _with_weights(spec: ModelSpec, state: dict[str, torch.Tensor], source: str) -> Backbone:
    model = spec.build(0, "bank weights")
    wide = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    model.load_checked(wide, source)
    return model.eval()


def _audit_hash(losses: torch.Tensor, members: torch.Tensor) -> str:
    """sha256 of what an audit reads, so that it can be trusted without reading the weights."""
    return hashlib.sha256(losses.numpy().tobytes() + members.numpy().tobytes()).hexdigest()


def _read(path: Path) -> tuple[torch.Tensor, torch.Tensor, dict[str, str]]:
    """Losses (N,), members (P,) and metadata of one file; the weights stay on the disk.

    Raises:
        MissingArtifact: absent, not a model of a bank, or altered.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            losses, members = file.get_tensor(LOSSES), file.get_tensor(MEMBERS)
            metadata = dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise MissingArtifact(f"{path} is missing or no model of a reference bank; build the bank again.") from error
    if metadata.get("audit_sha256") != _audit_hash(losses, members):
        raise MissingArtifact(f"{path} has been altered since it was saved (wrong hash); build the bank again.")
    return losses, members, metadata
