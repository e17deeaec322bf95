"""Links to a run: its settings in the page's address, so that another visitor gets the same filled form.

Nothing is stored. The value of ``?run=`` is JSON in URL-safe base64. It is untrusted input: it is validated like the
form, and it never starts any work.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import DEFAULT_PRESET, OWN_DATA_PREFIX, ForgetRequest, are_own_people

#: Name of the parameter in the address.
PARAMETER = "run"
#: Name of the parameter with the key of a run that goes on, see ``KeptJobs.watch``.
WATCHED = "watch"
#: Most characters of its value; 140 people take 2,000.
LONGEST = 6_000
BROKEN = "This link is incomplete, or from another version of the page. Nothing was filled in; pick people yourself."
NO_OWN = "A link cannot hold your own people: their photos are only on this page, and are deleted when you leave it."

#: Names must be short, because the error sentence repeats an unknown name.
Name = Annotated[str, Field(max_length=60)]


class Link(BaseModel):
    """Settings in a link; unknown fields are refused.

    Attributes:
        place: see ``place_key``; empty is the portraits with the default network.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    people: list[Name] = Field(min_length=1, max_length=500)
    task: Name
    method: Name
    preset: Name = DEFAULT_PRESET
    seed: int
    retrain: bool = False
    control: bool = False
    place: Name = ""
    knobs: dict[Name, StrictBool | StrictInt | StrictFloat | Name] = Field(default={}, max_length=100)


def place_key(data: str, backbone: str, weights: str | None) -> str:
    """A short code of data set, network and weights, which shows no path; empty for the portraits with the default
    network. A page of other people may have the same ids, so a link is refused where the code differs."""
    plain = ForgetRequest(())
    if (data, backbone, weights) == (plain.data, plain.backbone, plain.weights):
        return ""
    return hashlib.sha256(json.dumps([data, backbone, weights]).encode()).hexdigest()[:12]


def link_of(request: ForgetRequest) -> str | None:
    """``?run=...`` of a request made on a page, for the address of that page; None for own people."""
    if request.data.startswith(OWN_DATA_PREFIX) or are_own_people(request.people):
        return None
    settings: dict[str, Any] = {"people": list(request.people), "task": request.task, "method": request.method}
    if request.preset != DEFAULT_PRESET:
        settings["preset"] = request.preset
    settings["seed"] = request.seed
    place = place_key(request.data, request.backbone, request.weights)
    if place:
        settings["place"] = place
    settings |= {name: True for name in ("retrain", "control") if getattr(request, name)}
    if request.knobs:
        settings["knobs"] = dict(request.knobs)
    packed = json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()
    return f"?{PARAMETER}={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def read_link(value: object) -> Link:
    """The settings in a link; its names are not checked here. Raises ``InvalidRequest`` for a malformed link and for
    own people."""
    try:
        if not isinstance(value, str) or len(value) > LONGEST:
            raise ValueError
        content = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        link = Link.model_validate(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(BROKEN) from error
    if are_own_people(link.people):
        raise InvalidRequest(NO_OWN)
    return link
