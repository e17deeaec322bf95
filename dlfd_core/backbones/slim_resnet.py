"""A small residual network for 64-pixel faces that trains from scratch in about a minute on two CPU cores."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from dlfd_core.backbones.base import BACKBONES, Backbone, standardise
from dlfd_core.backbones.pointwise import PointwiseConv2d


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut (He et al., CVPR 2016, figure 5 left)."""

    def __init__(self, width_in: int, width_out: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width_in, width_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width_out)
        self.conv2 = nn.Conv2d(width_out, width_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or width_in != width_out:
            self.shortcut = nn.Sequential(PointwiseConv2d(width_in, width_out, stride), nn.BatchNorm2d(width_out))

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.norm1(self.conv1(x)), inplace=True)
        return F.relu(self.norm2(self.conv2(out)) + self.shortcut(x), inplace=True)


class SlimResNet(Backbone):
    """ResNet18 with half the blocks and a quarter of the width: a stem and four stages of one basic block each.

    Args:
        width: channels of the first stage; the features have ``8 * width``.
    """

    def __init__(self, num_classes: int, width: int = 16):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        widths = [width, 2 * width, 4 * width, 8 * width]
        inputs = [width, *widths[:-1]]
        self.stages = nn.ModuleList(
            BasicBlock(wi, wo, 1 if i == 0 else 2) for i, (wi, wo) in enumerate(zip(inputs, widths, strict=True))
        )
        self.feature_dim = widths[-1]
        self.head = nn.Linear(self.feature_dim, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        x = self.stem(standardise(images))  # (N, w, H, W)
        for stage in self.stages:
            x = stage(x)
        return x.mean(dim=(2, 3))  # (N, 8w)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        stages = [(f"stage {i + 1}", stage) for i, stage in enumerate(self.stages)]
        return [("stem", self.stem), *stages, ("head", self.head)]


@BACKBONES.register("slim_resnet")
def slim_resnet(num_classes: int) -> SlimResNet:
    return SlimResNet(num_classes)
