"""Validated requests: names and ranges are checked, and requests that mean the same become equal.

Equal requests have equal cache keys, so every request is validated before a cache is read.
"""

from __future__ import annotations

from dataclasses import replace

from dlfd_core.data.forget_sets import PREFIX
from dlfd_core.data.splits import TaskData, split_for
from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.types import (
    CONTROLLED,
    MAX_RACE_METHODS,
    MAX_RACE_SEEDS,
    MAX_REQUESTS,
    MIN_REQUESTS,
    RACE_BUDGETS,
    RACE_REFERENCE,
    ForgetRequest,
    RaceRequest,
    SequenceRequest,
)
from dlfd_core.unlearning import METHODS, configured_method


def validated_forget(request: ForgetRequest) -> ForgetRequest:
    """The request with people sorted and named once, knobs typed, sorted and without those at their preset's value,
    and no control for methods that have none.

    Raises:
        DlfdError: an unknown method, preset or knob, or a value out of range.
    """
    method = configured_method(request)
    preset = method.preset(request.preset, request.data, request.task)
    return replace(
        request,
        people=tuple(sorted(set(request.people))),
        knobs=tuple((name, value) for name, value in sorted(method.settings().items()) if value != preset[name]),
        control=request.control and request.method in CONTROLLED,
    )


def validated_race(request: RaceRequest) -> RaceRequest:
    """The request with people sorted, and people and methods named once.

    Raises:
        InvalidRequest: no method or too many, seeds or budget out of range. UnknownName: an unknown method.
    """
    methods = tuple(dict.fromkeys(request.methods))
    for name in methods:
        METHODS.get(name)
    if not methods:
        raise InvalidRequest("No method is chosen; choose at least one.")
    if sum(name != RACE_REFERENCE for name in methods) > MAX_RACE_METHODS:
        most = f"{MAX_RACE_METHODS} at most, and the reference beside them"
        raise InvalidRequest(f"{len(methods)} methods are chosen; a race takes {most}.")
    if (
        isinstance(request.seeds, bool)
        or not isinstance(request.seeds, int)
        or not 1 <= request.seeds <= MAX_RACE_SEEDS
    ):
        raise InvalidRequest(f"{request.seeds!r} is not a number of seeds between 1 and {MAX_RACE_SEEDS}.")
    if request.budget is not None and not RACE_BUDGETS[0] <= request.budget <= RACE_BUDGETS[1]:
        low, high = RACE_BUDGETS
        raise InvalidRequest(f"The budget {request.budget:g} is not a number of seconds from {low:g} to {high:g}.")
    return replace(request, people=tuple(sorted(set(request.people))), methods=methods)


def validated_sequence(request: SequenceRequest, task: TaskData) -> SequenceRequest:
    """The request with the people of each group sorted and named once, and no control. Its base is not validated here.

    Raises:
        InvalidRequest: a single request or too many, an empty one, one with fewer than two photos, a published forget
            set, somebody in two requests, or everybody forgotten. UnknownName: an id that is not a training person's.
    """
    groups = [tuple(sorted(set(group))) for group in request.groups]
    if not MIN_REQUESTS <= len(groups) <= MAX_REQUESTS:
        raise InvalidRequest(f"A sequence has {MIN_REQUESTS} to {MAX_REQUESTS} requests; this one has {len(groups)}.")
    everybody, request_of = task.training_people(), dict[str, int]()
    for number, group in enumerate(groups, 1):
        if not group:
            raise InvalidRequest(f"Request {number} names nobody; give it at least one person, or leave it out.")
        for person in group:
            if person.startswith(PREFIX) and person not in everybody:
                raise InvalidRequest(f"{person} cannot be part of a sequence, whose requests name people; name people.")
            if person not in everybody:
                raise UnknownName("person", person, everybody)
            if person in request_of:
                raise InvalidRequest(
                    f"{person} is in request {request_of[person]} and in request {number}; "
                    "everybody is forgotten once, so leave them out of one."
                )
            request_of[person] = number
    if len(request_of) == len(everybody):
        raise InvalidRequest("The requests name everybody; leave at least one person for the model to keep.")
    for number, group in enumerate(groups, 1):
        try:
            split_for(task, group)
        except InvalidRequest as error:
            raise InvalidRequest(f"Request {number}: {error}") from error
    return SequenceRequest(replace(request.base, people=groups[0], control=False), tuple(groups[1:]))
