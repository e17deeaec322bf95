"""ResNet18 of torchvision (He et al., CVPR 2016), the backbone of the paper's experiments; trained from scratch."""

from __future__ import annotations

from torch import Tensor, nn

from dlfd_core.backbones.base import BACKBONES, Backbone, standardise
from dlfd_core.backbones.stems import Stem


class ResNet18(Backbone):
    """torchvision's network, its body as features and its last layer as head. Any square input of 32 pixels or more.

    At 128 pixels, the paper's size on MUFAC, it is the published network; up to 64 pixels the stem has no max-pool
    (see ``Stem``), so that a picture of 64 costs about what one of 128 does.
    """

    def __init__(self, num_classes: int):
        super().__init__()
        from torchvision.models import resnet18  # heavy, and only these backbones need it

        net = resnet18(weights=None)
        self.stem = Stem(net.conv1, net.bn1, net.relu, net.maxpool)
        self.stages = nn.ModuleList([net.layer1, net.layer2, net.layer3, net.layer4])
        self.feature_dim = net.fc.in_features
        self.head = nn.Linear(self.feature_dim, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        x = self.stem(standardise(images))
        for stage in self.stages:
            x = stage(x)
        return x.mean(dim=(2, 3))  # (N, 512)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        stages = [(f"stage {i + 1}", stage) for i, stage in enumerate(self.stages)]
        return [("stem", self.stem), *stages, ("head", self.head)]


@BACKBONES.register("resnet18")
def resnet18(num_classes: int) -> ResNet18:
    return ResNet18(num_classes)
