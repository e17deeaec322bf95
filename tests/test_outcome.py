"""DLFD with its presets on the shipped originals: the scores lie in the bands stated here.

The bands are wide enough for other processors' rounding and narrow enough to fail when the method breaks: without its
steps the forgetting score stays near 0.2, and a broken rebuilding costs far more than a quarter of the utility.
"""

from __future__ import annotations

import numpy as np
import pytest

from dlfd_core.data.people import resolve_people
from dlfd_core.data.splits import prepare_task
from dlfd_core.service import UnlearningService
from dlfd_core.types import DEFAULT_BACKBONE, ForgetReport, ForgetRequest, ReportReady

pytestmark = pytest.mark.slow


def run(preset: str, *, control: bool, task_name: str = "emotion", backbone: str = DEFAULT_BACKBONE) -> ForgetReport:
    service = UnlearningService()
    task = prepare_task(service.bench.data("portraits"), task_name)
    people = resolve_people(task, "random:20", 0)
    request = ForgetRequest(people, task=task_name, backbone=backbone, preset=preset, control=control)
    *_, last = service.forget(request, lambda: False)
    assert isinstance(last, ReportReady) and last.final
    return last.report


@pytest.fixture(scope="module")
def report() -> ForgetReport:
    return run("quality", control=True)


def test_the_original_knows_its_people(report: ForgetReport) -> None:
    original = report.scores["original"]
    assert original.retain_accuracy > 0.95 and original.forget_accuracy > 0.95
    assert 0.64 < original.utility < 0.85
    assert 0.62 < original.mia_accuracy < 0.85 and original.mia_auc > 0.6


def test_the_original_of_age_groups_knows_its_people_and_dlfd_makes_it_forget() -> None:
    report = run("quality", control=False, task_name="age_group")
    original, unlearned = report.scores["original"], report.scores["unlearned"]
    assert 0.50 < original.utility < 0.70
    assert 0.62 < original.mia_accuracy < 0.85
    assert report.verdict.strict and report.verdict.label == "not_distinguishable"  # as in 5 of 5 runs of the studies
    assert unlearned.mia_auc < original.mia_auc - 0.2
    assert unlearned.utility > 0.8 * original.utility  # 0.89 of it


def test_the_original_of_the_identity_names_its_people_and_after_dlfd_not_the_forgotten() -> None:
    report = run("quality", control=False, task_name="identity")
    original, unlearned = report.scores["original"], report.scores["unlearned"]
    assert original.utility > 0.97 and original.forget_accuracy > 0.97  # 0.996 and 1.0
    assert unlearned.forget_accuracy < 0.05 and unlearned.utility > 0.94  # 0 and 0.98
    assert report.verdict.strict and report.verdict.label == "not_distinguishable"  # as in 5 of 5 runs of the studies


def test_dlfd_makes_it_forget_and_keeps_the_task(report: ForgetReport) -> None:
    original, unlearned = report.scores["original"], report.scores["unlearned"]
    assert unlearned.forgetting_score < 0.08
    assert unlearned.utility > 0.75 * original.utility
    assert unlearned.nomus > original.nomus + 0.1
    assert report.verdict.strict and report.verdict.label == "not_distinguishable"  # as in 20 of 20 runs of the studies


def test_synthesis_forgets_more_than_the_control_in_the_papers_protocol() -> None:
    """The paper's claim, as far as it holds here: one epoch without synthesis leaves nearly all of the memory.

    With ``quality`` the two are level, with ``compact_resnet`` (AUC 0.520 and 0.519 on this pick of emotions) as with
    ``slim_resnet`` (0.518 and 0.526).
    """
    report = run("paper", control=True, task_name="age_group")
    original, unlearned, control = (report.scores[model] for model in ("original", "unlearned", "control"))
    assert unlearned.mia_auc < control.mia_auc - 0.08  # 0.69 and 0.88; with another seed 0.75 and 0.88
    assert unlearned.nomus > control.nomus + 0.05  # 0.62 and 0.43; 0.53 and 0.45
    assert control.utility > 0.75 * original.utility
    assert report.verdict.strict and report.verdict.label == "still_recognisable"  # as in all runs of the studies


def test_one_epoch_as_published_forgets_part_of_it() -> None:
    report = run("paper", control=False)
    original, unlearned = report.scores["original"], report.scores["unlearned"]
    assert unlearned.forgetting_score < 0.6 * original.forgetting_score
    assert unlearned.utility > 0.6 * original.utility
    assert unlearned.nomus > original.nomus + 0.03  # 0.05 with one thread in bfloat16


def test_the_live_curve_tells_the_same_story(report: ForgetReport) -> None:
    first, last = report.curve[0], report.curve[-1]
    assert first.forgetting_score > 0.12 > last.forgetting_score
    assert {"forgetting", "retaining"} <= {point.phase for point in report.curve}
    costs = [point.ot_cost for point in report.curve if point.ot_cost is not None]
    assert costs and all(0 <= cost <= 2 for cost in costs)


def test_forgotten_photos_move_on_the_map_more_than_unseen_ones(report: ForgetReport) -> None:
    points = report.points
    assert points is not None
    moved = np.linalg.norm(points.after - points.before, axis=1)
    assert moved[points.group == 0].mean() > 0.1
