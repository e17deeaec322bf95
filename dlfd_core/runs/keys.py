"""Keys of the caches. Each names its data set, so that a visitor's data can be dropped (see ``DataSetCache``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlfd_core.device import Compute, select_compute
from dlfd_core.types import ForgetRequest
from dlfd_core.unlearning import UnlearningMethod

#: Ids of the people of one request.
Group = tuple[str, ...]


@dataclass(frozen=True)
class OriginalKey:
    """What determines the original model of a request."""

    data: str
    task: str
    backbone: str
    weights: str | None
    compute: Compute

    @classmethod
    def of(cls, request: ForgetRequest) -> OriginalKey:
        """Raises ``InvalidRequest`` for an unknown device."""
        return cls(request.data, request.task, request.backbone, request.weights, select_compute(request.device))


@dataclass(frozen=True)
class ModelKey:
    """What determines the model that a method makes.

    Attributes:
        method: its class. config: its settings, a frozen dataclass.
        before: groups of people forgotten by earlier requests of a sequence, in order; empty starts from the original.
    """

    data: str
    task: str
    backbone: str
    weights: str | None
    device: str
    people: Group
    seed: int
    method: type[UnlearningMethod[Any]]
    config: object
    before: tuple[Group, ...] = ()

    @classmethod
    def of(cls, request: ForgetRequest, method: UnlearningMethod[Any], before: tuple[Group, ...] = ()) -> ModelKey:
        """The key of a request's model, made by ``method`` in place of the request's own."""
        return cls(
            request.data, request.task, request.backbone, request.weights, request.device, request.people, request.seed,
            type(method), method.config, before,
        )  # fmt: skip


@dataclass(frozen=True)
class EpochsKey:
    """What determines how many epochs of a method fit into a race's budget of seconds."""

    data: str
    task: str
    backbone: str
    device: str
    people: Group
    method: str
    budget: float


@dataclass(frozen=True)
class FollowUpKey:
    """What determines a follow-up report of a run.

    Attributes:
        run: the request it starts from.
        what: photos shown to each person by a relearn test, or the later requests of a sequence.
    """

    run: ForgetRequest
    what: int | tuple[Group, ...]

    @property
    def data(self) -> str:
        return self.run.data
