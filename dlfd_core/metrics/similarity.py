"""How alike two models are: in what they answer, and layer by layer in what they represent."""

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
#: Photos an unbiased HSIC takes at least.
MINIMUM_PHOTOS = 4


def rf_jsd(unlearned: Outputs, original: Outputs, labels: np.ndarray, splits: Splits) -> float | None:
    """RF-JSD (LoTUS, Spartalis et al., CVPR 2025): does the model answer on forget photos as the original on unseen?

    Per true class, the Jensen-Shannon divergence of two mean probability vectors: the unlearned model's over the forget
    photos, the original's over the unseen ones; then the mean over the classes present in both. It needs no retrained
    model.

    Args:
        labels: (N,) over all photos of the data set.

    Returns:
        Bits, in [0, 1], 0 is alike; None where no class is present in both.
    """
    from scipy.spatial.distance import jensenshannon

    asked, strange = labels[splits.forget], labels[splits.unseen_non_members]
    classes = np.intersect1d(asked, strange)
    if not len(classes):
        return None
    after = unlearned.probabilities()[splits.forget].astype(np.float64)
    before = original.probabilities()[splits.unseen_non_members].astype(np.float64)
    first = np.stack([after[asked == label].mean(0) for label in classes])  # (classes, C)
    second = np.stack([before[strange == label].mean(0) for label in classes])
    divergences = np.square(np.nan_to_num(jensenshannon(first, second, base=2, axis=1)))
    return float(np.clip(divergences.mean(), 0.0, 1.0))


def _hsic(x: np.ndarray, y: np.ndarray) -> float:
    """n (n - 3) times the unbiased HSIC of linear kernels (Song et al., JMLR 2012), from features.

    With K = x x' and L = y y', both with a zero diagonal: tr(KL) + 1'K1 1'L1 / ((n-1)(n-2)) - 2 / (n-2) 1'KL1. Nothing
    of n x n is made.
    """
    n = len(x)
    own = np.square(x).sum(1), np.square(y).sum(1)  # the diagonals
    rows = x @ x.sum(0) - own[0], y @ y.sum(0) - own[1]  # K1, L1
    trace = np.square(x.T @ y).sum() - own[0] @ own[1]
    return float(trace + rows[0].sum() * rows[1].sum() / ((n - 1) * (n - 2)) - 2.0 / (n - 2) * (rows[0] @ rows[1]))


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Linear CKA (Kornblith et al., ICML 2019) with an unbiased HSIC: 1 for the same representation up to rotation and
    scale, 0 for unrelated ones.

    The published estimator is near 1 for any two sets of features with more dimensions than photos; this one is not,
    and does not depend on how many photos there are. It can leave [0, 1] by chance and is then cut.

    Args:
        x, y: (n, p), (n, q) features of the same photos in the same order, n >= 4.

    Returns:
        In [0, 1]; 0 where a side says the same of every photo, so that there is nothing to compare.

    Raises:
        ValueError: other numbers of photos, or fewer than 4.
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
    own = _hsic(first, first), _hsic(second, second)
    if min(own) <= 0:  # by chance, with few photos and nothing but noise
        return 0.0
    return float(np.clip(_hsic(first, second) / np.sqrt(own[0] * own[1]), 0.0, 1.0))


@torch.no_grad()
def layer_activations(
    model: Backbone, images: Tensor, compute: Compute, *, raise_if_cancelled: Callable[[], None] = lambda: None
) -> dict[str, np.ndarray]:
    """Output of each of ``Backbone.layer_groups()``, averaged over space; the head's are the logits.

    Eval mode, in batches of 64. Hooks are removed and modes are as before afterwards, whatever happens.

    Args:
        images: (n, 3, S, S) uint8 on the device.
        raise_if_cancelled: called before each batch; may raise to stop.

    Returns:
        By group, from input to head: (n, channels) float32.
    """
    found: dict[str, list[Tensor]] = {name: [] for name, _ in model.layer_groups()}

    def keep(name: str) -> Callable[[nn.Module, tuple, Tensor], None]:
        def hook(_: nn.Module, __: tuple, output: Tensor) -> None:
            found[name].append(output.float().mean(dim=(2, 3)) if output.ndim == 4 else output.float().clone())

        return hook

    hooks = [module.register_forward_hook(keep(name)) for name, module in model.layer_groups()]
    try:
        with evaluation_mode(model):
            for start in range(0, len(images), BATCH):
                raise_if_cancelled()
                with compute.autocast():
                    model(to_pixels(images[start : start + BATCH]))
    finally:
        for handle in hooks:
            handle.remove()
    return {name: torch.cat(parts).cpu().numpy() for name, parts in found.items()}


def cka_by_layer(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, float]:
    """``linear_cka`` of two models' ``layer_activations`` on the same photos, in [0, 1], from input to head.

    Raises:
        ValueError: the models have other layers.
    """
    if a.keys() != b.keys():
        raise ValueError("CKA by layer compares models of one backbone")
    return {name: linear_cka(a[name], b[name]) for name in a}
