"""Shared matplotlib settings and colours of the figures."""

from __future__ import annotations

import threading
from typing import Any

#: The page's colours on white for forgotten and unseen people. Hatching also distinguishes them.
COLOURS = {"ink": "#1f2937", "forget": "#d1495b", "unseen": "#5f6b7a"}
#: Lock for matplotlib's style, which is global to the process, while figures are drawn in several threads.
STYLE_LOCK = threading.Lock()


def figure_style() -> Any:
    """matplotlib's settings; apply them while holding ``STYLE_LOCK``."""
    colour_settings = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    return dict.fromkeys(colour_settings, COLOURS["ink"]) | {
        "font.size": 11,
        "svg.fonttype": "path",
        "svg.hashsalt": "dlfd",
    }
