"""LRU cache of finished reports: compressed, and bounded by number and by bytes."""

from __future__ import annotations

import pickle
from dataclasses import replace

from dlfd_core.reports.serialise import report_to_json
from dlfd_core.runs.report_store import REPORT_BYTES, REPORTS, ReportStore
from dlfd_core.service import UnlearningService
from dlfd_core.types import MAX_RACE_METHODS, MAX_RACE_SEEDS, ForgetRequest
from tests.fakes import make_report


def test_reports_are_kept_compressed_and_come_back_whole() -> None:
    kept, report = ReportStore(), UnlearningService().example()
    kept.put(report.request, report)
    for copy in (kept.get(report.request), kept.find(report.key)):
        assert copy is not None and report_to_json(copy) == report_to_json(report)
    other = replace(report.request, seed=report.request.seed + 1)
    assert kept.get(other) is None and kept.find("another") is None
    kept.drop_data("faces elsewhere")
    assert kept.get(report.request) is not None
    kept.drop_data(report.request.data)
    assert kept.get(report.request) is None


def test_a_compressed_report_takes_less_than_three_quarters() -> None:
    report = UnlearningService().example()
    size = len(pickle.dumps(report))
    kept = ReportStore(limit=int(1.5 * size))  # room for two at three quarters each
    requests = [replace(report.request, seed=seed) for seed in (0, 1)]
    for request in requests:
        kept.put(request, replace(report, request=request))
    assert all(kept.get(request) is not None for request in requests)
    assert 0.75 * size < REPORT_BYTES / 40  # the byte limit has room for 40 such reports


def test_reports_on_the_same_photos_share_their_faces() -> None:
    report = UnlearningService().example()
    assert report.points is not None and report.points.faces is not None
    requests = [replace(report.request, seed=seed) for seed in range(80)]
    kept = ReportStore()
    for request in requests:  # one race: together they would be larger than the limit with a sheet each
        kept.put(request, replace(report, request=request))
    copies = [kept.get(request) for request in requests]
    sheets = {id(copy.points.faces) for copy in copies if copy is not None and copy.points is not None}
    assert None not in copies and len(sheets) == 1
    assert copies[-1] is not None and report_to_json(copies[-1]) == report_to_json(
        replace(report, request=requests[-1])
    )
    sheet = replace(report.points.faces, image=b"other")
    other = replace(report, points=replace(report.points, faces=sheet))
    kept.put(requests[0], other)
    changed = kept.get(requests[0])
    assert changed is not None and changed.points is not None and changed.points.faces == sheet


def test_the_least_recently_used_report_is_dropped_first() -> None:
    kept = ReportStore(size=2)
    requests = [ForgetRequest(("p00",), seed=seed) for seed in range(3)]
    for request in requests[:2]:
        kept.put(request, make_report(request))
    kept.get(requests[0])
    kept.put(requests[2], make_report(requests[2]))
    assert [kept.get(request) is not None for request in requests] == [True, False, True]


def test_the_number_of_reports_is_bounded() -> None:
    kept, report = ReportStore(), make_report(ForgetRequest(("p00",)), points=False)
    requests = [replace(report.request, seed=seed) for seed in range(REPORTS + 1)]
    for request in requests:
        kept.put(request, report)
    assert kept.get(requests[0]) is None
    assert kept.get(requests[1]) is not None and kept.get(requests[-1]) is not None


def test_the_reports_of_the_largest_race_are_all_kept() -> None:
    kept, report = ReportStore(), make_report(ForgetRequest(("p00",)), points=False)
    requests = [
        replace(report.request, method=f"method {number}", seed=seed)
        for number in range(MAX_RACE_METHODS + 1)  # the reference is one more
        for seed in range(MAX_RACE_SEEDS)
    ]
    for request in requests:
        kept.put(request, report)
    assert all(kept.get(request) is not None for request in requests)


def test_the_service_finds_a_kept_report_by_its_key() -> None:
    service, report = UnlearningService(), make_report(ForgetRequest(("p00",)))
    service._reports.put(report.request, report)
    copy = service.find_report(report.key)
    assert copy is not None and report_to_json(copy) == report_to_json(report)
    assert service.find_report("another") is None
