"""Hugging Face Spaces: no GPU is used at import, and runs work on ZeroGPU. Files: see ``test_repository``."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from app import LONGEST_RUN
from dlfd_core.errors import DlfdError, InvalidRequest, RunCancelled
from dlfd_core.reports.serialise import report_to_json
from dlfd_core.runs.report_store import REPORT_BYTES
from dlfd_core.runs.workbench import MODEL_BYTES
from dlfd_core.service import UnlearningService
from dlfd_core.types import CachedReport, ForgetEvent, ForgetProgress, ForgetRequest, MapReady, SequenceRequest
from dlfd_core.ui.server.jobs import RUNS_OPEN
from dlfd_core.ui.server.visits import Visits
from dlfd_core.zero_gpu import LONG_SECONDS, RUN_SECONDS, ZeroGpuService, make_service, seconds_of
from tests.fake_after import make_sequence
from tests.fake_relearn import make_relearn
from tests.fakes import make_report
from tests.generators import close

ROOT = Path(__file__).resolve().parents[1]
#: Larger files need Git LFS at Hugging Face.
WITHOUT_LFS = 10_000_000
REQUEST = ForgetRequest(("p000", "p001"), method="fine_tune")


def test_the_app_is_imported_without_a_gpu_or_a_start() -> None:
    """A Space imports the app before it has a GPU; CUDA must not be used before a run starts."""
    program = (
        "import sys, torch, app\n"
        "assert not torch.cuda.is_initialized() and 'spaces' not in sys.modules\n"
        "assert callable(app.main)\n"
    )
    hidden = os.environ | {"CUDA_VISIBLE_DEVICES": "", "SPACES_ZERO_GPU": ""}
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=hidden, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_host_page_says_what_the_settings_say() -> None:
    text = (ROOT / "SPACE.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    for field in ("sdk: gradio", "app_file: app.py", 'python_version: "3.11"', "suggested_hardware: cpu-basic"):
        assert field in readme and field in text, field


def test_the_host_page_has_the_limits_of_the_code() -> None:
    text = " ".join((ROOT / "SPACE.md").read_text(encoding="utf-8").split())
    visits, minutes = Visits(), {10: "ten"}
    for sentence in (
        f"bounded by number and by bytes ({REPORT_BYTES // 10**6} MB and {MODEL_BYTES // 10**9} GB)",
        f"A run is stopped after {LONGEST_RUN // 60} minutes.",
        f"One visitor may start {visits.runs} runs in {minutes[int(visits.span // 60)]} minutes.",
        f"The queue holds {RUNS_OPEN} runs of all visitors together.",
        f"requests a GPU for {RUN_SECONDS} seconds",
        f"relearn tests and sequences of requests get {LONG_SECONDS}.",
    ):
        assert sentence in text, sentence


def test_no_file_needs_large_file_storage() -> None:
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if run.returncode != 0:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in os.fsdecode(run.stdout).split("\0") if name and (ROOT / name).is_file()]
    assert len(files) > 100
    assert [path.name for path in files if path.stat().st_size > WITHOUT_LFS] == []


# ---- ZeroGPU ----


def _carry_out(work: Callable[..., Iterator[Any]], arguments: tuple[Any, ...], line: Any) -> None:
    events = work(*arguments)
    for event in events:
        line.send(event)
        if not line.recv():
            close(events)
            break
    line.send("end")


def forked(work: Callable[..., Iterator[Any]], duration: Callable[..., int]) -> Callable[..., Iterator[Any]]:
    """Imitation of ``spaces.GPU`` for a generator: another process, events through a pipe, stopped at an event."""
    assert duration is seconds_of

    def call(*arguments: Any) -> Iterator[Any]:
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        process = context.Process(target=_carry_out, args=(work, arguments, there), daemon=True)
        process.start()
        try:
            while (event := here.recv()) != "end":
                try:
                    yield event
                except GeneratorExit:
                    here.send(False)
                    raise
                here.send(True)
        finally:
            process.join(10)
            assert process.exitcode == 0

    return call


def test_a_run_requests_less_of_a_gpu_than_work_that_trains_longer() -> None:
    run = ForgetRequest(("a",))
    longer = [replace(run, retrain=True), replace(run, method="retrain"), replace(run, backbone="resnet18")]
    assert seconds_of("forget", (run,)) == RUN_SECONDS
    assert {seconds_of("forget", (request,)) for request in longer} == {LONG_SECONDS}
    assert seconds_of("relearn", (run, 3)) == seconds_of("sequence", (SequenceRequest(run, (("b",),)),)) == LONG_SECONDS


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[ForgetRequest]:
    """The service's own run is replaced by one without a model; the requests it saw in this process."""
    seen: list[ForgetRequest] = []

    def forget(
        self: UnlearningService, request: ForgetRequest, should_stop: Callable[[], bool]
    ) -> Iterator[ForgetEvent]:
        seen.append(request)
        if "nobody" in request.people:
            raise InvalidRequest("Unknown person 'nobody'.")
        for step in range(5):
            yield ForgetProgress("unlearn", step, 5, f"in process {os.getpid()}")
        yield MapReady(make_report(request))

    monkeypatch.setattr(UnlearningService, "forget", forget)
    return seen


