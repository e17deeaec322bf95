"""Marks of the methods in a race: shapes and colours that can be told apart."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from dlfd_core.types import (
    RACE_REFERENCE,
)
from dlfd_core.ui.components.assets import FOLDER
from dlfd_core.ui.components.race_marks import SHAPES, TONES, in_order, marks_of
from tests.fakes import METHODS


def test_no_two_methods_look_alike() -> None:
    cards = [replace(METHODS[0], name=f"m{i}") for i in range(len(SHAPES) * TONES)]
    marks = marks_of(cards)
    assert len({tuple(mark.values()) for mark in marks.values()}) == len(cards) + 2
    pairs = pairwise(cards)
    assert all(
        marks[a.name]["shape"] != marks[b.name]["shape"] and marks[a.name]["tone"] != marks[b.name]["tone"]
        for a, b in pairs
    )


def test_every_shape_and_colour_is_drawn() -> None:
    script, style = ((FOLDER / f"race_marks.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    for shape in (*SHAPES, "star", "ring"):
        assert re.search(rf"^  {shape}: ", script, re.MULTILINE), shape
    assert all(f"--tone-{i}:" in style for i in range(TONES))


def test_the_page_lists_dlfd_and_its_control_first_and_the_reference_last() -> None:
    names = [card.name for card in in_order(METHODS)]
    assert names[:2] == ["dlfd", "control"] and names[-1] == RACE_REFERENCE and set(names) == {c.name for c in METHODS}
