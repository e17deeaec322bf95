"""Small pieces of HTML. Everything that comes from data goes through ``esc``; nothing here is put into a template."""

from __future__ import annotations

import base64
import html
import re

from dlfd_core.types import Sprite


def esc(value: object) -> str:
    """Text that is inert inside an element and inside a quoted attribute."""
    return html.escape(str(value), quote=True)


def data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def sheet_style(sprite: Sprite) -> str:
    """CSS variables for an element whose children show pictures of ``sprite`` (see ``.face`` in the styles)."""
    rows = -(-sprite.count // sprite.columns)
    return f"--sheet:url({data_uri(sprite.image, 'image/webp')});--columns:{sprite.columns};--rows:{rows}"


def face(sprite: Sprite, tile: int) -> str:
    """One picture of the sheet; the text beside it says who it is."""
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
    """One sentence on how a piece of work stands; a failure is announced as an alert.

    Args:
        about: which kind of work: ``data-ABOUT`` holds the state, by which the style sheets and ``state_in`` know it.
    """
    role = "alert" if state == "failed" else "status"
    return f'<p class="run-status" data-{about}="{state}" role="{role}">{esc(text)}</p>'


def state_in(about: str, status: object) -> str:
    """The state in a ``run_status`` that comes back from a browser; ``idle`` where it makes no sense."""
    found = re.search(rf'data-{about}="([a-z]+)"', status) if isinstance(status, str) else None
    return found[1] if found else "idle"
