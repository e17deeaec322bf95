"""Settings of the host by environment variables, and the network address of each request."""

from __future__ import annotations

import ipaddress
import logging
import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dlfd_core.errors import InvalidRequest

log = logging.getLogger(__name__)

PROXY, PER_ADDRESS = "DLFD_PROXY", "DLFD_VISITORS_PER_ADDRESS"
#: Set by Hugging Face in a Space, where a proxy of theirs stands before the page.
SPACE = "SPACE_ID"
#: Headers that only a proxy may set: gradio builds the addresses of the page from them.
FORWARDED = (b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-for", b"x-forwarded-port", b"forwarded")
#: A header of gradio's second server, which this page does not have.
NEVER = (b"x-gradio-server",)


@dataclass(frozen=True)
class Hosting:
    """How the page is hosted.

    Attributes:
        proxies: number of proxies before the page; 0 where its visitors connect to it themselves.
        per_address: visitors that may share one network address; None where addresses are not counted.
        space: whether the page is a Space of Hugging Face.
    """

    proxies: int = 0
    per_address: int | None = 3
    space: bool = False

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] | None = None) -> Hosting:
        """Raises ``InvalidRequest`` for a setting that is not a number."""
        variables = os.environ if variables is None else variables
        space = bool(variables.get(SPACE))
        proxies = _number(variables, PROXY, 0, 10)
        known = bool(proxies) or not space  # in a Space all connections come from the same few proxies
        return cls(proxies, _number(variables, PER_ADDRESS, 3, 10_000) if known else None, space)

    def arrange(self, scope: MutableMapping[str, Any]) -> str | None:
        """Write the visitor's address into the scope of a request, and remove headers that the visitor may not set.
        Returns the address; None where it is not known."""
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        forwarded = dict(headers).get(b"x-forwarded-for", b"").decode("latin-1")
        peer = scope.get("client") or ("", 0)
        if forwarded and not self.proxies and not self.space:
            _tell_once(
                "A request carries X-Forwarded-For, as behind a proxy; it is not used. If a proxy stands before this "
                f"page, set {PROXY}=1: see docs/hosting.md."
            )
        refused = NEVER if self.proxies or self.space else (*FORWARDED, *NEVER)
        scope["headers"] = [(name, value) for name, value in headers if name not in refused]
        if self.proxies:
            named = [part.strip() for part in forwarded.split(",") if part.strip()]
            if len(named) >= self.proxies:
                scope["client"] = peer = (named[-self.proxies], 0)
        return None if self.per_address is None else group(str(peer[0]))


def group(address: str) -> str | None:
    """The address, or of IPv6 its /64 network, all of which one visitor may have; None where it is no address."""
    try:
        known = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is None:
            return str(ipaddress.ip_network((known, 64), strict=False))
        return str(known.ipv4_mapped)
    return str(known)


@cache
def _tell_once(sentence: str) -> None:
    log.warning(sentence)


def _number(variables: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = variables.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) > most:
        raise InvalidRequest(f"{name} is {text[:40]!r}; set it to a whole number from 0 to {most}, or leave it out.")
    return int(text)
