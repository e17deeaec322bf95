"""The table of the verdict's numbers."""

from __future__ import annotations

from dlfd_core.types import STATISTIC_TITLES, heading
from dlfd_core.ui.evidence.proof import proof
from dlfd_core.ui.evidence.ranges import ranges
from tests.fake_audits import over_forgotten, without_audits, without_bank
from tests.ui.evidence.reading import cells, report


def test_every_number_of_the_verdict_stands_with_its_range() -> None:
    made = over_forgotten(report())
    worst = made.audits["unlearned"].worst
    assert worst is not None and worst.outside
    for each in worst.statistics:
        row = cells(ranges(made), "Unlearned", heading(STATISTIC_TITLES[each.name]))
        outside = "yes" if abs(each.score) > worst.threshold else "no"
        alike = f"{each.value:.2f}" in (f"{each.low:.2f}", f"{each.high:.2f}")
        digits = 3 if alike else 2  # where the value and an end of the range would look the same
        assert row == [f"{each.value:.{digits}f}", f"{each.low:.{digits}f} to {each.high:.{digits}f}", outside]
    assert "the range of models that never saw these people" in ranges(made) and ranges(made) in proof(made)


def test_without_a_bank_the_range_is_that_of_unseen_photos() -> None:
    html = ranges(without_bank(report()))
    assert "the range of unseen photos in the same model" in html and "RMIA" not in html
    assert ranges(without_audits(report())) == ""
