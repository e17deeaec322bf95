"""Sentences about own people, which the component's script shows as plain text."""

from __future__ import annotations

from dlfd_core.types import DataCard, OwnReady
from dlfd_core.ui.text.markup import counted
from dlfd_core.ui.text.texts import copy_text, parts

TITLE = "Use photos of your own people"


def lead() -> str:
    """Markdown above the place for photos."""
    return copy_text("own").split("\n## ")[0]


def kept() -> str:
    """The sentence on what is kept of the photos."""
    return parts("own")["Kept"]


def consent() -> str:
    """The sentence of consent, which the visitor ticks."""
    return parts("own")["Consent"]


def ready(taught: OwnReady, portraits: DataCard) -> str:
    """The sentence after teaching: how many people the classifier knows, for which task, and the next step."""
    titles = {card.name: card.title for card in portraits.tasks}
    people = counted(len(taught.own.people), "person", "people")
    sentence = (
        f"The classifier now knows {people} of yours, for the task {titles.get(taught.task, taught.task)}. Nobody "
        "said what your photos show: the original model's answers count as right. Your people are the first under "
        "Demo, and they are picked: go there and press Forget."
    )
    if taught.only:
        sentence += " It never sees the photos of your other people. They show what it says about unseen people."
    return sentence
