"""DLFD: the synthesis, its two modes, and when forgetting stops."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from typing_extensions import override

from dlfd_core.backbones.base import PIXEL_MEAN, PIXEL_STD, Backbone
from dlfd_core.data.photos import Batch, to_pixels
from dlfd_core.device import Compute
from dlfd_core.errors import Diverged
from dlfd_core.models.training import Phase
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.monitor import Monitor
from dlfd_core.unlearning.synthesis import Objective, SynthesisSettings, synthesise
from tests.small import CPU, picked, small_context, small_task

PAPER = SynthesisSettings(steps=3, alpha=2 / 255, radius=0.0, lambda_f=3.0, epsilon=0.05, released=False)
RELEASED = replace(PAPER, released=True)


@pytest.fixture
def parts() -> tuple[Backbone, Batch, torch.Tensor]:
    task = small_task()
    context = small_context(task, picked(task))
    retain, forget = context.retain, context.forget
    return (
        context.model.train(),
        Batch(to_pixels(retain.images[:16]), retain.labels[:16]),
        to_pixels(forget.images[:16]),
    )


def transport_gradient(
    model: Backbone, clean: Batch, forget: torch.Tensor, settings: SynthesisSettings
) -> torch.Tensor:
    """Gradient of the transport term alone (lambda_r = 0) with respect to the perturbed photos."""
    moved = (clean.images + 0.01 * torch.rand_like(clean.images)).requires_grad_(True)
    value, _ = Objective(model, clean, forget, settings, CPU)(moved, 0.0)
    (gradient,) = torch.autograd.grad(value, moved)
    return gradient


def test_the_transport_term_pulls_on_the_pixels_as_the_paper_says(parts: tuple[Backbone, Batch, torch.Tensor]) -> None:
    gradient = transport_gradient(*parts, PAPER)
    assert bool((gradient.abs().amax((1, 2, 3)) > 0).all())


def test_in_the_released_code_the_transport_term_has_no_gradient(parts: tuple[Backbone, Batch, torch.Tensor]) -> None:
    assert float(transport_gradient(*parts, RELEASED).abs().max()) == 0.0


def test_synthesis_moves_the_features_away_and_only_that(parts: tuple[Backbone, Batch, torch.Tensor]) -> None:
    model, clean, forget = parts
    first = synthesise(model, clean, forget, 0.0, replace(PAPER, steps=1), CPU).ot_cost  # measured before moving
    last = synthesise(model, clean, forget, 0.0, replace(PAPER, steps=12), CPU).ot_cost
    assert last > first + 0.01


def test_the_task_weight_keeps_photos_recognisable(parts: tuple[Backbone, Batch, torch.Tensor]) -> None:
    model, clean, forget = parts
    settings = replace(PAPER, steps=8)

    def loss_of(lambda_r: float) -> float:
        made = synthesise(model, clean, forget, lambda_r, settings, CPU).images
        with torch.no_grad():
            return float(torch.nn.functional.cross_entropy(model(made), clean.labels))

    assert loss_of(10.0) < loss_of(0.0)


@pytest.mark.parametrize(("settings", "low", "high"), [
    (PAPER, 0.0, 1.0), (RELEASED, PIXEL_MEAN, PIXEL_MEAN + PIXEL_STD),
])  # fmt: skip
def test_synthesised_photos_stay_in_their_range(
    parts: tuple[Backbone, Batch, torch.Tensor], settings: SynthesisSettings, low: float, high: float
) -> None:
    made = synthesise(*parts, 0.5, replace(settings, alpha=0.5), CPU).images
    assert float(made.min()) >= low - 1e-6
    assert float(made.max()) <= high + 1e-6


def test_no_pixel_leaves_the_ball_or_moves_more_than_its_steps(parts: tuple[Backbone, Batch, torch.Tensor]) -> None:
    model, clean, forget = parts
    free = synthesise(model, clean, forget, 0.5, PAPER, CPU).images - clean.images
    assert 0 < float(free.abs().max()) <= 3 * PAPER.alpha + 1e-6
    held = synthesise(model, clean, forget, 0.5, replace(PAPER, radius=1 / 255), CPU).images - clean.images
    assert float(held.abs().max()) <= 1 / 255 + 1e-6


def test_synthesis_leaves_the_model_as_it_was(parts: tuple[Backbone, Batch, torch.Tensor]) -> None:
    model, clean, forget = parts
    before = {name: tensor.clone() for name, tensor in model.state_dict().items() if "num_batches" not in name}
    synthesise(model, clean, forget, 0.5, PAPER, CPU)
    after = model.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert all(parameter.grad is None for parameter in model.parameters())


class Calls(TorchDispatchMode):
    """Context that records every torch operation: operator and arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[tuple[str, tuple[object, ...]]] = []

    @override
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.made.append((func._schema.name, args))
        return func(*args, **(kwargs or {}))

    def of(self, name: str) -> list[tuple[object, ...]]:
        return [args for called, args in self.made if called == name]