def test_a_run_is_carried_out_elsewhere_and_remembered_here(asked: list[ForgetRequest]) -> None:
    service = ZeroGpuService(forked)
    events = list(service.forget(REQUEST, lambda: False))
    assert asked == [], "it was carried out in this process"
    assert isinstance(events[0], ForgetProgress) and str(os.getpid()) not in events[0].message
    assert isinstance(events[-1], MapReady) and events[-1].report.request == REQUEST
    (again,) = service.forget(REQUEST, lambda: False)
    assert isinstance(again, CachedReport) and report_to_json(again.report) == report_to_json(events[-1].report)


def test_what_was_done_with_a_run_elsewhere_is_remembered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_report(REQUEST)
    run = replace(run, hashes={"unlearned": "0" * 64})
    relearn, sequence = make_relearn(run, 2), make_sequence(run)
    monkeypatch.setattr(UnlearningService, "relearn", lambda *_: iter([relearn]))
    monkeypatch.setattr(UnlearningService, "sequence", lambda *_: iter([sequence]))
    service = ZeroGpuService(forked)
    list(service.relearn(REQUEST, 2, lambda: False))
    list(service.sequence(sequence.request, lambda: False))
    assert service.follow_ups(run) == (sequence, relearn)


def test_a_sentence_of_the_other_process_arrives_whole(asked: list[ForgetRequest]) -> None:
    with pytest.raises(DlfdError, match="Unknown person 'nobody'"):
        list(ZeroGpuService(forked).forget(ForgetRequest(("nobody",)), lambda: False))


def test_a_cancel_and_a_closed_stream_end_the_other_process(asked: list[ForgetRequest]) -> None:
    service = ZeroGpuService(forked)
    stop: list[bool] = []
    run = service.forget(REQUEST, lambda: bool(stop))
    next(run)
    stop.append(True)
    with pytest.raises(RunCancelled):
        next(run)
    left = service.forget(REQUEST, lambda: False)
    next(left)
    close(left)
    assert service.cached_report(REQUEST) is None and multiprocessing.active_children() == []


@pytest.mark.parametrize(("said", "on"), [("true", True), ("1", True), ("", False), ("0", False)])
def test_it_is_chosen_where_zero_gpu_is_on(monkeypatch: pytest.MonkeyPatch, said: str, on: bool) -> None:
    package = ModuleType("spaces")
    package.GPU = forked  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", package)
    monkeypatch.setenv("SPACES_ZERO_GPU", said)
    service = make_service(60.0)
    assert isinstance(service, ZeroGpuService) is on and service.limit == 60.0
    assert not torch.cuda.is_initialized()
