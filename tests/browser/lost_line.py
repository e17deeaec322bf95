"""A line between browser and server that can be cut: a TCP proxy that drops what is open and refuses what is new."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

#: Closing a socket with this option sends a reset instead of a polite end, as a lost line does in the end.
RESET = (socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))


class Line:
    """The proxy; ``url`` is the page's address through it.

    Args:
        url: address of the page.
    """

    def __init__(self, url: str):
        parts = urlsplit(url)
        self._server = (str(parts.hostname), int(parts.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        self._open: set[socket.socket] = set()
        self._cut = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Inside, nothing gets through."""
        self._cut.set()
        for end in list(self._open):
            self._drop(end)
        try:
            yield
        finally:
            self._cut.clear()

    def close(self) -> None:
        self._listener.close()
        for end in list(self._open):
            self._drop(end)

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:  # closed
                return
            if self._cut.is_set():
                self._drop(browser)
                continue
            server = socket.create_connection(self._server)
            self._open |= {browser, server}
            for source, target in ((browser, server), (server, browser)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            self._drop(end)

    def _drop(self, end: socket.socket) -> None:
        self._open.discard(end)
        with contextlib.suppress(OSError):
            end.setsockopt(*RESET)
            end.shutdown(socket.SHUT_RDWR)
        end.close()
