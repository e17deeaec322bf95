"""Collapse meter: compared with scikit-learn and with arithmetic, and on simulated people with a known answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from dlfd_core.data.label_space import Attributes, LabelSpace, SingleLabel
from dlfd_core.data.splits import Splits
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.separability import (
    PROBE_C,
    measure_separability,
    sample_by_person,
    scatter,
    silhouette,
    task_probe,
    unit_directions,
)
from dlfd_core.metrics.verification import identity_auc, identity_interval
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import Separability, collapsed

SPACE = SingleLabel(("a", "b", "c"))
PHOTOS = 8


def outputs_of(features: np.ndarray, space: LabelSpace = SPACE) -> Outputs:
    return Outputs(features.astype(np.float32), np.zeros((len(features), space.outputs), dtype=np.float32), space)


def crowd(people: int = 36) -> tuple[np.ndarray, np.ndarray, Splits]:
    """Labels, persons and splits: a third of the people is forgotten, a third kept, a third unseen."""
    person = np.repeat(np.arange(people), PHOTOS)
    labels = np.random.default_rng(7).integers(0, 3, len(person))
    forget, retain, unseen = np.array_split(np.arange(len(person)), 3)
    return labels, person, Splits(retain, forget, unseen[:0], unseen, unseen[:0], unseen, by_person=True)


def made_of(task: float, identity: float, rng: np.random.Generator) -> Separability:
    """Positive features of 40 numbers: the class shifts the first 3, the person the others, noise all of them."""
    labels, person, splits = crowd()
    features = 5 + rng.normal(0, 0.3, (len(labels), 40))
    features[:, :3] += task * np.eye(3)[labels]
    features[:, 3:] += identity * rng.normal(0, 1, (person.max() + 1, 37))[person]
    return measure_separability(outputs_of(features), labels, person, splits)


def test_separated_classes_show_the_task_and_nobody(rng: np.random.Generator) -> None:
    found = made_of(5.0, 0.0, rng)
    assert found.task_probe == 1.0
    assert found.task_scatter > 1
    assert found.task_silhouette > 0.5
    assert 0.45 < found.identity_forget < 0.55
    low, high = found.identity_forget_interval
    assert low < found.identity_forget < high


def test_identity_alone_shows_people_and_no_task(rng: np.random.Generator) -> None:
    found = made_of(0.0, 1.0, rng)
    assert found.task_probe < 0.5  # three classes: guessing gives a third
    assert found.task_scatter < 0.1
    assert found.task_silhouette < 0.05
    assert found.identity_forget > 0.99
    assert found.identity_unseen > 0.99


def test_collapsed_features_show_nothing(rng: np.random.Generator) -> None:
    labels, person, splits = crowd()
    one_point = np.repeat(rng.random((1, 40)), len(labels), axis=0)
    found = measure_separability(outputs_of(one_point), labels, person, splits)
    assert 0.2 < found.task_probe < 0.5  # the commonest class, for everybody
    assert (found.task_scatter, found.task_silhouette) == (0.0, 0.0)
    assert (found.identity_forget, found.identity_unseen) == (0.5, 0.5)
    assert found.identity_forget_interval == (0.5, 0.5)


def test_the_same_features_give_the_same_numbers() -> None:
    assert made_of(1.0, 0.5, np.random.default_rng(3)) == made_of(1.0, 0.5, np.random.default_rng(3))


def test_the_probe_is_scikit_learns(rng: np.random.Generator) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels = rng.integers(0, 3, 600)
    features = (rng.normal(0, 1, (600, 20)) + 1.2 * np.eye(3, 20)[labels]).astype(np.float32)
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=PROBE_C, tol=1e-8, max_iter=5000))
    reference.fit(features[:300], labels[:300])
    found = task_probe(outputs_of(features), labels, np.arange(300), np.arange(300, 600))
    assert found == pytest.approx(reference.score(features[300:], labels[300:]), abs=0.007)
    assert 0.5 < found < 0.95


def test_of_several_attributes_each_counts(rng: np.random.Generator) -> None:
    """Features hold the first attribute and not the second: accuracy 1 and about 1/2, on average 3/4."""
    space = Attributes(("neither", "first", "second", "both"), ("first", "second"))
    labels = rng.integers(0, 4, 4000)
    features = np.stack([labels & 1, rng.random(4000)], axis=1)
    assert task_probe(outputs_of(features, space), labels, np.arange(1000), np.arange(1000, 4000)) == pytest.approx(
        0.75, abs=0.03
    )


def test_a_probe_that_saw_one_class_names_it() -> None:
    labels = np.array([1, 1, 1, 1, 0, 2])
    assert task_probe(outputs_of(np.arange(12.0).reshape(6, 2)), labels, np.arange(2), np.arange(2, 6)) == 0.5


def test_the_scatter_by_hand() -> None:
    # classes {0, 2} and {10, 12}: means 1 and 11 about 6, so between 4 * 25 = 100 and within 4 * 1 = 4
    features = np.array([[0.0], [2.0], [10.0], [12.0]])
    assert scatter(features, np.array([0, 0, 1, 1])) == pytest.approx(25.0)
    assert scatter(features + 100, np.array([0, 0, 1, 1])) == pytest.approx(25.0)
    assert scatter(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 0, 1, 1])) == pytest.approx(1e12)


def test_the_silhouette_is_scikit_learns(rng: np.random.Generator) -> None:
    from sklearn.metrics import silhouette_score

    labels = np.concatenate([rng.integers(0, 4, 120), [4]])  # the last photo is alone in its class
    features = rng.normal(0, 1, (121, 10)) + np.eye(5, 10)[labels]
    directions = unit_directions(features, features.mean(0))
    assert silhouette(directions, labels) == pytest.approx(
        silhouette_score(features - features.mean(0), labels, metric="cosine"), abs=1e-9
    )


def test_the_identity_auc_is_scikit_learns_over_all_pairs(rng: np.random.Generator) -> None:
    from sklearn.metrics import roc_auc_score

    person = np.repeat(np.arange(6), 5)
    features = rng.normal(0, 1, (30, 8)) + 0.7 * rng.normal(0, 1, (6, 8))[person]
    features[7] = features[3]  # ties
    directions = unit_directions(features, features.mean(0))
    pairs = list(combinations(range(30), 2))
    alike = [directions[i] @ directions[j] for i, j in pairs]
    same = [person[i] == person[j] for i, j in pairs]
    every = np.arange(30)
    assert identity_auc(directions, person, every, every) == pytest.approx(roc_auc_score(same, alike), abs=1e-4)


def test_the_interval_counts_copies_as_explicit_pairs_would(rng: np.random.Generator) -> None:
    """The same draws with copied photos, without the pairs between copies, by scikit-learn's AUC."""
    from sklearn.metrics import roc_auc_score

    from dlfd_core.metrics.verification import DRAWS, _sample
    from dlfd_core.seeding import make_rng

    person = np.repeat(np.arange(6), 3)
    features = rng.normal(0, 1, (18, 8)) + rng.normal(0, 1, (6, 8))[person]
    directions = unit_directions(features, features.mean(0))
    photos = _sample(person, np.arange(18)).reshape(6, 3)
    aucs = []
    for drawn in make_rng(0, "identity people").integers(0, 6, (DRAWS, 6)):
        copies = [(copy, who, photo) for copy, who in enumerate(drawn) for photo in photos[who]]
        pairs = [(a, b) for a, b in combinations(copies, 2) if a[0] == b[0] or a[1] != b[1]]
        aucs.append(
            roc_auc_score([a[0] == b[0] for a, b in pairs], [directions[a[2]] @ directions[b[2]] for a, b in pairs])
        )
    expected = np.quantile(aucs, [0.025, 0.975])
    assert identity_interval(directions, person, np.arange(18)) == pytest.approx(expected, abs=1e-4)


