"""What the labels of a task mean: one class per photo, or several yes/no attributes of it at once.

Everything that depends on it stands here: the loss that is trained and attacked, what counts as right, and the
divergence between two models' answers. A label is one number per photo in both cases, so that photo sets, splits and
the map need not know: with A attributes the number's bits are their values, and there are ``2^A`` classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

#: Attributes at once at most: their combinations are the classes that the page shows.
MAX_ATTRIBUTES = 6


@dataclass(frozen=True)
class LabelSpace(ABC):
    """Attributes:
    classes: C names, in label order.
    """

    classes: tuple[str, ...]

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Width of a model's head."""

    @abstractmethod
    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """(N, outputs), (N,) -> (N,): minus the log-probability of the label, in nats, >= 0."""

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """() mean of ``losses``: what is trained."""
        return self.losses(logits, labels).mean()

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """(N, outputs) -> (N, C), rows sum to 1."""

    @abstractmethod
    def predict(self, logits: Tensor) -> Tensor:
        """(N, outputs) -> (N,) the most probable class."""

    @abstractmethod
    def right(self, predicted: Tensor, labels: Tensor) -> Tensor:
        """(N,), (N,) classes -> (N,) float: the share of what was asked that is right, in [0, 1]."""

    @abstractmethod
    def divergence(self, student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
        """(N, outputs) logits each -> (N,): KL(teacher || student) in nats, of distributions softened by a
        temperature; >= 0, the teacher's share has no gradient."""


@dataclass(frozen=True)
class SingleLabel(LabelSpace):
    """One of C classes per photo: softmax and cross-entropy."""

    @property
    def outputs(self) -> int:
        return len(self.classes)

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels, reduction="none")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels)  # one operation, and the last bit of it decides what a seed gives

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.softmax(1)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)

    def right(self, predicted: Tensor, labels: Tensor) -> Tensor:
        return (predicted == labels).float()

    def divergence(self, student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
        aim, said = ((logits / temperature).log_softmax(1) for logits in (teacher.detach(), student))
        return (aim.exp() * (aim - said)).sum(1)


@dataclass(frozen=True)
class Attributes(LabelSpace):
    """A independent yes/no labels per photo: one logit, one sigmoid and one binary cross-entropy each.

    The loss is the sum over the attributes, so that it is minus the log-probability of all answers together, as it is
    with one label; accuracy is the mean over the attributes, as the multi-label benchmarks report it.

    Attributes:
        names: A names, in the order of the logits; bit a of a label is attribute a.
    """

    names: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        return len(self.names)

    def bits(self, labels: Tensor) -> Tensor:
        """(N,) classes -> (N, A) in {0, 1}."""
        return (labels[:, None] >> torch.arange(self.outputs, device=labels.device)) & 1

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        wanted = self.bits(labels).to(logits.dtype)
        return F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1)

    def probabilities(self, logits: Tensor) -> Tensor:
        every = self.bits(torch.arange(len(self.classes), device=logits.device)).to(logits.dtype)  # (C, A)
        signed = 2 * every - 1
        return F.logsigmoid(logits[:, None, :] * signed).sum(2).exp()  # (N, C)

    def predict(self, logits: Tensor) -> Tensor:
        weights = 2 ** torch.arange(self.outputs, device=logits.device)
        return ((logits > 0) * weights).sum(1)

    def right(self, predicted: Tensor, labels: Tensor) -> Tensor:
        return (self.bits(predicted) == self.bits(labels)).float().mean(1)

    def divergence(self, student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
        aim, said = teacher.detach() / temperature, student / temperature
        yes = aim.sigmoid() * (F.logsigmoid(aim) - F.logsigmoid(said))
        no = (-aim).sigmoid() * (F.logsigmoid(-aim) - F.logsigmoid(-said))
        return (yes + no).sum(1)
