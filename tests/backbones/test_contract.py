"""Contract of every registered backbone."""

from __future__ import annotations

import pytest
import torch

from dlfd_core.backbones import BACKBONES, Backbone
from dlfd_core.errors import MissingArtifact, UnknownName
from tests.backbones.settled import settled

CLASSES = 5


@pytest.fixture(params=BACKBONES.names())
def backbone(request: pytest.FixtureRequest) -> Backbone:
    return BACKBONES.get(request.param)(CLASSES)


def images(count: int = 4, side: int = 64) -> torch.Tensor:
    return torch.rand(count, 3, side, side)


def test_features_and_logits_have_their_shapes(backbone: Backbone) -> None:
    features = backbone.extract_features(images())
    assert features.shape == (4, backbone.feature_dim)
    assert backbone.classify(features).shape == (4, CLASSES)
    assert backbone.num_classes == CLASSES


def test_forward_is_the_head_on_the_features(backbone: Backbone) -> None:
    settled(backbone)
    x = images()
    torch.testing.assert_close(backbone(x), backbone.classify(backbone.extract_features(x)))


@pytest.mark.parametrize("side", [32, 48, 64, 128])
def test_takes_square_pictures_of_several_sizes(backbone: Backbone, side: int) -> None:
    assert backbone(images(2, side)).shape == (2, CLASSES)


def test_takes_a_single_photo_in_train_mode(backbone: Backbone) -> None:
    """A single forget photo or a small share of a small batch gives batch norm few values for its statistics."""
    assert bool(torch.isfinite(backbone.train()(images(1, 32))).all())


@torch.no_grad()
def test_chance_within_it_is_its_own(backbone: Backbone) -> None:
    """Dropout has a generator of its own: with the global one, equal runs would give different weights."""
    x, state = images(2, 32), torch.get_rng_state()
    backbone.train()(x)
    assert torch.equal(torch.get_rng_state(), state)


@torch.no_grad()
def test_in_eval_mode_a_photo_is_judged_by_itself(backbone: Backbone) -> None:
    settled(backbone)
    x = images(3)
    together = backbone.extract_features(x)
    alone = torch.cat([backbone.extract_features(photo[None]) for photo in x])
    torch.testing.assert_close(together, alone, rtol=1e-3, atol=1e-4)
    assert float((together[0] - together[1]).abs().max()) > 0.01
    torch.testing.assert_close(backbone.extract_features(x), together, rtol=0, atol=0)


@torch.no_grad()
def test_memory_format_does_not_matter(backbone: Backbone) -> None:
    settled(backbone)
    x = images()
    expected = backbone.extract_features(x)
    backbone.to(memory_format=torch.channels_last)
    found = backbone.extract_features(x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_every_weight_and_every_pixel_gets_a_gradient(backbone: Backbone) -> None:
    x = images().requires_grad_(True)
    torch.nn.functional.cross_entropy(backbone(x), torch.tensor([0, 1, 2, 3])).backward()
    without = [name for name, p in backbone.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []
    assert x.grad is not None
    assert bool((x.grad.abs().sum((1, 2, 3)) > 0).all())


def test_layer_groups_hold_every_parameter_once(backbone: Backbone) -> None:
    held = [id(p) for _, module in backbone.layer_groups() for p in module.parameters()]
    assert sorted(held) == sorted(id(p) for p in backbone.parameters())
    names = [name for name, _ in backbone.layer_groups()]
    assert len(set(names)) == len(names)
    assert names[-1] == "head"


def test_logits_stay_float32_under_autocast(backbone: Backbone) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert backbone(images(2)).dtype == torch.float32


def test_weights_of_another_shape_or_network_are_refused(backbone: Backbone) -> None:
    state = backbone.state_dict()
    first = next(iter(state))
    with pytest.raises(MissingArtifact, match="has shape"):
        backbone.load_checked(state | {first: torch.zeros(1, 2)}, "file")
    with pytest.raises(MissingArtifact, match="has no tensor"):
        backbone.load_checked({k: v for k, v in state.items() if k != first}, "file")
    with pytest.raises(MissingArtifact, match="unexpected tensor"):
        backbone.load_checked(state | {"surplus": torch.zeros(1)}, "file")


def test_an_unknown_backbone_lists_the_known() -> None:
    with pytest.raises(UnknownName, match=r"Unknown backbone 'vgg'; choose one of: .*slim_resnet"):
        BACKBONES.get("vgg")
