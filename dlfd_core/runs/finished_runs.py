"""Finished runs shipped with the project: the example, the lessons' runs, and the default people on every task.

A server that has just started answers these requests without computing anything. ``python -m dlfd_core example`` makes
all of them again. A file is the complete report as JSON, packed by xz, with the settings of its method: a run with
other settings than today's preset is not used.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlfd_core.artifacts import ASSETS, write_atomically
from dlfd_core.data.people import draw_people
from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import prepare_task
from dlfd_core.errors import MissingArtifact
from dlfd_core.reports.build import request_key
from dlfd_core.reports.serialise import archive_report, restore_report
from dlfd_core.runs.validation import validated_forget
from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.unlearning import configured_method

#: Data set that is shipped with the project.
EMBEDDED = "portraits"
EXAMPLE = ASSETS / "example" / "report.json.xz"
FOLDER = ASSETS / "example" / "runs"
_REMEDY = "make it again with `python -m dlfd_core example`"
#: Requests on the people of the example (``random:20``, seed 0), beside the example itself: the default on every task,
#: and the runs of the lessons. Tests compare them with the page and with the lessons.
REQUESTS = (
    ForgetRequest((), control=True),
    ForgetRequest(()),
    ForgetRequest((), method="neg_grad", knobs=(("epochs", 2), ("lr", 0.005))),
    ForgetRequest((), method="neg_grad_plus", knobs=(("beta", 0.8), ("epochs", 4), ("lr", 0.006))),
    ForgetRequest((), task="age_group", control=True),
    ForgetRequest((), task="smiling", control=True),
    ForgetRequest((), task="glasses", control=True),
    ForgetRequest((), task="smiling+glasses", control=True),
    ForgetRequest((), task="identity", control=True),
)


def read_example() -> ForgetReport:
    """The finished run that the page opens with. Raises ``MissingArtifact``."""
    if not EXAMPLE.exists():
        raise MissingArtifact(f"The finished example is missing; {_REMEDY}.")
    return _read(EXAMPLE, "The finished example")[0]


def save_example(report: ForgetReport, folder: Path) -> None:
    """Write the finished run that the page opens with into a folder."""
    _write(folder / EXAMPLE.name, archive_report(report))


def _read(path: Path, title: str) -> tuple[ForgetReport, dict[str, Any]]:
    """The report in a packed file, and its whole document. Raises ``MissingArtifact`` where the file is damaged."""
    try:
        document = json.loads(lzma.decompress(path.read_bytes()))
        return restore_report(document), document
    except Exception as error:  # any part of a damaged document may be missing or of another kind
        raise MissingArtifact(f"{title} {path.name} is damaged ({error!r:.80}); {_REMEDY}.") from error


def _write(path: Path, document: dict[str, Any]) -> None:
    """Write the document of a report, packed."""
    content = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    write_atomically(path, lzma.compress(content, preset=9))


def example_request(data: FaceData) -> ForgetRequest:
    """The request of the finished run that the page opens with."""
    people = draw_people(prepare_task(data, "emotion"), 20, 0)
    return ForgetRequest(people, retrain=True, control=True)


def shipped_requests(data: FaceData) -> Iterator[ForgetRequest]:
    """All requests whose finished runs are shipped, apart from the example."""
    people = example_request(data).people
    for request in REQUESTS:
        yield validated_forget(replace(request, people=people))


def _path(request: ForgetRequest, digest: str, folder: Path) -> Path:
    return folder / f"{request_key(request, digest)}.json.xz"


def save_finished(report: ForgetReport, digest: str, folder: Path = FOLDER) -> Path:
    """Write a finished run into the folder; returns its file."""
    request = validated_forget(report.request)
    document = archive_report(report) | {"settings": configured_method(request).settings()}
    path = _path(request, digest, folder)
    _write(path, document)
    return path


def find_finished(request: ForgetRequest, digest: str, folder: Path = FOLDER) -> ForgetReport | None:
    """The shipped report of a validated request; None where there is none, or where it was made with other settings.

    Args:
        digest: of the data set.

    Raises:
        MissingArtifact: the file is damaged.
    """
    path = _path(request, digest, folder)
    if not path.exists():
        return None
    report, document = _read(path, "The finished run")
    return report if document.get("settings") == configured_method(request).settings() else None
