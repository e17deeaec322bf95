"""Networks compared with the libraries they come from, and their differences for small pictures."""

from __future__ import annotations

import pytest
import torch
from facenet_pytorch import InceptionResnetV1, fixed_image_standardization
from torch import nn
from torchvision import models

from dlfd_core.backbones import BACKBONES, Backbone
from dlfd_core.backbones.base import standardise
from dlfd_core.backbones.inception_resnet import NATIVE_SIDE, InceptionResNetV1
from dlfd_core.backbones.norms import EmbeddingNorm
from tests.backbones.settled import settled

CLASSES = 3


def with_weights_of(net: nn.Module, backbone: Backbone) -> Backbone:
    """The backbone with the weights of the library's network; both list them in the order of the forward pass."""
    own, given = backbone.state_dict(), net.state_dict()
    assert [tensor.shape for tensor in own.values()] == [tensor.shape for tensor in given.values()]
    backbone.load_state_dict(dict(zip(own, given.values(), strict=True)))
    return backbone.eval()


@torch.no_grad()
@pytest.mark.parametrize("name", ["resnet18", "densenet121", "efficientnet_b0"])
def test_above_64_pixels_it_is_the_published_network(name: str) -> None:
    net = settled(getattr(models, name)(weights=None, num_classes=CLASSES))
    backbone = with_weights_of(net, BACKBONES.get(name)(CLASSES))
    x = torch.rand(2, 3, 96, 96)
    found, expected = backbone(x), net(standardise(x))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    assert float((expected[0] - expected[1]).abs().max()) > 0.01


@torch.no_grad()
@pytest.mark.parametrize("name", ["resnet18", "densenet121", "efficientnet_b0"])
@pytest.mark.parametrize(("side", "places"), [(32, 2), (64, 4), (128, 4), (160, 5)])
def test_small_pictures_are_divided_by_16_and_larger_ones_by_32(name: str, side: int, places: int) -> None:
    backbone = BACKBONES.get(name)(CLASSES).eval()
    maps: list[torch.Tensor] = []
    last = dict(backbone.layer_groups()).get("last convolution") or backbone.layer_groups()[-2][1]
    last.register_forward_hook(lambda module, args, output: maps.append(output))
    backbone(torch.rand(1, 3, side, side))
    assert maps[0].shape[-2:] == (places, places)


@torch.no_grad()
def test_features_are_facenets_embedding_before_it_is_scaled() -> None:
    net = settled(InceptionResnetV1(classify=True, num_classes=CLASSES), NATIVE_SIDE)
    vars(net)["classify"] = False  # its type is unknown to mypy: modules hold tensors and modules only
    backbone = with_weights_of(net, InceptionResNetV1(CLASSES, NATIVE_SIDE))
    x = torch.rand(2, 3, NATIVE_SIDE, NATIVE_SIDE)
    features = backbone.extract_features(x)
    expected = net(fixed_image_standardization(x * 255.0))
    torch.testing.assert_close(nn.functional.normalize(features), expected, rtol=1e-3, atol=1e-5)
    assert float(features.norm(dim=1).min()) > 1.5  # not the scaled one


def test_pictures_below_its_side_are_enlarged_within_the_network() -> None:
    backbone = InceptionResNetV1(CLASSES)
    seen: list[torch.Tensor] = []
    backbone.stem.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    for side in (64, 128):
        backbone(torch.full((1, 3, side, side), 0.5))
    assert [tuple(x.shape[-2:]) for x in seen] == [(112, 112), (128, 128)]
    assert all(float(x.abs().max()) < 1e-5 for x in seen)  # 127.5 of 255 is facenet's zero


def test_a_single_embedding_is_normalised_by_running_statistics() -> None:
    norm, theirs = EmbeddingNorm(4), nn.BatchNorm1d(4)
    x = torch.rand(5, 4)
    torch.testing.assert_close(norm(x), theirs(x))
    torch.testing.assert_close(norm.running_var, theirs.running_var)
    assert norm.running_mean is not None
    before = norm.running_mean.clone()
    single = norm.train()(x[:1])
    torch.testing.assert_close(single, theirs.eval()(x[:1]))
    torch.testing.assert_close(norm.running_mean, before)
