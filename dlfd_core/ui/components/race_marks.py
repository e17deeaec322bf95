"""Shape and colour of each method of a race, so that colour is never the only cue."""

from __future__ import annotations

from collections.abc import Sequence

from dlfd_core.types import RACE_REFERENCE, MethodCard

#: Outlines in ``race_marks.js``; more could not be distinguished at twelve pixels.
SHAPES = ("circle", "triangle", "square", "diamond", "down", "plus")
#: Number of colours in ``race_marks.css``: Okabe and Ito's, without black. Seven colours and six shapes have no common
#: divisor, so the first 42 methods all differ, and neighbours differ in both.
TONES = 7
#: Name of the original model in a race; no method has it.
ORIGINAL = "original"

Mark = dict[str, str | int]


def in_order(cards: Sequence[MethodCard]) -> list[MethodCard]:
    """The methods in the page's order: DLFD, its control, the others, and the slow reference last."""
    places = {"dlfd": 0, "control": 1, RACE_REFERENCE: 3}
    return sorted(cards, key=lambda card: places.get(card.name, 2))


def marks_of(cards: Sequence[MethodCard]) -> dict[str, Mark]:
    """Method name -> mark; the reference is a star and the original a ring, both in the colours that they have on the
    whole page (``assets/styles/models.css``)."""
    names = [card.name for card in in_order(cards) if card.name != RACE_REFERENCE]
    marks: dict[str, Mark] = {
        name: {"shape": SHAPES[i % len(SHAPES)], "tone": f"tone-{i % TONES}"} for i, name in enumerate(names)
    }
    return marks | {
        RACE_REFERENCE: {"shape": "star", "tone": "model-retrained"},
        ORIGINAL: {"shape": "ring", "tone": "model-original"},
    }
