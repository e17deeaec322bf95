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

from dlfd_core.artifacts import ASSETS, OBJECT, read_json, write_atomically
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
EXAMPLE = ASSETS / "example" / "report.json"
FOLDER = ASSETS / "example" / "runs"
_REMEDY = "make it again with `python -m dlfd_core example`"
#: Requests on the people of the example (``random:20``, seed 0), beside the example itself: the default on every task,
#: and the runs of the lessons. Tests compare them with the page and with the lessons.
REQUESTS = (
    ForgetRequest((), control=True),
    ForgetRequest(()),
    ForgetRequest((), method="neg_grad", knobs=(("epochs", 2),)),
    ForgetRequest((), method="neg_grad_plus", knobs=(("beta", 0.8), ("epochs", 4), ("lr", 0.006))),
    ForgetRequest((), task="age_group", control=True),
    ForgetRequest((), task="smiling", control=True),
    ForgetRequest((), task="glasses", control=True),
    ForgetRequest((), task="smiling+glasses", control=True),
)


def read_example() -> ForgetReport:
    """The finished run that the page opens with. Raises ``MissingArtifact``."""
    if not EXAMPLE.exists():
        raise MissingArtifact("The finished example is missing; make it with `python -m dlfd_core example`.")
    document = read_json(EXAMPLE, OBJECT, _REMEDY)
    try:
        return restore_report(document)
    except Exception as error:  # a document of another shape: any part of it may be missing or of another kind
        raise MissingArtifact(f"The finished example is damaged ({error!r:.80}); {_REMEDY}.") from error


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
    content = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    path = _path(request, digest, folder)
    write_atomically(path, lzma.compress(content, preset=9))
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
    try:
        document: dict[str, Any] = json.loads(lzma.decompress(path.read_bytes()))
        report = restore_report(document)
    except Exception as error:  # any part of a damaged document may be missing or of another kind
        raise MissingArtifact(f"The finished run {path.name} is damaged ({error!r:.80}); {_REMEDY}.") from error
    return report if document["settings"] == configured_method(request).settings() else None
