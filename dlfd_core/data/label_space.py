"""Label spaces, the meaning of labels and logits: one class per photo, or several yes/no attributes at once.

A label space holds everything that depends on this meaning: the loss (for training and for attacks), the correctness of
predictions, and the divergence between two models. In both cases a label is one number per photo, so photo sets, splits
and the map work without knowing the label space: with A attributes the bits of the number are their values, and there
are ``2^A`` classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

#: Largest number of attributes at once: each combination of their values is a class on the page.
MAX_ATTRIBUTES = 6


@dataclass(frozen=True)
class LabelSpace(ABC):
    """The meaning of the labels of a task and of a model's logits.

    Attributes:
        classes: C names, in label order.
    """

    classes: tuple[str, ...]

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Number of logits of a model (width of its head)."""

    @abstractmethod
    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Logits (N, outputs) and labels (N,) -> (N,): minus the log-probability of the label, in nats, >= 0."""

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Mean of ``losses``, a scalar: the training loss."""
        return self.losses(logits, labels).mean()

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """Logits (N, outputs) -> class probabilities (N, C), rows sum to 1."""

    @abstractmethod
    def predict(self, logits: Tensor) -> Tensor:
        """Logits (N, outputs) -> the most probable class (N,)."""

    @abstractmethod
    def correctness(self, predicted: Tensor, labels: Tensor) -> Tensor:
        """Classes (N,) and labels (N,) -> (N,) float: 1 if right, else 0; with attributes, the mean over them."""

    @abstractmethod
    def divergence(self, student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
        """Logits (N, outputs) each -> (N,): KL(teacher || student) in nats, >= 0, of the predicted distributions.

        The temperature divides the logits. No gradient flows to the teacher.
        """


@dataclass(frozen=True)
class SingleLabel(LabelSpace):
    """One of C classes per photo: softmax and cross-entropy."""

    @property
    def outputs(self) -> int:
        return len(self.classes)

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels, reduction="none")

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels)  # one fused operation: its last bit decides the result of a seed

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.softmax(1)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)

    def correctness(self, predicted: Tensor, labels: Tensor) -> Tensor:
        return (predicted == labels).float()

    def divergence(self, student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
        log_p, log_q = ((logits / temperature).log_softmax(1) for logits in (teacher.detach(), student))
        return (log_p.exp() * (log_p - log_q)).sum(1)


@dataclass(frozen=True)
class Attributes(LabelSpace):
    """A independent yes/no labels per photo: one logit, one sigmoid and one binary cross-entropy each.

    The loss is the sum over the attributes, so it is minus the log-probability of all values together, as with one
    label. Accuracy is the mean over the attributes, as multi-label benchmarks report it.

    Attributes:
        names: A names, in the order of the logits; bit a of a label is the value of attribute a.
    """

    names: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        return len(self.names)

    def bits(self, labels: Tensor) -> Tensor:
        """Labels (N,) -> attribute values (N, A) in {0, 1}."""
        return (labels[:, None] >> torch.arange(self.outputs, device=labels.device)) & 1

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        targets = self.bits(labels).to(logits.dtype)
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(1)

    def probabilities(self, logits: Tensor) -> Tensor:
        values = self.bits(torch.arange(len(self.classes), device=logits.device)).to(logits.dtype)  # (C, A)
        signs = 2 * values - 1
        return F.logsigmoid(logits[:, None, :] * signs).sum(2).exp()  # (N, C)

    def predict(self, logits: Tensor) -> Tensor:
        bit_weights = 2 ** torch.arange(self.outputs, device=logits.device)
        return ((logits > 0) * bit_weights).sum(1)

    def correctness(self, predicted: Tensor, labels: Tensor) -> Tensor:
        return (self.bits(predicted) == self.bits(labels)).float().mean(1)

    def divergence(self, student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
        p, q = teacher.detach() / temperature, student / temperature  # logits of the teacher and the student
        yes = p.sigmoid() * (F.logsigmoid(p) - F.logsigmoid(q))
        no = (-p).sigmoid() * (F.logsigmoid(-p) - F.logsigmoid(-q))
        return (yes + no).sum(1)
