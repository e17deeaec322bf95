"""The relearn test: its photos, equal steps for every model, and no change of the run's models or data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dlfd_core.artifacts import weights_hash
from dlfd_core.cli import main
from dlfd_core.data.photos import Batch
from dlfd_core.data.relearn_photos import RelearnPhotos, check_photos_per_person, choose_relearn_photos
from dlfd_core.data.splits import prepare_task, split_for
from dlfd_core.errors import InvalidRequest, RunCancelled
from dlfd_core.metrics.recovery import area_between, auc_difference, recovery
from dlfd_core.metrics.roc import auc_variance
from dlfd_core.models.training import Recipe
from dlfd_core.reports.relearning import Measurement, summarise
from dlfd_core.runs import relearn as relearning
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.lru_cache import DataSetCache
from dlfd_core.runs.validation import validated_forget
from dlfd_core.runs.workbench import MethodResult
from dlfd_core.service import UnlearningService
from dlfd_core.types import RELEARN_SOURCES, ForgetProgress, ForgetRequest, RelearnReport, RelearnSource
from tests.small import PHOTOS, picked, small_data, small_service, small_task, write_as_folder

pytestmark = pytest.mark.usefixtures("few_steps")

TASK = small_task()
REQUEST = ForgetRequest(
    tuple(TASK.training_people()[:3]), data="small", task="place", method="neg_grad", retrain=True
)  # fmt: skip


def never() -> bool:
    return False


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relearning, "STEPS", 10)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    """A service whose only data set is the small one."""
    with small_service(tmp_path_factory.mktemp("cache"), Recipe(epochs=2, batch_size=16)) as made:
        yield made


def run(
    service: UnlearningService,
    request: ForgetRequest = REQUEST,
    photos: int = 2,
    stop: Callable[[], bool] = never,
) -> tuple[list[ForgetProgress], RelearnReport]:
    *progress, report = service.relearn(request, photos, stop)
    assert isinstance(report, RelearnReport)
    return [event for event in progress if isinstance(event, ForgetProgress)], report


# ---- a whole test ----------------------------------------------------------------------------------------------------


def test_the_run_comes_first_and_then_every_model_takes_the_same_steps(service: UnlearningService) -> None:
    progress, report = run(service)
    stages = list(dict.fromkeys(event.stage for event in progress))
    assert stages[0] == "load" and stages[-3:] == ["retrain", "evaluate", "relearn"]
    own = [event for event in progress if event.stage == "relearn"]
    assert [event.done for event in own] == list(range(own[-1].total + 1))
    assert own[-1].total == relearning.STEPS * 3 * len(RELEARN_SOURCES)
    assert service.cached_report(REQUEST) is not None  # the run that came first is cached like any other
    assert [side.source for side in report.sides] == list(RELEARN_SOURCES)
    for side in report.sides:
        assert list(side.curves) == ["original", "unlearned", "retrained"] and side.finding.endswith(".")
        for curve in side.curves.values():
            steps = [point.step for point in curve.points]
            assert steps == list(range(0, relearning.STEPS + 1, relearning.MEASURE_EVERY))
            assert all(0 <= point.auc <= 1 and point.loss >= 0 for point in curve.points)
            assert curve.gain == pytest.approx(curve.points[-1].auc - curve.points[0].auc)
            assert curve.interval[0] <= curve.points[-1].auc <= curve.interval[1]
    first, second = report.sides
    for name, curve in first.curves.items():  # both sources start from the same models
        assert curve.points[0] == second.curves[name].points[0] and curve.points[-1] != second.curves[name].points[-1]


def test_a_second_test_needs_no_run_and_finds_the_same(service: UnlearningService) -> None:
    _, one = run(service)
    progress, two = run(service)
    assert {event.stage for event in progress} == {"load", "relearn"}
    assert replace(one, seconds=0) == replace(two, seconds=0)
    known = service.cached_report(REQUEST)
    assert known is not None and two.hashes == known.hashes
    run(service, photos=1)
    assert [found.photos for found in service.follow_ups(known) if isinstance(found, RelearnReport)] == [1, 2]
    assert service.follow_ups(replace(known, hashes=known.hashes | {"unlearned": "0" * 64})) == ()
    assert service.follow_ups(replace(known, request=replace(REQUEST, seed=1))) == ()


def test_the_retrained_model_has_no_area_with_itself(service: UnlearningService) -> None:
    _, report = run(service, replace(REQUEST, method="retrain", control=False))
    for side in report.sides:
        for name in ("unlearned", "retrained"):
            curve = side.curves[name]
            assert curve.area == 0 and curve.lead == 0 and curve.lead_interval == (0, 0)
        assert side.curves["unlearned"] == side.curves["retrained"]
        assert side.outcome in ("stays_away", "cannot_tell")


def test_without_the_reference_there_are_curves_and_no_lead(service: UnlearningService) -> None:
    _, report = run(service, replace(REQUEST, retrain=False))
    for side in report.sides:
        assert list(side.curves) == ["original", "unlearned"] and side.outcome == "no_reference"
        assert all(curve.area is None and curve.lead is None for curve in side.curves.values())
        assert "Without a retrained model" in side.finding


def test_the_models_of_the_run_stay_as_they_are(service: UnlearningService) -> None:
    list(service.forget(REQUEST, never))
    prepared = service._prepared(validated_forget(REQUEST))
    models = [result.model for result in service.bench.method_results.values()] + [prepared.original.model]
    before = [weights_hash(model.state_dict()) for model in models]
    run(service)
    assert [weights_hash(model.state_dict()) for model in models] == before
    assert not any(module.training for model in models for module in model.modules())


def test_models_are_kept_without_their_gradients(service: UnlearningService) -> None:
    list(service.forget(REQUEST, never))
    kept = [result.model for result in service.bench.method_results.values()]
    assert kept and all(weights.grad is None for model in kept for weights in model.parameters())


def test_the_control_takes_part_where_the_run_has_one(service: UnlearningService) -> None:
    request = replace(REQUEST, method="dlfd", control=True, retrain=False, knobs=(("epochs", 1),))
    _, report = run(service, request)
    assert list(report.sides[0].curves) == ["original", "unlearned", "control"]


def test_models_that_were_dropped_are_made_again(service: UnlearningService) -> None:
    _, one = run(service)
    service.bench.method_results = DataSetCache[ModelKey, MethodResult](24)
    progress, two = run(service)
    assert "unlearn" in {event.stage for event in progress} and replace(one, seconds=0) == replace(two, seconds=0)


def test_what_is_trained_on(service: UnlearningService, monkeypatch: pytest.MonkeyPatch) -> None:
    """No photo of unseen or validation people; of forgotten people only the shown photos."""
    list(service.forget(REQUEST, never))
    images = service._prepared(validated_forget(REQUEST)).photos.images
    numbers = {image.contiguous().numpy().tobytes(): i for i, image in enumerate(images)}
    numbers |= {image.flip(2).contiguous().numpy().tobytes(): i for i, image in enumerate(images)}
    used: dict[str, set[int]] = {source: set() for source in RELEARN_SOURCES}
    real = relearning.Trainer.batches

    def watched(self: relearning.Trainer, source: RelearnSource) -> Iterator[Batch]:
        for batch in real(self, source):
            pixels = (batch.images * 255).round().to(torch.uint8)
            used[source] |= {numbers[image.contiguous().numpy().tobytes()] for image in pixels}
            yield batch

    monkeypatch.setattr(relearning.Trainer, "batches", watched)
    run(service)
    splits = split_for(TASK, REQUEST.people)
    deal = choose_relearn_photos(TASK, splits, 2, REQUEST.seed)
    assert used["retain"] <= set(splits.retain) and used["shown"] == set(deal.shown)
    assert not (used["retain"] | used["shown"]) & {*splits.unseen, *splits.validation, *deal.measured}


def test_it_can_be_cancelled_and_leaves_the_device_free(service: UnlearningService) -> None:
    list(service.forget(REQUEST, never))
    seen: list[ForgetProgress] = []
    with pytest.raises(RunCancelled):
        for event in service.relearn(REQUEST, 2, lambda: len(seen) > 6):
            assert isinstance(event, ForgetProgress)
            seen.append(event)
    assert 6 < len(seen) < 12
    run(service)


@pytest.mark.parametrize("photos", [0, 6, 2.5, True, "3", None])
def test_bad_numbers_of_photos_are_refused(service: UnlearningService, photos: object) -> None:
    with pytest.raises(InvalidRequest, match="number of photos per person between 1 and 5"):
        next(iter(service.relearn(REQUEST, photos, never)))  # type: ignore[arg-type]
    assert check_photos_per_person(3) == 3


# ---- which photos ----------------------------------------------------------------------------------------------------


def disjoint(deal: RelearnPhotos) -> bool:
    parts = [set(deal.shown), set(deal.measured), set(deal.non_members)]
    return sum(map(len, parts)) == len(set().union(*parts))


@pytest.mark.parametrize("photos", [1, 3, 5])
def test_shown_and_measured_photos_are_of_the_same_people_and_disjoint(photos: int) -> None:
    splits = picked(TASK)
    deal = choose_relearn_photos(TASK, splits, photos, seed=0)
    person = TASK.data.person
    assert disjoint(deal) and deal.people == 3 and deal.left_out == 0
    assert set(deal.shown) | set(deal.measured) == set(splits.forget) and set(deal.non_members) <= set(splits.unseen)
    assert (np.bincount(person[deal.shown])[np.unique(person[deal.shown])] == photos).all()
    assert set(person[deal.measured]) == set(person[deal.shown])
    again, other = (choose_relearn_photos(TASK, splits, photos, seed=seed) for seed in (0, 1))
    assert (again.shown == deal.shown).all() and (other.shown != deal.shown).any()


def test_people_with_one_photo_are_left_out_and_alone_refused() -> None:
    splits = picked(TASK)
    owners = TASK.data.person[splits.forget]
    people = np.unique(owners)
    one = splits.forget[owners == people[0]][:1]
    rest = splits.forget[owners != people[0]]
    deal = choose_relearn_photos(TASK, replace(splits, forget=np.concatenate([one, rest])), 3, seed=0)
    assert (deal.people, deal.left_out) == (2, 1) and one[0] not in {*deal.shown, *deal.measured}
    with pytest.raises(InvalidRequest, match="two different photos"):
        choose_relearn_photos(TASK, replace(splits, forget=one), 3, seed=0)
    with pytest.raises(InvalidRequest, match="no unseen photos"):
        choose_relearn_photos(TASK, replace(splits, unseen_non_members=splits.unseen[:0]), 3, seed=0)


def test_a_copy_of_a_shown_photo_is_not_measured() -> None:
    data = small_data()
    images = data.images.copy()
    images[1:PHOTOS] = images[0]  # a person whose photos are all the same
    task = prepare_task(replace(data, images=images, digest="copies"), "place")
    own = np.arange(PHOTOS)
    others = np.flatnonzero(data.person == 1)
    splits = replace(picked(TASK), forget=np.concatenate([own, others]))
    deal = choose_relearn_photos(task, splits, 2, seed=0)
    assert not set(own) & {*deal.shown, *deal.measured} and (deal.people, deal.left_out) == (1, 1)


def test_identity_compares_with_other_photos_of_the_same_people(service: UnlearningService) -> None:
    _, report = run(service, replace(REQUEST, task="identity", retrain=False))
    task = prepare_task(small_data(), "identity")
    splits = split_for(task, REQUEST.people)
    deal = choose_relearn_photos(task, splits, 2, REQUEST.seed)
    assert not report.by_person and report.strangers == len(splits.unseen_non_members)
    assert disjoint(deal) and set(task.data.person[deal.non_members]) <= set(task.data.person[splits.forget])


# ---- numbers ---------------------------------------------------------------------------------------------------------


def test_recovery_is_the_share_of_the_way_back() -> None:
    assert recovery(0.5, 0.65, 0.8) == pytest.approx(0.5)
    assert recovery(0.5, 0.4, 0.8) == 0 and recovery(0.5, 0.95, 0.8) == 1
    assert recovery(0.78, 0.8, 0.8) is None and recovery(0.9, 0.8, 0.8) is None


def test_area_is_a_mean_over_the_steps() -> None:
    assert area_between([0, 10, 40], [0.6, 0.6, 0.6], [0.5, 0.5, 0.5]) == pytest.approx(0.1)
    assert area_between([0, 10, 20], [0.5, 0.7, 0.5], [0.5, 0.5, 0.5]) == pytest.approx(0.1)
    assert area_between([0, 10], [0.4, 0.7], [0.4, 0.7]) == 0


def test_a_difference_of_aucs_is_paired(rng: np.random.Generator) -> None:
    """Against constant scores its variance is that of one AUC; against itself it is zero."""
    groups = np.repeat(np.arange(12), 5), np.repeat(np.arange(100, 130), 4)
    scores = rng.normal(1.0, 1.0, 60) + np.repeat(rng.normal(0, 0.5, 12), 5), rng.normal(0.0, 1.0, 120)
    assert auc_difference(scores, scores, *groups) == (0.0, (0.0, 0.0))
    nothing = np.zeros(60), np.zeros(120)
    difference, (low, high) = auc_difference(scores, nothing, *groups)
    auc, variance, _ = auc_variance(*scores, *groups)
    from scipy.stats import t

    assert difference == pytest.approx(auc - 0.5)
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 11) * variance**0.5)
    same = np.repeat(np.arange(12), 5), np.repeat(np.arange(12), 10)  # the task identity: people on both sides
    _, (low, high) = auc_difference(scores, nothing, *same)
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 11) * auc_variance(*scores, *same)[1] ** 0.5)


GROUPS = np.repeat(np.arange(10), 4), np.repeat(np.arange(50, 70), 4)


def measurements(rng: np.random.Generator, *leads: float) -> list[Measurement]:
    """Looks in which the losses of members are lower than those of non-members by a given amount."""
    noise = rng.normal(1.0, 0.3, 40), rng.normal(1.0, 0.3, 80)
    return [Measurement(5 * i, 0.8, noise[0] - lead, noise[1]) for i, lead in enumerate(leads)]


@pytest.mark.parametrize(
    ("leads", "outcome", "words"),
    [
        ((0.0, 0.5, 0.6), "came_back", "The memory came back. "),
        ((0.4, 0.5, 0.6), "never_left", "The memory was never gone. "),
        ((0.0, 0.0, 0.0), "stays_away", "No sign that it came back. "),
        ((-0.8, -0.7, -0.7), "below", "It did not come back. "),
    ],
)
def test_what_the_curves_say(rng: np.random.Generator, leads: tuple[float, ...], outcome: str, words: str) -> None:
    found = {
        "original": measurements(rng, 0.8, 0.8, 0.8),
        "unlearned": measurements(rng, *leads),
        "retrained": measurements(rng, 0, 0, 0),
    }
    side = summarise("retain", found, GROUPS, shown="people who are kept")  # type: ignore[arg-type]
    assert side.outcome == outcome and side.finding.startswith(words + "After 10 steps on people who are kept, ")
    assert "95 % interval" in side.finding
    assert (side.curves["unlearned"].recovery or 0) >= 0 and side.curves["retrained"].area == 0


def test_an_original_that_knows_nobody_gives_no_finding(rng: np.random.Generator) -> None:
    found = {
        "original": measurements(rng, 0.0, 0.0),
        "unlearned": measurements(rng, 0.5, 0.5),
        "retrained": measurements(rng, 0.0, 0.0),
    }
    side = summarise("shown", found, GROUPS, shown="3 photos of each")  # type: ignore[arg-type]
    assert side.outcome == "cannot_tell" and side.finding.startswith("Cannot tell: ")


# ---- the command line ------------------------------------------------------------------------------------------------


def test_the_flag_prints_a_table_and_stands_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    folder = write_as_folder(small_data(), tmp_path / "faces")
    where = ["forget", "--data", f"folder:{folder}", "--task", "place", "--people", "random:3", "--epochs", "1"]
    assert main([*where, "--relearn", "9"]) == 2
    assert "between 1 and 5" in capsys.readouterr().err
    out = tmp_path / "out.json"
    assert main([*where, "--method", "neg_grad", "--relearn", "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Relearn test: 10 steps" in printed and "Relearning on a few of their photos: signed AUC" in printed
    found = json.loads(out.read_text())["relearn"]
    assert found["photos"] == 3 and [side["source"] for side in found["sides"]] == list(RELEARN_SOURCES)
    for side in found["sides"]:
        assert list(side["curves"]) == ["original", "unlearned"] and side["finding"] in printed
        assert [point["step"] for point in side["curves"]["unlearned"]["points"]] == [0, 5, 10]
