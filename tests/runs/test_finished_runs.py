"""Finished runs: complete, made with today's presets, and answered without computing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlfd_core.data.sources import load_data
from dlfd_core.errors import MissingArtifact
from dlfd_core.runs import finished_runs
from dlfd_core.runs.finished_runs import (
    EMBEDDED,
    FOLDER,
    example_request,
    find_finished,
    read_example,
    save_finished,
    shipped_requests,
)
from dlfd_core.runs.validation import validated_forget
from dlfd_core.service import UnlearningService
from dlfd_core.types import CachedReport
from dlfd_core.unlearning import configured_method

DATA = load_data(EMBEDDED)
REQUESTS = tuple(shipped_requests(DATA))


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: f"{request.task}-{request.method}-{request.control}")
def test_each_request_has_a_finished_run(request_: object) -> None:
    report = find_finished(request_, DATA.digest)  # type: ignore[arg-type]
    assert report is not None, "run `python -m dlfd_core example` after a change of presets, weights or data"
    assert validated_forget(report.request) == request_ and report.points is not None
    assert ("control" in report.scores) == report.request.control


def test_nothing_else_is_in_the_folder() -> None:
    assert len(list(FOLDER.iterdir())) == len(REQUESTS)


def test_the_example_was_made_with_todays_request() -> None:
    assert validated_forget(read_example().request) == validated_forget(example_request(DATA))


def test_a_service_answers_them_at_once_only_where_it_is_told_to() -> None:
    (event,) = UnlearningService(shipped=True).forget(REQUESTS[0], lambda: False)
    assert isinstance(event, CachedReport) and event.report.request == REQUESTS[0]
    assert UnlearningService().cached_report(REQUESTS[0]) is None


def test_a_run_with_other_settings_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = find_finished(REQUESTS[0], DATA.digest)
    assert report is not None
    save_finished(report, DATA.digest, tmp_path)
    assert find_finished(REQUESTS[0], DATA.digest, tmp_path) is not None
    assert find_finished(replace(REQUESTS[0], seed=99), DATA.digest, tmp_path) is None
    assert find_finished(REQUESTS[0], "other data", tmp_path) is None
    changed = configured_method(replace(REQUESTS[0], knobs=(("lr", 0.0123),)))
    monkeypatch.setattr(finished_runs, "configured_method", lambda request: changed)
    assert find_finished(REQUESTS[0], DATA.digest, tmp_path) is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    report = find_finished(REQUESTS[0], DATA.digest)
    assert report is not None
    path = save_finished(report, DATA.digest, tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(MissingArtifact, match=r"damaged.*dlfd_core example"):
        find_finished(REQUESTS[0], DATA.digest, tmp_path)
