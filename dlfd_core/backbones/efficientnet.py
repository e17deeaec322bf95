"""EfficientNet-B0 of torchvision (Tan & Le, ICML 2019), trained from scratch."""

from __future__ import annotations

from torch import Tensor, nn

from dlfd_core.backbones.base import BACKBONES, Backbone, standardise
from dlfd_core.backbones.dropout import RepeatableDropout
from dlfd_core.backbones.stems import Stem

DROPOUT = 0.2  # of B0


class EfficientNetB0(Backbone):
    """Seven stages of inverted bottlenecks. Any square input of 32 pixels or more.

    Up to 64 pixels the stem has stride 1 (see ``Stem``). The dropout before the last layer is kept, on the features
    and in train mode only. Stochastic depth, up to 0.19 in the published network, is left out: DLFD takes gradients
    through a model that is to be the same from one step to the next, and a block that is skipped for a whole small
    batch would get no gradient.
    """

    def __init__(self, num_classes: int):
        super().__init__()
        from torchvision.models import efficientnet_b0  # heavy, and only these backbones need it

        net = efficientnet_b0(weights=None, stochastic_depth_prob=0.0)
        first, *stages, last = net.features
        self.stem = Stem(*first)  # convolution, norm, activation
        self.stages = nn.ModuleList(stages)
        self.last = last  # 1x1 convolution to the width of the features
        self.dropout = RepeatableDropout(DROPOUT)
        self.feature_dim = net.classifier[-1].in_features
        self.head = nn.Linear(self.feature_dim, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        x = self.stem(standardise(images))
        for stage in self.stages:
            x = stage(x)
        return self.dropout(self.last(x).mean(dim=(2, 3)))  # (N, 1280)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        stages = [(f"stage {i + 1}", stage) for i, stage in enumerate(self.stages)]
        return [("stem", self.stem), *stages, ("last convolution", self.last), ("head", self.head)]


@BACKBONES.register("efficientnet_b0")
def efficientnet_b0(num_classes: int) -> EfficientNetB0:
    return EfficientNetB0(num_classes)
