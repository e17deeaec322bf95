"""The page's own address as its browser sees it, written into the page that gradio sends.

Gradio writes the address that the server sees. Behind a proxy that passes on another one, as nginx does without a
setting, the page would send all questions to a place that does not exist for its visitor.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

#: The start page, and the pages of the further offers (``forget.place.address_of``).
PAGES = re.compile(r"/?|/people-[0-9]{1,3}")
#: Where gradio's page has its settings; the script runs right after them, before anything reads them.
AFTER = b"<script>window.gradio_api_info"
SCRIPT = (
    b"<script>if (window.gradio_config) "
    b"window.gradio_config.root = new URL('.', window.location.href).href.replace(/\\/$/, '');</script>"
)


def is_page(path: str) -> bool:
    """Whether a path, without the place of the whole application, is the address of a page."""
    return PAGES.fullmatch(path) is not None


def with_own_root(page: bytes) -> bytes:
    """The page with the script; unchanged where it has no such settings."""
    head, found, rest = page.partition(AFTER)
    return head + SCRIPT + found + rest if found else page


def with_rewritten(send: Send) -> Send:
    """``send`` for the response of the page: it is collected, changed by ``with_own_root`` and sent as a whole."""
    start: Message = {}
    pieces: list[bytes] = []

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        pieces.append(message.get("body", b""))
        if message.get("more_body"):
            return
        page = with_own_root(b"".join(pieces))
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
        await send({"type": "http.response.body", "body": page})

    return collect
