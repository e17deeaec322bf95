"""Progress bar of a run and three numbers with their curves, always in view below the map."""

from __future__ import annotations

from typing import Any

from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing


class RunMeter(Drawing):
    """Meter of a run. Value: see ``live_curves.curves_value``; ``{}``: nothing is running.

    Its script passes each value on to ``LiveCurves``, so that it travels only once.
    """

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(value=value or {}, js_on_load=script("run_meter"), **templates("run_meter"), **kwargs)
