"""One forward pass gives features, logits, probabilities and losses."""

from __future__ import annotations

import numpy as np

from dlfd_core.models.outputs import collect_outputs
from tests.small import CPU, picked, small_context, small_task


def test_one_pass_gives_features_logits_and_losses() -> None:
    task = small_task()
    context = small_context(task, picked(task))
    context.model.train()
    outputs = collect_outputs(context.model, context.retain.images, CPU, batch_size=7)
    assert context.model.training  # as it was
    whole = collect_outputs(context.model, context.retain.images, CPU)
    np.testing.assert_allclose(outputs.logits, whole.logits, atol=1e-5)
    assert outputs.features.shape == (len(context.retain), context.model.feature_dim)
    labels = context.retain.labels.numpy().copy()
    labels[0] = -1
    losses = outputs.losses(labels)
    assert np.isnan(losses[0])
    by_hand = -np.log(outputs.probabilities()[np.arange(len(labels)), labels])
    np.testing.assert_allclose(losses[1:], by_hand[1:], rtol=1e-4, atol=1e-6)
