"""Accuracy changes of other people: by hand, coverage of the intervals, and planted harm that must be detected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.data.schema import FaceData, Person, Task
from dlfd_core.data.splits import Splits, TaskData, prepare_task, split_for
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.impact import clustered_interval, measure_impact
from dlfd_core.models.outputs import Outputs
from dlfd_core.runs.catalog import nearest_people
from dlfd_core.types import LISTED_PEOPLE, AccuracyChange
from tests.small import PHOTOS, small_data, small_task


def answering(task: TaskData, wrong: np.ndarray | None = None) -> Outputs:
    """Outputs that are right on every photo except ``wrong``; features tell people apart."""
    rng = np.random.default_rng(1)
    said = np.maximum(task.labels, 0).copy()
    if wrong is not None:
        said[wrong] = (said[wrong] + 1) % len(task.classes)
    logits = np.eye(len(task.classes), dtype=np.float32)[said]
    person = task.data.person
    features = rng.normal(0, 1, (person.max() + 1, 12))[person] + rng.normal(0, 0.1, (len(person), 12))
    return Outputs(features.astype(np.float32), logits, task.space)


def setting(people: int = 60, forgotten: int = 3) -> tuple[TaskData, Splits]:
    task = small_task(people=people)
    return task, split_for(task, task.training_people()[:forgotten])


def named(changes: tuple[AccuracyChange, ...], name: str) -> AccuracyChange:
    (found,) = [change for change in changes if change.name == name]
    return found


def test_an_interval_by_hand() -> None:
    # three people, two photos each, differences -1 0 | 0 0 | 0 -1 ... mean -2/6 = -1/3
    # sums of (difference + 1/3) per person: -1/3, 2/3, -1/3; squares add up to 6/9
    # error: sqrt(3/2 * 6/9) / 6 = 1/6; Student's t with 2 degrees of freedom: 4.3027
    low, high = clustered_interval(np.array([-1.0, 0, 0, 0, 0, -1]), np.array([0, 0, 1, 1, 2, 2])) or (0, 0)
    assert (low, high) == pytest.approx((-1.0, -1 / 3 + 4.3027 / 6), abs=1e-4)  # -1/3 - 0.717 is cut at -1
    assert clustered_interval(np.array([-1.0, 0.0, 0.5]), np.array([0, 1, 1])) is None


def test_single_photos_as_units_give_students_interval(rng: np.random.Generator) -> None:
    from scipy import stats

    values = rng.choice([-1.0, 0.0, 1.0], 40)
    expected = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    assert clustered_interval(values, np.arange(40)) == pytest.approx(expected)


def test_the_interval_holds_a_known_change_in_19_of_20_draws(rng: np.random.Generator) -> None:
    """30 people with 4 to 12 photos; each person loses a different share of accuracy, 0.2 on average."""
    inside = 0
    for _ in range(400):
        units = np.repeat(np.arange(30), rng.integers(4, 13, 30))
        lost = rng.random(len(units)) < rng.beta(1, 4, 30)[units]  # Beta(1, 4) has mean 0.2
        low, high = clustered_interval(-lost.astype(float), units) or (0.0, 0.0)
        inside += low <= -0.2 <= high
    assert 366 <= inside <= 392  # 380 expected; four standard errors below, three above


def test_nothing_changes_where_nothing_changed() -> None:
    task, splits = setting()
    found = measure_impact(task, splits, answering(task), answering(task))
    every = [*found.classes, *found.attributes, *found.people, *found.look_alikes, found.others_change]
    assert {(change.before, change.after, change.change) for change in every} == {(1.0, 1.0, 0.0)}
    assert sum(change.photos for change in found.classes) == len(splits.unseen)
    kept = found.look_alike_change.photos + found.others_change.photos
    assert kept == len(splits.retain)


def test_a_class_that_alone_loses_is_found() -> None:
    task, splits = setting()
    wrong = splits.unseen[task.labels[splits.unseen] == 1][::2]
    found = measure_impact(task, splits, answering(task), answering(task, wrong))
    changes = {change.name: change for change in found.classes}
    assert changes["middle"].change == pytest.approx(-0.5, abs=0.05)
    assert changes["middle"].interval is not None
    assert changes["middle"].interval[1] < 0
    assert changes["left"].change == changes["right"].change == 0.0
    assert found.others_change.change == 0.0


def test_the_hardest_hit_person_comes_first() -> None:
    task, splits = setting(forgotten=2)
    owners = task.data.person[splits.retain]
    kept = np.unique(owners)
    wrong = np.concatenate([splits.retain[owners == kept[7]][:5], splits.retain[owners == kept[4]][:2]])
    found = measure_impact(task, splits, answering(task), answering(task, wrong))
    assert [change.name for change in found.people[:2]] == [task.data.people[kept[i]].name for i in (7, 4)]
    # five of six photos lost: mean -5/6, variance 1/6 (n - 1 = 5), error 1/6, t with 5 degrees of freedom 2.5706
    assert found.people[0].change == pytest.approx(-5 / 6)
    assert found.people[0].interval == pytest.approx((-1.0, -5 / 6 + 2.5706 / 6), abs=1e-4)
    assert found.people[0].photos == PHOTOS
    assert len(found.people) == min(LISTED_PEOPLE, len(kept))


def test_look_alikes_are_the_nearest_kept_people() -> None:
    task, splits = setting(forgotten=1)
    before = answering(task)
    gone = task.training_people()[0]
    names = {person.id: person.name for person in task.data.people}
    nearest = nearest_people(task, before, gone)[:2]
    owners = np.array([person.id for person in task.data.people])[task.data.person]
    wrong = splits.retain[np.isin(owners[splits.retain], nearest)]
    found = measure_impact(task, splits, before, answering(task, wrong))
    assert [change.name for change in found.look_alikes] == [names[one] for one in nearest]
    assert (found.look_alike_change.change, found.look_alike_change.people) == (-1.0, 2)
    assert found.others_change.change == 0.0


def with_tasks(data: FaceData, **labels: np.ndarray) -> FaceData:
    more = {name: Task(name, name.title(), ("no", "yes"), values) for name, values in labels.items()}
    return replace(data, tasks=data.tasks | more)


def test_groups_are_listed_once(rng: np.random.Generator) -> None:
    data = small_data(people=60)
    odd = np.array([person.attributes["side"] == "odd" for person in data.people])[data.person].astype(np.int64)
    hat = rng.integers(-1, 2, len(data.person))  # unknown for a third of the photos
    data = with_tasks(data, is_odd=odd, hat=hat, alike=np.ones_like(hat))
    task = prepare_task(data, "place")
    splits = split_for(task, task.training_people()[:3])
    found = measure_impact(task, splits, answering(task), answering(task))
    # ``is_odd`` names the people of ``side`` again, and everybody is ``alike``
    assert [change.name for change in found.attributes] == ["side: even", "side: odd", "hat: no", "hat: yes"]
    assert named(found.attributes, "hat: yes").photos == int((hat[splits.unseen] == 1).sum())


def test_a_joined_task_does_not_list_its_own_parts(rng: np.random.Generator) -> None:
    data = small_data(people=60)
    bits = {name: rng.integers(0, 2, len(data.person)) for name in ("smile", "hat", "beard")}
    task = prepare_task(with_tasks(data, **bits), "smile+hat")
    splits = split_for(task, task.training_people()[:3])
    logits = np.stack([2.0 * bits["smile"] - 1, np.ones(len(data.person))], axis=1).astype(np.float32)
    half = Outputs(answering(task).features, logits, task.space)
    found = measure_impact(task, splits, half, half)
    kinds = {change.name.split(":")[0] for change in found.attributes}
    assert kinds == {"side", "beard", "place"}
    without_hat = named(found.classes, "smile: yes, hat: no")
    assert without_hat.before == 0.5  # the smile is right, the hat is not


def test_numbers_in_a_value_sort_as_numbers() -> None:
    data = small_data(people=60)
    ages = ("7-12", "13-19", "0-6")
    people = tuple(replace(person, attributes={"age": ages[i % 3]}) for i, person in enumerate(data.people))
    task = prepare_task(replace(data, people=people), "place")
    splits = split_for(task, task.training_people()[:3])
    found = measure_impact(task, splits, answering(task), answering(task))
    assert [change.name for change in found.attributes] == ["age: 0-6", "age: 7-12", "age: 13-19"]


def test_a_set_that_cuts_through_people_leaves_them_on_neither_side() -> None:
    data = small_data(people=60)
    trained = prepare_task(data, "place").train
    data = replace(data, forget_sets={"some": trained[: 3 * PHOTOS - 2]})  # the third person keeps two photos
    task = prepare_task(data, "place")
    splits = split_for(task, ("set:some",))
    assert splits.shared_people == 1
    found = measure_impact(task, splits, answering(task), answering(task, splits.retain[:2]))
    assert found.look_alike_change.photos + found.others_change.photos == len(splits.retain) - 2
    assert min(change.change for change in found.people) == 0.0


def test_photos_without_a_label_do_not_count() -> None:
    data = small_data(people=60)
    labels = data.tasks["place"].labels.copy()
    labels[::7] = -1
    data = replace(data, tasks={"place": replace(data.tasks["place"], labels=labels)})
    task = prepare_task(data, "place")
    splits = split_for(task, task.training_people()[:3])
    found = measure_impact(task, splits, answering(task), answering(task))
    assert sum(change.photos for change in found.classes) == int((labels[splits.unseen] >= 0).sum())
    assert found.others_change.photos + found.look_alike_change.photos == int((labels[splits.retain] >= 0).sum())


def test_without_attributes_there_are_no_groups() -> None:
    data = small_data(people=60)
    data = replace(data, people=tuple(Person(person.id, person.name) for person in data.people))
    task = prepare_task(data, "place")
    found = measure_impact(task, split_for(task, task.training_people()[:2]), *[answering(task)] * 2)
    assert found.attributes == ()


def test_where_people_are_classes_their_new_photos_are_the_classes() -> None:
    task = prepare_task(small_data(people=20), "identity")
    splits = split_for(task, task.training_people()[:3])
    found = measure_impact(task, splits, answering(task), answering(task))
    assert len(found.classes) == 17  # the classes of forgotten people are not counted
    assert {change.people for change in found.classes} == {1}


def test_two_people_have_to_be_left() -> None:
    task = small_task(people=20)
    splits = split_for(task, task.training_people()[:-1])
    with pytest.raises(InvalidRequest, match="at least 2"):
        measure_impact(task, splits, answering(task), answering(task))
