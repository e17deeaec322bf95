"""Export of a run's receipt as a JSON, HTML or PDF file."""

from __future__ import annotations

from typing import Literal

from dlfd_core.errors import InvalidRequest
from dlfd_core.reports.receipt.document import receipt_json
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport

Kind = Literal["json", "html", "pdf"]
KINDS: tuple[Kind, ...] = ("json", "html", "pdf")


def make_receipt(report: ForgetReport, kind: str, follow_ups: FollowUps = NO_FOLLOW_UPS) -> bytes:
    """The receipt as a file of one of the ``KINDS``. Raises ``InvalidRequest`` for another kind.

    Args:
        follow_ups: the relearn test and the sequence of the run, if they were run.
    """
    if kind == "json":
        return receipt_json(report, follow_ups)
    if kind == "html":
        from dlfd_core.reports.receipt.html import receipt_html

        return receipt_html(report, follow_ups).encode()
    if kind == "pdf":
        from dlfd_core.reports.receipt.pdf import receipt_pdf

        return receipt_pdf(report, follow_ups)
    raise InvalidRequest(f"There is no receipt of the kind {kind!r}; choose one of: {', '.join(KINDS)}.")
