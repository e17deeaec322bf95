"""ViT-B/16 of torchvision (Dosovitskiy et al., ICLR 2021), trained from scratch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlfd_core.backbones.base import BACKBONES, Backbone, standardise

#: Side of a patch, and of the pictures whose positions are learned, in pixels.
PATCH, SIDE = 16, 64
LAYERS, HEADS, WIDTH, HIDDEN = 12, 12, 768, 3072  # of ViT-B


class Tokens(nn.Module):
    """Patches of ``PATCH`` x ``PATCH`` pixels as vectors, a class token in front, and learned positions added.

    Args:
        positions: (1, 1 + ``(SIDE / PATCH) ** 2``, D), the class token's first.
    """

    def __init__(self, patches: nn.Conv2d, class_token: nn.Parameter, positions: nn.Parameter):
        super().__init__()
        self.patches, self.class_token, self.positions = patches, class_token, positions

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) -> (N, 1 + P, D), with S a multiple of ``PATCH``."""
        x = self.patches(images)  # (N, D, S/16, S/16)
        positions = self._positions(x.shape[-1])
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)], dim=1)
        return x + positions

    def _positions(self, count: int) -> Tensor:
        """Positions of ``count`` x ``count`` patches, interpolated where they are not as many as were learned."""
        own = SIDE // PATCH
        if count == own:
            return self.positions
        grid = self.positions[:, 1:].transpose(1, 2).unflatten(2, (own, own))
        grid = F.interpolate(grid, size=(count, count), mode="bicubic", align_corners=False)
        return torch.cat([self.positions[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


class ViTB16(Backbone):
    """Transformer over 16 x 16 pixel patches. Features are the class token after the last layer norm.

    The published network takes 224 pixels, 196 patches. Here the positions are learned for 64 pixels, 16 patches.
    Smaller pictures are enlarged (bilinear) within the network; for larger ones, the positions are interpolated, as is
    usual for a transformer. A side that is no multiple of 16 is resized to the nearest one.
    """

    def __init__(self, num_classes: int):
        super().__init__()
        from torchvision.models import VisionTransformer  # heavy, and only these backbones need it

        net = VisionTransformer(SIDE, PATCH, LAYERS, HEADS, WIDTH, HIDDEN)
        self.tokens = Tokens(net.conv_proj, net.class_token, net.encoder.pos_embedding)
        self.stages = net.encoder.layers
        self.norm = net.encoder.ln
        self.feature_dim = WIDTH
        self.head = nn.Linear(WIDTH, num_classes)

    def extract_features(self, images: Tensor) -> Tensor:
        side = max(SIDE, PATCH * round(min(images.shape[-2:]) / PATCH))
        if images.shape[-2:] != (side, side):
            images = F.interpolate(images, size=(side, side), mode="bilinear", align_corners=False)
        x = self.tokens(standardise(images))
        for stage in self.stages:
            x = stage(x)
        return self.norm(x[:, 0])  # (N, 768)

    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        stages = [(f"layer {i + 1}", stage) for i, stage in enumerate(self.stages)]
        return [("tokens", self.tokens), *stages, ("norm", self.norm), ("head", self.head)]


@BACKBONES.register("vit_b_16")
def vit_b_16(num_classes: int) -> ViTB16:
    return ViTB16(num_classes)
