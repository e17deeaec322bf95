"""Requests one after another: the data of each step, the models it is compared with, and refused requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlfd_core.cli import main
from dlfd_core.cli.sequence import read_sequence
from dlfd_core.data.splits import Splits, split_for
from dlfd_core.errors import Diverged, InvalidRequest, RunCancelled, UnknownName
from dlfd_core.metrics.drift import describe_drift, weight_distance
from dlfd_core.models.training import Recipe
from dlfd_core.runs import workbench
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.validation import validated_sequence
from dlfd_core.service import UnlearningService
from dlfd_core.types import (
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    ReportReady,
    Scores,
    SequenceEvent,
    SequenceReport,
    SequenceRequest,
    SequenceStep,
)
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.base import UnlearningContext
from dlfd_core.unlearning.fine_tune import FineTune
from tests.small import PHOTOS, small_data, small_task, write_as_folder

pytestmark = pytest.mark.usefixtures("few_steps")

TASK = small_task()
PEOPLE = TASK.training_people()
A, B, C = tuple(PEOPLE[:2]), tuple(PEOPLE[2:4]), tuple(PEOPLE[4:5])
BASE = ForgetRequest(A, data="small", task="place", method="fine_tune", knobs=(("epochs", 1),))
REQUEST = SequenceRequest(BASE, (B, C))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache folder of the original, which is trained once for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def service(kept: Path, monkeypatch: pytest.MonkeyPatch) -> UnlearningService:
    """A service with empty caches, whose only data set is the small one."""
    monkeypatch.setenv("DLFD_CACHE", str(kept))
    monkeypatch.setattr(workbench, "load_data", lambda name: small_data())
    return UnlearningService(Recipe(epochs=2, batch_size=16))


def never() -> bool:
    return False


def run(service: UnlearningService, request: SequenceRequest = REQUEST) -> list[SequenceEvent]:
    return list(service.sequence(request, never))


def report_of(events: list[SequenceEvent]) -> SequenceReport:
    last = events[-1]
    assert isinstance(last, SequenceReport)
    return last


def made_in(events: list[SequenceEvent]) -> set[str]:
    """Messages of the progress that name the models that were made."""
    stages = ("unlearn", "retrain")
    return {event.message for event in events if isinstance(event, ForgetProgress) and event.stage in stages}


def plain(service: UnlearningService, request: ForgetRequest) -> tuple[list[ForgetProgress], ForgetReport]:
    """An ordinary run up to its scores, without its map."""
    progress: list[ForgetProgress] = []
    for event in service.forget(request, never):
        if isinstance(event, ReportReady):
            return progress, event.report
        progress.append(event)
    raise AssertionError("a run ends with a report")


# ---- what happens ----------------------------------------------------------------------------------------------------


def test_a_report_after_every_step_with_all_models(service: UnlearningService) -> None:
    events = run(service, replace(REQUEST, base=replace(BASE, retrain=True)))
    reports = [event for event in events if isinstance(event, SequenceReport)]
    assert [len(report.steps) for report in reports] == [1, 2, 3]
    assert [report.complete for report in reports] == [False, False, True]
    last = reports[-1]
    assert [step.people for step in last.steps] == [A, B, C]
    assert [step.data.people["forget"] for step in last.steps] == [2, 4, 5]
    assert [step.data.people["retain"] for step in last.steps] == [len(PEOPLE) - n for n in (2, 4, 5)]
    for number, step in enumerate(last.steps, 1):
        assert set(step.scores) == {"original", "sequential", "one_shot", "retrained"}
        assert set(step.drift) == {"one_shot", "retrained"} and len(step.groups) == number
        assert step.missing == {} and all(spent > 0 for spent in step.seconds.values())
        assert step.drift["retrained"].weights > step.drift["one_shot"].weights
    assert last.names[0] == tuple(TASK.data.people[int(person[1:])].name for person in A)
    assert made_in(events) == {
        "Request 1 of 3: forgetting with Fine-tune",
        "Request 1 of 3: retraining without them",
        "Request 2 of 3: forgetting with Fine-tune",
        "Requests 1 to 2 of 3: all at once, to compare",
        "Requests 1 to 2 of 3: retraining without them",
        "Request 3 of 3: forgetting with Fine-tune",
        "Requests 1 to 3 of 3: all at once, to compare",
        "Requests 1 to 3 of 3: retraining without them",
    }
    left = [e.seconds_left for e in events if isinstance(e, ForgetProgress) and e.seconds_left is not None]
    assert left and min(left) >= 0


def test_the_first_step_is_its_own_one_shot_and_an_ordinary_run(service: UnlearningService) -> None:
    whole = report_of(run(service))
    first = whole.steps[0]
    assert first.scores["one_shot"] == first.scores["sequential"] == first.groups[0]
    drift = first.drift["one_shot"]
    assert (drift.utility, drift.nomus, drift.disagreement, drift.weights) == (0, 0, 0, 0)
    progress, ordinary = plain(service, BASE)
    assert ordinary.scores["unlearned"] == first.scores["sequential"]
    assert service.follow_ups(ordinary) == (whole,)  # for its receipt
    beside = replace(ordinary, request=replace(ordinary.request, retrain=True))
    assert service.follow_ups(beside) == (whole,)
    for changed in ({"hashes": {"unlearned": "0" * 64}}, {"request": replace(ordinary.request, seed=1)}):
        assert service.follow_ups(replace(ordinary, **changed)) == ()
    assert "unlearn" not in {event.stage for event in progress}  # made already


def test_drift_is_what_the_scores_say(service: UnlearningService) -> None:
    step = report_of(run(service)).steps[-1]
    ours, other, drift = step.scores["sequential"], step.scores["one_shot"], step.drift["one_shot"]
    assert drift.utility == ours.utility - other.utility and drift.nomus == ours.nomus - other.nomus
    assert drift.forgetting_score == ours.forgetting_score - other.forgetting_score
    assert 0 <= drift.disagreement <= 1 and 0 < drift.weights < 2
    _, whole = plain(service, replace(BASE, people=(*A, *B, *C)))
    assert whole.scores["unlearned"] == other


def test_equal_requests_give_equal_numbers_and_nothing_runs_twice(service: UnlearningService) -> None:
    first, again = run(service), run(service)
    assert made_in(again) == set() and report_of(again).steps == report_of(first).steps
    fresh = report_of(run(UnlearningService(Recipe(epochs=2, batch_size=16))))
    assert [step.scores for step in fresh.steps] == [step.scores for step in report_of(first).steps]
    later = run(service, SequenceRequest(BASE, (B, tuple(PEOPLE[6:8]))))  # only models of a different start are made
    assert made_in(later) == {
        "Request 3 of 3: forgetting with Fine-tune",
        "Requests 1 to 3 of 3: all at once, to compare",
    }
    swapped = made_in(run(service, SequenceRequest(replace(BASE, people=B), (A,))))
    assert swapped == {"Request 1 of 2: forgetting with Fine-tune", "Request 2 of 2: forgetting with Fine-tune"}


def test_people_forgotten_earlier_are_used_no_more_and_each_step_starts_from_the_last(
    service: UnlearningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Splits, Any]] = []
    steps: list[tuple[int, int, torch.Tensor]] = []
    context, work = PreparedOriginal.context, FineTune.steps

    def watched(
        self: PreparedOriginal, splits: Splits, seed: int, raise_if_cancelled: Any, start: Any = None
    ) -> UnlearningContext:
        seen.append((splits, start))
        return context(self, splits, seed, raise_if_cancelled, start)

    def spied(self: Any, given: UnlearningContext) -> Iterator[Any]:
        begin = torch.cat([weight.detach().flatten().clone() for weight in given.model.parameters()])
        steps.append((len(given.forget.images), len(given.retain.images), begin))
        yield from work(self, given)

    monkeypatch.setattr(PreparedOriginal, "context", watched)
    monkeypatch.setattr(FineTune, "steps", spied)
    run(service)
    sequential = [seen[i] for i in (0, 1, 3)]  # the others are the one-shot models of the second and third step
    gone: set[int] = set()
    for (splits, start), group in zip(sequential, (A, B, C), strict=True):
        owners = [set(TASK.data.person[index].tolist()) for index in (splits.forget, splits.retain)]
        ids = {TASK.data.people[i].id for i in owners[0]}
        assert ids == set(group) and not gone & (owners[0] | owners[1])
        assert (start is None) == (group == A)
        gone |= owners[0]
    assert [count for count, _, _ in steps] == [PHOTOS * n for n in (2, 2, 4, 1, 5)]
    first, second, once, third, _ = (begin for _, _, begin in steps)
    assert torch.equal(first, once)  # the original
    assert not torch.equal(first, second) and not torch.equal(second, third)


@pytest.mark.parametrize("method", METHODS.names())
def test_every_method_takes_a_second_step(service: UnlearningService, method: str) -> None:
    knobs = (("epochs", 1),) if any(knob.name == "epochs" for knob in METHODS.get(method).card().knobs) else ()
    request = SequenceRequest(replace(BASE, method=method, knobs=knobs), (B,))
    first, second = report_of(run(service, request)).steps
    assert second.missing == {} and second.drift["one_shot"].weights < 3
    assert all(np.isfinite(scores.mia_auc) for step in (first, second) for scores in step.groups)
    if method == "retrain":  # exact: the order of requests does not matter
        assert second.scores["sequential"] == second.scores["one_shot"] and second.drift["one_shot"].weights == 0


def test_a_sequence_on_the_task_whose_classes_are_people(service: UnlearningService) -> None:
    request = SequenceRequest(replace(BASE, task="identity"), (B,))
    first, second = report_of(run(service, request)).steps
    task = replace(TASK, same_people=True)
    assert second.data.people["unseen"] == len({person.id for person in task.data.people}) - len((*A, *B))
    assert len(second.groups) == 2 and first.groups[0] == first.scores["sequential"]


# ---- what stops it ---------------------------------------------------------------------------------------------------


def test_a_cancel_is_heard_and_the_slot_is_free_afterwards(service: UnlearningService) -> None:
    seen: list[SequenceEvent] = []
    with pytest.raises(RunCancelled):
        for event in service.sequence(REQUEST, lambda: any(isinstance(e, SequenceReport) for e in seen)):
            seen.append(event)
    assert len(report_of(seen).steps) == 1 and service._follow_ups._reports.values() == []
    assert "Request 1 of 3: forgetting with Fine-tune" not in made_in(run(service))  # kept


def test_a_one_shot_that_diverges_is_missing_and_a_sequential_one_is_the_end(
    service: UnlearningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, fatal = FineTune.steps, [4 * PHOTOS]

    def fragile(self: Any, given: UnlearningContext) -> Iterator[Any]:
        if len(given.forget.images) in fatal:
            raise Diverged("The loss stopped being a number.")
        yield from work(self, given)

    monkeypatch.setattr(FineTune, "steps", fragile)
    report = report_of(run(service, SequenceRequest(BASE, (B,))))
    step = report.steps[1]
    assert step.missing == {"one_shot": "The loss stopped being a number."} and "one_shot" not in step.scores
    assert step.drift == {} and "all at once diverged" in report.finding
    fatal[:] = [PHOTOS]
    events: list[SequenceEvent] = []
    with pytest.raises(Diverged, match=r"^Request 3: The loss"):
        for event in service.sequence(replace(REQUEST, base=replace(BASE, seed=1)), never):
            events.append(event)
    assert len(report_of([e for e in events if isinstance(e, SequenceReport)]).steps) == 2


@pytest.mark.parametrize(
    ("groups", "kind", "words"),
    [
        ((A,), InvalidRequest, "this one has 1"),
        ((A,) * 21, InvalidRequest, "2 to 20 requests"),
        ((A, ()), InvalidRequest, "Request 2 names nobody"),
        (((), A), InvalidRequest, "Request 1 names nobody"),
        ((A, B, (B[0], *C)), InvalidRequest, f"{B[0]} is in request 2 and in request 3"),
        ((A, ("nobody",)), UnknownName, "Unknown person 'nobody'"),
        ((A, ("set:official",)), InvalidRequest, "set:official cannot be part of a sequence"),
        ((("set:official",), A), InvalidRequest, "set:official cannot be part of a sequence"),
        ((A, tuple(PEOPLE[2:])), InvalidRequest, "name everybody; leave at least one"),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_computed(
    service: UnlearningService, groups: tuple[tuple[str, ...], ...], kind: type[Exception], words: str
) -> None:
    request = SequenceRequest(replace(BASE, people=groups[0]), groups[1:])
    with pytest.raises(kind, match=words):
        next(service.sequence(request, never))
    with pytest.raises(kind):
        validated_sequence(request, TASK)


def test_the_request_in_one_spelling() -> None:
    found = validated_sequence(SequenceRequest(replace(BASE, people=A[::-1] + A, control=True), (B[::-1],)), TASK)
    assert found.groups == (A, B) and not found.base.control and found.so_far(1) == (*A, *B)


# ---- words -----------------------------------------------------------------------------------------------------------


def scores(nomus: float, auc: float) -> Scores:
    return Scores(1, 1, 1, 1, 0.8, 0.5, auc, 0.01, (0.0, 0.05), (0.44, 0.56), nomus)


def step(groups: list[float], ours: float = 0.8, other: float | None = 0.8) -> SequenceStep:
    from dlfd_core.types import Drift

    found: dict[Any, Scores] = {"sequential": scores(ours, 0.5)}
    drift: dict[Any, Drift] = {}
    if other is not None:
        found["one_shot"], drift["one_shot"] = scores(other, 0.5), Drift(0, 0, ours - other, 0, 0)
    counts = split_for(TASK, A).counts(TASK.data)
    return SequenceStep(A, counts, found, tuple(scores(ours, auc) for auc in groups), drift, {})


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([step([0.5])], "there can be no drift yet: NoMUS 0.800."),
        (
            [step([0.5]), step([0.5, 0.5])],
            "a drift of +0.000, which chance alone can do; nobody forgotten earlier comes",
        ),
        ([step([0.5]), step([0.5, 0.9], 0.7)], "a drift of -0.100, more than chance usually does; nobody forgotten"),
        ([step([0.5]), step([0.7, 0.5])], "request 1 comes back while the later ones are forgotten."),
        ([step([0.5]), step([0.5, 0.5]), step([0.7, 0.7, 0.5])], "requests 1 and 2 come back"),
        ([step([0.6]), step([0.7, 0.5])], "nobody forgotten earlier comes back, but request 1 is still recognised."),
        ([step([0.5]), step([0.5, 0.7])], "comes back, but request 2 is still recognised."),
        ([step([0.5]), step([0.7, 0.7])], "request 1 comes back while the later ones are forgotten, and request 2 is"),
        ([step([0.5]), step([0.5, 0.5], 0.8, None)], "Forgetting them all at once diverged; nobody"),
    ],
)
def test_the_finding_is_two_sentences_and_one_on_the_first_request(steps: list[SequenceStep], words: str) -> None:
    said = describe_drift(REQUEST, steps)
    assert words in said and said.endswith(".") and said.count(". ") == (len(steps) > 1)


def test_the_distance_of_weights() -> None:
    one, other = torch.nn.Linear(2, 1, bias=False), torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        one.weight.copy_(torch.tensor([[3.0, 4.0]]))
        other.weight.copy_(torch.tensor([[0.0, 4.0]]))
    assert weight_distance(one, other) == pytest.approx(0.75) and weight_distance(one, one) == 0.0  # type: ignore[arg-type]


# ---- command line ----------------------------------------------------------------------------------------------------


def command(folder: Path, *more: str) -> list[str]:
    start = ["forget", "--data", f"folder:{folder}", "--task", "place", "--people", "random:3", "--epochs", "2"]
    return [*start, "--method", "fine_tune", "--set", "epochs=1", *more]


def test_the_command_line_prints_a_table_per_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    folder, out = write_as_folder(small_data(people=24, side=32), tmp_path / "faces"), tmp_path / "out.json"
    assert main(command(folder, "--then", "random:2", "--then", "random:1", "--json", str(out))) == 0
    said = capsys.readouterr()
    assert "After request 3 of 3" in said.out and "Drift from all at once: utility" in said.out
    assert "Request 1 by itself: signed AUC" in said.out and "Request 3 of 3: forgetting with Fine-tune" in said.err
    document = json.loads(out.read_text())
    found = document["sequence"]
    assert said.out.strip().endswith(found["finding"])
    everybody = [person for group in found["groups"] for person in group]
    assert [len(group) for group in found["groups"]] == [3, 2, 1] and len(set(everybody)) == 6
    assert found["groups"][0] == document["request"]["people"]
    assert found["steps"][0]["scores"]["sequential"] == document["scores"]["unlearned"]
    assert [set(step["drift"]) for step in found["steps"]] == [{"one_shot"}] * 3


def test_random_requests_draw_from_everybody_else_and_equal_seeds_draw_equally() -> None:
    base = replace(BASE, people=A)
    then = ["random:2", ",".join(B), "random:2"]
    first, again = read_sequence(TASK, base, then), read_sequence(TASK, base, then)
    assert first == again and first.groups[2] == B
    drawn = [*first.groups[1], *first.groups[3]]
    assert len(set(drawn)) == 4 and not set(drawn) & {*A, *B}
    assert read_sequence(TASK, replace(base, seed=1), then).groups != first.groups


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (["random:0"], "must be between 1 and 136"),
        (["random:x"], "must be between 1 and 136"),
        (["random:137"], "must be between 1 and 136; 137 people are in no other request"),
        (["random:136", "random:1"], "nobody is left to draw"),
        (["nobody"], "Unknown person 'nobody'"),
        ([","], "Request 2 names nobody"),
        (["set:official"], "set:official cannot be part of a sequence"),
        (["p003", "p003"], "p003 is in request 2 and in request 3"),
    ],
)
def test_bad_requests_are_one_sentence_and_exit_code_2(
    then: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", "--people", "p000,p001,p002", *(part for one in then for part in ("--then", one))]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said
