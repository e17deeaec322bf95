"""Shared code of the components: their files in ``assets/components``, and values packed for the browser.

Gradio compiles ``html_template`` and ``css_template`` as code, so these are fixed texts without data. All data reaches
the browser as JSON, and the scripts show it with ``textContent``.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from dlfd_core.types import SET_TITLES, SETS, Sprite, heading

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "components"


def read(name: str) -> str:
    """A text file of ``assets/components``."""
    return (FOLDER / name).read_text(encoding="utf-8")


def templates(name: str, *styles: str) -> dict[str, Any]:
    """The keyword arguments of ``gr.HTML`` for ``<name>.html`` and ``<name>.css``; the shared style comes first.

    Args:
        styles: names of further style sheets, before the component's own.
    """
    return {
        "html_template": read(f"{name}.html"),
        "css_template": "".join(read(f"{part}.css") for part in ("common", *styles, name)),
        "apply_default_css": False,  # gradio's "prose" style redraws buttons, tables and headings
    }


def script(*names: str, **config: Any) -> str:
    """Scripts joined into one scope, with ``config`` before them as ``CONFIG``."""
    sets = [{"name": name, "title": heading(SET_TITLES[name])} for name in SETS]
    head = f"const CONFIG = {json.dumps({'sets': sets, **config})};\n"
    return head + "\n".join(read(f"{name}.js") for name in ("common", *names))


def sprite_value(sprite: Sprite | None) -> dict[str, Any] | None:
    """A sheet of pictures as a value for the scripts: address and layout."""
    if sprite is None:
        return None
    return {
        "address": data_address(sprite),
        "columns": sprite.columns,
        "tile": sprite.tile,
        "count": sprite.count,
    }


def data_address(sprite: Sprite) -> str:
    """A sheet of pictures as an address that holds the picture itself."""
    return "data:image/webp;base64," + base64.b64encode(sprite.image).decode("ascii")


def pack(values: np.ndarray) -> str:
    """Whole numbers in 0..65535, any shape, as base64 of little-endian uint16 in C order."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<u2").tobytes()).decode("ascii")