def test_synthesis_computes_no_more_than_it_needs(parts: tuple[Backbone, Batch, torch.Tensor]) -> None:
    model, clean, forget = parts
    layers = sum(isinstance(module, torch.nn.Conv2d) for module in model.modules())
    with Calls() as calls:
        synthesise(model, clean, forget, 0.5, PAPER, CPU)
    # one pass over the forget batch and one a step, whose features serve both terms
    assert len(calls.of("aten::convolution")) == (1 + PAPER.steps) * layers
    backward = calls.of("aten::convolution_backward")
    assert len(backward) == PAPER.steps * layers
    assert all(wanted == [True, False, False] for *_, wanted in backward)  # gradients of pixels, not of weights


@pytest.mark.parametrize("settings", [PAPER, RELEASED])
def test_on_a_gpu_synthesis_reads_nothing_back(
    parts: tuple[Backbone, Batch, torch.Tensor], settings: SynthesisSettings
) -> None:
    """A value read by the host waits for the GPU. Here a CPU is declared to be a GPU."""
    gpu = Compute(torch.device("cuda"), None)
    with Calls() as calls:
        blind = synthesise(*parts, 0.5, settings, gpu)
    assert calls.of("aten::convolution") and not calls.of("aten::_local_scalar_dense")
    with Calls() as calls:
        seen = synthesise(*parts, 0.5, settings, CPU)
    assert calls.of("aten::_local_scalar_dense")  # this operator reads a value
    assert float(blind.ot_cost) == pytest.approx(float(seen.ot_cost), abs=1e-3)


def test_on_a_gpu_nothing_is_read_back_between_two_looks() -> None:
    task = small_task()
    context = replace(small_context(task, picked(task)), compute=Compute(torch.device("cuda"), None))
    knobs: dict[str, KnobValue] = {"batch_size": 8, "optimizer": "sgd", "check_every": 100, "forget_share": 1.0}
    run = METHODS.get("dlfd")(knobs | {"tau": -0.5, "guard": 0.0}).run(context)
    next(run), next(run)
    with Calls() as calls:
        assert [next(run).phase.name for _ in range(4)] == ["forgetting"] * 4
    assert calls.of("aten::convolution_backward") and not calls.of("aten::_local_scalar_dense")


def test_features_that_stop_being_numbers_are_reported() -> None:
    task = small_task()
    context = small_context(task, picked(task))
    run = METHODS.get("dlfd")({"batch_size": 8, "forget_share": 1.0, "tau": -0.5, "guard": 0.0}).run(context)
    for _ in range(3):
        assert next(run).phase.name in ("original", "forgetting")
    with torch.no_grad():
        next(context.model.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged, match="Lower the learning rate"):
        list(run)


def phases(**settings: float | str) -> list[str]:
    task = small_task()
    context = small_context(task, picked(task))
    method = METHODS.get("dlfd")({"batch_size": 8, "check_every": 1, **settings})
    return [log.phase.name for log in method.run(context) if log.step > 0]


def test_forgets_while_the_score_is_above_the_threshold_and_retains_below() -> None:
    assert set(phases(tau=0.0)) <= {"forgetting", "retaining"}
    assert set(phases(tau=0.5)) == {"retaining"}  # a score is never above 0.5


def test_the_mode_follows_the_monitor_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([0.3, 0.3, 0.01, 0.01, 0.2])
    observe = Monitor.observe

    def scripted(self: Monitor, *args: object) -> object:
        self.latest = replace(observe(self, *args), forgetting_score=next(told, 0.2), auc=0.9)  # type: ignore[arg-type]
        return self.latest

    monkeypatch.setattr(Monitor, "observe", scripted)
    # the score after step n decides what step n + 1 does; the first is taken before any step
    assert phases(tau=0.05)[:4] == ["forgetting", "forgetting", "retaining", "retaining"]


def test_lambda_r_grows_linearly_from_its_first_to_its_last_value() -> None:
    task = small_task()
    context = small_context(task, picked(task))
    method = METHODS.get("dlfd")({"batch_size": 16, "lambda_r_start": 0.2, "lambda_r_end": 1.0, "epochs": 2})
    seen = [log.phase.lambda_r for log in method.run(context) if log.step > 0]
    assert seen[0] == pytest.approx(0.2) and seen[-1] == pytest.approx(1.0)
    steps = torch.tensor(seen).diff()
    torch.testing.assert_close(steps, torch.full_like(steps, float(steps[0])))


def test_keeping_the_best_never_ends_below_the_last_on_validation() -> None:
    task = small_task()
    ends = {}
    for keep in ("last", "best"):
        context = small_context(task, picked(task))
        for _ in METHODS.get("dlfd")({"batch_size": 16, "keep": keep, "check_every": 1, "epochs": 2}).run(context):
            pass
        context.monitor.observe(context.model, 0, Phase("after"))
        ends[keep] = context.monitor.selection_score()
    assert ends["best"] >= ends["last"]
