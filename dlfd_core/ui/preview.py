"""ASGI middleware that puts the page's own title, description and picture into the head of the start page.

Search engines and messengers show them for a link. Gradio writes its own name, text and picture there, and has no
setting for them. The middleware also serves the picture.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from dlfd_core.ui.server.page_root import is_page
from dlfd_core.ui.text.markup import esc
from dlfd_core.ui.text.texts import ASSETS

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

TITLE = "Make a face model forget"
DESCRIPTION = (
    "Pick people, watch a face model forget them, and see what an attacker still finds: machine unlearning with DLFD, "
    "in the browser."
)
#: Gradio's lines, which also name a picture of its own.
OLD = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
#: The picture: its file in ``assets``, its place on the server, its width and height in pixels, and what it shows.
PICTURE, PLACE, SIZE = ASSETS / "preview.jpg", "/preview.jpg", (800, 420)
ALT = "The page: faces to pick, the map of what the model sees, and what an attacker finds."


def with_preview(html: bytes, picture: str = "") -> bytes:
    """The start page with the page's own lines instead of gradio's.

    Args:
        picture: address of the picture with scheme and host, as messengers want it; empty leaves it out.
    """
    head, end, body = html.partition(b"</head>")
    return OLD.sub(b"", head) + _lines(picture).encode() + end + body if end else html


def _lines(picture: str) -> str:
    text = (
        f'<meta name="description" content="{esc(DESCRIPTION)}" />'
        f'<meta property="og:title" content="{esc(TITLE)}" /><meta property="og:type" content="website" />'
        f'<meta property="og:description" content="{esc(DESCRIPTION)}" />'
    )
    if not picture:
        return text + '<meta name="twitter:card" content="summary" />'
    width, height = SIZE
    return text + (
        f'<meta property="og:image" content="{esc(picture)}" /><meta property="og:image:alt" content="{esc(ALT)}" />'
        f'<meta property="og:image:width" content="{width}" /><meta property="og:image:height" content="{height}" />'
        '<meta name="twitter:card" content="summary_large_image" />'
    )


def address_of(scope: MutableMapping[str, Any]) -> str:
    """Address of the picture, by the host that the browser asked for; a proxy's headers come through only where the
    host has said that there is one (``Hosting.arrange``). Empty where no host is named."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"x-forwarded-host") or headers.get(b"host", "")
    scheme = headers.get(b"x-forwarded-proto") or scope.get("scheme", "http")
    first = [value.split(",")[0].strip() for value in (scheme, host)]
    return f"{first[0]}://{first[1]}{scope.get('root_path', '')}{PLACE}" if first[1] else ""


class Preview:
    """Middleware around an ASGI application; every address but those of pages passes unchanged."""

    def __init__(self, app: App):
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        place = scope.get("path", "").removeprefix(scope.get("root_path", "").rstrip("/"))
        if asked and place == PLACE:
            await self._send_picture(scope, send)
            return
        if not asked or scope["method"] != "GET" or not is_page(place):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def hold(message: Message) -> None:
            """Keep the whole response, then send it changed."""
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = with_preview(b"".join(parts), address_of(scope))
            rest = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            start["headers"] = [*rest, (b"content-length", str(len(body)).encode())]
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, hold)

    async def _send_picture(self, scope: MutableMapping[str, Any], send: Send) -> None:
        picture = PICTURE.read_bytes()
        headers = [
            (b"content-type", b"image/jpeg"),
            (b"content-length", str(len(picture)).encode()),
            (b"cache-control", b"public, max-age=86400"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": picture if scope["method"] == "GET" else b""})
