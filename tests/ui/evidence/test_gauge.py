"""The gauge and the table of scores."""

from __future__ import annotations

from dlfd_core.ui.evidence import proof
from dlfd_core.ui.evidence.gauge import gauge
from tests.fake_audits import over_forgotten, without_bank
from tests.ui.evidence.reading import cells, report


def test_the_gauge_and_its_table_say_the_same() -> None:
    made = report()
    html = gauge(made)
    assert html.count('class="oracle"') == html.count('class="band"') == 4
    assert cells(html, "Original") == [
        "0.740.68 to 0.80",
        "0.44 to 0.56",
        "0.520.47 to 0.56",
        "+0.22theirs: −0.04 to +0.04",
        "0.01",
    ]
    assert "n = 36 forgotten photos and 240 of unseen people" in html
    assert "16 reference models that never saw exactly these people score 0.52" in html


def test_without_a_bank_the_gauge_has_no_frame() -> None:
    html = gauge(without_bank(report()))
    assert "oracle" not in html and cells(html, "Unlearned") == ["0.510.46 to 0.57", "0.44 to 0.56"]


def test_the_gauge_reaches_as_far_as_its_values() -> None:
    scores = over_forgotten(report()).scores
    assert scores["unlearned"].mia_auc == 0.31
    assert 'data-model="unlearned" style="left:18.33%"' in gauge(over_forgotten(report()))  # of 0.2 to 0.8


def test_the_score_table_has_intervals() -> None:
    html = proof.score_table(report())
    assert '86.0 %<small class="interval">83.5 to 88.5 %</small>' in html
    assert '0.910<small class="interval">0.877 to 0.943</small>' in html
    assert '0.020<small class="interval">0.000 to 0.050</small><small>inside the published band: ' in html
    assert html.count('class="interval"') == 4 * 4  # four scores of four models
    assert "it counts whole people, not photos" in proof.basis(report())
