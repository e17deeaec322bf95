"""Interface of the engines: work is split into items, and each item is carried out on its own with one thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items with their results, in the order in which they are finished.
Results = Generator[tuple[Item, Result], None, None]


class Engine(Protocol):
    """Interface of an engine.

    A function that is given to an engine stands in a module, and its result depends on its item only. Items are
    hashable and hold settings, no data: they are pickled. Because each item has one thread, its result does not depend
    on the engine or the number of jobs.
    """

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Results[Item, Result]:
        """Carry out all items, and yield each with its result when it is finished.

        Raises:
            DlfdError: an item cannot be carried out. Results that were yielded before are not lost.
        """

    def prepare(
        self, function: Callable[[Item], None], items: Sequence[Item], files: Callable[[Item], Sequence[Path]]
    ) -> None:
        """Carry out a function that writes files into the cache; afterwards every worker has these files.

        Args:
            files: paths of the files in the cache that the function of this item writes, or later items read; those
                that do not exist are left out. It is called here and in the workers.

        Raises:
            DlfdError: as in ``map``.
        """


#: An engine that can be entered once, as ``engine_named`` makes it.
OpenedEngine = AbstractContextManager[Engine]
