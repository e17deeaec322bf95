"""matplotlib settings and colours that all figures share."""

from __future__ import annotations

import threading
from typing import Any

#: Forgotten and unseen people in the colours the page gives to these sets; the hatching tells them apart too.
LIGHT = {"ink": "#1f2937", "forget": "#d1495b", "unseen": "#5f6b7a"}
DARK = {"ink": "#e5e7eb", "forget": "#ff7a8a", "unseen": "#a3adba"}
#: matplotlib's style is global to the process, and visitors' figures are drawn in several threads.
STYLE_LOCK = threading.Lock()


def figure_style(dark: bool) -> Any:
    """matplotlib's settings for a theme; to be set while ``STYLE_LOCK`` is held."""
    ink = (DARK if dark else LIGHT)["ink"]
    inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    return dict.fromkeys(inked, ink) | {"font.size": 11, "svg.fonttype": "path", "svg.hashsalt": "dlfd"}
