"""A run in the page's address: its settings, so that another visitor gets the same filled form. Nothing is stored.

The value of ``?run=`` is JSON in base64 for addresses. It comes from anybody, so it is read with the suspicion that a
form is read with, and never starts any work.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import DEFAULT_PRESET, ForgetRequest, are_own_people

#: Name of the parameter in the address.
PARAMETER = "run"
#: Characters of its value; 140 people are 2,000.
LONGEST = 6_000
BROKEN = "This link is not whole, or was made by another version of the page. Nothing was filled in; pick people below."
NO_OWN = "A link cannot hold your own people: their photos are on this page alone, and are deleted with your visit."

#: Names are short: an unknown one is repeated in the sentence about it.
Name = Annotated[str, Field(max_length=60)]


class Link(BaseModel):
    """What a link holds; unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")
    people: list[Name] = Field(min_length=1, max_length=500)
    task: Name
    method: Name
    preset: Name = DEFAULT_PRESET
    seed: int
    retrain: bool = False
    control: bool = False
    knobs: dict[Name, StrictBool | StrictInt | StrictFloat | Name] = Field(default={}, max_length=100)


def link_of(request: ForgetRequest) -> str | None:
    """``?run=...`` of a request made on the page; None where a link cannot hold it: own people, or other data, another
    backbone or own weights, which the page's form has no place for."""
    plain = ForgetRequest(())
    same = (request.data, request.backbone, request.weights) == (plain.data, plain.backbone, plain.weights)
    if not same or are_own_people(request.people):
        return None
    told: dict[str, Any] = {"people": list(request.people), "task": request.task, "method": request.method}
    if request.preset != DEFAULT_PRESET:
        told["preset"] = request.preset
    told["seed"] = request.seed
    told |= {name: True for name in ("retrain", "control") if getattr(request, name)}
    if request.knobs:
        told["knobs"] = dict(request.knobs)
    packed = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return f"?{PARAMETER}={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def read_link(value: object) -> Link:
    """The settings in a link, whose names may mean nothing. Raises ``InvalidRequest``: it has another form, or names
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
