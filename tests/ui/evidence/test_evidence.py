"""All panels of the evidence: complete, with inert text, and left out where a report has no audit."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dlfd_core.types import DepthPoint
from dlfd_core.ui.evidence import evidence, proof
from dlfd_core.ui.evidence.answers import answers_panel
from dlfd_core.ui.evidence.attacks import attacks_panel
from dlfd_core.ui.evidence.collapse import collapse_panel
from dlfd_core.ui.evidence.depth import depth_panel
from dlfd_core.ui.evidence.gauge import gauge
from dlfd_core.ui.evidence.layers import layers_panel
from dlfd_core.ui.evidence.leaks import leaks_panel
from dlfd_core.ui.evidence.matrix import matrix_panel
from dlfd_core.ui.evidence.payers import payers_panel
from dlfd_core.ui.text.texts import parts
from tests.fake_audits import over_forgotten, without_audits, without_bank
from tests.fakes import HOSTILE, without_control
from tests.ui.evidence.reading import PEOPLE, Read, report

PANELS = {
    "attacks": attacks_panel,
    "collapse": collapse_panel,
    "depth": depth_panel,
    "layers": layers_panel,
    "payers": payers_panel,
    "answers": answers_panel,
    "matrix": matrix_panel,
    "leaks": lambda made: leaks_panel(made, PEOPLE),
}


@pytest.mark.parametrize("make", [lambda made: made, over_forgotten, without_bank, without_control])
def test_every_panel_has_finding_reading_picture_and_table(make) -> None:  # type: ignore[no-untyped-def]
    made = make(report())
    html = evidence(made, PEOPLE)
    assert re.findall(r'data-panel="(\w+)"', html) == list(PANELS)
    found = Read(html)
    assert found.tags.count("h3") == 1 and found.tags.count("h4") == len(PANELS)
    for name, panel in PANELS.items():
        one = panel(made)
        assert parts("evidence")[name] in Read(one).text and '<span class="finding">' in one
        if name != "matrix":  # which is tables all through
            assert 'role="img" aria-label="' in one and one.count('<details class="numbers">') == 1
        assert one.startswith("<section" if name == "attacks" else "<details")  # all but the first are folded


def test_reports_without_audits_look_as_before() -> None:
    made = without_audits(report())
    assert evidence(made, PEOPLE) == ""
    assert 'class="interval"' not in proof.proof(made) and "Small numbers" not in proof.proof(made)
    assert "0.74" in gauge(made) and 'class="oracle"' not in gauge(made) and "<table" not in gauge(made)


def test_names_and_words_of_data_are_inert() -> None:
    made = report()
    assert made.impact is not None
    named = tuple(replace(one, name=HOSTILE[i % 4]) for i, one in enumerate(made.impact.people))
    impact = replace(made.impact, people=named, classes=named, attributes=named, look_alikes=named)
    audits = {
        name: replace(
            audit,
            attacks=audit.attacks | {HOSTILE[0]: audit.attacks["loss"]},
            cka=None if audit.cka is None else {other: {HOSTILE[0]: 0.5} for other in audit.cka},
            depth={HOSTILE[0]: DepthPoint(0.5, (0.4, 0.6))},
        )
        for name, audit in made.audits.items()
    }
    classes = (HOSTILE[0], *made.classes[1:])
    html = evidence(replace(made, impact=impact, audits=audits, classes=classes), dict.fromkeys(PEOPLE, HOSTILE[0]))
    found = Read(html)
    assert not {"img", "script", "b1"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert found.text.count(HOSTILE[0]) > 5
