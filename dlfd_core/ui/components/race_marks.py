"""A shape and a colour for each method of a race, so that neither is ever the only cue."""

from __future__ import annotations

from collections.abc import Sequence

from dlfd_core.types import RACE_REFERENCE, MethodCard

#: Outlines in ``race_marks.js``; as many as are told apart at twelve pixels.
SHAPES = ("circle", "triangle", "square", "diamond", "down", "plus")
#: Colours in ``race_marks.css``: Okabe and Ito's, without black. Seven and six have no divisor in common, so the first
#: 42 methods all differ, and neighbours differ in both.
TONES = 7
#: The name of what was there before anything was forgotten; no method has it.
ORIGINAL = "original"

Mark = dict[str, str | int]


def in_order(cards: Sequence[MethodCard]) -> list[MethodCard]:
    """The methods as the page lists them: what it is about, its control, the others, and the slow reference last."""
    places = {"dlfd": 0, "control": 1, RACE_REFERENCE: 3}
    return sorted(cards, key=lambda card: places.get(card.name, 2))


def marks_of(cards: Sequence[MethodCard]) -> dict[str, Mark]:
    """By method name; the reference is a star and the original a ring, both in the colour of the text."""
    names = [card.name for card in in_order(cards) if card.name != RACE_REFERENCE]
    found: dict[str, Mark] = {
        name: {"shape": SHAPES[i % len(SHAPES)], "tone": f"tone-{i % TONES}"} for i, name in enumerate(names)
    }
    return found | {RACE_REFERENCE: {"shape": "star", "tone": "ink"}, ORIGINAL: {"shape": "ring", "tone": "ink"}}
