"""The panel of the memory by depth."""

from __future__ import annotations

from dataclasses import replace

from dlfd_core.types import DepthPoint, ForgetReport
from dlfd_core.ui.evidence.depth import depth_panel
from tests.ui.evidence.reading import cells, report


def with_last_layer(made: ForgetReport, point: DepthPoint) -> ForgetReport:
    """The report with ``point`` as what the unlearned model's last layer shows."""
    audit = made.audits["unlearned"]
    assert audit.depth is not None
    changed = replace(audit, depth=audit.depth | {"stage 4": point})
    return replace(made, audits=made.audits | {"unlearned": changed})


def test_the_layer_that_remembers_most_is_named_with_its_interval() -> None:
    html = depth_panel(with_last_layer(report(), DepthPoint(0.71, (0.66, 0.76))))
    assert "Of the unlearned model&#x27;s layers, stage 4 remembers them most: 0.71 (0.66 to 0.76; original" in html
    assert cells(html, "stage 4")[1].startswith("0.71")
    assert html.count('class="lane"') == 5 * 4


def test_a_layer_whose_interval_has_one_half_remembers_nobody_clearly() -> None:
    html = depth_panel(report())
    assert "No layer of the unlearned model clearly remembers them." in html
    assert "retrained" in html.split("</summary>")[0]
    assert "retrained" not in depth_panel(report(retrain=False)).split("</summary>")[0]


def test_a_report_of_an_earlier_version_has_no_panel() -> None:
    made = report()
    audits = {name: replace(audit, depth=None) for name, audit in made.audits.items()}
    assert depth_panel(replace(made, audits=audits)) == ""
