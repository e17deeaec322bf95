"""The null band: forgetting scores and AUC expected between groups of people that the model has never seen."""

from __future__ import annotations

import numpy as np

from dlfd_core.metrics.calibration import null_band
from dlfd_core.metrics.membership import attack_accuracy, balance


def test_the_band_narrows_with_more_people(rng: np.random.Generator) -> None:
    few, many = (
        null_band(rng.gamma(0.6, 1, n * 24), np.repeat(np.arange(n), 24), members=n // 3, rng=rng) for n in (9, 90)
    )
    assert many.forgetting_score[1] < few.forgetting_score[1] < 0.5
    assert few.auc[0] < 0.5 < few.auc[1]


def test_the_band_holds_people_together(rng: np.random.Generator) -> None:
    """Photos of one person are alike, so a band that split photos instead of people would be too narrow."""
    person = np.repeat(np.arange(30), 24)
    alike = rng.gamma(0.6, 1, 30)[person] + 0.01 * rng.random(720)
    by_person = null_band(alike, person, members=10, rng=np.random.default_rng(0))
    by_photo = null_band(alike, np.arange(720), members=240, rng=np.random.default_rng(0))
    assert by_person.forgetting_score[1] > 1.5 * by_photo.forgetting_score[1]


def test_nineteen_of_twenty_strangers_fall_into_the_band(rng: np.random.Generator) -> None:
    person = np.repeat(np.arange(60), 24)
    inside = 0
    for _ in range(40):
        every = rng.gamma(0.6, 1, 80)[:, None] * rng.gamma(4, 0.25, (80, 24))  # 20 "forgotten" and 60 strangers, alike
        members, strangers = every[:20].ravel(), every[20:].ravel()
        sides = balance(members, strangers, rng)
        score = abs(attack_accuracy(sides[0][None], sides[1][None])[0] - 0.5)
        inside += score <= null_band(strangers, person, members=20, rng=rng, repeats=100).forgetting_score[1]
    assert inside >= 33  # 38 expected of 40
