"""The reference bank: models of the original's recipe, each trained on a random half of the training people.

For each person who can be forgotten, half of the models were trained on the person (IN) and half were not (OUT). So for
any forget request there are models that never saw these people, without any retraining. Membership is by person: where
a published forget set holds only some photos of a person, an OUT model of this person saw none of the photos.

Where each person is a class (task ``identity``), every model has the classes of all people in its head, and is trained
on the photos of half of the people only. An OUT model never predicts the people it was not trained on, as a model
retrained without them.

A bank is a folder with one file per model: the weights in half precision, the people it was trained on, and its signals
on every photo of the data set, computed with these weights. An audit reads only signals and members; the weights, for
other photos, may be left out. Interrupted training goes on with the first model without a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from dlfd_core import artifacts
from dlfd_core.backbones import Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.data.splits import TaskData
from dlfd_core.device import Compute
from dlfd_core.errors import InvalidRequest, MissingArtifact
from dlfd_core.models.bank_files import WEIGHTS, Content, model_file, read_content, write_content
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.outputs import Outputs, collect_outputs
from dlfd_core.models.signals import SIGNALS, signals_of
from dlfd_core.models.training import Recipe, StepLog, train_from_scratch
from dlfd_core.seeding import make_rng

BANKS = artifacts.ASSETS / "banks"
#: Number of models in a bank: four OUT models per person, and eight models for the variance between models.
MODELS = 8


@dataclass(frozen=True, eq=False)
class Bank:
    """An opened reference bank: K models of one backbone, recipe and task.

    Attributes:
        members: (K, P) bool, whether model k was trained on person p of the data set.
        files: the K files of the models.
        signals: (K, 4, N) float32 of every photo of the data set, as from ``signals_of``; NaN for a photo without a
            label.
    """

    spec: ModelSpec = field(repr=False)
    members: np.ndarray = field(repr=False)
    files: tuple[Path, ...] = field(repr=False)
    signals: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def losses(self) -> np.ndarray:
        """Loss in nats of each model on each photo, (K, N) float32."""
        return -self.signals[:, SIGNALS.index("loss")]

    @property
    def correctness(self) -> np.ndarray:
        """Whether each model is right on each photo, (K, N) float32 in [0, 1]."""
        return self.signals[:, SIGNALS.index("correctness")]

    def model(self, number: int) -> Backbone:
        """Load one of the models on the device, in eval mode, for photos that are not in the data set.

        Raises:
            MissingArtifact: its file is missing, was altered, or was written without weights.
        """
        tensors, _ = artifacts.load_weights(self.files[number])
        state = {key.removeprefix(WEIGHTS): tensor for key, tensor in tensors.items() if key.startswith(WEIGHTS)}
        name = self.files[number].name
        if not state:
            raise MissingArtifact(f"{name} was written without weights; build the bank with them.")
        return _with_weights(self.spec, state, name)


def draw_halves(task: TaskData, models: int = MODELS, seed: int = 0) -> np.ndarray:
    """Draw the training people of each model, (K, P) bool: model 2i+1 gets those that model 2i does not get, so that
    each person who can be forgotten is in exactly half of the models, and nobody else is in any.

    Raises:
        InvalidRequest: the number of models is odd or below 4.
    """
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
class BankPlan:
    """What determines a bank: spec, recipe, number of models and seed."""

    spec: ModelSpec
    recipe: Recipe
    models: int
    seed: int
    keep_weights: bool = True

    def metadata(self) -> dict[str, str]:
        return self.spec.metadata(self.recipe, self.seed) | {"models": str(self.models)}

    def finished(self, path: Path, number: int) -> bool:
        """Whether this model is there with its signals. Raises InvalidRequest for a model of another bank."""
        if not path.exists():
            return False
        content, expected = read_content(path), self.metadata() | {"model": str(number)}
        if not expected.items() <= content.metadata.items():
            raise InvalidRequest(
                f"{path.parent} holds models of another bank; choose another folder, or remove it first."
            )
        return content.signals is not None

    def train(self, path: Path, number: int, photos: PhotoSet, member: np.ndarray) -> Iterator[StepLog]:
        """Train one model, round its weights, compute its signals on every photo, and write its file.

        Args:
            member: (P,) bool, the people to train on.
        """
        spec, stream = self.spec, f"bank model {number}"
        model = spec.build(self.seed, f"{stream} initialisation")
        index = spec.task.train[member[spec.task.data.person[spec.task.train]]]
        training = photos.select(torch.from_numpy(index))
        yield from train_from_scratch(model, training, self.recipe, spec.compute, seed=self.seed, stream=stream)
        trained = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
        state = {name: t.half() if t.is_floating_point() else t for name, t in trained.items()}
        # all in float32, because the signals are read on other machines too
        exact = Compute(spec.compute.device, None)
        outputs = collect_outputs(_with_weights(spec, state, path.name), photos.images, exact)
        content = Content(
            signals=torch.from_numpy(_signals_of_all(outputs, spec.task.labels)),
            members=torch.from_numpy(member.astype(np.uint8)),
            metadata=self.metadata() | {"model": str(number)},
        )
        write_content(path, content, state if self.keep_weights else {})


def shipped_folder(spec: ModelSpec) -> Path:
    """Folder of the shipped bank of a data set, task and backbone, whether it exists or not."""
    return BANKS / spec.shipped_name().removesuffix(".safetensors")


def cached_folder(spec: ModelSpec, recipe: Recipe, *, models: int = MODELS, seed: int = 0) -> Path:
    """Folder of the cached bank; its name holds a hash of everything that determines the bank."""
    key = artifacts.cache_key(BankPlan(spec, recipe, models, seed).metadata() | {"content": "signals"})
    return artifacts.cache_folder() / "banks" / f"{spec.backbone}-{key}"


def build_bank(
    spec: ModelSpec,
    recipe: Recipe,
    folder: Path,
    *,
    models: int = MODELS,
    seed: int = 0,
    keep_weights: bool = True,
    raise_if_cancelled: Callable[[], None] = lambda: None,
) -> Iterator[StepLog]:
    """Train the models that are not yet in ``folder``, or there without signals; each is written once it is trained.

    Args:
        recipe: the recipe of the original.
        keep_weights: write the weights into the files, see ``Bank.model``.
        raise_if_cancelled: called at every step; may raise to stop. Finished models stay.

    Yields:
        The steps of all models to train, numbered together.

    Raises:
        InvalidRequest: as in ``draw_halves``; or the folder holds models of another bank, or cannot be written.
    """
    members = draw_halves(spec.task, models, seed)
    plan = BankPlan(spec, recipe, models, seed, keep_weights)
    missing = [number for number in range(models) if not plan.finished(model_file(folder, number), number)]
    if not missing:
        return
    artifacts.check_writable(model_file(folder, missing[0]))
    photos = spec.photos()
    for done, number in enumerate(missing):
        for log in plan.train(model_file(folder, number), number, photos, members[number]):
            raise_if_cancelled()
            # the halves differ by at most one person, so each model is taken to have as many steps as this one
            yield replace(log, step=done * log.total + log.step, total=len(missing) * log.total)


def find_bank(spec: ModelSpec, recipe: Recipe, *, models: int = MODELS, seed: int = 0) -> Bank | None:
    """The shipped or the cached bank; None where it is not built yet.

    A shipped bank of another recipe is not used: models trained for longer or shorter remember more or less.

    Raises:
        MissingArtifact: a file is missing, altered, or made for another data set, task or backbone.
    """
    if (shipped := _find_shipped(spec, recipe)) is not None:
        return shipped
    folder = cached_folder(spec, recipe, models=models, seed=seed)
    return open_bank(spec, folder) if all(model_file(folder, k).exists() for k in range(models)) else None


def _find_shipped(spec: ModelSpec, recipe: Recipe) -> Bank | None:
    """The shipped bank, with each file checked against the manifest; None without a bank of this recipe."""
    folder = shipped_folder(spec)
    if not (folder / "manifest.json").exists():
        return None
    metadata = read_content(model_file(folder, 0)).metadata
    if not recipe.to_metadata().items() <= metadata.items():
        return None
    for number in range(_number_of_models(metadata, folder)):
        name = model_file(folder, number).name
        try:
            path = artifacts.shipped_weights(name, folder, "run `make banks`")
        except MissingArtifact as error:
            raise MissingArtifact(f"The reference bank {folder.name} is damaged. {error}") from error
        if path is None:
            raise MissingArtifact(f"{folder.name}/{name} is not listed in the manifest; run `make banks`.")
    return open_bank(spec, folder)


def open_bank(spec: ModelSpec, folder: Path) -> Bank:
    """Open the bank in a folder, of any recipe.

    Raises:
        MissingArtifact: a file is missing, altered, of an earlier version, or made for another data set, task or
            backbone.
    """
    contents = [read_content(model_file(folder, 0))]
    for number in range(1, _number_of_models(contents[0].metadata, folder)):
        contents.append(read_content(model_file(folder, number)))
    first = contents[0].metadata
    expected = spec.metadata(Recipe(), 0)
    common = {name: first[name] for name in first.keys() - {"model", "audit_sha256", "content_sha256"}}
    photos, people = len(spec.task.labels), len(spec.task.data.people)
    signals = []
    for number, content in enumerate(contents):
        file = f"{folder.name}/{model_file(folder, number).name}"
        for name in ("data_digest", "task", "backbone"):
            if content.metadata.get(name) != expected[name]:
                raise MissingArtifact(f"{file} was made for another {name.split('_')[0]}; build the bank again.")
        if not (common | {"model": str(number)}).items() <= content.metadata.items():
            raise MissingArtifact(f"{file} belongs to another bank than its neighbours; build the bank again.")
        if content.signals is None:
            raise MissingArtifact(
                f"{file} was written by an earlier version, without the signals of its model; build the bank again."
            )
        signals.append(content.signals.numpy())
        if signals[-1].shape != (len(SIGNALS), photos) or content.members.shape != (people,):
            raise MissingArtifact(f"{file} has signals or members of the wrong shape; build the bank again.")
    return Bank(
        spec,
        members=np.stack([content.members.numpy() for content in contents]).astype(bool),
        files=tuple(model_file(folder, number) for number in range(len(contents))),
        signals=np.stack(signals),
    )


def _signals_of_all(outputs: Outputs, labels: np.ndarray) -> np.ndarray:
    """Signals of all photos, (4, N) float32; NaN for a photo without a label."""
    labelled = np.flatnonzero(labels >= 0)
    signals = np.full((len(SIGNALS), len(labels)), np.nan, dtype=np.float32)
    signals[:, labelled] = signals_of(outputs, labels, labelled)
    return signals


def _number_of_models(metadata: dict[str, str], folder: Path) -> int:
    number = metadata.get("models", "")
    if not number.isdecimal() or not int(number):
        raise MissingArtifact(f"{folder.name} does not say how many models it has; build the bank again.")
    return int(number)


def add_bank_to_manifest(folder: Path, command: str) -> None:
    """Enter the files of a finished bank into the manifest in their folder."""
    for path in sorted(folder.glob("model*.safetensors")):
        artifacts.add_to_manifest(path, command)


def _with_weights(spec: ModelSpec, state: dict[str, torch.Tensor], source: str) -> Backbone:
    """A model of the bank with the stored weights, converted to float32, in eval mode."""
    model = spec.build(0, "bank weights")
    float_state = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    model.load_checked(float_state, source)
    return model.eval()