def test_the_interval_holds_what_all_people_would_give(rng: np.random.Generator) -> None:
    """Features of 15 people from one population; its AUC is known from many people."""

    def population(people: int) -> tuple[np.ndarray, np.ndarray]:
        person = np.repeat(np.arange(people), 6)
        spread = rng.gamma(2, 0.4, people)[person, None]  # some people are easier to tell apart than others
        return unit_directions(
            rng.normal(0, 1, (len(person), 6)) + spread * rng.normal(0, 1, (people, 6))[person], np.zeros(6)
        ), person

    truth = np.mean([identity_auc(*population(60), np.arange(360), np.arange(0)) for _ in range(60)])
    inside = 0
    for _ in range(60):
        low, high = identity_interval(*population(15), np.arange(90))
        inside += int(low <= truth <= high)
    assert inside >= 50  # 57 expected of 60; a percentile bootstrap of 15 people is somewhat too narrow


def test_a_single_person_is_compared_with_strangers(rng: np.random.Generator) -> None:
    labels, person, splits = crowd()
    features = rng.normal(0, 0.1, (len(labels), 10)) + rng.normal(0, 1, (person.max() + 1, 10))[person]
    alone = replace(splits, forget=np.flatnonzero(person == 0))
    found = measure_separability(outputs_of(features), labels, person, alone)
    assert found.identity_forget > 0.9
    assert found.identity_forget_interval == (0.0, 1.0)  # one person allows no conclusion about people


