"""LRU cache of finished reports, compressed by zlib; reports on the same photos share one sheet of faces."""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass, replace

from dlfd_core.runs.lru_cache import DataSetCache
from dlfd_core.types import ForgetReport, ForgetRequest, Sprite

#: Largest number of reports: a race of 15 methods and the reference with 5 seeds has 80. With 20 of 140 people a report
#: takes 0.34 MB compressed, and its sheet of faces 0.28 MB; all reports of a race share one sheet.
REPORTS = 96
#: Largest number of bytes of all reports, compressed: those of other data may be larger.
REPORT_BYTES = 40_000_000
#: Level of zlib: 13 ms for a report; the strongest level takes twelve times as long and saves 3 % more.
LEVEL = 1


@dataclass(frozen=True)
class _Compressed:
    """A report without the sheet of faces of its map, and this sheet."""

    key: str
    content: bytes
    faces: Sprite | None


class ReportStore:
    """The most recently used reports, by their validated requests. Each call decompresses a new copy (10 ms)."""

    def __init__(self, size: int = REPORTS, limit: int = REPORT_BYTES) -> None:
        self._reports = DataSetCache[ForgetRequest, _Compressed](size, limit)

    def put(self, request: ForgetRequest, report: ForgetReport) -> None:
        faces = None if report.points is None else report.points.faces
        shared = next((other.faces for other in self._reports.values() if other.faces == faces), None)
        bare = report if report.points is None else replace(report, points=replace(report.points, faces=None))
        content = zlib.compress(pickle.dumps(bare), LEVEL)
        size = len(content) + (0 if faces is None or shared is not None else len(faces.image))
        self._reports.put(request, _Compressed(report.key, content, shared or faces), size)

    def get(self, request: ForgetRequest) -> ForgetReport | None:
        return _restored(self._reports.get(request))

    def find(self, key: str) -> ForgetReport | None:
        """The report of that key; this does not count as a use."""
        return _restored(next((report for report in self._reports.values() if report.key == key), None))

    def drop_data(self, name: str) -> None:
        """Remove all reports on a data set."""
        self._reports.drop_data(name)


def _restored(compressed: _Compressed | None) -> ForgetReport | None:
    """Unpickling is safe here: the bytes were made by ``put``, never outside."""
    if compressed is None:
        return None
    report: ForgetReport = pickle.loads(zlib.decompress(compressed.content))
    if report.points is None:
        return report
    return replace(report, points=replace(report.points, faces=compressed.faces))
