"""Lock on a file or folder of results, so that two runs do not write to it at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dlfd_core.errors import InvalidRequest


@contextmanager
def only_run(path: Path) -> Iterator[None]:
    """Context of the only run that writes to ``path``. The system releases the lock of a process that ended; the empty
    lock file beside ``path`` stays.

    Raises:
        InvalidRequest: another run writes to it, or the lock file cannot be written.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise InvalidRequest(
            f"Another run is writing to {path}; wait until it has ended, or choose another --out."
        ) from error
    except OSError as error:
        raise InvalidRequest(f"{path.parent} cannot be written to ({error.strerror}); choose another --out.") from error
    try:
        yield
    finally:
        lock.release()
