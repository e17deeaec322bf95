"""Similarity of two models: of their predictions (RF-JSD) and of their activations layer by layer (CKA)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import to_pixels
from dlfd_core.data.splits import Splits
from dlfd_core.device import Compute
from dlfd_core.models.outputs import Outputs, evaluation_mode

BATCH = 64
#: Smallest number of photos for an unbiased HSIC.
MINIMUM_PHOTOS = 4


def rf_jsd(unlearned: Outputs, original: Outputs, labels: np.ndarray, splits: Splits) -> float | None:
    """RF-JSD (LoTUS, Spartalis et al., CVPR 2025): compare predictions on forget photos with the original's on unseen.

    For each true class it is the Jensen-Shannon divergence of two mean probability vectors: the unlearned model's over
    the forget photos, and the original's over the unseen photos. The result is the mean over the classes present in
    both sets. No retrained model is needed.

    Args:
        labels: (N,) over all photos of the data set.

    Returns:
        Bits, in [0, 1], 0 means equal; None where no class is present in both sets.
    """
    from scipy.spatial.distance import jensenshannon

    forget_labels, unseen_labels = labels[splits.forget], labels[splits.unseen_non_members]
    classes = np.intersect1d(forget_labels, unseen_labels)
    if not len(classes):
        return None
    after = unlearned.probabilities()[splits.forget].astype(np.float64)
    before = original.probabilities()[splits.unseen_non_members].astype(np.float64)
    first = np.stack([after[forget_labels == label].mean(0) for label in classes])  # (classes, C)
    second = np.stack([before[unseen_labels == label].mean(0) for label in classes])
    divergences = np.square(np.nan_to_num(jensenshannon(first, second, base=2, axis=1)))
    return float(np.clip(divergences.mean(), 0.0, 1.0))


def _hsic(x: np.ndarray, y: np.ndarray) -> float:
    """n (n - 3) times the unbiased HSIC of linear kernels (Song et al., JMLR 2012), from features.

    With K = x x' and L = y y', both with a zero diagonal: tr(KL) + 1'K1 1'L1 / ((n-1)(n-2)) - 2 / (n-2) 1'KL1. No n x n
    array is needed.
    """
    n = len(x)
    diagonals = np.square(x).sum(1), np.square(y).sum(1)
    rows = x @ x.sum(0) - diagonals[0], y @ y.sum(0) - diagonals[1]  # K1, L1
    trace = np.square(x.T @ y).sum() - diagonals[0] @ diagonals[1]
    return float(trace + rows[0].sum() * rows[1].sum() / ((n - 1) * (n - 2)) - 2.0 / (n - 2) * (rows[0] @ rows[1]))


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Linear CKA (Kornblith et al., ICML 2019) with an unbiased HSIC.

    1 means the same representation up to rotation and scale, 0 means unrelated ones. The published (biased) estimator
    is near 1 for any two sets of features with more dimensions than photos. The unbiased one is not, and does not
    depend on the number of photos. It can leave [0, 1] by chance and is then clipped.

    Args:
        x, y: (n, p), (n, q) features of the same photos in the same order, n >= 4.

    Returns:
        In [0, 1]; 0 where one side has equal features for every photo, so that there is nothing to compare.

    Raises:
        ValueError: the numbers of photos differ, or are below 4.
    """
    if len(x) != len(y) or len(x) < MINIMUM_PHOTOS:
        raise ValueError(f"CKA compares the same photos, at least {MINIMUM_PHOTOS}")
    sides = []
    for side in (x, y):
        centred = side.astype(np.float64) - side.mean(0, dtype=np.float64)
        length = np.sqrt(np.square(centred).sum())
        if length <= 1e-9 * (1.0 + np.abs(side).max()):
            return 0.0
        sides.append(centred / length)
    first, second = sides
    norms = _hsic(first, first), _hsic(second, second)
    if min(norms) <= 0:  # possible by chance, with few photos of pure noise
        return 0.0
    return float(np.clip(_hsic(first, second) / np.sqrt(norms[0] * norms[1]), 0.0, 1.0))


@torch.no_grad()
def layer_activations(
    model: Backbone, images: Tensor, compute: Compute, *, raise_if_cancelled: Callable[[], None] = lambda: None
) -> dict[str, np.ndarray]:
    """Activations of each of ``Backbone.layer_groups()``, averaged over space or tokens; the head's are the logits.

    The model runs in eval mode, in batches of 64. Afterwards, also after an exception, the hooks are removed and the
    modes restored.

    Args:
        images: (n, 3, S, S) uint8 on the device.
        raise_if_cancelled: called before each batch; may raise to stop.

    Returns:
        By group, from input to head: (n, channels) float32.
    """
    activations: dict[str, list[Tensor]] = {name: [] for name, _ in model.layer_groups()}

    def make_hook(name: str) -> Callable[[nn.Module, tuple, Tensor], None]:
        def hook(_: nn.Module, __: tuple, output: Tensor) -> None:
            places = {4: (2, 3), 3: (1,)}.get(output.ndim)  # (n, channels, H, W), or (n, tokens, channels)
            activations[name].append(output.float().mean(dim=places) if places else output.float().clone())

        return hook

    hooks = [module.register_forward_hook(make_hook(name)) for name, module in model.layer_groups()]
    try:
        with evaluation_mode(model):
            for start in range(0, len(images), BATCH):
                raise_if_cancelled()
                with compute.autocast():
                    model(to_pixels(images[start : start + BATCH]))
    finally:
        for handle in hooks:
            handle.remove()
    return {name: torch.cat(parts).cpu().numpy() for name, parts in activations.items()}


def cka_by_layer(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, float]:
    """``linear_cka`` of the ``layer_activations`` of two models on the same photos, in [0, 1], from input to head.

    Raises:
        ValueError: the models have different layers.
    """
    if a.keys() != b.keys():
        raise ValueError("CKA by layer compares models of one backbone")
    return {name: linear_cka(a[name], b[name]) for name in a}
