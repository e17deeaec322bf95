"""Verification of a receipt: the data and the original model are compared, the request is carried out again, and every
score is compared; the same for the relearn test and the later requests, where the receipt has them.

A receipt is untrusted input. It is read as plain JSON of bounded size and strict types; no path in it is opened and no
code named in it is loaded: only the caller gives the places of data, weights and plugins.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dlfd_core.artifacts import open_ordinary, weights_hash
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

__all__ = ["Difference", "LocalSettings", "Outcome", "compare", "read_file", "read_receipt", "verify"]

#: The only data set that needs no local copy: it comes with the project.
SHIPPED = "portraits"


@dataclass(frozen=True)
class LocalSettings:
    """Data, weights and device on this machine; None takes the receipt's value, which is never a path.

    Attributes:
        data: name of the data set, with the path of the local copy.
        weights: file of the original model.
    """

    data: str | None = None
    weights: str | None = None
    device: str | None = None


def request_here(receipt: Receipt, local: LocalSettings) -> ForgetRequest:
    """The receipt's request with this machine's paths.

    Raises:
        InvalidRequest: a path that only the caller can give is missing.
    """
    request = receipt.request.to_request()
    if local.data is None and request.data != SHIPPED:
        raise InvalidRequest(
            f"The receipt is about the data set {_short(request.data)}; give the path of your copy with --data, as for "
            "`forget`."
        )
    if local.weights is None and request.weights is not None:
        raise InvalidRequest(
            "The receipt's original model was a file on another machine; give your copy with --weights."
        )
    return validated_forget(
        replace(request, data=local.data or request.data, weights=local.weights, device=local.device or request.device)
    )


def verify(
    service: UnlearningService, receipt: Receipt, local: LocalSettings, show: Callable[[ForgetProgress], None]
) -> Outcome:
    """Check data and original, carry out the request and its follow-ups, and compare.

    Args:
        service: used by this call alone.
        show: called with the progress of the run.

    Raises:
        DlfdError: data or original are not the receipt's, or the request cannot be carried out.
    """
    request = request_here(receipt, local)
    _check_backbone(request)
    task = service.check(request)
    if task.data.digest != receipt.data.digest:
        raise InvalidRequest(
            f"The data here are not the receipt's: sha256 {task.data.digest[:12]}... against "
            f"{receipt.data.digest[:12]}...; give the same copy with --data."
        )
    sequence = _sequence_request(receipt, request, task)
    _check_original(service, request, receipt, show)
    report = last_report(service.forget(request, _never), show)
    later = None if sequence is None else last_result(service.sequence(sequence, _never), show)
    photos = None if receipt.relearn is None else receipt.relearn.photos
    relearned = None if photos is None else last_result(service.relearn(request, photos, _never), show)
    return compare(receipt, report, FollowUps(relearned, later))


def _never() -> bool:
    return False


def _sequence_request(receipt: Receipt, request: ForgetRequest, task: TaskData) -> SequenceRequest | None:
    """The receipt's sequence, if it has one. Raises ``DlfdError`` where the sequence or the relearn test cannot be
    carried out, before anything is computed."""
    if receipt.relearn is not None:
        check_relearn_request(task, request.people, receipt.relearn.photos, request.seed)
    return None if receipt.sequence is None else validated_sequence(receipt.sequence.request(request), task)


def _check_backbone(request: ForgetRequest) -> None:
    """Refuse to download and unpickle weights only because a receipt names them."""
    if "vggface2" in request.backbone and not os.environ.get(VARIABLE):
        raise InvalidRequest(
            "The receipt's network starts from VGGFace2's weights, which are not downloaded for a receipt; give "
            f"your file in {VARIABLE}."
        )


def _check_original(
    service: UnlearningService, request: ForgetRequest, receipt: Receipt, show: Callable[[ForgetProgress], None]
) -> None:
    prepared = result_of(service.bench.prepare(request, lambda: None), show)
    sha256 = weights_hash(prepared.original.model.state_dict())
    if sha256 != receipt.hashes["original"]:
        raise InvalidRequest(
            f"The original model here is not the receipt's: sha256 {sha256[:12]}... against "
            f"{receipt.hashes['original'][:12]}...; give the receipt's with --weights, or train it alike with --epochs."
        )


def _short(text: str) -> str:
    """Text of a receipt for an error message: printable and of bounded length."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def read_file(path: Path) -> Receipt:
    """A receipt from a file. Raises ``InvalidRequest``."""
    try:
        with open_ordinary(path) as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read ({error.strerror}); give a receipt's JSON file.") from error
    return read_receipt(content)
