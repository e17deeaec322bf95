"""Follow-ups of a run in its receipt: a relearn test and later requests, where there were any."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from dlfd_core.cli import build_parser
from dlfd_core.reports.receipt.blocks import Table
from dlfd_core.reports.receipt.document import receipt_document
from dlfd_core.reports.receipt.export import make_receipt
from dlfd_core.reports.receipt.html import receipt_html
from dlfd_core.reports.receipt.sections import sections
from dlfd_core.types import FollowUps, Scores, SequenceModel, repeat_command
from tests.fake_after import THEN, make_afterwards
from tests.reports.receipt.test_document import Seen, report, text_of

MADE = report()
AFTER = make_afterwards(MADE)
RELEARN, SEQUENCE = "The relearn test: does the memory come back?", "Requests that came one after another"


def test_the_json_holds_each_only_where_it_was_done() -> None:
    assert not {"relearn", "sequence"} & set(receipt_document(MADE))
    assert "sequence" not in receipt_document(MADE, FollowUps(relearn=AFTER.relearn))
    document = json.loads(make_receipt(MADE, "json", AFTER))
    assert document["request"] == receipt_document(MADE)["request"] and document["hashes"] == MADE.hashes
    assert AFTER.relearn is not None and AFTER.sequence is not None
    found = document["relearn"]
    assert found["photos"] == 2 and found["sides"][1]["outcome"] == "came_back" and "request" not in found
    curve = AFTER.relearn.sides[1].curves["unlearned"]
    assert found["sides"][1]["curves"]["unlearned"]["points"][-1]["auc"] == curve.points[-1].auc
    found = document["sequence"]
    assert found["groups"] == [list(MADE.request.people), *map(list, THEN)] and found["retrain"] is True
    assert found["steps"][2]["scores"]["sequential"]["nomus"] == AFTER.sequence.steps[2].scores["sequential"].nomus


def test_no_number_of_it_is_nan() -> None:
    assert AFTER.sequence is not None
    step = AFTER.sequence.steps[0]
    broken = replace(step, drift={"one_shot": replace(step.drift["one_shot"], nomus=float("nan"))})
    content = make_receipt(MADE, "json", FollowUps(sequence=replace(AFTER.sequence, steps=(broken,))))
    assert json.loads(content, parse_constant=pytest.fail)["sequence"]["steps"][0]["drift"]["one_shot"]["nomus"] is None


def test_the_command_repeats_it_all() -> None:
    words = shlex.split(repeat_command(MADE, AFTER))
    asked = build_parser().parse_args(words[words.index("forget") :])
    assert asked.relearn == 2 and asked.then == ["p04", "p05,p06"] and asked.retrain
    assert "--relearn" not in repeat_command(MADE) and "--then" not in repeat_command(MADE)
    assert receipt_document(MADE, AFTER)["command"] == repeat_command(MADE, AFTER)


def test_a_sequence_with_the_reference_asks_for_it_though_the_run_had_none() -> None:
    bare = replace(MADE, request=replace(MADE.request, retrain=False))
    assert "--retrain" in repeat_command(bare, AFTER) and "--retrain" not in repeat_command(bare)


def test_people_read_a_section_for_each() -> None:
    titles = [section.title for section in sections(MADE)]
    assert RELEARN not in titles and SEQUENCE not in titles
    more = [section for section in sections(MADE, AFTER) if section.title not in titles]
    assert [section.title for section in more] == [RELEARN, SEQUENCE]
    for section in more:
        tables = [block for block in section.blocks if isinstance(block, Table)]
        assert len(tables) >= 2
        for table in tables:
            assert table.rows and {len(row) for row in table.rows} == {len(table.head)}


def test_the_html_says_it_all_and_is_inert() -> None:
    seen = Seen(receipt_html(MADE, AFTER))
    words = " ".join(seen.words.split())
    assert AFTER.relearn is not None and AFTER.sequence is not None
    for side in AFTER.relearn.sides:
        curve = side.curves["unlearned"]
        assert side.finding in words and f"{curve.points[-1].auc:.3f} [{curve.interval[0]:.3f}" in words
        assert curve.recovery is not None and f"{100 * curve.recovery:.0f} %" in words
        assert curve.area is not None and f"{curve.area:+.3f}" in words
    last = AFTER.sequence.steps[-1]
    assert AFTER.sequence.finding in words and "After request 3 of 3: Finn (p05), Gül (p06)" in words
    assert f"{last.scores['sequential'].nomus:.3f}" in words and f"{last.drift['one_shot'].utility:+.3f}" in words
    assert "--then p04 --then p05,p06 --relearn 2" in words
    assert not [tag for tag, _ in seen.tags if tag in ("came", "forgotten")]  # markup in findings is text


def test_without_a_reference_there_is_no_lead_and_a_missing_model_is_told() -> None:
    two = ("original", "unlearned")
    bare = replace(MADE, scores={name: MADE.scores[name] for name in two}, losses={}, audits={}, points=None)
    after = make_afterwards(bare)
    assert after.sequence is not None
    *first, last = after.sequence.steps
    fewer: dict[SequenceModel, Scores] = {name: each for name, each in last.scores.items() if name != "one_shot"}
    last = replace(last, scores=fewer, drift={}, missing={"one_shot": "The loss stopped."})
    words = Seen(receipt_html(bare, replace(after, sequence=replace(after.sequence, steps=(*first, last))))).words
    assert "lead over the retrained model" not in words and "No model all at once: The loss stopped." in words


def test_the_pdf_says_it_all() -> None:
    assert AFTER.relearn is not None and AFTER.sequence is not None
    words = text_of(make_receipt(MADE, "pdf", AFTER))
    for part in (RELEARN, SEQUENCE, AFTER.relearn.sides[0].finding, AFTER.sequence.finding, "--relearn 2"):
        assert part in words
