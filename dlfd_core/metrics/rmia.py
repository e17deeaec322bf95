"""RMIA, a membership attack with reference models (Zarifzadeh, Liu and Shokri, ICML 2024), offline, gamma = 1.

With ``ratio(x) = Pr(x | model) / Pr(x)``, the score of x is the share of population photos z with a smaller ratio (ties
count half): how often x gains more from this model than a photo that no model was trained on. The population are the
non-members. The order of the photos, and so the AUC, depends on ``gain(x) = log ratio(x)`` alone.

``Pr(x)`` is the mean over models that saw x (IN) and models that did not (OUT). The offline attack uses OUT models
only, and estimates the higher probability under IN models by ``Pr_IN = a Pr_OUT + 1 - a``. So
``Pr(x) = ((1 + a) Pr_OUT(x) + 1 - a) / 2``, with the paper's default a = 0.3. It is computed from ``1 - Pr``, in
logarithms, so that probabilities next to 1 or 0 keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Constant a of RMIA, for the IN probability from the OUT one (the paper's default where it cannot be fitted).
OFFLINE_A = 0.3


@dataclass(frozen=True)
class Prior:
    """``Pr(x)`` of n photos under K models.

    Attributes:
        one_minus_p: (K, n) 1 - probability of the label. out: (K, n) whether model k never saw the person.
    """

    one_minus_p: np.ndarray
    out: np.ndarray

    @classmethod
    def of(cls, losses: np.ndarray, out: np.ndarray) -> Prior:
        """Losses (K, n) in nats."""
        return cls(-np.expm1(-losses.astype(np.float64)), out)

    def without(self, number: int) -> Prior:
        """The same without one of the models."""
        return Prior(np.delete(self.one_minus_p, number, 0), np.delete(self.out, number, 0))

    def gain(self, losses: np.ndarray) -> np.ndarray:
        """Log ratio of each photo (n,) for a model with these losses; minus infinity for photos without OUT model."""
        count = self.out.sum(0)
        total = (self.one_minus_p * self.out).sum(0)
        mean = np.divide(total, count, out=np.zeros(len(count)), where=count > 0)
        gain = -losses.astype(np.float64) - np.log1p(-(1.0 + OFFLINE_A) / 2.0 * mean)
        gain[count == 0] = -np.inf
        return gain
