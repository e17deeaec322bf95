"""A receipt checked: the same data, the same original model, the request carried out again, every score compared.

A receipt comes from somebody else. It is read as plain JSON of bounded size and strict types; no path in it is opened,
no code named by it is loaded: where data, weights and plugins lie only the caller says.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dlfd_core.artifacts import weights_hash
from dlfd_core.backbones.vggface2 import VARIABLE
from dlfd_core.errors import InvalidRequest
from dlfd_core.generators import last_report, result_of
from dlfd_core.reports.receipt import OTHER_WEIGHTS, SAME_WEIGHTS
from dlfd_core.service import UnlearningService, canonical
from dlfd_core.types import ForgetProgress, ForgetReport, ForgetRequest
from dlfd_core.verify.schema import MAX_BYTES, Receipt, ReceiptScores, read_receipt

__all__ = ["Difference", "Outcome", "Place", "read_file", "read_receipt", "verify"]

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


@dataclass(frozen=True)
class Difference:
    """Something that is not as the receipt says: ``model`` and ``score``, or the verdict's label."""

    what: str
    said: str
    found: str
    allowed: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Attributes:
    report: of the new run.
    identical: models whose weights have the receipt's hash. otherwise: those whose weights have another one.
    widest: largest distance of a score from the receipt's, for each of the two.
    """

    report: ForgetReport
    differences: tuple[Difference, ...]
    identical: tuple[str, ...]
    otherwise: tuple[str, ...]
    widest: dict[str, float]

    @property
    def bit_for_bit(self) -> bool:
        return "unlearned" in self.identical

    @property
    def same(self) -> bool:
        return not self.differences


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
    return canonical(
        replace(asked, data=place.data or asked.data, weights=place.weights, device=place.device or asked.device)
    )


def verify(
    service: UnlearningService, receipt: Receipt, place: Place, show: Callable[[ForgetProgress], None]
) -> Outcome:
    """Check data and original, run the request, compare.

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
    _check_original(service, request, receipt, show)
    return compare(receipt, last_report(service.forget(request, lambda: False), show))


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
    prepared = result_of(service.bench.open(request, lambda: None), show)
    found = weights_hash(prepared.original.model.state_dict())
    if found != receipt.hashes["original"]:
        raise InvalidRequest(
            f"The original model here is not the receipt's: sha256 {found[:12]}... against "
            f"{receipt.hashes['original'][:12]}...; give the receipt's with --weights, or train it alike with --epochs."
        )


def compare(receipt: Receipt, report: ForgetReport) -> Outcome:
    """Every score of every model of the receipt, and the verdict's label, against the new report."""
    identical = tuple(name for name, said in receipt.hashes.items() if report.hashes.get(name) == said)
    otherwise = tuple(name for name in receipt.scores if name not in identical)
    allowed = {
        "identical": min(SAME_WEIGHTS, receipt.tolerance.same_weights),
        "otherwise": min(OTHER_WEIGHTS, receipt.tolerance.other_weights),
    }
    found: list[Difference] = []
    widest = dict.fromkeys(allowed, 0.0)
    for name in sorted({*receipt.scores, *report.scores}):
        if name not in receipt.scores or name not in report.scores:
            said, here = ("there" if name in scores else "not there" for scores in (receipt.scores, report.scores))
            found.append(Difference(f"{name} model", said, here))
            continue
        kind = "identical" if name in identical else "otherwise"
        own = ReceiptScores.of(report.scores[name]).flat()
        for field, value in receipt.scores[name].flat().items():
            off = _distance(value, own[field])
            widest[kind] = max(widest[kind], off if math.isfinite(off) else 0.0)
            if off > allowed[kind]:
                found.append(Difference(f"{name}, {field}", _number(value), _number(own[field]), allowed[kind]))
    if receipt.verdict.label != report.verdict.label:
        found.append(Difference("verdict", receipt.verdict.label, report.verdict.label))
    return Outcome(report, tuple(found), identical, otherwise, widest)


def _distance(said: float | None, found: float | None) -> float:
    """Infinite where only one of the two is a number. A hair is taken off for decimals that were written out."""
    if said is None or found is None:
        return 0.0 if said is found else math.inf
    return max(0.0, abs(said - found) - 1e-9)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


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
