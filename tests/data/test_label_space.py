"""One label or several attributes: losses, answers and divergences compared with scikit-learn, torch and arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import hamming_loss, log_loss
from torch.nn import functional as F

from dlfd_core.data.label_space import Attributes, LabelSpace, SingleLabel

ONE = SingleLabel(("a", "b", "c"))
BOTH = Attributes(("no no", "yes no", "no yes", "yes yes"), ("smiling", "glasses"))
SPACES = [ONE, BOTH]


def answers(space: LabelSpace, count: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and labels of ``count`` photos."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(len(space.classes), (count,), generator=generator)
    return torch.randn(count, space.outputs, generator=generator) * 2, labels


def test_one_label_has_the_cross_entropy_of_scikit_learn() -> None:
    logits, labels = answers(ONE)
    expected = log_loss(labels.numpy(), logits.double().softmax(1).numpy(), labels=[0, 1, 2])
    assert float(ONE.loss(logits, labels)) == pytest.approx(expected, rel=1e-5)


def test_attributes_have_the_sum_of_the_binary_cross_entropies_of_scikit_learn() -> None:
    logits, labels = answers(BOTH)
    bits = np.stack([labels.numpy() & 1, labels.numpy() >> 1], axis=1)
    chances = logits.double().sigmoid().numpy()
    expected = sum(log_loss(bits[:, a], chances[:, a], labels=[0, 1]) for a in range(2))
    assert float(BOTH.loss(logits, labels)) == pytest.approx(expected, rel=1e-5)


def test_attributes_right_by_hand() -> None:
    # label 2 = bit 0 no, bit 1 yes; 3 = both yes
    found = BOTH.correctness(torch.tensor([2, 3, 1, 0]), torch.tensor([2, 2, 2, 3]))
    assert found.tolist() == [1.0, 0.5, 0.0, 0.0]


def test_mean_accuracy_is_one_minus_the_hamming_loss() -> None:
    logits, labels = answers(BOTH)
    predicted = BOTH.predict(logits)
    expected = 1 - hamming_loss(BOTH.bits(labels).numpy(), BOTH.bits(predicted).numpy())
    assert float(BOTH.correctness(predicted, labels).mean()) == pytest.approx(expected)


def test_bits_are_read_in_the_order_of_the_names() -> None:
    assert BOTH.bits(torch.tensor([0, 1, 2, 3])).tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert BOTH.predict(torch.tensor([[-1.0, -1], [1, -1], [-1, 1], [1, 1]])).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("space", SPACES, ids=["one", "attributes"])
def test_losses_probabilities_and_predictions_belong_together(space: LabelSpace) -> None:
    logits, labels = answers(space)
    chances = space.probabilities(logits)
    assert chances.shape == (200, len(space.classes))
    torch.testing.assert_close(chances.sum(1), torch.ones(200))
    torch.testing.assert_close(space.losses(logits, labels), -chances.gather(1, labels[:, None])[:, 0].log())
    assert torch.equal(space.predict(logits), chances.argmax(1))
    torch.testing.assert_close(space.loss(logits, labels), space.losses(logits, labels).mean())


@pytest.mark.parametrize("space", SPACES, ids=["one", "attributes"])
def test_divergence_is_that_of_the_distributions_over_classes(space: LabelSpace) -> None:
    student, _ = answers(space)
    teacher = student.flip(0)
    p, q = (space.probabilities(x / 2.0) for x in (teacher, student))
    torch.testing.assert_close(
        space.divergence(student, teacher, 2.0), (p * (p / q).log()).sum(1), rtol=1e-4, atol=1e-5
    )
    assert float(space.divergence(student, student).abs().max()) < 1e-6


@pytest.mark.parametrize("space", SPACES, ids=["one", "attributes"])
def test_only_the_student_learns_from_the_divergence(space: LabelSpace) -> None:
    student, teacher = (answers(space)[0].requires_grad_(True) for _ in range(2))
    space.divergence(student * 0.5, teacher).sum().backward()
    assert student.grad is not None and teacher.grad is None


@pytest.mark.parametrize("space", SPACES, ids=["one", "attributes"])
def test_a_model_that_knows_nothing_loses_the_logarithm_of_its_classes(space: LabelSpace) -> None:
    found = space.losses(torch.zeros(1, space.outputs), torch.zeros(1, dtype=torch.int64))
    assert float(found) == pytest.approx(math.log(len(space.classes)))


def test_the_loss_of_one_label_is_bit_for_bit_that_of_torch() -> None:
    """A seed must give equal numbers: a loss that differs in its last bit gives a different model."""
    logits, labels = answers(ONE)
    assert torch.equal(ONE.loss(logits, labels), F.cross_entropy(logits, labels))
