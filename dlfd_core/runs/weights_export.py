"""Export of a run's unlearned model as a safetensors file, while the model is in memory."""

from __future__ import annotations

import json
from dataclasses import asdict

from dlfd_core.artifacts import pack_weights, weights_hash
from dlfd_core.errors import InvalidRequest
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import OWN_DATA_PREFIX, ForgetReport
from dlfd_core.unlearning import configured_method

NOT_IN_MEMORY = (
    "The unlearned model of this run is not in memory any more, or was never made here, as the finished example's; "
    "run it again, and then take the weights."
)
OWN_STAYS = (
    "A model that saw your own people stays in memory and is deleted with their photos; its weights cannot be "
    "downloaded."
)


def unlearned_weights(bench: Workbench, report: ForgetReport) -> bytes:
    """A safetensors file that ``--weights`` takes. Its metadata are the data and their digest, task and classes,
    backbone, how the original was trained, the request that unlearned it, and a hash of the weights.

    Args:
        report: of a validated request.

    Raises:
        InvalidRequest: the model is no longer in memory, is not the one of the report, or was trained on a visitor's
            own people.
    """
    request = report.request
    if request.data.startswith(OWN_DATA_PREFIX):
        raise InvalidRequest(OWN_STAYS)
    prepared = bench.prepared(request)
    result = bench.method_results.get(ModelKey.of(request, configured_method(request)))
    if prepared is None or result is None:
        raise InvalidRequest(NOT_IN_MEMORY)
    state = result.model.state_dict()
    # the finished example may have been computed on another machine: a model made here for its request may differ
    if report.hashes.get("unlearned", "") not in ("", weights_hash(state)):
        raise InvalidRequest(NOT_IN_MEMORY)
    # without paths and devices of this machine: the file is for others
    public = {name: value for name, value in asdict(request).items() if name not in ("weights", "device")}
    description = {"made_by": "unlearning", "request": json.dumps(public, ensure_ascii=False), "run": report.key}
    return pack_weights(state, prepared.spec.metadata(prepared.original.recipe, seed=0) | description)
