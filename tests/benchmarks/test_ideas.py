"""The ideas for DLFD's synthesis: each one runs, and each changes what its name says."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from benchmarks.ideas import IDEAS, SOURCES, ReferenceObjective
from dlfd_core.data.photos import Batch, to_pixels
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, UnlearningContext
from dlfd_core.unlearning.synthesis import SynthesisSettings
from dlfd_core.unlearning.transport import cosine_cost
from tests.small import CPU, PHOTOS, picked, small_context, small_task

SETTINGS = SynthesisSettings(steps=2, alpha=2 / 255, radius=0.0, lambda_f=3.0, epsilon=0.05, released=False)


@pytest.fixture
def context() -> UnlearningContext:
    task = small_task()
    return replace(small_context(task, picked(task, 3)), owners=torch.arange(3).repeat_interleave(PHOTOS))


def test_distances_are_measured_in_the_features_of_the_reference_model_only(context: UnlearningContext) -> None:
    """A renamed base method once left the forget photos' features to the model in training."""
    reference, model = context.model.eval(), context.build("another model").eval()
    clean = Batch(to_pixels(context.retain.images[:8]), context.retain.labels[:8])
    forget = to_pixels(context.forget.images[:6])
    objective = ReferenceObjective(reference, model, clean, forget, SETTINGS, CPU)
    with torch.no_grad():
        objective.terms(clean.images)
        features = [reference.extract_features(images) for images in (clean.images, forget)]
    assert objective.cost is not None
    torch.testing.assert_close(objective.cost, cosine_cost(*features))


def test_the_classification_term_is_that_of_the_model_in_training(context: UnlearningContext) -> None:
    reference, model = context.model.eval(), context.build("another model").eval()
    clean = Batch(to_pixels(context.retain.images[:8]), context.retain.labels[:8])
    objective = ReferenceObjective(reference, model, clean, to_pixels(context.forget.images[:6]), SETTINGS, CPU)
    with torch.no_grad():
        _, loss = objective.terms(clean.images)
        torch.testing.assert_close(loss, model.space.loss(model(clean.images), clean.labels))


def test_every_idea_has_a_row_and_a_batch_source() -> None:
    assert list(IDEAS) == list(SOURCES)


@pytest.mark.parametrize("idea", IDEAS)
def test_every_idea_synthesises_photos(context: UnlearningContext, idea: str) -> None:
    knobs: dict[str, KnobValue] = {"idea": idea, "epochs": 1, "batch_size": 16, "tau": -0.5, "guard": 0.0}
    logs = [log for log in METHODS.get("dlfd_idea")(knobs).run(context) if log.step > 0]
    assert [log.phase.name for log in logs] == ["forgetting"] * len(logs)
    assert len(logs) > 1
