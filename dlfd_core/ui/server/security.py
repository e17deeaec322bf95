"""ASGI middleware with security headers, limits of request bodies, and closed routes of gradio.

It is a plain ASGI layer inside gradio's own and does not buffer responses, so that a run's progress is never delayed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gradio.route_utils import FnIndexInferError

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

#: Sites that may show the page in a frame: itself, and Hugging Face, which shows a Space in one.
FRAMES = ("'self'", "https://huggingface.co", "https://*.hf.space")
#: Gradio writes scripts and styles into its page ('unsafe-inline'), and its HTML components compile their templates
#: ('unsafe-eval'). Nothing is loaded from another host, and nothing can be sent to one.
CONTENT_POLICY = {
    "default-src": ("'self'",),
    "script-src": ("'self'", "'unsafe-inline'", "'unsafe-eval'", "blob:"),
    "style-src": ("'self'", "'unsafe-inline'"),
    "img-src": ("'self'", "data:", "blob:"),
    "media-src": ("'self'", "data:", "blob:"),
    "font-src": ("'self'", "data:"),
    "connect-src": ("'self'", "data:", "blob:"),
    "worker-src": ("'self'", "blob:"),
    "object-src": ("'none'",),
    "base-uri": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": FRAMES,
}
#: Browser features that the page never uses.
OFF = ("camera", "microphone", "geolocation", "payment", "usb", "serial", "midi", "display-capture")

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {' '.join(values)}" for name, values in CONTENT_POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in OFF),
    "Cross-Origin-Resource-Policy": "same-origin",  # for resources that other pages load; frames are not affected
}

#: Closed routes below ``/gradio_api/``, which the page never uses: uploads and files (it keeps none), proxying of other
#: addresses, recordings, usage data, and gradio's tools for developers.
CLOSED = (
    "file=", "file/", "proxy=", "upload", "stream/", "process_recording", "run-history", "runs", "dev/", "vibe-",
    "undo-vibe-", "profiling", "custom_component/", "deep_link",
)  # fmt: skip
#: Routes below ``/gradio_api/`` that receive photos.
LARGE = ("component_server", "queue/join")
#: Most bytes of any other request body; a run of 140 people with all settings takes 4,000.
SMALL_BODY = 200_000
#: Seconds for which the rest of a refused request is read and discarded before the connection is closed.
LINGER = 5.0


def with_overhead(content: int) -> int:
    """Bytes of a request body whose JSON carries ``content`` bytes as base64, with room for the rest of the JSON."""
    return -(-content // 3) * 4 + SMALL_BODY


class _TooLarge(Exception):
    pass


class Guard:
    """Middleware around an ASGI application.

    Args:
        large: most bytes of a request body at the routes ``LARGE``; elsewhere it is ``SMALL_BODY``.
    """

    def __init__(self, app: App, large: int = SMALL_BODY):
        self.app, self.large = app, large
        self._headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, self._headers)
        place = scope["path"].lower().partition("/gradio_api/")[2]
        exchange.limit = self.large if place.startswith(LARGE) else SMALL_BODY
        if place.startswith(CLOSED):
            await exchange.refuse(403, "This address is not in use.")
        elif _announced(scope) > exchange.limit:
            await exchange.refuse_large()
        else:
            await self._answer(scope, exchange, place)

    async def _answer(self, scope: MutableMapping[str, Any], exchange: _Exchange, place: str) -> None:
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except _TooLarge:
            await exchange.refuse_large()
        except (LookupError, FnIndexInferError) as error:  # raised by gradio for an unknown name or number
            if exchange.started:
                raise
            log.warning("Asked for what is not there: %s %s (%r)", scope["method"], scope["path"], error)
            await exchange.refuse(404, "There is nothing of this name.")
        except Exception as error:
            if exchange.started:  # the response has already begun
                raise
            if isinstance(error, TypeError) and place.startswith("call/v2/"):  # gradio maps it to a function
                await exchange.refuse(400, "These are not the parameters of this function; see /gradio_api/info.")
                return
            log.exception("A question could not be answered")
            await exchange.refuse(500, "Something went wrong on our side.")


class _Exchange:
    """One request and its response: counts the bytes of the request and adds headers to the response."""

    def __init__(self, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]):
        self._receive, self._send, self._headers = receive, send, headers
        self.limit, self.taken = 0, 0
        self.started = self.refused = self.ended = False

    async def receive(self) -> Message:
        message = await self._next()
        self.taken += len(message.get("body", b""))
        if self.taken > self.limit:
            raise _TooLarge
        return message

    async def _next(self) -> Message:
        message = await self._receive()
        self.ended = not message.get("more_body")
        return message

    async def send(self, message: Message) -> None:
        if self.refused:
            return
        if self.taken > self.limit and not self.started:  # the application treats the cut request as malformed
            await self.refuse_large()
            return
        if message["type"] == "http.response.start":
            self.started = True
            names = {name for name, _ in self._headers}
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
            message = {**message, "headers": [*kept, *self._headers]}
        await self._send(message)

    async def refuse_large(self) -> None:
        await self.refuse(413, f"This is larger than the {self.limit:,} bytes that may be sent here.")

    async def refuse(self, status: int, sentence: str) -> None:
        """Send a refusal as the only response; does nothing if a response has begun."""
        if self.started or self.refused:
            return
        body = json.dumps({"detail": sentence}).encode()
        kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        close = [(b"connection", b"close")] if status == 413 else []
        self.refused = True
        await self._send({"type": "http.response.start", "status": status, "headers": [*kind, *close, *self._headers]})
        await self._send({"type": "http.response.body", "body": body, "more_body": bool(close)})
        if close:
            await self._discard()
            await self._send({"type": "http.response.body", "body": b""})

    async def _discard(self) -> None:
        """Read and discard the rest of the request: closing the connection before could lose the response."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while not self.ended:
                    await self._next()


def _announced(scope: MutableMapping[str, Any]) -> int:
    """The request's content length; 0 without one."""
    length = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"0")
    return int(length) if length.isdigit() else 0
