"""Bad Teacher: the student follows an untrained network on forget photos only."""

from __future__ import annotations

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.unlearning.pairs import fixed_copy
from tests.unlearning.baselines import Start, logits_of, run


def test_the_student_nears_the_bad_teacher_on_forget_photos_only(start: Start) -> None:
    context, before = start(), start().model
    bad = fixed_copy(context.build("bad_teacher initialisation"))
    student = run("bad_teacher", context, epochs=6, lr=0.003)

    def apart(one: Backbone, other: Backbone, photos: PhotoSet) -> float:
        return float(one.space.divergence(logits_of(one, photos), logits_of(other, photos)).mean())

    assert apart(student, bad, context.forget) < 0.2 * apart(before, bad, context.forget)
    assert apart(student, before, context.retain) < 0.3 * apart(student, bad, context.retain)
