"""NegGrad+: climbs the forget loss, descends the retain loss, and keeps more than NegGrad."""

from __future__ import annotations

from dlfd_core.unlearning import METHODS
from tests.unlearning.baselines import BATCH, Start, loss_of, run


def test_neg_grad_plus_forgets_as_much_as_neg_grad_and_keeps_the_others(
    start: Start,
) -> None:
    context = start()
    before, retain, forget = (loss_of(context.model, context.forget), context.retain, context.forget)
    blunt = run("neg_grad", start(), lr=0.1, epochs=3)
    fine = run("neg_grad_plus", start(), beta=0.6, lr=0.005)
    assert loss_of(fine, forget) > 10 * before and loss_of(blunt, forget) > 10 * before
    assert loss_of(fine, retain) < 0.5 * loss_of(blunt, retain)


def test_with_all_weight_on_kept_photos_neg_grad_plus_does_not_climb(start: Start) -> None:
    told = [loss_of(run("neg_grad_plus", start(), beta=beta, lr=0.001), start().forget) for beta in (0.5, 1.0)]
    assert told[1] < 0.5 * told[0]


def test_forgetting_stops_after_its_share(start: Start) -> None:
    method = METHODS.get("neg_grad_plus")({"epochs": 1, "batch_size": BATCH, "forget_share": 0.5})
    names = [log.phase.name for log in method.steps(start())]
    half = -(-len(names) // 2)
    assert names == ["forgetting"] * half + ["retaining"] * (len(names) - half)
