"""The caller of a piece of work, and a fair order of the work of several callers."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

#: Network address of the visitor whose request is being answered; None where it is not known.
caller: ContextVar[str | None] = ContextVar("caller", default=None)

#: Callers whose last piece is done that are remembered at most.
REMEMBERED = 1_000

T = TypeVar("T")


@dataclass(eq=False)
class _Entry(Generic[T]):
    piece: T
    caller: str | None
    round: int
    served: bool = False


class FairOrder(Generic[T]):
    """Pieces of work in the order of service: a limited number at a time, by rounds of one piece of each caller.

    This is start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) with pieces of equal length. A piece belongs
    to the round that is being served, or to the one after its caller's last piece. Within a round the order is that of
    arrival; a piece without a known caller belongs to the present round. Use it under a lock.

    Args:
        places: pieces that are served at a time.
    """

    def __init__(self, places: int = 1):
        self._places, self._now = places, 0
        self._entries: list[_Entry[T]] = []
        self._next: dict[str, int] = {}  # round of the next piece of a caller, where that is not the present one

    def add(self, piece: T) -> None:
        """Add a piece of the present ``caller``."""
        who = caller.get()
        number = self._now if who is None else self._next.get(who, self._now)
        if who is not None:
            self._next[who] = number + 1
        self._entries.append(_Entry(piece, who, number))
        self._serve()

    def remove(self, piece: T) -> None:
        """Remove a piece that is done, or that is given up."""
        entry = next(one for one in self._entries if one.piece is piece)
        self._entries.remove(entry)
        if entry.caller is not None and not entry.served and self._next.get(entry.caller) == entry.round + 1:
            self._next[entry.caller] = entry.round
        self._serve()

    def pieces(self) -> list[T]:
        """All pieces in the order of service, those that are served included."""
        return [entry.piece for entry in self._entries]

    def served(self) -> list[T]:
        """The pieces that are served now."""
        return [entry.piece for entry in self._entries if entry.served]

    def _serve(self) -> None:
        self._entries.sort(key=lambda one: (not one.served, one.round))  # equal ones stay in the order of arrival
        for entry in self._entries[: self._places]:
            if not entry.served:
                entry.served, self._now = True, max(self._now, entry.round)
        here = {entry.caller for entry in self._entries}
        most = REMEMBERED if here else 0  # where nobody waits there is nobody to be fair to
        kept = {who: number for who, number in self._next.items() if number > self._now}
        spare = [who for who in kept if who not in here]
        for who in spare[: max(0, len(spare) - most)]:
            del kept[who]
        self._next = kept
