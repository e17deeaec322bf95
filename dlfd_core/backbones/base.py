"""Interface of a backbone: penultimate features, a linear head, and its layers in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

from dlfd_core.data.label_space import LabelSpace, SingleLabel
from dlfd_core.errors import MissingArtifact
from dlfd_core.registry import Registry


class Backbone(nn.Module, ABC):
    """A face classifier ``f = h . phi`` (the paper's notation): features phi, linear head h.

    Images are RGB pixels in [0, 1]; each backbone normalises them itself, so that a perturbation is always
    made and clipped in pixels.

    Attributes:
        feature_dim: D, width of the penultimate features.
        head: the last linear layer, (D -> C).
    """

    feature_dim: int
    head: nn.Linear
    _space: LabelSpace | None = None

    @abstractmethod
    def extract_features(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) pixels in [0, 1] -> (N, D) penultimate features."""

    @abstractmethod
    def layer_groups(self) -> list[tuple[str, nn.Module]]:
        """Modules from input to head; together they hold every parameter exactly once."""

    def classify(self, features: Tensor) -> Tensor:
        """(N, D) features -> (N, C) logits, always in float32: per-photo losses must not be rounded to bfloat16."""
        with torch.autocast(features.device.type, enabled=False):
            return self.head(features.float())

    def forward(self, images: Tensor) -> Tensor:
        return self.classify(self.extract_features(images))

    @property
    def num_classes(self) -> int:
        return self.head.out_features

    @property
    def space(self) -> LabelSpace:
        """The label space of the logits: one of ``num_classes`` classes, unless ``means`` set another one."""
        return self._space or SingleLabel(tuple(str(i) for i in range(self.num_classes)))

    def means(self, space: LabelSpace) -> Backbone:
        """Set the label space of the logits. Raises ValueError where it needs another number of logits."""
        if space.outputs != self.num_classes:
            raise ValueError(f"a head of {self.num_classes} outputs cannot answer {space.outputs} labels")
        self._space = space
        return self

    def load_checked(self, state: dict[str, Tensor], source: str) -> None:
        """Load a state dict whose names and shapes must be exactly this model's.

        Raises:
            MissingArtifact: names or shapes differ; the sentence names the first difference.
        """
        expected = self.state_dict()
        for name, tensor in expected.items():
            if name not in state:
                raise MissingArtifact(f"{source} has no tensor {name!r}: it was made for another backbone.")
            if state[name].shape != tensor.shape:
                raise MissingArtifact(
                    f"{source}: {name!r} has shape {tuple(state[name].shape)}, expected {tuple(tensor.shape)}; "
                    "it was made for another task or backbone."
                )
        extra = next((name for name in state if name not in expected), None)
        if extra is not None:
            raise MissingArtifact(f"{source} has an unexpected tensor {extra!r}: it was made for another backbone.")
        self.load_state_dict(state)


BackboneFactory = Callable[[int], Backbone]
#: name -> factory(num_classes). A new backbone is one file with one ``@BACKBONES.register(name)``.
BACKBONES: Registry[BackboneFactory] = Registry("backbone")
#: name -> what to do where its downloaded weights were given as a trained original. Only of a backbone that has some.
NOT_AN_ORIGINAL: dict[str, str] = {}


PIXEL_MEAN, PIXEL_STD = 0.5, 0.25


def standardise(pixels: Tensor) -> Tensor:
    """Scale pixels in [0, 1] to roughly zero mean and unit variance, for networks trained from scratch here."""
    return (pixels - PIXEL_MEAN) / PIXEL_STD
