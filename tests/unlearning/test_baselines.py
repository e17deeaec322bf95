"""What defines each baseline: the part of its paper that would be missed if the code were another method's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.label_space import Attributes, SingleLabel
from dlfd_core.data.photos import PhotoSet, to_pixels
from dlfd_core.models.training import Recipe, train_from_scratch
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, UnlearningContext
from dlfd_core.unlearning.pairs import fixed_copy
from dlfd_core.unlearning.random_labels import mislabelled
from dlfd_core.unlearning.salun import Salun, salient
from dlfd_core.unlearning.unsir import Unsir, learn_noise
from tests.small import CPU, picked, small_context, small_task

#: The small retain set has 11 batches of this size, the forget set 2.
BATCH = 8
Start = Callable[..., UnlearningContext]


@pytest.fixture(scope="module")
def start() -> Start:
    """Contexts around one trained original. Forget photos have a black corner, by which a model can treat them
    otherwise than kept ones."""
    task = small_task()
    splits = picked(task)
    first = small_context(task, splits)
    marked = first.forget.images.clone()
    marked[:, :, :6, :6] = 0
    both = torch.cat([first.retain.images, marked]), torch.cat([first.retain.labels, first.forget.labels])
    for _ in train_from_scratch(
        first.model, PhotoSet(*both), Recipe(epochs=3, batch_size=16, lr=0.005), CPU, seed=0, stream="test"
    ):
        pass
    state = {name: tensor.clone() for name, tensor in first.model.state_dict().items()}

    def make(seed: int = 0, forget: PhotoSet | None = None) -> UnlearningContext:
        context = small_context(task, splits, seed)
        context.model.load_state_dict(state)
        context.model.eval()
        return replace(context, forget=forget or PhotoSet(marked, context.forget.labels))

    return make


def run(name: str, context: UnlearningContext, **knobs: KnobValue) -> Backbone:
    """The model after a run on small batches."""
    known = {knob.name for knob in METHODS.get(name).card().knobs}
    brief = {"epochs": 1, "batch_size": BATCH, "forget_batch": BATCH}
    method = METHODS.get(name)({key: value for key, value in brief.items() if key in known} | knobs)
    for _ in method.steps(context):
        pass
    return context.model.eval()


@torch.no_grad()
def logits_of(model: Backbone, photos: PhotoSet) -> Tensor:
    return model(to_pixels(photos.images))


def loss_of(model: Backbone, photos: PhotoSet) -> float:
    return float(model.space.loss(logits_of(model, photos), photos.labels))


def changed(photos: PhotoSet, part: str) -> PhotoSet:
    """The photos with other images, or with other labels."""
    if part == "images":
        return replace(photos, images=255 - photos.images)
    return replace(photos, labels=(photos.labels + 1) % 3)


def same(one: Backbone, other: Backbone) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


# ---- what a method may learn from ------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["images", "labels"])
@pytest.mark.parametrize("name", ["retrain", "fine_tune", "control", "cf_k", "eu_k"])
def test_methods_that_only_know_kept_photos_never_look_at_the_others(name: str, part: str, start: Start) -> None:
    plain = start()
    assert same(run(name, plain), run(name, start(forget=changed(plain.forget, part))))


@pytest.mark.parametrize(
    ("name", "ignores", "uses"),
    [
        ("bad_teacher", "labels", "images"),
        ("scrub", "labels", "images"),
        ("unsir", "images", "labels"),  # noise stands for the photos
    ],
)
def test_what_of_the_forget_photos_a_method_uses(name: str, ignores: str, uses: str, start: Start) -> None:
    plain = start()
    there = run(name, plain)
    assert same(there, run(name, start(forget=changed(plain.forget, ignores))))
    assert not same(there, run(name, start(forget=changed(plain.forget, uses))))


# ---- NegGrad+ --------------------------------------------------------------------------------------------------------


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


# ---- random labels ---------------------------------------------------------------------------------------------------

PLAIN = SingleLabel(("a", "b", "c", "d"))
JOINT = Attributes(("none", "x", "y", "both"), ("x", "y"))


@pytest.mark.parametrize("space", [PLAIN, JOINT], ids=["one label", "attributes"])
def test_a_random_label_is_any_but_the_true_one(space: SingleLabel | Attributes) -> None:
    photos = PhotoSet(torch.zeros(400, 3, 2, 2, dtype=torch.uint8), torch.arange(400) % 4)
    drawn = mislabelled(photos, space, 0, "draw")
    assert not (drawn.labels == photos.labels).any()
    pairs = set(zip(photos.labels.tolist(), drawn.labels.tolist(), strict=True))
    assert len(pairs) == 4 * 3, "every wrong class occurs, and none that does not exist"
    assert torch.equal(drawn.labels, mislabelled(photos, space, 0, "draw").labels)
    assert not torch.equal(drawn.labels, mislabelled(photos, space, 1, "draw").labels)


def test_with_two_classes_the_wrong_label_is_the_other_one() -> None:
    photos = PhotoSet(torch.zeros(6, 3, 2, 2, dtype=torch.uint8), torch.arange(6) % 2)
    assert torch.equal(mislabelled(photos, SingleLabel(("no", "yes")), 0, "draw").labels, 1 - photos.labels)


def test_random_labels_make_the_model_wrong_about_forget_photos_only(start: Start) -> None:
    context = start()
    model = run("random_labels", context, epochs=3, lr=0.003)
    right = [
        float((logits_of(model, photos).argmax(1) == photos.labels).float().mean())
        for photos in (context.forget, context.retain)
    ]
    assert right[0] < 0.4 and right[1] > 0.8


# ---- UNSIR -----------------------------------------------------------------------------------------------------------


def test_unsir_learns_noise_the_model_is_most_wrong_about(start: Start) -> None:
    context = start()
    losses = []
    for steps in (1, 10):
        noise = learn_noise(context, Unsir({"noise_steps": steps, "batch_size": BATCH}).config)
        losses.append(loss_of(context.model, noise))
        assert noise.images.shape == context.forget.images.shape and noise.images.dtype == torch.uint8
        assert torch.equal(noise.labels, context.forget.labels)
    assert losses[1] > 2 * losses[0] and losses[1] > loss_of(context.model, context.forget) + 1


def test_unsir_impairs_and_then_repairs(start: Start) -> None:
    context, before = start(), start()
    method = Unsir({"epochs": 2, "batch_size": BATCH, "forget_batch": BATCH, "forget_share": 0.5, "lr": 0.005})
    told = []
    for log in method.steps(context):
        told.append((log.phase.name, loss_of(fixed_copy(context.model), context.retain)))
    names = [name for name, _ in told]
    half = len(names) // 2
    assert names == ["impairing"] * half + ["repairing"] * half
    assert max(loss for _, loss in told[:half]) > 2 * loss_of(before.model, context.retain)
    assert told[-1][1] < told[half - 1][1]


# ---- Bad Teacher -----------------------------------------------------------------------------------------------------


def test_the_student_nears_the_bad_teacher_on_forget_photos_only(start: Start) -> None:
    context, before = start(), start().model
    bad = fixed_copy(context.build("bad_teacher initialisation"))
    student = run("bad_teacher", context, epochs=6, lr=0.003)

    def apart(one: Backbone, other: Backbone, photos: PhotoSet) -> float:
        return float(one.space.divergence(logits_of(one, photos), logits_of(other, photos)).mean())

    assert apart(student, bad, context.forget) < 0.2 * apart(before, bad, context.forget)
    assert apart(student, before, context.retain) < 0.3 * apart(student, bad, context.retain)


# ---- SCRUB -----------------------------------------------------------------------------------------------------------


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

    settings = {"epochs": 3, "msteps": 1, "batch_size": BATCH, "forget_batch": BATCH, "lr": 0.004, "alpha": 2.0}
    method = METHODS.get("scrub")(settings)
    told = [(log.phase.name, drift(context.forget), drift(context.retain)) for log in method.steps(context)]
    forgetting = [forget for name, forget, _ in told if name == "forgetting"]
    assert forgetting == sorted(forgetting) and forgetting[0] > 0
    assert told[-1][2] < 0.5 * told[len(forgetting) - 1][2], "the kept photos' answers come back"


# ---- SalUn -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_weights_outside_the_mask_stay_bit_for_bit(optimizer: str, start: Start) -> None:
    context, before = start(), start().model
    knobs: dict[str, KnobValue] = {"saliency": 0.3, "optimizer": optimizer, "weight_decay": 0.1, "momentum": 0.9}
    masks = salient(context, Salun(knobs | {"batch_size": BATCH}).config)
    after = run("salun", context, epochs=2, **knobs)
    moved = []
    for mask, old, new in zip(masks, before.parameters(), after.parameters(), strict=True):
        assert torch.equal(old[~mask], new[~mask])
        moved.append((old != new)[mask].float())
    assert float(torch.cat(moved).mean()) > 0.95


def test_the_mask_holds_the_largest_gradients_of_the_forget_loss(start: Start) -> None:
    context = start()
    masks = salient(context, Salun({"saliency": 0.2, "batch_size": BATCH}).config)
    weights = list(context.model.parameters())
    logits = context.model(to_pixels(context.forget.images))
    gradients = torch.autograd.grad(context.model.space.loss(logits, context.forget.labels), weights)
    sizes = np.concatenate([gradient.abs().flatten().numpy() for gradient in gradients])
    mask = np.concatenate([part.flatten().numpy() for part in masks])
    assert mask.sum() == round(0.2 * len(mask))
    assert sizes[mask].min() >= 0.99 * sizes[~mask].max()  # batches add up in another order
    assert all(weight.grad is None for weight in weights)