def test_a_common_direction_is_no_cue(rng: np.random.Generator) -> None:
    """A direction that all photos share moves every similarity towards 1; centring removes it."""
    labels, person, splits = crowd()
    features = rng.normal(0, 1, (len(labels), 10)) + 0.5 * rng.normal(0, 1, (person.max() + 1, 10))[person]
    plain, shifted = (
        measure_separability(outputs_of(features + shift), labels, person, splits).identity_forget
        for shift in (0.0, 50.0)
    )
    assert shifted == pytest.approx(plain, abs=1e-3)


def test_the_sample_takes_everybody_in_turn(rng: np.random.Generator) -> None:
    person = np.repeat([0, 1, 2], [50, 5, 5])
    chosen = sample_by_person(np.arange(60), person, 12, rng)
    assert np.bincount(person[chosen]).tolist() == [4, 4, 4]
    assert len(set(chosen.tolist())) == 12
    many = sample_by_person(np.arange(60), person, 30, rng)
    assert np.bincount(person[many]).tolist() == [20, 5, 5]


def test_what_cannot_be_measured_is_refused(rng: np.random.Generator) -> None:
    labels, person, splits = crowd()
    outputs = outputs_of(rng.random((len(labels), 4)))
    with pytest.raises(InvalidRequest, match="two classes"):
        measure_separability(outputs, np.zeros_like(labels), person, splits)
    with pytest.raises(InvalidRequest, match="Nobody has two photos"):
        measure_separability(outputs, labels, np.arange(len(labels)), splits)
    with pytest.raises(Diverged, match="not finite"):
        measure_separability(outputs_of(np.full((len(labels), 4), np.nan)), labels, person, splits)


#: Measured on the portraits: their emotions, 20 people forgotten.
ORIGINAL = Separability(0.667, 0.777, 0.072, 0.503, (0.497, 0.509), 0.557)


@pytest.mark.parametrize(
    ("probe", "scattered", "gone"),
    [
        (0.693, 0.891, False),  # DLFD's preset
        (0.647, 0.741, False),  # NegGrad's preset
        (0.653, 0.650, False),  # SalUn
        (0.558, 0.506, True),  # NegGrad at a rate a little too high
        (0.169, 0.004, True),  # and at one far too high
        (0.667, 0.100, False),  # features at another scale, the task still there
        (0.500, 0.750, False),  # a weaker probe, the classes where they were
    ],
)
def test_collapse_takes_both(probe: float, scattered: float, gone: bool) -> None:
    after = replace(ORIGINAL, task_probe=probe, task_scatter=scattered)
    assert collapsed(ORIGINAL, after) is gone


def test_taking_the_task_out_of_features_is_a_collapse(rng: np.random.Generator) -> None:
    before, without_people, without_task = made_of(2.0, 1.0, rng), made_of(2.0, 0.3, rng), made_of(0.1, 1.0, rng)
    assert collapsed(before, without_task)
    assert not collapsed(before, without_people)
    assert not collapsed(before, before)


def test_photos_without_a_label_take_no_part_in_the_task(rng: np.random.Generator) -> None:
    labels, person, splits = crowd()
    features = rng.random((len(labels), 4)) + 9 * np.eye(3, 4)[labels]
    some = np.where(rng.random(len(labels)) < 0.3, -1, labels)
    found = measure_separability(outputs_of(features), some, person, splits)
    assert found.task_probe == 1.0
