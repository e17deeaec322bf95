"""Random labels: every forget photo gets a wrong label, and only its answer changes."""

from __future__ import annotations

import pytest
import torch

from dlfd_core.data.label_space import Attributes, SingleLabel
from dlfd_core.data.photos import PhotoSet
from dlfd_core.unlearning.random_labels import mislabelled
from tests.unlearning.baselines import Start, logits_of, run

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
