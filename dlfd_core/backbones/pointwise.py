"""1x1 convolution with a stride, safe for few input channels on CPU."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

#: With fewer input channels the backward pass of torch's own strided 1x1 convolution crashes the process.
MIN_CHANNELS = 16


class PointwiseConv2d(nn.Conv2d):
    """1x1 convolution without bias, as in the shortcut of a residual block.

    torch 2.14.1 and 2.15.0 end with a segmentation fault in the backward pass of such a convolution with stride 2 and
    fewer than 16 input channels, in float32 and channels_last on CPU; the smallest input that shows it is
    ``Conv2d(8, 16, 1, 2, bias=False)`` on (64, 8, 64, 64). For few channels this class takes every ``stride``-th pixel
    first and convolves with stride 1: the same function, with the same weights. For more channels it leaves the
    arithmetic of torch as it is, so that results stay equal to the last digit.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int):
        super().__init__(in_channels, out_channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, ceil(H / stride), ceil(W / stride))."""
        if self.in_channels >= MIN_CHANNELS:
            return super().forward(x)
        rows, columns = self.stride
        return F.conv2d(x[:, :, ::rows, ::columns], self.weight)
