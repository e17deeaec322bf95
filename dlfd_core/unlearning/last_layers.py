"""CF-k and EU-k: training of the last k layer groups only (Goel et al. 2022, arXiv 2201.06640).

CF-k (catastrophic forgetting) continues to train the last k on retain photos. EU-k (exact unlearning) first resets them
to a random start. The weights and running statistics of the groups before stay equal bit for bit, so what those groups
know of the forget photos stays too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import Batch
from dlfd_core.errors import InvalidRequest
from dlfd_core.models.training import Phase, StepLog
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.schedule import ScheduleConfig, ScheduledMethod, retain_batches, scheduled_steps


def split_groups(model: Backbone, k: int) -> tuple[list[nn.Module], list[nn.Module]]:
    """Split the layer groups into those before the last k and the last k, which end with the head.

    Raises:
        InvalidRequest: the model has fewer than k groups.
    """
    groups = model.layer_groups()
    if k > len(groups):
        names = ", ".join(name for name, _ in groups)
        raise InvalidRequest(f"k: {k} layer groups are asked for, this backbone has {len(groups)}: {names}.")
    modules = [module for _, module in groups]
    return modules[:-k], modules[-k:]


@contextmanager
def frozen(modules: Sequence[nn.Module]) -> Iterator[None]:
    """Context in which the modules' parameters have no gradient; afterwards those that had one have it again."""
    trainable = [parameter for module in modules for parameter in module.parameters() if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)


def set_eval_first(modules: Sequence[nn.Module], batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches; before the first one the modules switch to eval mode.

    In eval mode batch norm uses its running statistics and does not update them. The switch has to come with the first
    batch, because the training loop sets the mode of all modules at its start; it restores every mode at its end.
    """
    for module in modules:
        module.eval()
    yield from batches


@dataclass(frozen=True)
class LastLayersConfig(ScheduleConfig):
    """Settings of CF-k."""

    epochs: int = knob(4, "Epochs", "How often each kept photo is used.", low=1, high=50, step=1, advanced=False)
    lr: float = knob(
        0.01, "Learning rate", "At the first step; it falls along a cosine.", low=1e-5, high=0.5, step=0.001,
        symbol="η", advanced=False,
    )  # fmt: skip
    k: int = knob(
        3, "Layer groups", "How many are trained, counted from the head; those before stay as they are. The "
        "slim network has 6.", low=1, high=64, step=1, symbol="k", unit="groups", advanced=False,
    )  # fmt: skip


class _LastLayers(ScheduledMethod[LastLayersConfig]):
    """Base of CF-k and EU-k."""

    config_class: ClassVar[type] = LastLayersConfig
    source: ClassVar[str] = "Goel et al. 2022, arXiv 2201.06640"

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        earlier, last = split_groups(context.model, self.config.k)
        self.prepare(context, last)
        batches = set_eval_first(earlier, retain_batches(context, self.config, f"{self.name} batches"))
        with frozen(earlier):
            yield from scheduled_steps(context, self.config, batches, lambda: Phase("training"))

    def prepare(self, context: UnlearningContext, last: Sequence[nn.Module]) -> None:
        """Change the last groups before the first step; CF-k leaves them as they are."""


@METHODS.register("cf_k")
class LastFineTuned(_LastLayers):
    """CF-k as a registered method."""

    name: ClassVar[str] = "cf_k"
    title: ClassVar[str] = "CF-k"
    summary: ClassVar[str] = (
        "Fine-tune only the last layers with everybody else. Cheap, but the first layers keep what they remember."
    )


@dataclass(frozen=True)
class LastRetrainedConfig(LastLayersConfig):
    """Settings of EU-k."""

    epochs: int = knob(8, "Epochs", "How often each kept photo is used.", low=1, high=100, step=1, advanced=False)


@METHODS.register("eu_k")
class LastRetrained(_LastLayers):
    """EU-k as a registered method."""

    name: ClassVar[str] = "eu_k"
    title: ClassVar[str] = "EU-k"
    summary: ClassVar[str] = (
        "Retrain only the last layers, from a random start and without these people. The first layers stay as they are."
    )
    config_class: ClassVar[type] = LastRetrainedConfig

    def prepare(self, context: UnlearningContext, last: Sequence[nn.Module]) -> None:
        _, new_groups = split_groups(context.build("eu_k initialisation"), len(last))
        for module, new_module in zip(last, new_groups, strict=True):
            module.load_state_dict(new_module.state_dict())
