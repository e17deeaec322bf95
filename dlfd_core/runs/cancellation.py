"""Poll that stops a run: long work calls ``raise_if_cancelled`` at every step."""

from __future__ import annotations

import time
from collections.abc import Callable

from dlfd_core.errors import RunCancelled, TooMuch


class CancellationPoll:
    """Stops one piece of work that a user cancelled, or that takes too long.

    Args:
        should_stop: whether the visitor has cancelled or left the page.
        limit: seconds the work may take, not counting the wait in the queue; None for no limit.
    """

    def __init__(self, should_stop: Callable[[], bool], limit: float | None = None):
        self._should_stop, self._limit = should_stop, limit
        self._ends: float | None = None

    def start_clock(self) -> None:
        """Count the limit from now on: the work begins."""
        if self._limit is not None:
            self._ends = time.monotonic() + self._limit

    def raise_if_cancelled(self) -> None:
        """Raises ``RunCancelled``, or ``TooMuch`` after the limit."""
        if self._should_stop():
            raise RunCancelled("Cancelled.")
        if self._ends is not None and self._limit is not None and time.monotonic() > self._ends:
            raise TooMuch(
                f"This run was stopped after {self._limit / 60:.0f} minutes, the longest one may take here; choose "
                "fewer epochs or a smaller network, or run it on a machine of your own."
            )
