"""A trained original is taught own people: their photos become members, and other answers stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import prepare_task
from dlfd_core.device import to_uint8_batch
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.membership import signed_auc
from dlfd_core.models.adaptation import Adaptation, adapt_original, make_label_proposer
from dlfd_core.models.originals import ModelSpec, Original
from dlfd_core.models.outputs import collect_outputs
from dlfd_core.models.training import Recipe, train_from_scratch
from dlfd_core.own_photos.join import join, own_photo_indices
from dlfd_core.own_photos.people import OwnPerson
from dlfd_core.types import IDENTITY
from tests.small import CPU, small_data

RECIPE = Recipe(epochs=8, lr=0.004, batch_size=16, flip=False)
MORE = Adaptation(epochs=4, share=0.5, views_per_photo=12)


def spec_of(data: FaceData, task: str) -> ModelSpec:
    return ModelSpec(prepare_task(data, task), "slim_resnet", CPU)


def trained(spec: ModelSpec) -> Original:
    model = spec.build(0, "test")
    photos = spec.photos().select(torch.from_numpy(spec.task.train))
    for _ in train_from_scratch(model, photos, RECIPE, CPU, seed=0, stream="test"):
        pass
    return Original(model.eval(), RECIPE, "test")


def adapted(spec: ModelSpec, base: Original, seed: int = 0, settings: Adaptation = MORE) -> tuple[Original, int]:
    steps, running = 0, adapt_original(spec, base, own_photo_indices(spec.task.data), seed=seed, settings=settings)
    while True:
        try:
            log = next(running)
        except StopIteration as finished:
            return finished.value, steps
        steps += 1
        assert log.step == steps <= log.total


@pytest.fixture(scope="module")
def data() -> FaceData:
    return small_data()


@pytest.fixture(scope="module")
def joined(data: FaceData) -> FaceData:
    """Two more people whose labels do not match their pictures: only a model trained on them can answer."""
    others = small_data(people=2, seed=7)
    wrong = (others.tasks["place"].labels + 1) % 3
    mine = [others.person == i for i in range(2)]
    own = [OwnPerson(f"Own {i}", others.images[my], {"place": tuple(wrong[my])}) for i, my in enumerate(mine)]
    return join(data, own, token="s")


@pytest.fixture(scope="module")
def base(data: FaceData) -> Original:
    return trained(spec_of(data, "place"))


def losses(model: Original, spec: ModelSpec) -> np.ndarray:
    return collect_outputs(model.model, spec.photos().images, CPU).losses(spec.task.labels)


def test_own_photos_become_members(base: Original, joined: FaceData) -> None:
    spec = spec_of(joined, "place")
    own = own_photo_indices(joined)
    result, _ = adapted(spec, base)
    before, after = losses(base, spec), losses(result, spec)
    others = np.setdiff1d(spec.task.train, own)
    known, unknown = (signed_auc(found[own], found[spec.task.unseen]) for found in (after, before))
    assert known > unknown + 0.1  # clearly memorised, with any number of threads
    assert after[own].mean() < before[own].mean() / 2
    assert np.median(after[others]) < -np.log(0.5)  # still right about them


def test_the_base_is_left_as_it_is_and_nothing_else_decides(base: Original, joined: FaceData) -> None:
    spec = spec_of(joined, "place")
    before = {name: value.clone() for name, value in base.model.state_dict().items()}
    quick = Adaptation(epochs=1, views_per_photo=2)
    (one, _), (same, _), (other, _) = (adapted(spec, base, seed, quick) for seed in (0, 0, 1))
    assert all(torch.equal(before[name], value) for name, value in base.model.state_dict().items())
    equal = [
        torch.equal(a, b)
        for a, b in zip(one.model.state_dict().values(), same.model.state_dict().values(), strict=True)
    ]
    assert all(equal)
    assert not torch.equal(one.model.head.weight, other.model.head.weight)
    assert not one.model.training and one.recipe == base.recipe and one.source.startswith("test, adapted to 12 ")


def test_own_photos_are_shown_more_often(base: Original, joined: FaceData) -> None:
    spec = spec_of(joined, "place")
    settings = Adaptation(epochs=2, views_per_photo=8)
    _, steps = adapted(spec, base, settings=settings)
    assert settings.repeats == 4
    assert steps == 2 * ((len(spec.task.train) + 3 * 12) // RECIPE.batch_size)


def test_identity_grows_by_the_new_people(data: FaceData, joined: FaceData) -> None:
    before, spec = spec_of(data, IDENTITY), spec_of(joined, IDENTITY)
    start = Original(before.build(0, "test"), RECIPE, "test")
    assert (start.model.num_classes, spec.task.space.outputs) == (20, 22)
    still, _ = adapted(spec, start, settings=Adaptation(epochs=1, share=0.0, views_per_photo=1))
    assert torch.equal(still.model.head.weight[:20], start.model.head.weight)
    result, _ = adapted(spec, start, settings=Adaptation(epochs=1, views_per_photo=1))
    assert result.model.num_classes == 22 and result.model.space.classes == spec.task.classes


@pytest.mark.slow
def test_identity_knows_the_new_people(data: FaceData, joined: FaceData) -> None:
    spec = spec_of(joined, IDENTITY)
    result, _ = adapted(spec, trained(spec_of(data, IDENTITY)))
    own = np.intersect1d(own_photo_indices(joined), spec.task.train)
    said = collect_outputs(result.model, spec.photos().images, CPU).predictions()
    assert (said[own] == spec.task.labels[own]).all()


def test_what_cannot_be_adapted(base: Original, data: FaceData, joined: FaceData) -> None:
    spec = spec_of(joined, "place")
    with pytest.raises(InvalidRequest, match="None of your photos is a training photo"):
        next(adapt_original(spec, base, spec.task.unseen))
    other = replace(data, tasks={"place": replace(data.tasks["place"], classes=("a", "b", "c"))})
    stranger = Original(spec_of(other, "place").build(0, "x"), RECIPE, "x")
    with pytest.raises(InvalidRequest, match="answers other classes"):
        next(adapt_original(spec, stranger, own_photo_indices(joined)))


def test_proposals_are_what_the_original_says(base: Original, data: FaceData) -> None:
    propose = make_label_proposer({"place": base}, CPU)
    said = propose("place", data.images[:30])
    expected = collect_outputs(base.model, to_uint8_batch(data.images[:30], CPU), CPU).predictions()
    assert said is not None and said.tolist() == expected.tolist()
    assert propose("emotion", data.images[:30]) is None
