"""Finished runs, kept packed: the report of one is over a megabyte, and a third of it can be pressed out."""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass

from dlfd_core.runs.lru_cache import DataSetCache
from dlfd_core.types import ForgetReport, ForgetRequest

#: Reports remembered: a race of 12 methods and the reference with 5 seeds is 65, at 0.8 MB each packed (20 of 140
#: people: half of that are pictures), so 52 MB.
REPORTS = 96
#: Bytes of them, packed: of other data, reports may be larger.
REPORT_BYTES = 64_000_000
#: Of zlib: 13 ms for a report; the strongest level takes twelve times as long and saves 3 % more.
LEVEL = 1


@dataclass(frozen=True)
class _Packed:
    key: str
    content: bytes


class ReportStore:
    """The reports used last, by their validated requests. Each call unpacks a report of its own (10 ms)."""

    def __init__(self, size: int = REPORTS, limit: int = REPORT_BYTES) -> None:
        self._packed = DataSetCache[ForgetRequest, _Packed](size, limit)

    def put(self, request: ForgetRequest, report: ForgetReport) -> None:
        self._packed.put(request, _Packed(report.key, zlib.compress(pickle.dumps(report), LEVEL)))

    def get(self, request: ForgetRequest) -> ForgetReport | None:
        return _unpacked(self._packed.get(request))

    def find(self, key: str) -> ForgetReport | None:
        """The report of that key; finding it uses nothing."""
        return _unpacked(next((packed for packed in self._packed.values() if packed.key == key), None))

    def drop_data(self, name: str) -> None:
        """Remove all reports on a data set."""
        self._packed.drop_data(name)


def _unpacked(packed: _Packed | None) -> ForgetReport | None:
    """What is unpacked was packed here: nothing from outside comes this way."""
    if packed is None:
        return None
    report: ForgetReport = pickle.loads(zlib.decompress(packed.content))
    return report
