"""Grid of faces for picking people: a list box with multiple choice, by mouse, touch and keyboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from dlfd_core.types import OWN_PERSON_ID, DataCard
from dlfd_core.ui.components.assets import script, sprite_value, templates
from dlfd_core.ui.components.base import Chooser
from dlfd_core.ui.server.failures import NO_LOOK_ALIKES, answered

MOST_CHOICES = 8  # an attribute with more values is a search, not a filter
MOST_RANDOM = 20
ABOUT = "A program drew these people: they do not exist."


def at_random(card: DataCard) -> int:
    """Number of people that the picker draws at random."""
    return max(1, min(MOST_RANDOM, len(card.people) // 2))


class FacePicker(Chooser):
    """Picker of people of a data set. Value: list of person ids in the order in which they were picked.

    Events: ``input`` when the visitor changes the pick, ``change`` on every change.

    Args:
        similar: a person's id -> the people most like them, nearest first. Without it there is no such button.
    """

    def __init__(
        self,
        card: DataCard,
        *,
        value: Sequence[str] = (),
        similar: Callable[[str], Sequence[str]] | None = None,
        **kwargs: Any,
    ):
        self.known = tuple(person.id for person in card.people)
        super().__init__(
            value=list(value),
            js_on_load=script(
                "face_picker_own",
                "face_picker_map",
                "face_picker",
                people=_people(card),
                filters=_filters(card),
                faces=sprite_value(card.faces),
                random=at_random(card),
                similar=similar is not None,
                about="" if card.about else ABOUT,
            ),
            server_functions=[_look_alikes(self.known, similar)] if similar else None,
            **templates("face_picker"),
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        # no enum: 140 ids would make the API description unreadable, and ``preprocess`` checks them anyway
        return {"type": "array", "items": {"type": "string"}, "maxItems": len(self.known)}

    def example_payload(self) -> list[str]:
        return list(self.known[:2])

    def example_value(self) -> list[str]:
        return list(self.known[:2])

    def preprocess(self, payload: Any) -> Any:
        """Check a value from the browser or from the public API."""
        if payload is None:
            return []
        if not isinstance(payload, list) or not all(isinstance(one, str) for one in payload):
            raise _refusal("The people to forget must be a list of their ids.")
        # own people are added in the browser; whether they belong to this visitor is checked where they are used
        if strangers := {one for one in payload if one not in self.known and not OWN_PERSON_ID.fullmatch(one)}:
            count = len(strangers)
            raise _refusal(
                f"{count} of the people {'is' if count == 1 else 'are'} not in this data set; pick them again."
            )
        if len(set(payload)) != len(payload):
            raise _refusal("The list of people has somebody twice; name everybody once.")
        return payload

    def postprocess(self, value: Any) -> Any:
        return list(value or ())


def _refusal(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)


def _people(card: DataCard) -> list[dict[str, Any]]:
    return [
        {
            "id": person.id,
            "name": person.name,
            "photos": person.photos,
            "tile": person.tile,
            "attributes": dict(person.attributes),
        }
        for person in card.people
    ]


def _filters(card: DataCard) -> list[dict[str, Any]]:
    """Attributes with 2 to ``MOST_CHOICES`` values, each with the number of people."""
    names = list(dict.fromkeys(name for person in card.people for name in person.attributes))
    filters = []
    for name in names:
        counts = Counter(person.attributes[name] for person in card.people if name in person.attributes)
        if 2 <= len(counts) <= MOST_CHOICES:
            values = [{"value": value, "count": counts[value]} for value in sorted(counts, key=_natural)]
            filters.append({"name": name, "values": values})
    return filters


def _natural(text: str) -> tuple[float, str]:
    """Sort key that puts ``7-12`` before ``13-19``, and words after numbers."""
    digits = "".join(text[: next((i for i, c in enumerate(text) if not c.isdigit()), len(text))])
    return (float(digits) if digits else float("inf"), text)


def _look_alikes(
    people: Sequence[str], similar: Callable[[str], Sequence[str]]
) -> Callable[[object], dict[str, list[str] | str]]:
    """The button's server function. It is public, so it also answers invalid input with a sentence."""

    def look_alikes(person: object) -> dict[str, list[str] | str]:
        if person not in people:
            return {"error": "This person is not in the data set."}
        return answered(
            lambda: {"people": [other for other in similar(str(person)) if other in people]},
            NO_LOOK_ALIKES,
            "Looking for look-alikes failed",
        )

    return look_alikes
