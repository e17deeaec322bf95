"""The receipt of a run as a file: JSON, HTML or PDF."""

from __future__ import annotations

from typing import Literal

from dlfd_core.errors import InvalidRequest
from dlfd_core.reports.receipt.document import receipt_json
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport

Kind = Literal["json", "html", "pdf"]
KINDS: tuple[Kind, ...] = ("json", "html", "pdf")


def make_receipt(report: ForgetReport, kind: str, after: FollowUps = NO_FOLLOW_UPS) -> bytes:
    """The receipt as a file of one of the ``KINDS``. Raises ``InvalidRequest`` for another kind.

    Args:
        after: what was done with the run since.
    """
    if kind == "json":
        return receipt_json(report, after)
    if kind == "html":
        from dlfd_core.reports.receipt.html import receipt_html

        return receipt_html(report, after).encode()
    if kind == "pdf":
        from dlfd_core.reports.receipt.pdf import receipt_pdf

        return receipt_pdf(report, after)
    raise InvalidRequest(f"There is no receipt of the kind {kind!r}; choose one of: {', '.join(KINDS)}.")
