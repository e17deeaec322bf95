"""ResNet18 with the head of DLFD's authors: three layers with dropout after torchvision's body (their public code)."""

from __future__ import annotations

from torch import Tensor, nn

from dlfd_core.backbones.base import BACKBONES
from dlfd_core.backbones.dropout import RepeatableDropout
from dlfd_core.backbones.resnet import ResNet18

#: Widths between the body (512) and the classes, and the share of dropout after each.
WIDTHS, DROPOUT = (256, 128), 0.5


class ResNet18Dlfd(ResNet18):
    """``ResNet18`` whose classifier is 512-256-128-C, with ReLU and dropout between the layers.

    The penultimate features, which DLFD moves, are the 128 values before the last layer. The paper's scores on MUFAC
    and RAF-DB come from this network; ``resnet18`` has a single linear layer instead.
    """

    def __init__(self, num_classes: int):
        super().__init__(num_classes)
        layers: list[nn.Module] = []
        width_in = self.feature_dim
        for width in WIDTHS:
            layers += [nn.Linear(width_in, width), nn.ReLU(inplace=True), RepeatableDropout(DROPOUT)]
            width_in = width
        self.neck = nn.Sequential(*layers)
        self.feature_dim = width_in
        self.head = nn.Linear(width_in, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        return self.neck(super().extract_features(images))  # (N, 128)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        *body, head = super().layer_groups()
        return [*body, ("hidden layers", self.neck), head]


@BACKBONES.register("resnet18_dlfd")
def resnet18_dlfd(num_classes: int) -> ResNet18Dlfd:
    return ResNet18Dlfd(num_classes)
