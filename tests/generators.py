"""Closing a stream of events before its end, as the page does on a cancel and when the tab is closed."""

from __future__ import annotations

from collections.abc import Generator, Iterator


def close(stream: Iterator[object]) -> None:
    """Close a stream that is typed as an iterator and made by a generator function."""
    assert isinstance(stream, Generator)
    stream.close()
