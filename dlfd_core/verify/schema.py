"""Schema of an untrusted receipt: the fields that are read, with their types and sizes."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dlfd_core.errors import InvalidRequest
from dlfd_core.reports.receipt.document import OTHER_WEIGHTS, SAME_WEIGHTS, SCHEMA, VERSION
from dlfd_core.types import MAX_SEED, ForgetRequest, ModelName, VerdictLabel
from dlfd_core.verify.fields import Name, Number, ReceiptScores, Sha256, Strict, Whole
from dlfd_core.verify.follow_ups import ReceiptRelearn, ReceiptSequence

#: A receipt with audits of 1,000 people is about 1 MB, and a sequence of 20 requests adds some 100 kB.
MAX_BYTES = 8_000_000


class ReceiptRequest(Strict):
    people: Annotated[list[Name], Field(min_length=1, max_length=100_000)]
    data: Annotated[str, Field(min_length=1, max_length=4_096)]
    task: Name
    backbone: Name
    method: Name
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]
    retrain: bool
    knobs: Annotated[dict[Name, bool | Whole | Number | Name], Field(max_length=200)]
    device: Name
    weights: Annotated[str, Field(max_length=4_096)] | None
    preset: Name
    control: bool

    def to_request(self) -> ForgetRequest:
        values = self.model_dump()
        return ForgetRequest(
            **values | {"people": tuple(values["people"]), "knobs": tuple(sorted(values["knobs"].items()))}
        )


class ReceiptVerdict(BaseModel):
    """The verdict of a receipt; ``strict`` is None in those of earlier versions, whose verdict looked at one attack."""

    label: VerdictLabel
    strict: bool | None = None

    def labels(self) -> dict[str, str]:
        """What must be equal; empty for a receipt of an earlier version."""
        if self.strict is None:
            return {}
        return {"verdict": self.label, "verdict with reference models": "yes" if self.strict else "no"}


class _Data(BaseModel):
    digest: Sha256


class _Tolerance(Strict):
    """Tolerances of a receipt: smaller than ours or equal, never larger."""

    same_weights: Annotated[float, Field(allow_inf_nan=False, ge=0, le=SAME_WEIGHTS)]
    other_weights: Annotated[float, Field(allow_inf_nan=False, ge=0, le=OTHER_WEIGHTS)]


class Receipt(BaseModel):
    """The fields that are checked; everything else in a receipt is for human readers and is ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    schema_name: Annotated[Literal["dlfd-receipt"], Field(alias="schema")]
    version: Literal[1]
    request: ReceiptRequest
    scores: dict[ModelName, ReceiptScores]
    hashes: dict[ModelName, Sha256]
    verdict: ReceiptVerdict
    data: _Data
    tolerance: _Tolerance
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None
    versions: Annotated[dict[Name, Name], Field(max_length=50)] = {}
    relearn: ReceiptRelearn | None = None
    sequence: ReceiptSequence | None = None


def read_receipt(content: bytes) -> Receipt:
    """Read a receipt from the bytes of a file.

    Raises:
        InvalidRequest: it is too large, no JSON, of another version, or a part of it is missing or malformed.
    """
    if len(content) > MAX_BYTES:
        raise InvalidRequest(
            f"The file is larger than {MAX_BYTES // 1_000_000} MB, more than any receipt; give a receipt's JSON file."
        )
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The receipt is not readable JSON; give the file receipt.json of a run.") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InvalidRequest(f"This is no receipt (its schema is not {SCHEMA!r}); give the file receipt.json of a run.")
    if document.get("version") != VERSION:
        raise InvalidRequest(f"The receipt is not of version {VERSION}, which alone is read here.")
    try:
        receipt = Receipt.model_validate(document)
    except ValidationError as error:
        raise InvalidRequest(_sentence(error)) from error
    for part in ("scores", "hashes"):
        if not {"original", "unlearned"} <= set(getattr(receipt, part)):
            raise InvalidRequest(f"The receipt has no {part} of the original and the unlearned model.")
    return receipt


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _sentence(error: ValidationError) -> str:
    """The first validation error, without the value, which is the receipt's own text."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].split("\n")[0]
    return f"The receipt is malformed at {place[:120]!r}: {message[:1].lower()}{message[1:200]}."
