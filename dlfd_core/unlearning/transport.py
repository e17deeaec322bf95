"""Entropic optimal transport between two batches of features, with cosine cost.

The distance of the paper (Choi & Na, AAAI 2025, section "Feature distribution distancing"): uniform weights on both
batches, cost ``C_ij = max(0, 1 - cos(a_i, b_j))``. Solved in the log domain, where no kernel underflows
(Peyre & Cuturi, Computational Optimal Transport, 2019, section 4.4), until the marginals hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class TransportPlan:
    """Solution of a transport problem.

    Attributes:
        plan: (N, M) non-negative, sums to 1, rows to 1/N and columns to 1/M within ``error``.
        potential: (M,) dual potential of the second batch, a warm start for the next, similar problem.
        error: () L1 distance of the row marginal from uniform, in [0, 2]; left on the device.
        iterations: number of Sinkhorn iterations.
    """

    plan: Tensor
    potential: Tensor
    error: Tensor
    iterations: int


def cosine_cost(a: Tensor, b: Tensor) -> Tensor:
    """(N, D), (M, D) -> (N, M) cosine cost ``max(0, 1 - cos)``, in [0, 2], differentiable in both."""
    similarity = F.normalize(a.float(), dim=1) @ F.normalize(b.float(), dim=1).T  # (N, M)
    return (1.0 - similarity).clamp_min(0.0)


@torch.no_grad()
def solve_entropic(
    cost: Tensor,
    *,
    epsilon: float = 0.05,
    tolerance: float = 1e-3,
    max_iterations: int = 1000,
    potential: Tensor | None = None,
    fixed_iterations: int | None = None,
) -> TransportPlan:
    """Minimise ``<P, C> - epsilon * H(P)`` over couplings of uniform marginals.

    Args:
        cost: (N, M), finite.
        epsilon: regularisation, > 0, in units of the cost; smaller is closer to exact transport and slower.
        tolerance: stop when the row marginals are off by less than this in L1 (columns hold exactly).
        potential: (M,) from an earlier, similar problem.
        fixed_iterations: do exactly this many iterations without a convergence test. The test makes the CPU wait for
            the GPU and takes longer than the iterations it saves. A cost that is not finite is then not detected; its
            plan is not finite.

    Raises:
        ValueError: epsilon is not positive or the cost is not a finite matrix.
    """
    if epsilon <= 0:
        raise ValueError(f"epsilon must be positive, got {epsilon}")
    if cost.ndim != 2 or (fixed_iterations is None and not torch.isfinite(cost).all()):
        raise ValueError("cost must be a finite (N, M) matrix")
    n, m = cost.shape
    log_a, log_b = -math.log(n), -math.log(m)
    kernel = -cost / epsilon  # (N, M)
    g = torch.zeros(m, dtype=cost.dtype, device=cost.device) if potential is None else potential / epsilon
    iterations, limit = 0, max_iterations if fixed_iterations is None else fixed_iterations
    while iterations < limit:
        for _ in range(min(10, limit - iterations)):  # the test costs as much as an iteration: every tenth
            f = log_a - torch.logsumexp(kernel + g, dim=1)  # (N,)
            g = log_b - torch.logsumexp(kernel + f[:, None], dim=0)  # (M,)
            iterations += 1
        if fixed_iterations is not None and iterations < limit:
            continue
        rows = torch.logsumexp(kernel + f[:, None] + g, dim=1).exp()  # (N,)
        error = (rows - 1.0 / n).abs().sum()  # ()
        if fixed_iterations is None and error < tolerance:
            break
    plan = (kernel + f[:, None] + g).exp()  # (N, M)
    return TransportPlan(plan, g * epsilon, error, iterations)


def transport_cost(plan: TransportPlan, cost: Tensor) -> Tensor:
    """``<P, C>`` with a constant plan, so that its gradient is the gradient of OT_eps (envelope theorem)."""
    return (plan.plan * cost).sum()
