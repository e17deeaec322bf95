"""``--receipt DIR`` of ``forget``: the receipt of the run, and of what came after it, in its three forms."""

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


def write_receipts(report: ForgetReport, after: FollowUps, folder: Path) -> None:
    """``receipt.json``, ``receipt.html`` and ``receipt.pdf``. Raises ``InvalidRequest``."""
    from dlfd_core.artifacts import write_atomically
    from dlfd_core.reports.receipt.export import KINDS, make_receipt

    try:
        for kind in KINDS:
            write_atomically(folder / f"receipt.{kind}", make_receipt(report, kind, after))
    except OSError as error:
        raise _refusal(folder, error) from error


def _refusal(folder: Path, error: OSError) -> InvalidRequest:
    return InvalidRequest(f"--receipt {folder} cannot be written ({error.strerror}); choose another folder.")
