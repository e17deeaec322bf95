"""A run from its click to its report: faults end in one sentence, and the original is measured once per pick."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dlfd_core.data import label_space as labels
from dlfd_core.metrics.audit import Auditor
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.training import Recipe
from dlfd_core.runs import workbench
from dlfd_core.service import UnlearningService
from dlfd_core.types import Audit, ForgetReport, ForgetRequest, ReportReady
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.server.failures import UNFORESEEN_JOB
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.unlearning.fine_tune import FineTune
from tests.small import small_data, small_task

pytestmark = pytest.mark.usefixtures("few_steps")

PEOPLE = tuple(small_task().training_people()[:3])
REQUEST = ForgetRequest(PEOPLE, data="small", task="place", method="fine_tune")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UnlearningService:
    """A service whose only data set is the small one, with an empty cache."""
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    monkeypatch.setattr(workbench, "load_data", lambda name: small_data())
    return UnlearningService(Recipe(epochs=1, batch_size=32))


def run(page: Handlers, seed: int) -> list[Slots]:
    """The messages of a run of the page, started as in ``wiring``, without heartbeats: on a busy machine one may still
    come after the last message, before the run has given the device back."""
    card = next(card for card in page.catalog.methods if card.name == "fine_tune")
    preset = page.preset("fine_tune", "place")
    wishes = Wishes(PEOPLE, "place", "fine_tune", seed, knobs=[preset[knob.name] for knob in card.knobs])
    return [slots for slots in page.forget(wishes, "a") if slots]


def no_number(self: Any, logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return self.losses(logits, wanted).mean() * float("nan")


def after_two_steps(error: BaseException) -> Callable[..., Iterator[Any]]:
    whole = FineTune.steps

    def steps(self: FineTune, context: Any) -> Iterator[Any]:
        for number, log in enumerate(whole(self, context)):
            if number == 2:
                raise error
            yield log

    return steps


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((labels.SingleLabel, "loss", no_number), "Training diverged at step"),
        ((FineTune, "steps", after_two_steps(torch.cuda.OutOfMemoryError("no room"))), "The GPU ran out of memory"),
        ((FineTune, "steps", after_two_steps(OSError(errno.ENOSPC, "full"))), "The disk is full"),
        ((FineTune, "steps", after_two_steps(RuntimeError("/secret/place is broken"))), UNFORESEEN_JOB),
    ],
    ids=["nan", "cuda memory", "disk", "unforeseen"],
)
def test_a_fault_in_the_middle_of_a_run(
    service: UnlearningService, fault: tuple[Any, str, Any], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    page = Handlers(service, tick=0.01)
    assert run(page, 0)[-1]["busy"] is False  # the original is trained by now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*fault)
        last = run(page, 1)[-1]
    assert last["busy"] is False and last["toast"].startswith(words) and "/secret" not in str(last)
    assert ("/secret/place" in caplog.text) is (words == UNFORESEEN_JOB)  # only the log names the cause
    again = run(page, 1)
    assert "toast" not in again[-1] and any("map" in slots for slots in again)
    assert service.cached_report(replace(REQUEST, seed=1)) is not None


def test_a_run_without_a_map_keeps_its_result(service: UnlearningService, monkeypatch: pytest.MonkeyPatch) -> None:
    """UMAP cannot be imported where numba finds no folder that it may write."""

    def no_umap() -> None:
        raise RuntimeError("cannot cache function 'rdist': no locator available for file '/secret/layouts.py'")

    monkeypatch.setattr("dlfd_core.feature_map.projection._import_umap", no_umap)
    *_, slots = run(Handlers(service), 0)
    assert slots["map"] == {} and "without a map" in slots["status"] and slots["busy"] is False
    report = service.cached_report(REQUEST)
    assert report is not None and report.points is None and "unlearned" in report.scores
    (note,) = [one for one in report.caveats if "no map" in one]
    assert "/secret" not in note
    for kind in ("json", "html", "pdf"):
        assert len(service.receipt(report, kind)) > 1_000


def test_the_original_is_measured_once_for_each_pick(
    service: UnlearningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited: list[str] = []
    audit = Auditor.audit

    def noted(self: Auditor, name: str, outputs: Outputs) -> Audit:
        audited.append(name)
        return audit(self, name, outputs)

    monkeypatch.setattr(Auditor, "audit", noted)

    def report(request: ForgetRequest) -> ForgetReport:
        *_, last = service.forget(replace(request, control=False), lambda: False)
        assert isinstance(last, ReportReady)
        return last.report

    first, second = report(REQUEST), report(replace(REQUEST, seed=1))
    assert audited == ["original", "unlearned", "unlearned"]
    assert second.scores["original"] == first.scores["original"]
    assert second.audits["original"] == first.audits["original"]
    assert second.audits["unlearned"].cka != first.audits["unlearned"].cka
    others = report(replace(REQUEST, people=tuple(small_task().training_people()[3:6])))
    assert audited[-2:] == ["original", "unlearned"]
    assert others.scores["original"] != first.scores["original"]
    with_reference = report(replace(REQUEST, seed=2, retrain=True))
    assert set(with_reference.audits["original"].cka or {}) == {"retrained"}
    assert report(replace(REQUEST, seed=3)).audits["original"] == first.audits["original"]
