"""Handler of a page that is opened by a link to a run, without gradio: from the link to a filled form."""

from __future__ import annotations

from collections.abc import Iterator

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import CONTROLLED
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.painter import STOP_MAP
from dlfd_core.ui.receipt.link import place_key, read_link
from dlfd_core.ui.server.failures import sentence_for
from dlfd_core.ui.server.jobs import Slots

#: Takes the key of a run that is over out of the address.
UNSEEN: Slots = {"ticket": {"address": ""}}
GONE = "The run of this link is over. Pick people, then press Forget."
STOPPED = "The visitor who started this run has stopped it."
READY = "Filled in from the link. Press Forget to start the run. Until then the page shows its finished example."
#: The same on a page that has no finished example.
READY_BARE = "Filled in from the link. Press Forget to start the run."
OTHER_PLACE = (
    "This link is about other people or another network than this page has; the links under Adjust lead to the others."
)


class LinkHandlers:
    """Handlers of links. All visitors share them, so they keep no data of a visitor.

    Args:
        page: shares its service and its catalog.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service

    def come_back(self, ticket: object, session: str | None) -> Iterator[tuple[Wishes | None, Slots]]:
        """A run of before a reload: the form that started it, with the first message only, and its slots until its end.
        Nothing for an unknown ticket.

        Args:
            session: of the page that was opened.
        """
        if not isinstance(ticket, str):
            return
        wishes = self.page.kept.note(ticket)
        for slots in self.page.follow(ticket, session):
            yield wishes, slots
            wishes = None

    def watch(self, key: object) -> Iterator[tuple[Wishes | None, Slots]]:
        """Another visitor's run that goes on, as ``come_back`` gives one's own. Nothing for an unknown key."""
        wishes, steps = self.page.kept.watch(key) or (None, iter(()))
        seen: Slots = {}
        for slots in steps:
            seen |= {name: slots[name] for name in ("busy", "address") if name in slots}
            if seen.get("address") is None:  # with own people: not for others
                return
            yield wishes, slots | (UNSEEN if slots.get("busy") is False else {})
            wishes = None
        if seen.get("busy"):  # it was stopped
            yield None, {"busy": False, "status": views.status("cancelled", STOPPED), "live": STOP_MAP} | UNSEEN

    def gone(self) -> Slots:
        """The page of a link to a run that went on once."""
        return {"status": views.status("idle", GONE)} | UNSEEN

    def open(self, value: object) -> tuple[Wishes | None, Slots]:
        """The page that a link opens. Starts no run and never raises: an error becomes a sentence.

        Args:
            value: of the parameter in the address.

        Returns:
            The form to fill in, None where the link makes no sense; and what changes on the page besides: a sentence,
            or the whole result of a run that is still in memory.
        """
        try:
            wishes = self.wishes(value)
            report = self.service.cached_report(self.page.request(wishes))  # which looks at the settings, too
        except Exception as error:
            return None, _refused(sentence_for(error, "A link could not be read"))
        if report is not None:
            return wishes, self.page.again(report)
        return wishes, {"status": views.status("idle", READY if self.page.place.standard else READY_BARE)}

    def wishes(self, value: object) -> Wishes:
        """The form as a link wants it, with a value for every knob, its numbers unchecked. Raises ``DlfdError``."""
        link = read_link(value)
        place = self.page.place
        if link.place != place_key(place.data.name, place.backbone, place.weights):
            raise InvalidRequest(OTHER_PLACE)
        ids = {person.id for person in self.page.data.people}
        strange = sum(person not in ids for person in link.people)
        if strange:
            raise InvalidRequest(f"This link names {strange} of {len(link.people)} people who are not on this page.")
        card = self.page.method(link.method)
        values = self.page.preset(card.name, link.task, link.preset)
        unknown = next((name for name in link.knobs if name not in values), None)
        if unknown is not None:
            raise InvalidRequest(f"This link has the setting {unknown!r}, which {card.title} does not have.")
        values |= link.knobs
        knobs = [values[knob.name] for knob in card.knobs]
        control = link.control and card.name in CONTROLLED
        people = sorted(set(link.people))
        return Wishes(people, link.task, card.name, link.seed, link.retrain, control, link.preset, knobs)


def _refused(sentence: str) -> Slots:
    return {"status": views.status("failed", sentence), "toast": sentence}
