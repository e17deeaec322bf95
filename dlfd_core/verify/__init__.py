"""A receipt checked: the same data, the same original model, the request carried out again, every score compared; and
so the relearn test and the requests that came after, where it has them.

A receipt comes from somebody else. It is read as plain JSON of bounded size and strict types; no path in it is opened,
no code named by it is loaded: where data, weights and plugins lie only the caller says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dlfd_core.artifacts import weights_hash
from dlfd_core.backbones.vggface2 import VARIABLE
from dlfd_core.data.relearn_photos import check_relearn_request
from dlfd_core.data.splits import TaskData
from dlfd_core.errors import InvalidRequest
from dlfd_core.runs.event_streams import last_report, last_result, result_of
from dlfd_core.runs.validation import validated_forget, validated_sequence
from dlfd_core.service import UnlearningService
from dlfd_core.types import FollowUps, ForgetProgress, ForgetRequest, SequenceRequest
from dlfd_core.verify.comparing import Difference, Outcome, compare
from dlfd_core.verify.schema import MAX_BYTES, Receipt, read_receipt

__all__ = ["Difference", "Outcome", "Place", "compare", "read_file", "read_receipt", "verify"]

#: The only data set a receipt's own name is enough for: it comes with the project.
SHIPPED = "portraits"


@dataclass(frozen=True)
class Place:
    """What the caller says about this machine; None takes what the receipt says, which is never a path.

    Attributes:
        data: name of the data set with the path of the copy here.
        weights: the original model's file.
    """

    data: str | None = None
    weights: str | None = None
    device: str | None = None


def request_here(receipt: Receipt, place: Place) -> ForgetRequest:
    """The receipt's request with this machine's paths.

    Raises:
        InvalidRequest: something that only the caller can say is missing.
    """
    asked = receipt.request.to_request()
    if place.data is None and asked.data != SHIPPED:
        raise InvalidRequest(
            f"The receipt is about the data set {_short(asked.data)}; say where your copy lies with --data, as for "
            "`forget`."
        )
    if place.weights is None and asked.weights is not None:
        raise InvalidRequest("The receipt's original model was a file of its maker; give your copy with --weights.")
    return validated_forget(
        replace(asked, data=place.data or asked.data, weights=place.weights, device=place.device or asked.device)
    )


def verify(
    service: UnlearningService, receipt: Receipt, place: Place, show: Callable[[ForgetProgress], None]
) -> Outcome:
    """Check data and original, carry out the request and what came after it, compare.

    Args:
        service: used by this call alone.
        show: is given the progress of the run.

    Raises:
        DlfdError: the receipt's data or original is another here, or the request cannot be carried out.
    """
    request = request_here(receipt, place)
    _check_backbone(request)
    task = service.check(request)
    if task.data.digest != receipt.data.digest:
        raise InvalidRequest(
            f"The data here are not the receipt's: sha256 {task.data.digest[:12]}... against "
            f"{receipt.data.digest[:12]}...; give the same copy with --data."
        )
    sequence = _later(receipt, request, task)
    _check_original(service, request, receipt, show)
    report = last_report(service.forget(request, _never), show)
    later = None if sequence is None else last_result(service.sequence(sequence, _never), show)
    photos = None if receipt.relearn is None else receipt.relearn.photos
    relearned = None if photos is None else last_result(service.relearn(request, photos, _never), show)
    return compare(receipt, report, FollowUps(relearned, later))


def _never() -> bool:
    return False


def _later(receipt: Receipt, request: ForgetRequest, task: TaskData) -> SequenceRequest | None:
    """The receipt's requests after the first. Raises ``DlfdError`` where these or the relearn test cannot be carried
    out, before anything is computed."""
    if receipt.relearn is not None:
        check_relearn_request(task, request.people, receipt.relearn.photos, request.seed)
    return None if receipt.sequence is None else validated_sequence(receipt.sequence.request(request), task)


def _check_backbone(request: ForgetRequest) -> None:
    """A receipt alone must not make this machine download and unpickle weights."""
    if "vggface2" in request.backbone and not os.environ.get(VARIABLE):
        raise InvalidRequest(
            "The receipt's network starts from VGGFace2's weights, which are not fetched on a receipt's word; name "
            f"your file in {VARIABLE}."
        )


def _check_original(
    service: UnlearningService, request: ForgetRequest, receipt: Receipt, show: Callable[[ForgetProgress], None]
) -> None:
    prepared = result_of(service.bench.prepare(request, lambda: None), show)
    found = weights_hash(prepared.original.model.state_dict())
    if found != receipt.hashes["original"]:
        raise InvalidRequest(
            f"The original model here is not the receipt's: sha256 {found[:12]}... against "
            f"{receipt.hashes['original'][:12]}...; give the receipt's with --weights, or train it alike with --epochs."
        )


def _short(text: str) -> str:
    """For a sentence of ours: printable and of bounded length, whatever the receipt holds."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def read_file(path: Path) -> Receipt:
    """A receipt from a file. Raises ``InvalidRequest``."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read ({error.strerror}); give a receipt's JSON file.") from error
    return read_receipt(content)
