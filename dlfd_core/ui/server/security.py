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

from dlfd_core.types import caller
from dlfd_core.ui.server.bodies import (
    AT_ONCE_EACH,
    LARGEST_BODY,
    LARGEST_EVENT,
    Bodies,
    Body,
    Message,
    Receive,
    Refused,
    Turns,
    too_large,
)
from dlfd_core.ui.server.failures import NOT_PARAMETERS
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.page_root import is_page, with_rewritten

log = logging.getLogger(__name__)

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
#: Routes below ``/gradio_api/`` with other limits: events of the page, and work that takes a thread.
EVENTS, WORK = "queue/join", "component_server"
#: The page and programs send JSON only. Forms would be written to files, and other sites may send forms and plain text
#: from a visitor's browser.
KIND = b"application/json"
READING = ("GET", "HEAD", "OPTIONS")
#: Statuses of refusals before the end of the request is read.
UNREAD = (408, 413, 415, 503)
#: Seconds for which the rest of a refused request is read and discarded before the connection is closed.
LINGER = 5.0

HEALTH = "/healthz"


class Guard:
    """Middleware around an ASGI application.

    Args:
        hosting: how the page is hosted, which says whose address a request has.
        health: state of the server for ``/healthz``, as JSON.
        bodies, turns: limits of all requests together; None takes the usual ones.
    """

    def __init__(
        self,
        app: App,
        hosting: Hosting | None = None,
        health: Callable[[], dict[str, Any]] = dict,
        bodies: Bodies | None = None,
        turns: Turns | None = None,
    ):
        self.app, self.hosting, self.health = app, hosting or Hosting(), health
        self.bodies = bodies or Bodies()
        each = None if self.hosting.per_address is None else AT_ONCE_EACH * self.hosting.per_address
        self.turns = turns or Turns(each=each)
        self._headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        address = self.hosting.arrange(scope)
        caller.set(address)
        place = scope["path"].lower().partition("/gradio_api/")[2]
        body = Body(receive, self.bodies, LARGEST_EVENT if place.startswith(EVENTS) else LARGEST_BODY)
        below = scope["path"].removeprefix(scope.get("root_path", ""))
        opens = scope["method"] == "GET" and below != "" and is_page(below)
        exchange = _Exchange(body, with_rewritten(send) if opens else send, self._headers)
        if opens:  # gradio would pack it
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        try:
            refused = _refusal(scope, place, body)
            if refused is not None:
                await exchange.refuse(refused)
            elif scope["path"] == scope.get("root_path", "") + HEALTH:
                await exchange.tell(200, self.health())
            elif scope["method"] == "HEAD" and below == "/":  # gradio asks so at its start, and waits 3 s at most
                await exchange.tell_headers()
            elif place.startswith(WORK):
                async with self.turns.take(address):
                    await self._answer(scope, exchange, place)
            else:
                await self._answer(scope, exchange, place)
        except Refused as error:  # no turn
            await exchange.refuse(error)
        finally:
            body.close()

    async def _answer(self, scope: MutableMapping[str, Any], exchange: _Exchange, place: str) -> None:
        try:
            await self.app(scope, exchange.body.receive, exchange.send)
        except Refused as error:
            await exchange.refuse(error)
        except (LookupError, FnIndexInferError) as error:  # raised by gradio for an unknown name or number
            if exchange.started:
                raise
            log.warning("Asked for what is not there: %s %s (%r)", scope["method"], scope["path"], error)
            await exchange.refuse(Refused(404, "There is nothing of this name."))
        except Exception as error:
            if exchange.started:  # the response has already begun
                raise
            if isinstance(error, TypeError) and place.startswith("call/v2/"):  # gradio maps it to a function
                await exchange.refuse(Refused(400, NOT_PARAMETERS))
                return
            log.exception("A question could not be answered")
            await exchange.refuse(Refused(500, "Something went wrong on our side."))


def _refusal(scope: MutableMapping[str, Any], place: str, body: Body) -> Refused | None:
    """Why a request is refused before its body is read; None where it is not."""
    if place.startswith(CLOSED):
        return Refused(403, "This address is not in use.")
    headers = {name.lower(): value for name, value in scope["headers"]}
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if scope["method"] not in READING and kind != KIND:
        return Refused(415, "Only JSON may be sent here.")
    length = headers.get(b"content-length", b"0")
    return too_large(body.most) if length.isdigit() and int(length) > body.most else None


class _Exchange:
    """One request and its response, to which headers are added."""

    def __init__(self, body: Body, send: Send, headers: list[tuple[bytes, bytes]]):
        self.body, self._send, self._headers = body, send, headers
        self.started = self.refused = False

    async def send(self, message: Message) -> None:
        if self.refused:
            return
        if self.body.refused is not None and not self.started:  # the application treats the cut request as malformed
            await self.refuse(self.body.refused)
            return
        if message["type"] == "http.response.start":
            self.started = True
            names = {name for name, _ in self._headers}
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
            message = {**message, "headers": [*kept, *self._headers]}
        await self._send(message)

    async def refuse(self, error: Refused) -> None:
        """Send a refusal as the only response; does nothing if a response has begun."""
        if self.started or self.refused:
            return
        self.refused = True
        await self.tell(error.status, {"detail": error.sentence}, rest=error.status in UNREAD)

    async def tell(self, status: int, content: dict[str, Any], *, rest: bool = False) -> None:
        """Send a whole response.

        Args:
            rest: the request has not been read to its end; the connection is closed after it.
        """
        body = json.dumps(content).encode()
        kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        close = [(b"connection", b"close")] if rest else []
        await self._send({"type": "http.response.start", "status": status, "headers": [*kind, *close, *self._headers]})
        await self._send({"type": "http.response.body", "body": body, "more_body": rest})
        if rest:
            await self._discard()
            await self._send({"type": "http.response.body", "body": b""})

    async def tell_headers(self) -> None:
        """Say that there is a page, without making it."""
        kind = (b"content-type", b"text/html; charset=utf-8")
        await self._send({"type": "http.response.start", "status": 200, "headers": [kind, *self._headers]})
        await self._send({"type": "http.response.body", "body": b""})

    async def _discard(self) -> None:
        """Read and discard the rest of the request: closing the connection before could lose the response."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while not self.body.ended:
                    await self.body.next()
