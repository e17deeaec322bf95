"""Small pieces of HTML. Everything that comes from data goes through ``esc``; no data is put into a template."""

from __future__ import annotations

import base64
import html
import re

from dlfd_core.types import Sprite


def esc(value: object) -> str:
    """Escaped text, safe inside an element and inside a quoted attribute."""
    return html.escape(str(value), quote=True)


def data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def sheet_style(sprite: Sprite) -> str:
    """CSS variables for an element whose children show pictures of ``sprite`` (see ``.face`` in the styles)."""
    rows = -(-sprite.count // sprite.columns)
    return f"--sheet:url({data_uri(sprite.image, 'image/webp')});--columns:{sprite.columns};--rows:{rows}"


def face(sprite: Sprite, tile: int) -> str:
    """One picture of the sheet, hidden from screen readers: the text beside it names the person."""
    row, column = divmod(tile, sprite.columns)
    return f'<span class="face" aria-hidden="true" style="--x:{column};--y:{row}"></span>'


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def counted(number: int, one: str, many: str) -> str:
    """``1 person``, ``3 people``."""
    return f"{number:,} {one if number == 1 else many}"


def run_status(about: str, state: str, text: str) -> str:
    """Status sentence of a job; a failure is announced as an alert.

    Args:
        about: the kind of job; the attribute ``data-ABOUT`` holds the state, for the style sheets and ``state_in``.
    """
    role = "alert" if state == "failed" else "status"
    return f'<p class="run-status" data-{about}="{state}" role="{role}">{esc(text)}</p>'


def state_in(about: str, status: object) -> str:
    """The state in a ``run_status`` that a browser sent back; ``idle`` where it is not valid."""
    match = re.search(rf'data-{about}="([a-z]+)"', status) if isinstance(status, str) else None
    return match[1] if match else "idle"
