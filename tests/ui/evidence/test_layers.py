"""The panel of layer similarity."""

from __future__ import annotations

from dataclasses import replace

from dlfd_core.ui.evidence.layers import layers_panel
from tests.ui.evidence.reading import cells, report


def test_layers_are_compared_with_the_original_and_the_retrained() -> None:
    html = layers_panel(report())
    assert "0.72 to the original model (stage 4), 0.66 to the retrained model (stage 4)" in html
    assert cells(html, "stage 4") == ["0.72", "0.66", "0.78", "0.67", "0.64"]
    assert html.count('class="meter"') == 10


def test_layers_without_a_retrained_model() -> None:
    made = report(retrain=False)
    audits = {
        name: replace(audit, cka=None if audit.cka is None else {"original": audit.cka["original"]})
        for name, audit in made.audits.items()
    }
    html = layers_panel(replace(made, audits=audits))
    assert "to the original model" in html and "retrained" not in html.split("</p>", 1)[1]
