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
from dlfd_core.backbones.resnet18_dlfd import ResNet18Dlfd
from dlfd_core.backbones.vit import ViTB16
from tests.backbones.settled import settled

CLASSES = 3


def with_weights_of(net: nn.Module, backbone: Backbone) -> Backbone:
    """The backbone with the weights of the library's network; both list them in the order of the forward pass, where
    the head is last."""
    own = dict(sorted(backbone.state_dict().items(), key=lambda item: item[0].startswith("head.")))
    given = net.state_dict()
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
def test_the_transformer_is_torchvisions_at_64_pixels_and_takes_larger_pictures() -> None:
    net = models.VisionTransformer(64, 16, 12, 12, 768, 3072, num_classes=CLASSES).eval()
    nn.init.normal_(net.heads.head.weight, std=0.1)  # torchvision starts with zeros
    nn.init.normal_(net.class_token)
    backbone = ViTB16(CLASSES).eval()
    names = {
        "tokens.class_token": "class_token", "tokens.positions": "encoder.pos_embedding",
        "tokens.patches": "conv_proj", "stages": "encoder.layers", "norm": "encoder.ln", "head": "heads.head",
    }  # fmt: skip
    given = net.state_dict()
    state = {}
    for name in backbone.state_dict():
        own = next(own for own in names if name == own or name.startswith(f"{own}."))
        state[name] = given[names[own] + name.removeprefix(own)]
    backbone.load_checked(state, "torchvision")
    x = torch.rand(2, 3, 64, 64)
    found, expected = backbone(x), net(standardise(x))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    assert float((expected[0] - expected[1]).abs().max()) > 0.001
    positions = backbone.tokens._positions(8)
    assert positions.shape == (1, 65, 768) and torch.equal(positions[:, 0], backbone.tokens.positions[:, 0])
    centre = positions[0, 1:].unflatten(0, (8, 8))[:2, :2].mean((0, 1))  # of the patches over the first learned one
    nearest = torch.linalg.vector_norm(backbone.tokens.positions[0, 1:] - centre, dim=1).argmin()
    assert nearest == 0


@torch.no_grad()
def test_the_authors_head_has_three_layers_after_torchvisions_body() -> None:
    net = models.resnet18(weights=None)
    head = [nn.Linear(512, 256), nn.ReLU(), nn.Dropout(), nn.Linear(256, 128), nn.ReLU(), nn.Dropout()]
    net.fc = nn.Sequential(*head, nn.Linear(128, CLASSES))
    settled(net)
    backbone = ResNet18Dlfd(CLASSES)
    with_weights_of(net, backbone)
    x = torch.rand(2, 3, 96, 96)
    torch.testing.assert_close(backbone(x), net(standardise(x)), rtol=1e-3, atol=1e-4)
    assert backbone.extract_features(x).shape == (2, 128)
    backbone.train()
    assert not torch.equal(backbone.neck(torch.ones(2, 512)), backbone.neck(torch.ones(2, 512)))  # dropout


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
