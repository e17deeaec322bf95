"""Entropic transport: compared with POT, and its mathematical properties."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from dlfd_core.unlearning.synthesis import GPU_ITERATIONS
from dlfd_core.unlearning.transport import cosine_cost, solve_entropic, transport_cost


def problem(n: int = 24, m: int = 17, width: int = 8, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(n, width, generator=generator), torch.randn(m, width, generator=generator) + 0.5
    return cosine_cost(a, b)


def tight(cost: torch.Tensor, epsilon: float) -> torch.Tensor:
    return solve_entropic(cost.double(), epsilon=epsilon, tolerance=1e-9, max_iterations=20_000).plan


@pytest.mark.parametrize("epsilon", [0.5, 0.1, 0.05])
@pytest.mark.parametrize("shape", [(24, 17), (64, 64), (5, 40)])
def test_the_plan_is_the_one_of_pot(epsilon: float, shape: tuple[int, int]) -> None:
    cost = problem(*shape)
    n, m = shape
    expected = ot.bregman.sinkhorn_log(
        np.full(n, 1 / n), np.full(m, 1 / m), cost.double().numpy(), reg=epsilon, numItermax=5_000, stopThr=1e-11
    )
    np.testing.assert_allclose(tight(cost, epsilon).numpy(), expected, atol=1e-8)


def test_the_cost_approaches_exact_transport_from_above() -> None:
    cost = problem().double()
    exact = ot.emd2(np.full(24, 1 / 24), np.full(17, 1 / 17), cost.numpy())
    costs = [float((tight(cost, epsilon) * cost).sum()) for epsilon in (0.5, 0.1, 0.02, 0.005)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] >= exact - 1e-9
    assert costs[-1] == pytest.approx(exact, abs=0.01)


def test_marginals_hold() -> None:
    solved = solve_entropic(problem(), epsilon=0.05)
    assert float((solved.plan.sum(1) - 1 / 24).abs().sum()) <= 1e-3
    torch.testing.assert_close(solved.plan.sum(0), torch.full((17,), 1 / 17), atol=1e-6, rtol=0)
    assert solved.error < 1e-3
    assert bool((solved.plan >= 0).all())


def test_is_symmetric_and_ignores_the_order_of_photos() -> None:
    cost = problem().double()
    plan = tight(cost, 0.05)
    torch.testing.assert_close(tight(cost.T, 0.05).T, plan, atol=1e-8, rtol=0)
    rows, columns = torch.randperm(24), torch.randperm(17)
    torch.testing.assert_close(tight(cost[rows][:, columns], 0.05), plan[rows][:, columns], atol=1e-8, rtol=0)


def test_a_warm_start_gives_the_same_plan_sooner() -> None:
    cost = problem(64, 64)
    cold = solve_entropic(cost, epsilon=0.02)
    warm = solve_entropic(cost + 0.001 * torch.rand(64, 64), epsilon=0.02, potential=cold.potential)
    assert warm.iterations < cold.iterations
    torch.testing.assert_close(warm.plan, cold.plan, atol=2e-3, rtol=0)


def test_cosine_cost_is_between_zero_and_two() -> None:
    a = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    b = torch.tensor([[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    torch.testing.assert_close(cosine_cost(a, b), torch.tensor([[0.0, 2.0, 1.0], [1.0, 1.0, 1.0]]))


def test_the_gradient_is_that_of_the_regularised_cost() -> None:
    """Gradient at a fixed plan (envelope theorem) against finite differences of ``<P, C> + eps sum P (log P - 1)``."""
    cost, epsilon = problem(6, 5).double(), 0.1

    def value(c: torch.Tensor) -> float:
        plan = tight(c, epsilon)
        return float((plan * c).sum() + epsilon * (plan * (plan.log() - 1)).sum())

    held = cost.clone().requires_grad_(True)
    transport_cost(solve_entropic(cost, epsilon=epsilon, tolerance=1e-9, max_iterations=20_000), held).backward()
    assert held.grad is not None
    step = torch.zeros_like(cost)
    step[2, 3] = 1e-5
    assert float(held.grad[2, 3]) == pytest.approx((value(cost + step) - value(cost - step)) / 2e-5, rel=1e-3)


def test_blind_iterations_reach_the_same_plan() -> None:
    """Iterations without reading values, as on a GPU: with a cold start and with warm starts."""
    generator, potential = torch.Generator().manual_seed(1), None
    cost = problem(64, 64)
    for _ in range(3):
        blind = solve_entropic(cost, fixed_iterations=GPU_ITERATIONS, potential=potential)
        assert blind.iterations == GPU_ITERATIONS and float(blind.error) < 1e-3
        torch.testing.assert_close(blind.plan, solve_entropic(cost, tolerance=1e-5).plan, atol=2e-5, rtol=0)
        cost, potential = (cost + 0.01 * torch.rand(64, 64, generator=generator)).clamp_min(0), blind.potential


@pytest.mark.parametrize("epsilon", [0.0, -1.0])
def test_epsilon_must_be_positive(epsilon: float) -> None:
    with pytest.raises(ValueError, match="epsilon must be positive"):
        solve_entropic(problem(), epsilon=epsilon)


def test_a_cost_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        solve_entropic(torch.full((3, 3), float("nan")))
