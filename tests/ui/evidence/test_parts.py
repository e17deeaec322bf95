"""Parts of the panels: axes with round ends, and signed numbers."""

from __future__ import annotations

import pytest

from dlfd_core.ui.evidence.parts import Scale, around_half, around_zero, points, tenths


def test_an_axis_places_values_and_holds_what_lies_outside() -> None:
    scale = Scale(0.2, 0.8)
    assert [scale.at(value) for value in (0.2, 0.5, 0.8, 0.0, 1.0)] == [0, 50, 100, 0, 100]
    assert scale.span((0.65, 0.5)) == "left:50%;width:25.00%"


@pytest.mark.parametrize(
    ("values", "ends"), [([0.5], (0.4, 0.6)), ([0.71], (0.2, 0.8)), ([0.05, 0.6], (0.0, 1.0)), ([0.8], (0.2, 0.8))]
)
def test_the_axis_of_an_auc_has_one_half_in_its_middle(values: list[float], ends: tuple[float, float]) -> None:
    scale = around_half(values)
    assert (scale.low, scale.high) == ends and ">0.5</span>" in tenths(scale)


@pytest.mark.parametrize(("value", "half"), [(0.0, 0.01), (-0.013, 0.02), (0.02, 0.02), (0.3, 0.5), (-0.6, 1.0)])
def test_the_axis_of_a_change_ends_at_a_round_number(value: float, half: float) -> None:
    assert around_zero([value, float("nan")]) == Scale(pytest.approx(-half), pytest.approx(half))  # type: ignore[arg-type]


def test_points_have_a_sign_unless_they_are_nothing() -> None:
    assert [points(value) for value in (-0.012, 0.034, 0.0004, -0.0001)] == ["−1.2", "+3.4", "0.0", "0.0"]
