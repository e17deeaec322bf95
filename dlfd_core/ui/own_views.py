"""What a visitor reads about own people: plain sentences, which the component's script shows as text."""

from __future__ import annotations

from dlfd_core.types import DataCard, OwnReady
from dlfd_core.ui.markup import counted
from dlfd_core.ui.texts import copy_text, parts

TITLE = "Use photos of your own people"


def lead() -> str:
    """Markdown above the place for photos."""
    return copy_text("own").split("\n## ")[0]


def kept() -> str:
    """What is kept of the photos."""
    return parts("own")["Kept"]


def consent() -> str:
    """The sentence to be ticked."""
    return parts("own")["Consent"]


def ready(found: OwnReady, portraits: DataCard) -> str:
    """After teaching: who is known, for what, and what comes next."""
    titles = {card.name: card.title for card in portraits.tasks}
    people = counted(len(found.own.people), "person", "people")
    sentence = (
        f"The classifier knows {people} of yours now, for the task {titles.get(found.task, found.task)}. They stand "
        "first among the people above and are picked: go on with Forget."
    )
    if found.only:
        sentence += " The others of yours it never sees: they show what it says about strangers."
    return sentence
