"""Shipped files: JSON documents, and weights as safetensors, checked against a manifest of sizes and hashes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from typing_extensions import TypedDict

from dlfd_core.errors import DISK_FULL, InvalidRequest, MissingArtifact, TooMuch, is_disk_full

ASSETS = Path(__file__).resolve().parents[1] / "assets"
WEIGHTS = ASSETS / "weights"
T = TypeVar("T")


class ManifestEntry(TypedDict):
    """A file in a manifest; ``command`` made it."""

    bytes: int
    sha256: str
    command: str


class Manifest(TypedDict):
    """The files in a folder, by name."""

    files: dict[str, ManifestEntry]


_MANIFEST = TypeAdapter(Manifest)
#: Any document that is an object.
OBJECT = TypeAdapter(dict[str, Any])


def read_json(path: Path, shape: TypeAdapter[T], remedy: str) -> T:
    """Read a JSON document of ``shape``.

    Args:
        remedy: what to do where the file is damaged, e.g. "run `make weights`".

    Raises:
        MissingArtifact: the file is missing, cannot be read, is no JSON or has another shape.
    """
    place = f"{path.parent.name}/{path.name}"
    try:
        return shape.validate_python(json.loads(path.read_bytes()))
    except FileNotFoundError as error:
        raise MissingArtifact(f"The file {place} is missing; {remedy}.") from error
    except OSError as error:
        raise MissingArtifact(f"The file {place} cannot be read ({error.strerror}); {remedy}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise MissingArtifact(f"The file {place} is damaged ({where}: {first['msg']}); {remedy}.") from error
    except (ValueError, RecursionError) as error:
        raise MissingArtifact(f"The file {place} is damaged: it is no complete JSON; {remedy}.") from error


def open_ordinary(path: Path) -> BinaryIO:
    """Open an ordinary file for reading. Raises ``OSError`` for anything else, too: reading a pipe or a device may
    never end."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "It is no ordinary file", str(path))
    return os.fdopen(handle, "rb")


def cache_folder() -> Path:
    """Folder for trained originals between runs: ``$DLFD_CACHE`` or ``~/.cache/dlfd``; where the user has no home, a
    folder of this user among the temporary files."""
    root = os.environ.get("DLFD_CACHE")
    if root:
        return Path(root)
    try:
        return Path.home() / ".cache" / "dlfd"
    except RuntimeError:  # HOME is not set, and the system does not know the user
        return private_temporary("dlfd-cache")


@cache
def private_temporary(name: str) -> Path:
    """A folder of this user alone among the temporary files: the same each time, or a new one where somebody else has
    made that one, who could put files into it."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"{name}-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        if stat.S_ISDIR(state.st_mode) and state.st_uid == user and not state.st_mode & 0o077:
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix=f"{name}-"))


def cache_key(metadata: dict[str, str]) -> str:
    """Hash of metadata, 24 hex digits, for names of cached files."""
    return hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest()[:24]


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shipped_weights(name: str, folder: Path = WEIGHTS, remedy: str = "run `make weights`") -> Path | None:
    """The shipped file ``name``, checked against the manifest; None where the manifest does not list it.

    Args:
        remedy: as in ``read_json``.

    Raises:
        MissingArtifact: the manifest is damaged, or the file is listed but missing, or its size or hash differs.
    """
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return None
    entry = read_json(manifest, _MANIFEST, remedy)["files"].get(name)
    if entry is None:
        return None
    path = folder / name
    if not path.exists():
        raise MissingArtifact(f"The weights {name} are listed in {manifest.name} but missing; {remedy}.")
    if path.stat().st_size != entry["bytes"] or sha256_of(path) != entry["sha256"]:
        raise MissingArtifact(f"The weights {name} are not the ones in {manifest.name} (wrong hash); {remedy}.")
    return path


def add_to_manifest(path: Path, command: str) -> None:
    """Enter a weights file into the manifest in its folder: size, sha256 and the command that made it."""
    manifest = path.parent / "manifest.json"
    remedy = "delete it, and enter all files of the folder again"
    content = read_json(manifest, _MANIFEST, remedy) if manifest.exists() else Manifest(files={})
    content["files"][path.name] = {"bytes": path.stat().st_size, "sha256": sha256_of(path), "command": command}
    content["files"] = dict(sorted(content["files"].items()))
    write_atomically(manifest, (json.dumps(content, indent=2) + "\n").encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write to a temporary file beside ``path`` and rename it; so a crash or a full disk never leaves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def weights_hash(tensors: dict[str, torch.Tensor]) -> str:
    """sha256 over names, types, shapes and values of a state dict, in the order of the names.

    Equal weights give equal hashes, on any device and with any memory format.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def pack_weights(state: dict[str, torch.Tensor], metadata: dict[str, str]) -> bytes:
    """Content of a safetensors file: a state dict, string metadata (task, classes, recipe ...) and a content hash."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    return save(tensors, metadata=metadata | {"content_sha256": weights_hash(tensors)})


def save_weights(path: Path, state: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write a weights file with ``pack_weights``.

    Raises:
        InvalidRequest: the file cannot be written.
        TooMuch: the disk is full.
    """
    save_content(path, pack_weights(state, metadata))


def save_content(path: Path, content: bytes) -> None:
    """Write a file with ``write_atomically``. Raises as ``save_weights``."""
    with _errors_of_writing(path):
        write_atomically(path, content)


def check_writable(path: Path) -> None:
    """Check that a file can be written, before the work whose result it is; its folder is made. Raises as
    ``save_weights``."""
    with _errors_of_writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(b"x")


def is_writable(folder: Path) -> bool:
    """Whether files can be written into a folder, which is made where it is missing."""
    try:
        check_writable(folder / "x")
    except (InvalidRequest, TooMuch):
        return False
    return True


@contextmanager
def _errors_of_writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise TooMuch(DISK_FULL) from error
        # only the file name: visitors of the page read this message too
        raise InvalidRequest(
            f"{path.name} cannot be written in its folder ({error.strerror}); choose another (cache: DLFD_CACHE)."
        ) from error


def load_weights(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Read a safetensors file: tensors by name, and metadata.

    Raises:
        MissingArtifact: the file is missing, not safetensors, or its content differs from the saved hash.
    """
    if not path.is_file():
        raise MissingArtifact(f"There is no weights file at {path}; check the path.")
    try:
        content = path.read_bytes()  # in one piece: another process may replace the file at any moment
        tensors, metadata = load(content), _metadata_of(content)
    except (SafetensorError, OSError) as error:
        raise MissingArtifact(
            f"{path.name} is not a readable safetensors file; only safetensors weights are accepted."
        ) from error
    if "content_sha256" in metadata and metadata["content_sha256"] != weights_hash(tensors):
        raise MissingArtifact(f"{path.name} has been altered since it was saved (wrong hash); train it again.")
    return tensors, metadata


def _metadata_of(content: bytes) -> dict[str, str]:
    """The metadata of a valid safetensors file: a JSON header follows its length, 8 bytes, the lowest first."""
    length = int.from_bytes(content[:8], "little")
    return dict(json.loads(content[8 : 8 + length]).get("__metadata__") or {})
