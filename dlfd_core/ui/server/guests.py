"""Data set of a pick: the page's own portraits, or a visitor's own people. A browser never names a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import DataCard, ForgetReport, are_own_people
from dlfd_core.ui.server.ports import ServicePort

NOT_HERE = "Your own people are not here any more; pick others, or send your photos again."


class Guests:
    """Finder of the data set that picked people belong to.

    Args:
        portraits: the page's own data set.
    """

    def __init__(self, service: ServicePort, portraits: DataCard):
        self.service, self.portraits = service, portraits

    def card(self, people: Sequence[str], session: str | None) -> DataCard | None:
        """The data set of these people; None where own people are picked and this visitor has none."""
        if not are_own_people(people):
            return self.portraits
        return self.service.own.card(session) if session else None

    def data_of(self, people: Sequence[str], session: str | None) -> str:
        """The name of the data set of these people. Raises ``InvalidRequest``."""
        card = self.card(people, session)
        if card is None:
            raise InvalidRequest((session and self.service.own.deletion_reason(session)) or NOT_HERE)
        return card.name


def names_of(report: ForgetReport, names: Mapping[str, str]) -> dict[str, str]:
    """Person id -> name, own people of the report included."""
    pairs = zip(report.request.people, report.names, strict=False)  # fewer names where a forget set is named
    return dict(names) | {person: name for person, name in pairs if are_own_people((person,))}
