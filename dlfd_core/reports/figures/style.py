"""Shared matplotlib settings and colours of the figures."""

from __future__ import annotations

import threading
from typing import Any

#: The page's colours for forgotten and unseen people. Hatching also distinguishes them.
LIGHT = {"ink": "#1f2937", "forget": "#d1495b", "unseen": "#5f6b7a"}
DARK = {"ink": "#e5e7eb", "forget": "#ff7a8a", "unseen": "#a3adba"}
#: Lock for matplotlib's style, which is global to the process, while figures are drawn in several threads.
STYLE_LOCK = threading.Lock()


def figure_style(dark: bool) -> Any:
    """matplotlib's settings for the light or dark theme; apply them while holding ``STYLE_LOCK``."""
    ink = (DARK if dark else LIGHT)["ink"]
    colour_settings = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    return dict.fromkeys(colour_settings, ink) | {"font.size": 11, "svg.fonttype": "path", "svg.hashsalt": "dlfd"}
