"""Passes the events of a run in progress to the map: ``map-begin``, ``map-frame`` and ``map-stop``."""

from __future__ import annotations

from typing import Any

from dlfd_core.ui.components.assets import read
from dlfd_core.ui.components.base import Drawing


class LiveFrames(Drawing):
    """Value: ``{"events": [(name, detail), ...]}``, see ``LiveMap``; ``{}``: nothing."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            value={}, html_template="", js_on_load=read("live_frames.js"), apply_default_css=False, **kwargs
        )
