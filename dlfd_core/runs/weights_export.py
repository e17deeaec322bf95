"""The unlearned model of a finished run as a file, for as long as the model is in memory."""

from __future__ import annotations

import json
from dataclasses import asdict

from dlfd_core.artifacts import pack_weights, weights_hash
from dlfd_core.errors import InvalidRequest
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import OWN_DATA_PREFIX, ForgetReport
from dlfd_core.unlearning import configured_method

GONE = (
    "The unlearned model of this run is not in memory any more, or was never made here, as the finished example's; "
    "run it again, and then take the weights."
)
OWN_STAYS = (
    "A model that saw your own people stays in memory and is deleted with their photos; its weights are not handed out."
)


def unlearned_weights(bench: Workbench, report: ForgetReport) -> bytes:
    """A safetensors file that ``--weights`` takes, and whose metadata says what it is: data and their digest, task and
    classes, backbone, how the original was trained, and the request that unlearned it, beside a hash of the weights.

    Args:
        report: of a validated request.

    Raises:
        InvalidRequest: the model is no longer there, is not the one the report speaks of, or saw a visitor's own
            people.
    """
    request = report.request
    if request.data.startswith(OWN_DATA_PREFIX):
        raise InvalidRequest(OWN_STAYS)
    prepared = bench.prepared(request)
    result = bench.method_results.get(ModelKey.of(request, configured_method(request)))
    if prepared is None or result is None:
        raise InvalidRequest(GONE)
    state = result.model.state_dict()
    # the finished example may have been computed elsewhere: its model and one made here for its request may differ
    if report.hashes.get("unlearned", "") not in ("", weights_hash(state)):
        raise InvalidRequest(GONE)
    # no place on this machine: the file is for others
    asked = {name: value for name, value in asdict(request).items() if name not in ("weights", "device")}
    described = {"made_by": "unlearning", "request": json.dumps(asked, ensure_ascii=False), "run": report.key}
    return pack_weights(state, prepared.spec.metadata(prepared.original.recipe, seed=0) | described)
