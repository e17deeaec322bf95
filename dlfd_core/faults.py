"""What a machine can do to a run, told in a sentence: out of memory, a full disk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from dlfd_core.errors import TooMuch

FULL = "The disk is full; free some space, or name another cache folder in DLFD_CACHE."


def is_full(error: OSError) -> bool:
    """Whether the disk, or what one may use of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def explained() -> Iterator[None]:
    """Turn the machine's refusals into ``TooMuch``; the next run finds the memory free again."""
    import torch

    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise TooMuch(
            "The GPU ran out of memory; choose a smaller batch or network, or the device cpu. Nothing else is lost."
        ) from error
    except MemoryError as error:
        raise TooMuch("The machine ran out of memory; choose fewer photos or a smaller network.") from error
    except OSError as error:
        if not is_full(error):
            raise
        raise TooMuch(FULL) from error
