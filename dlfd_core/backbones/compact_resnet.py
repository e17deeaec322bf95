"""Small residual network for roughly aligned 64-pixel faces: a fifth of the multiply-adds of ``slim_resnet``."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from dlfd_core.backbones.base import BACKBONES, Backbone, standardise
from dlfd_core.backbones.norms import EmbeddingNorm
from dlfd_core.backbones.pointwise import PointwiseConv2d
from dlfd_core.backbones.slim_resnet import BasicBlock

#: Side of the last feature map for pictures of 64 pixels; maps of other sizes are pooled to it.
PLACES = 4


class PooledBlock(BasicBlock):
    """``BasicBlock`` whose shortcut averages before its 1x1 convolution (He et al., CVPR 2019, ResNet-D, figure 2c)."""

    def __init__(self, width_in: int, width_out: int, stride: int):
        super().__init__(width_in, width_out, stride)
        if stride != 1:
            pool = nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False)
            self.shortcut = nn.Sequential(pool, PointwiseConv2d(width_in, width_out, 1), nn.BatchNorm2d(width_out))


class CompactResNet(Backbone):
    """Convolutions that shrink the picture, residual stages, and a weighted mean over places.

    The weighted mean is a depthwise convolution as large as the last feature map (Chen et al., MobileFaceNets, CCBR
    2018, section 3.1): each channel learns which places of the face count. ``python -m benchmarks.networks`` measures
    what it is worth, and compares networks of this plan by accuracy and cost.

    Args:
        stem: (kernel size, stride, channels) of each convolution before the stages.
        widths: channels of the stages, of one block each; the features have the last of them.
        strides: of the stages.
        plain_mean: take the unweighted mean over places instead, as ``slim_resnet`` does.
    """

    def __init__(
        self,
        num_classes: int,
        stem: Sequence[tuple[int, int, int]] = ((4, 2, 16), (3, 2, 32)),
        widths: Sequence[int] = (32, 64, 128),
        strides: Sequence[int] = (1, 2, 2),
        plain_mean: bool = False,
    ):
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for kernel, stride, width in stem:
            conv = nn.Conv2d(channels, width, kernel, stride, 1, bias=False)
            layers += [conv, nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            channels = width
        self.stem = nn.Sequential(*layers)
        inputs = [channels, *widths[:-1]]
        self.stages = nn.ModuleList(map(PooledBlock, inputs, widths, strides))
        self.feature_dim = widths[-1]
        self.places = _plain_mean() if plain_mean else _weighted_mean(self.feature_dim)
        self.head = nn.Linear(self.feature_dim, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        x = self.stem(standardise(images))  # (N, w, H/4, W/4)
        for stage in self.stages:
            x = stage(x)
        if x.shape[-2:] != (PLACES, PLACES):
            x = F.adaptive_avg_pool2d(x, PLACES)
        return self.places(x)  # (N, D)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        stages = [(f"stage {i + 1}", stage) for i, stage in enumerate(self.stages)]
        return [("stem", self.stem), *stages, ("places", self.places), ("head", self.head)]


class WeightedMean(nn.Conv2d):
    """Depthwise convolution as large as its input, computed as a weighted sum over places in float32.

    The backward pass of torch's own convolution of this shape takes five times as long in bfloat16.
    """

    def __init__(self, channels: int):
        super().__init__(channels, channels, PLACES, groups=channels, bias=False)
        nn.init.constant_(self.weight, 1 / PLACES**2)  # the plain mean, before training

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, PLACES, PLACES) -> (N, C) float32."""
        by_place = x.permute(0, 2, 3, 1).flatten(1, 2).float()  # (N, places, C), as in memory
        return (by_place * self.weight.flatten(1).t()).sum(1)


def _weighted_mean(channels: int) -> nn.Module:
    return nn.Sequential(WeightedMean(channels), nn.Flatten(1), EmbeddingNorm(channels))


def _plain_mean() -> nn.Module:
    return nn.Sequential(nn.AvgPool2d(PLACES), nn.Flatten(1))


@BACKBONES.register("compact_resnet")
def compact_resnet(num_classes: int) -> CompactResNet:
    return CompactResNet(num_classes)
