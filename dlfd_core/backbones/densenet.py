"""DenseNet121 of torchvision (Huang et al., CVPR 2017), trained from scratch."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from dlfd_core.backbones.base import BACKBONES, Backbone, standardise
from dlfd_core.backbones.stems import Stem


class DenseNet121(Backbone):
    """Four blocks in which each layer sees all layers before it. Any square input of 32 pixels or more.

    Up to 64 pixels the stem has no max-pool (see ``Stem``).
    """

    def __init__(self, num_classes: int):
        super().__init__()
        from torchvision.models import densenet121  # heavy, and only these backbones need it

        net = densenet121(weights=None)
        body = net.features
        self.stem = Stem(body.conv0, body.norm0, body.relu0, body.pool0)
        self.stages = nn.ModuleList(
            [
                nn.Sequential(body.denseblock1, body.transition1),
                nn.Sequential(body.denseblock2, body.transition2),
                nn.Sequential(body.denseblock3, body.transition3),
                nn.Sequential(body.denseblock4, body.norm5),
            ]
        )
        self.feature_dim = net.classifier.in_features
        self.head = nn.Linear(self.feature_dim, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        x = self.stem(standardise(images))
        for stage in self.stages:
            x = stage(x)
        return F.relu(x, inplace=True).mean(dim=(2, 3))  # (N, 1024)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        stages = [(f"block {i + 1}", stage) for i, stage in enumerate(self.stages)]
        return [("stem", self.stem), *stages, ("head", self.head)]


@BACKBONES.register("densenet121")
def densenet121(num_classes: int) -> DenseNet121:
    return DenseNet121(num_classes)
