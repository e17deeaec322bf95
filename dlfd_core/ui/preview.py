"""ASGI middleware that puts the page's own title and description into the head of the start page.

Search engines and messengers show them for a link. Gradio writes its own name, text and picture there, and has no
setting for them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from dlfd_core.ui.text.markup import esc

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
NEW = (
    f'<meta name="description" content="{esc(DESCRIPTION)}" />'
    f'<meta property="og:title" content="{esc(TITLE)}" /><meta property="og:type" content="website" />'
    f'<meta property="og:description" content="{esc(DESCRIPTION)}" />'
    '<meta name="twitter:card" content="summary" /></head>'
).encode()


def with_preview(html: bytes) -> bytes:
    """The start page with the page's own lines instead of gradio's."""
    head, end, body = html.partition(b"</head>")
    return OLD.sub(b"", head) + NEW + body if end else html


class Preview:
    """Middleware around an ASGI application; every address but the start page passes unchanged."""

    def __init__(self, app: App):
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        start_page = scope["type"] == "http" and scope["method"] == "GET"
        if not start_page or scope["path"].rstrip("/") != scope.get("root_path", "").rstrip("/"):
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
            body = with_preview(b"".join(parts))
            rest = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            start["headers"] = [*rest, (b"content-length", str(len(body)).encode())]
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, hold)
