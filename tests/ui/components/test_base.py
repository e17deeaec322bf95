"""All drawings: an empty start, and values from a browser that are not objects are ignored."""

from __future__ import annotations

from typing import Any

import pytest

from dlfd_core.ui.components.feature_map import FeatureMap
from dlfd_core.ui.components.live_curves import LiveCurves
from dlfd_core.ui.components.race_board import RaceBoard
from dlfd_core.ui.components.race_lanes import RaceLanes
from dlfd_core.ui.components.twin_map import TwinMap


@pytest.mark.parametrize("component", [FeatureMap, LiveCurves])
def test_drawings_ignore_what_is_no_object(component: Any) -> None:
    assert [component().preprocess(sent) for sent in (None, "x", [1], 3)] == [{}, {}, {}, {}]


@pytest.mark.parametrize("component", [RaceLanes, RaceBoard, TwinMap])
def test_components_start_empty_and_ignore_what_is_no_object(component: Any) -> None:
    made = component()
    assert made.value == {} and made.props == {} and [made.preprocess(sent) for sent in (None, "x", [1])] == [{}] * 3
