"""Loader of facenet-pytorch's VGGFace2 weights: from a given file, from its download cache, or by download.

Nothing but tensors is ever read from such a file: safetensors, or a pickle through torch's reader for weights alone.
"""

from __future__ import annotations

import io
import os
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import torch
from torch import Tensor, nn

from dlfd_core.artifacts import load_weights, write_atomically
from dlfd_core.errors import MissingArtifact

VARIABLE = "DLFD_VGGFACE2"
URL = "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt"
FILE = URL.rsplit("/", 1)[1]
ADVICE = f"download {URL} (107 MB) and set {VARIABLE} to the path of that file"
TIMEOUT = 20.0  # seconds without an answer
#: The layer that names the celebrities; it is in the file and not used.
UNUSED = ("logits.weight", "logits.bias")


def load_vggface2(net: nn.Module) -> None:
    """Fill facenet's InceptionResnetV1 with the weights.

    Raises:
        MissingArtifact: there is no file and no download, or the file is not these weights.
    """
    given = os.environ.get(VARIABLE)
    path = Path(given).expanduser() if given else next((p for p in cached_paths() if p.is_file()), None)
    if path is None:
        _download_into(net, cached_paths()[0])
    elif not path.is_file():
        raise MissingArtifact(f"{VARIABLE} names {path}, where there is no file; {ADVICE}.")
    elif path.suffix == ".safetensors":
        _fill(net, load_weights(path)[0], path.name)
    else:
        _fill(net, _unpickle(path, path.name), path.name)


def cached_paths() -> list[Path]:
    """Paths at which facenet-pytorch and torch.hub store the download; ``TORCH_HOME`` moves both."""
    hub = Path(torch.hub.get_dir())
    return [hub.parent / "checkpoints" / FILE, hub / "checkpoints" / FILE]


def _download_into(net: nn.Module, path: Path) -> None:
    """Download the file and load it; a file that is not the weights (for example a login page) is deleted."""
    try:
        with urlopen(URL, timeout=TIMEOUT) as answer:
            content = answer.read()
    except (OSError, HTTPException) as error:
        raise MissingArtifact(f"The VGGFace2 weights are not here and could not be downloaded; {ADVICE}.") from error
    _fill(net, _unpickle(io.BytesIO(content), f"What came from {URL}"), FILE)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise MissingArtifact(f"The VGGFace2 weights cannot be kept at {path} ({error.strerror}); {ADVICE}.") from error


def _unpickle(source: Path | io.BytesIO, name: str) -> object:
    """Read a file that torch saved, tensors and plain containers only: code in a pickle is not run."""
    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can make the reader raise anything
        raise MissingArtifact(f"{name} is damaged or holds more than tensors, and was not loaded; {ADVICE}.") from error


def _fill(net: nn.Module, state: object, name: str) -> None:
    """Load a state dict; names and shapes must match the network, only counters of batch norms may be missing."""
    if not isinstance(state, dict):
        raise MissingArtifact(f"{name} holds no tensors by name; {ADVICE}.")
    own, found = net.state_dict(), {key: value for key, value in state.items() if key not in UNUSED}
    for key, tensor in own.items():
        value = found.get(key, tensor if key.endswith("num_batches_tracked") else None)
        if not isinstance(value, Tensor):
            raise MissingArtifact(f"{name} has no tensor {key!r} and so is not InceptionResnetV1's; {ADVICE}.")
        if value.shape != tensor.shape:
            shapes = f"{tuple(value.shape)}, expected {tuple(tensor.shape)}"
            raise MissingArtifact(f"{name} is not InceptionResnetV1's: {key!r} has shape {shapes}; {ADVICE}.")
        found[key] = value
    extra = next((key for key in found if key not in own), None)
    if extra is not None:
        raise MissingArtifact(f"{name} has an unexpected tensor {extra!r} and so is not InceptionResnetV1's; {ADVICE}.")
    net.load_state_dict(found)
