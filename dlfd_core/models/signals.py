"""The signals of membership attacks: what an attacker reads of a model's answer to a photo."""

from __future__ import annotations

import numpy as np
import torch

from dlfd_core.models.outputs import Outputs

#: Signals of one model alone. The confidence in the label orders photos as the loss does, so it is not among them.
SIGNALS = ("loss", "correctness", "entropy", "modified_entropy")
_TINY = 1e-300  # keeps logarithms finite; a double can still distinguish probabilities of 1e-290


def signals_of(outputs: Outputs, labels: np.ndarray, index: np.ndarray) -> np.ndarray:
    """``SIGNALS`` of the photos at ``index`` (n,), as (4, n) float64; higher means more like a training photo.

    They are minus the loss in nats, the correctness in [0, 1], minus the entropy and minus the modified entropy (Song &
    Mittal, USENIX Security 2021) in nats. With several attributes, a class is a combination of their values, and
    correctness is the share of attributes that is right.

    Args:
        labels: (N,) of all photos of the data set.

    Raises:
        ValueError: a photo has no label.
    """
    log_p, log_not = log_probabilities(outputs, labels, index)
    correctness = outputs.correctness(labels)[index].astype(np.float64)
    loss = outputs.losses(labels)[index].astype(np.float64)
    return np.stack([-loss, correctness, -entropies(log_p), -modified_entropies(log_p, log_not, labels[index])])


def log_probabilities(outputs: Outputs, labels: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``log p`` and ``log(1 - p)`` of the classes for the photos at ``index``, (n, C) float64 each.

    Raises:
        ValueError: a photo has no label.
    """
    if (labels[index] < 0).any():
        raise ValueError("a photo without a label cannot be attacked")
    logits = torch.from_numpy(outputs.logits[index].astype(np.float64))
    return stable_logs(outputs.space.probabilities(logits).numpy())


def stable_logs(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, C) -> ``log p`` and ``log(1 - p)``, (n, C) each, exact even for p next to 0 or 1.

    A probability next to 1 is rounded, so 1 - p is taken from the sum of the others. Only the largest probability of a
    row can be next to 1.
    """
    rows, top = np.arange(len(probabilities)), probabilities.argmax(1)
    others = probabilities.copy()
    others[rows, top] = 0.0
    rest = others.sum(1)  # (n,) 1 - p of the largest, with full relative precision
    log_p = np.log(np.maximum(probabilities, _TINY))
    log_p[rows, top] = np.log1p(-rest)
    others[rows, top] = 0.5  # any number below 1; the next lines overwrite the result
    log_not = np.log1p(-others)
    log_not[rows, top] = np.log(np.maximum(rest, _TINY))
    return log_p, log_not


def entropies(log_p: np.ndarray) -> np.ndarray:
    """Entropy of each answer in nats, (n, C) log-probabilities -> (n,)."""
    found: np.ndarray = -(np.exp(log_p) * log_p).sum(1)
    return found


def modified_entropies(log_p: np.ndarray, log_not: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Modified entropy of each answer, (n,): ``-(1 - p_y) log p_y - sum over the other classes of p log(1 - p)``.

    Args:
        log_p, log_not: (n, C) as from ``stable_logs``. labels: (n,) classes y.
    """
    rows = np.arange(len(labels))
    terms = -np.exp(log_p) * log_not
    terms[rows, labels] = -np.exp(log_not[rows, labels]) * log_p[rows, labels]
    found: np.ndarray = terms.sum(1)
    return found
