"""InceptionResnetV1 of facenet-pytorch (Szegedy et al., AAAI 2017; Schroff et al., CVPR 2015), made for faces."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

from dlfd_core.backbones.base import BACKBONES, NOT_AN_ORIGINAL, Backbone
from dlfd_core.backbones.dropout import RepeatableDropout
from dlfd_core.backbones.norms import EmbeddingNorm
from dlfd_core.backbones.vggface2 import VARIABLE, load_vggface2

#: The side facenet's weights were trained at, in pixels.
NATIVE_SIDE = 160
#: Without padding the network needs 75 pixels, and 107 to end in 2 x 2 places; at 112 it takes half the time of 160.
SCRATCH_SIDE = 112
DROPOUT = 0.6  # facenet-pytorch's


class InceptionResNetV1(Backbone):
    """facenet's network. Features are the 512 values after the last batch norm, before they are scaled to length 1.

    The length is left in, since the head uses it and the cosine in DLFD's distance ignores it. Pictures smaller than
    ``side`` are enlarged (bilinear) within the network, so a perturbation is still one of the given pixels; larger
    ones are taken as they are. The network normalises pixels in its own way, and its dropout is kept, in train mode.

    Args:
        side: smallest side the body works at, 75 at least.
        fill: is given facenet's untouched network to put weights into; None leaves it as initialised.
    """

    def __init__(self, num_classes: int, side: int = SCRATCH_SIDE, fill: Callable[[nn.Module], None] | None = None):
        super().__init__()
        from facenet_pytorch import InceptionResnetV1  # heavy, and only this backbone needs it

        net = InceptionResnetV1()
        if fill is not None:
            fill(net)
        self.side = side
        self.stem = nn.Sequential(
            net.conv2d_1a, net.conv2d_2a, net.conv2d_2b, net.maxpool_3a, net.conv2d_3b, net.conv2d_4a, net.conv2d_4b
        )
        self.stages = nn.ModuleList(
            [
                net.repeat_1,
                nn.Sequential(net.mixed_6a, net.repeat_2),
                nn.Sequential(net.mixed_7a, net.repeat_3, net.block8),
            ]
        )
        self.dropout = RepeatableDropout(DROPOUT)
        self.feature_dim = net.last_linear.out_features
        norm = EmbeddingNorm(self.feature_dim, eps=net.last_bn.eps, momentum=net.last_bn.momentum)
        norm.load_state_dict(net.last_bn.state_dict())
        self.embedding = nn.Sequential(net.last_linear, norm)
        self.head = nn.Linear(self.feature_dim, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        if min(images.shape[-2:]) < self.side:
            images = F.interpolate(images, size=(self.side, self.side), mode="bilinear", align_corners=False)
        x = self.stem((images * 255.0 - 127.5) / 128.0)  # facenet's "fixed image standardisation"
        for stage in self.stages:
            x = stage(x)
        return self.embedding(self.dropout(x.mean(dim=(2, 3))))  # (N, 512)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        stages = [(f"stage {i + 1}", stage) for i, stage in enumerate(self.stages)]
        return [("stem", self.stem), *stages, ("embedding", self.embedding), ("head", self.head)]


@BACKBONES.register("inception_resnet_v1")
def inception_resnet_v1(num_classes: int) -> InceptionResNetV1:
    return InceptionResNetV1(num_classes)


@BACKBONES.register("inception_resnet_v1_vggface2")
def inception_resnet_v1_vggface2(num_classes: int) -> InceptionResNetV1:
    """InceptionResnetV1 with VGGFace2 weights (8,631 celebrities). Raises ``MissingArtifact`` without these weights.

    The retrained model starts from them, too. Unlearning does not remove what these weights hold of a person who is one
    of those celebrities. The recipe for originals was chosen for training from scratch: its learning
    rate may undo much of what these weights know. The file is needed whenever such a model is built, also to load a
    trained one.
    """
    return InceptionResNetV1(num_classes, NATIVE_SIDE, load_vggface2)


NOT_AN_ORIGINAL["inception_resnet_v1_vggface2"] = (
    f"If it holds facenet-pytorch's weights, set {VARIABLE} to its path, and leave --weights out."
)
