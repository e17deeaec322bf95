"""SCRUB: alternates between both sets and ends with repair."""

from __future__ import annotations

from dlfd_core.data.photos import PhotoSet
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.pairs import fixed_copy
from tests.unlearning.baselines import BATCH, Start, logits_of


def test_scrub_alternates_and_ends_with_repair(start: Start) -> None:
    method = METHODS.get("scrub")({"epochs": 3, "msteps": 2, "batch_size": BATCH, "forget_batch": BATCH})
    context = start()
    logs = list(method.steps(context))
    up, down = len(context.forget) // BATCH, len(context.retain) // BATCH
    one = ["forgetting"] * up + ["retaining"] * down
    assert [log.phase.name for log in logs] == one + one + ["retaining"] * down
    assert logs[-1].step == logs[-1].total == len(logs)


def test_scrub_moves_away_from_the_original_on_forget_photos_and_back_on_kept_ones(
    start: Start,
) -> None:
    context, teacher = start(), start().model

    def drift(photos: PhotoSet) -> float:
        said = (logits_of(fixed_copy(context.model), photos), logits_of(teacher, photos))
        return float(teacher.space.divergence(*said, temperature=4.0).mean())

    knobs: dict[str, KnobValue] = {"epochs": 3, "msteps": 1, "batch_size": BATCH, "forget_batch": BATCH}
    method = METHODS.get("scrub")(knobs | {"lr": 0.004, "alpha": 2.0})
    told = [(log.phase.name, drift(context.forget), drift(context.retain)) for log in method.steps(context)]
    forgetting = [forget for name, forget, _ in told if name == "forgetting"]
    assert forgetting == sorted(forgetting) and forgetting[0] > 0
    assert told[-1][2] < 0.5 * told[len(forgetting) - 1][2], "the kept photos' answers come back"
