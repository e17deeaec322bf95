"""CF-k and EU-k: leave all but the last k layer groups as they are (Goel et al. 2022, arXiv 2201.06640).

CF-k (catastrophic forgetting) goes on training the last k on kept photos; EU-k (exact unlearning) first takes them
back to a random start. What lies before keeps whatever it knows: weights and running statistics stay bit for bit.
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
    """The layer groups before the last k, and the last k, which end with the head.

    Raises:
        InvalidRequest: the model has fewer than k.
    """
    groups = model.layer_groups()
    if k > len(groups):
        names = ", ".join(name for name, _ in groups)
        raise InvalidRequest(f"k: {k} layer groups are asked for, this backbone has {len(groups)}: {names}.")
    modules = [module for _, module in groups]
    return modules[:-k], modules[-k:]


@contextmanager
def untrained(modules: Sequence[nn.Module]) -> Iterator[None]:
    """Within it the modules' parameters take no gradient; afterwards those take one again that did before."""
    wanted = [parameter for module in modules for parameter in module.parameters() if parameter.requires_grad]
    for parameter in wanted:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in wanted:
            parameter.requires_grad_(True)


def at_rest(modules: Sequence[nn.Module], batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches; when the first is asked for, which is within the loop, the modules go to eval mode, so that batch
    norm uses its running statistics and leaves them. The loop gives every module its mode back."""
    for module in modules:
        module.eval()
    yield from batches


@dataclass(frozen=True)
class LastLayersConfig(ScheduleConfig):
    epochs: int = knob(4, "Epochs", "Passes over the photos that are kept.", low=1, high=50, step=1, advanced=False)
    lr: float = knob(
        0.01, "Learning rate", "At the first step; it falls along a cosine.", low=1e-5, high=0.5, step=0.001,
        symbol="η", advanced=False,
    )  # fmt: skip
    k: int = knob(
        3, "Layer groups", "Counted from the head, which is the first of them; what lies before stays as it is. The "
        "slim network has 6.", low=1, high=64, step=1, symbol="k", unit="groups", advanced=False,
    )  # fmt: skip


class _LastLayers(ScheduledMethod[LastLayersConfig]):
    """What the two have in common."""

    config_class: ClassVar[type] = LastLayersConfig
    source: ClassVar[str] = "Goel et al. 2022, arXiv 2201.06640"

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        earlier, last = split_groups(context.model, self.config.k)
        self.prepare(context, last)
        batches = at_rest(earlier, retain_batches(context, self.config, f"{self.name} batches"))
        with untrained(earlier):
            yield from scheduled_steps(context, self.config, batches, lambda: Phase("training"))

    def prepare(self, context: UnlearningContext, last: Sequence[nn.Module]) -> None:
        """What happens to the last groups before the first step."""


@METHODS.register("cf_k")
class LastFineTuned(_LastLayers):
    name: ClassVar[str] = "cf_k"
    title: ClassVar[str] = "CF-k"
    summary: ClassVar[str] = (
        "Fine-tune only the last layers with everybody else. Cheap, and blind to what the first layers remember."
    )


@dataclass(frozen=True)
class LastRetrainedConfig(LastLayersConfig):
    epochs: int = knob(8, "Epochs", "Passes over the photos that are kept.", low=1, high=100, step=1, advanced=False)


@METHODS.register("eu_k")
class LastRetrained(_LastLayers):
    name: ClassVar[str] = "eu_k"
    title: ClassVar[str] = "EU-k"
    summary: ClassVar[str] = (
        "Retrain only the last layers, from a random start and without these people. The first layers stay as they are."
    )
    config_class: ClassVar[type] = LastRetrainedConfig

    def prepare(self, context: UnlearningContext, last: Sequence[nn.Module]) -> None:
        _, fresh = split_groups(context.build("eu_k initialisation"), len(last))
        for module, new in zip(last, fresh, strict=True):
            module.load_state_dict(new.state_dict())
