"""Stem of a torchvision network that also takes pictures much smaller than 224 pixels."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

#: Side of the largest pictures, in pixels, for which a stem halves the picture once less.
SMALL_SIDE = 64


class Stem(nn.Module):
    """Convolution, norm, activation and max-pool; pictures of up to ``SMALL_SIDE`` pixels are halved once less.

    The networks for ImageNet divide the side by 32, which leaves 2 x 2 places of a face of 64 pixels. So small pictures
    skip the max-pool or, where there is none, the stride of the convolution: the side is divided by 16, and 4 x 4
    places are left. Larger pictures take the path as published. Dividing by 8 only, as networks for 32 pixels do, would
    make a training step four times as slow again. The weights have the same shapes on both paths; they are good for
    the one they were trained on.

    Args:
        conv: with stride 2.
        pool: None where the network has no max-pool.
    """

    def __init__(self, conv: nn.Conv2d, norm: nn.Module, activation: nn.Module, pool: nn.Module | None = None):
        super().__init__()
        self.conv, self.norm, self.activation, self.pool = conv, norm, activation, pool

    def forward(self, images: Tensor) -> Tensor:
        small = max(images.shape[-2:]) <= SMALL_SIDE
        if small and self.pool is None:
            x = F.conv2d(images, self.conv.weight, self.conv.bias, stride=1, padding=self.conv.padding)
        else:
            x = self.conv(images)
        x = self.activation(self.norm(x))
        return x if small or self.pool is None else self.pool(x)
