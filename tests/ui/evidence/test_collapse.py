"""The collapse meter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlfd_core.types import (
    PROBE_LOST,
    SCATTER_LOST,
    collapsed,
)
from dlfd_core.ui.evidence.collapse import IDENTITY, TASK, collapse_panel, share_left
from dlfd_core.ui.evidence.layers import layers_panel
from tests.fake_audits import over_forgotten
from tests.ui.evidence.reading import cells, report


def test_collapse_lights_up_where_the_probe_falls() -> None:
    fine, bad = collapse_panel(report()), collapse_panel(over_forgotten(report()))
    assert "No collapse: a new probe on the features is right on 86.0 % (original 88.0 %, retrained 87.0 %)" in fine
    assert 'class="meter low"' not in fine and "retrained 87" not in collapse_panel(report(retrain=False))
    assert "Correlation collapse: a new probe on the features is right on 55.0 %" in bad
    assert bad.count('class="meter low"') == 2
    assert cells(bad, "Who is who, forgotten")[1] == "0.630.58 to 0.68" and cells(bad, "Linear probe")[1] == "55.0 %"


def test_the_meter_and_the_rule_agree() -> None:
    html = collapse_panel(report())
    assert (SCATTER_LOST, PROBE_LOST) == (0.25, 0.05) and "lost more than a quarter, and the probe" in html
    assert "more than 5 points" in html
    made = report()
    original = made.audits["original"].separability
    assert original is not None
    for probe, scatter in [(0.84, 1.4), (0.82, 1.4), (0.84, 1.0), (0.82, 1.0)]:
        moved = replace(original, task_probe=probe, task_scatter=scatter)
        audits = made.audits | {"unlearned": replace(made.audits["unlearned"], separability=moved)}
        html = collapse_panel(replace(made, audits=audits))
        assert ("Correlation collapse:" in html) == collapsed(original, moved)
        assert ("one of the two fell" in html) == ((probe < 0.83) != (scatter < 1.065))


def test_what_is_left_is_counted_from_guessing() -> None:
    original = report().audits["original"].separability
    assert original is not None
    half = replace(original, task_probe=1 / 3 + (original.task_probe - 1 / 3) / 2, task_silhouette=-0.2)
    assert share_left(TASK[0], half, original, 3) == pytest.approx(0.5)
    assert share_left(TASK[2], half, original, 3) == 0.0
    assert share_left(TASK[2], original, half, 3) is None  # the original had nothing to lose
    faint = replace(original, identity_forget=0.52)
    assert (
        share_left(IDENTITY[0], original, faint, 3) is None and share_left(IDENTITY[0], faint, original, 3) is not None
    )


def test_without_separability_there_is_no_meter() -> None:
    made = report()
    bare = {name: replace(audit, separability=None, cka=None) for name, audit in made.audits.items()}
    assert collapse_panel(replace(made, audits=bare)) == layers_panel(replace(made, audits=bare)) == ""
