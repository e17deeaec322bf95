"""RF-JSD by hand, CKA by its definition, and layer activations, which leave the model unchanged."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlfd_core.backbones import BACKBONES, Backbone
from dlfd_core.data.label_space import SingleLabel
from dlfd_core.data.splits import Splits
from dlfd_core.metrics.similarity import cka_by_layer, layer_activations, linear_cka, rf_jsd
from dlfd_core.models.outputs import Outputs, collect_outputs
from tests.small import CPU, backbone_names

SIDES = {"inception_resnet_v1": 75}


def says(probabilities: list[list[float]]) -> Outputs:
    logits = np.log(np.array(probabilities, dtype=np.float32) + 1e-30)
    return Outputs(np.zeros((len(logits), 1), dtype=np.float32), logits, SingleLabel(("a", "b")))


def splits(forget: list[int], unseen: list[int]) -> Splits:
    none, strange = np.arange(0), np.array(unseen)
    return Splits(none, np.array(forget), none, strange, none, strange, by_person=True)


def test_rf_jsd_by_hand() -> None:
    # class 0: forget photos (0.8, 0.2) and (0.2, 0.8), mean (0.5, 0.5), against (1, 0): mixture (0.75, 0.25),
    #   JSD = H(0.75, 0.25) - H(0.5, 0.5) / 2 - 0 = 0.8113 - 0.5 = 0.3113 bits
    # class 1: (0, 1) against (0, 1): 0.  Class mean: 0.1556
    labels = np.array([0, 0, 1, 0, 1])
    after = says([[0.8, 0.2], [0.2, 0.8], [0, 1], [0.3, 0.7], [0.6, 0.4]])
    before = says([[0.1, 0.9], [0.1, 0.9], [1, 0], [1, 0], [0, 1]])
    assert rf_jsd(after, before, labels, splits([0, 1, 2], [3, 4])) == pytest.approx(0.31128 / 2, abs=1e-4)


def test_rf_jsd_is_one_for_opposite_answers_and_skips_absent_classes() -> None:
    labels = np.array([0, 1, 0, 0])
    opposite = says([[1, 0], [0.5, 0.5], [0, 1], [0, 1]])
    assert rf_jsd(opposite, opposite, labels, splits([0, 1], [2, 3])) == pytest.approx(1.0)
    assert rf_jsd(opposite, opposite, labels, splits([1], [2, 3])) is None


def unbiased(k: np.ndarray, other: np.ndarray) -> float:
    """The unbiased HSIC of Song et al. 2012, with n x n kernels."""
    n, ones = len(k), np.ones(len(k))
    k, other = k - np.diag(np.diag(k)), other - np.diag(np.diag(other))
    crossed = ones @ k @ ones * (ones @ other @ ones) / ((n - 1) * (n - 2))
    return (np.trace(k @ other) + crossed - 2 / (n - 2) * ones @ k @ other @ ones) / (n * (n - 3))


def test_cka_is_its_definition(rng: np.random.Generator) -> None:
    x = rng.normal(size=(40, 6)) + 3.0
    y = x @ rng.normal(size=(6, 9)) + rng.normal(size=(40, 9))
    k, other = x @ x.T, y @ y.T
    expected = unbiased(k, other) / np.sqrt(unbiased(k, k) * unbiased(other, other))
    assert 0.2 < expected < 0.99
    assert linear_cka(x, y) == pytest.approx(expected)
    assert linear_cka(y, x) == pytest.approx(expected)


def test_cka_comes_near_the_published_one_with_many_photos(rng: np.random.Generator) -> None:
    """Kornblith et al.: |Y'X|^2 / (|X'X| |Y'Y|) in Frobenius norms, centred; biased by about dimensions / photos."""
    x = rng.normal(size=(5000, 4))
    y = x @ rng.normal(size=(4, 5)) + rng.normal(size=(5000, 5))
    x, y = x - x.mean(0), y - y.mean(0)
    published = np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    assert linear_cka(x, y) == pytest.approx(published, abs=0.003)


def test_cka_does_not_see_rotation_shift_and_scale(rng: np.random.Generator) -> None:
    x = rng.normal(size=(60, 8)) * np.arange(1, 9)
    rotation, _ = np.linalg.qr(rng.normal(size=(8, 8)))
    assert linear_cka(x, x) == pytest.approx(1.0)
    assert linear_cka(x, 1e3 * x @ rotation + 5.0) == pytest.approx(1.0)
    assert linear_cka(x, x @ np.diag([0, 0, 0, 0, 0, 0, 0, 1.0])) < 0.9


def test_noise_is_like_nothing_even_with_more_dimensions_than_photos(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(50, 500)), rng.normal(size=(50, 500))
    assert linear_cka(x, y) < 0.1
    centred = x - x.mean(0), y - y.mean(0)
    k, other = (side @ side.T for side in centred)
    assert (k * other).sum() / np.sqrt((k * k).sum() * (other * other).sum()) > 0.8  # what the biased one says


def test_features_that_say_nothing_are_like_nothing(rng: np.random.Generator) -> None:
    x, flat = rng.normal(size=(20, 3)), np.full((20, 3), 0.1, dtype=np.float32)
    assert linear_cka(x, flat) == linear_cka(flat, x) == 0.0
    with pytest.raises(ValueError, match="at least 4"):
        linear_cka(x[:3], x[:3])
    with pytest.raises(ValueError, match="same photos"):
        linear_cka(x, x[:19])


@pytest.mark.parametrize("name", [name for name in backbone_names() if "vggface2" not in name])
def test_every_backbone_shows_its_layers(name: str) -> None:
    torch.manual_seed(0)
    model, side = BACKBONES.get(name)(3), SIDES.get(name, 32)
    images = torch.randint(0, 255, (5, 3, side, side), dtype=torch.uint8)
    found = layer_activations(model, images, CPU)
    assert list(found) == [group for group, _ in model.layer_groups()]
    assert all(layer.ndim == 2 and len(layer) == 5 and layer.dtype == np.float32 for layer in found.values())
    np.testing.assert_allclose(found["head"], collect_outputs(model, images, CPU).logits, atol=1e-5)


def slim() -> tuple[Backbone, torch.Tensor]:
    torch.manual_seed(0)
    return BACKBONES.get("slim_resnet")(3), torch.randint(0, 255, (70, 3, 16, 16), dtype=torch.uint8)


def hooks(model: torch.nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in model.modules())


def test_batches_add_up_and_the_model_is_left_as_it_was() -> None:
    model, images = slim()
    model.train()
    model.get_submodule("stages.0").eval()
    modes = [module.training for module in model.modules()]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = layer_activations(model, images, CPU)  # two batches
    assert [module.training for module in model.modules()] == modes and hooks(model) == 0
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    np.testing.assert_allclose(found["stage 4"], collect_outputs(model, images, CPU).features, atol=1e-5)


def test_hooks_go_also_when_it_is_stopped() -> None:
    model, images = slim()
    model.train()
    calls = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        layer_activations(model, images, CPU, raise_if_cancelled=stop)
    assert hooks(model) == 0 and all(module.training for module in model.modules())


def test_cka_by_layer_finds_the_layer_that_changed() -> None:
    model, images = slim()
    before = layer_activations(model, images, CPU)
    assert list(cka_by_layer(before, before).values()) == pytest.approx([1.0] * 6)
    torch.nn.init.normal_(model.head.weight)
    found = cka_by_layer(before, layer_activations(model, images, CPU))
    assert found["stage 4"] == pytest.approx(1.0) and found["head"] < 0.99
    with pytest.raises(ValueError, match="one backbone"):
        cka_by_layer(before, {"head": before["head"]})
