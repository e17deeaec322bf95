"""``--receipt DIR`` of ``forget``: the receipt of the run and its follow-ups as JSON, HTML and PDF."""

from __future__ import annotations

from pathlib import Path

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import FollowUps, ForgetReport


def open_receipts(folder: Path) -> None:
    """Make the folder before anything is computed. Raises ``InvalidRequest`` where it cannot be written."""
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / ".receipt.part"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _refusal(folder, error) from error


def write_receipts(report: ForgetReport, follow_ups: FollowUps, folder: Path) -> None:
    """Write ``receipt.json``, ``receipt.html`` and ``receipt.pdf``. Raises ``InvalidRequest``."""
    from dlfd_core.artifacts import write_atomically
    from dlfd_core.reports.receipt.export import KINDS, make_receipt

    try:
        for kind in KINDS:
            write_atomically(folder / f"receipt.{kind}", make_receipt(report, kind, follow_ups))
    except OSError as error:
        raise _refusal(folder, error) from error


def _refusal(folder: Path, error: OSError) -> InvalidRequest:
    return InvalidRequest(f"--receipt {folder} cannot be written ({error.strerror}); choose another folder.")
