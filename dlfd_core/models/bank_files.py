"""The file of one model of a reference bank: what an audit reads, its hash, and the weights.

Tensors: ``signals`` (4, N) float32, ``members`` (P,) uint8, and where they are kept, the weights, whose names begin
with ``model.``. The metadata hold what determines the bank.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from dlfd_core import artifacts
from dlfd_core.errors import MissingArtifact

#: Names of the tensors beside the weights, and the prefix of the weights.
SIGNALS_TENSOR, MEMBERS_TENSOR, WEIGHTS = "signals", "members", "model."


@dataclass(frozen=True)
class Content:
    """What an audit reads of one file.

    Attributes:
        signals: (4, N) float32 of every photo of the data set, as from ``signals_of``; NaN for a photo without a label.
            None in a file of an earlier version.
        members: (P,) uint8, 1 for the people the model was trained on.
    """

    signals: torch.Tensor | None
    members: torch.Tensor
    metadata: dict[str, str]


def _digest(signals: torch.Tensor, members: torch.Tensor) -> str:
    """sha256 of signals and members, so that an audit can check them without reading the weights."""
    return hashlib.sha256(signals.numpy().tobytes() + members.numpy().tobytes()).hexdigest()


def model_file(folder: Path, number: int) -> Path:
    """Path of the file of a model of the bank."""
    return folder / f"model{number}.safetensors"


def write_content(path: Path, content: Content, weights: dict[str, torch.Tensor]) -> None:
    """Write the file of one model; without weights where there are none. Raises as ``artifacts.save_weights``."""
    assert content.signals is not None  # only a file of an earlier version has none
    tensors = {WEIGHTS + name: tensor for name, tensor in weights.items()}
    tensors |= {SIGNALS_TENSOR: content.signals, MEMBERS_TENSOR: content.members}
    digest = _digest(content.signals, content.members)
    artifacts.save_weights(path, tensors, content.metadata | {"audit_sha256": digest})


def read_content(path: Path) -> Content:
    """Read the file of one model; the weights are not read.

    Raises:
        MissingArtifact: the file is missing, not a model of a bank, or altered.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            signals = file.get_tensor(SIGNALS_TENSOR) if SIGNALS_TENSOR in file.keys() else None  # noqa: SIM118
            content = Content(signals, file.get_tensor(MEMBERS_TENSOR), dict(file.metadata() or {}))
    except (SafetensorError, OSError) as error:
        raise MissingArtifact(f"{path} is missing or no model of a reference bank; build the bank again.") from error
    if signals is not None and content.metadata.get("audit_sha256") != _digest(signals, content.members):
        raise MissingArtifact(f"{path} has been altered since it was saved (wrong hash); build the bank again.")
    return content
