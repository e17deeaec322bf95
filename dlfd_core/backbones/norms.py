"""Batch norm of feature vectors that also takes a single photo in train mode."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class EmbeddingNorm(nn.BatchNorm2d):
    """Batch norm of embeddings (N, D), with the tensor names of BatchNorm1d.

    It is a BatchNorm2d because DLFD's synthesis freezes the running statistics of that class. A single photo has no
    variance; in train mode it is normalised by the running statistics.
    """

    def forward(self, embeddings: Tensor) -> Tensor:
        if self.training and len(embeddings) == 1:
            return F.batch_norm(
                embeddings, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=self.eps
            )
        return super().forward(embeddings[:, :, None, None]).flatten(1)
