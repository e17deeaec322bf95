"""The engine on a Ray cluster: one task per item, with one core and a share of a GPU.

This is the only module that imports Ray, and ``opening`` imports it only where its engine is asked for. What a node of
the cluster needs stands in ``docs/cli.md``.
"""

from __future__ import annotations

import os
import pickle
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from dlfd_core.artifacts import cache_folder, write_atomically
from dlfd_core.device import PRECISION_VARIABLE, THREADS_VARIABLE, available_cores, select_compute
from dlfd_core.engines.port import Engine, Item, Result, Results
from dlfd_core.errors import DlfdError, InvalidRequest

ROOT = Path(__file__).resolve().parents[2]
#: Seconds within which the address of a cluster must answer.
CONNECT_SECONDS = 10.0
#: Ray's own settings for connecting: one attempt of some seconds instead of twenty of 40 s. It reads the first two when
#: it is imported, and passes them to the processes of a cluster only if they are still there when it starts them.
CONNECTING = {
    "RAY_py_gcs_connect_timeout_s": "5",
    "RAY_gcs_rpc_server_connect_timeout_s": "2",
    "RAY_gcs_server_port_wait_time_s": "1",
}


@contextmanager
def _connecting() -> Iterator[None]:
    """Context with the settings ``CONNECTING`` in the environment, unless the user has set others."""
    added = CONNECTING.keys() - os.environ.keys()
    os.environ.update({name: CONNECTING[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


with _connecting():
    import ray

#: How often an item is started again after its worker or node was lost.
RETRIES = 3
#: Seconds without a result after which the nodes are checked again.
CHECK_SECONDS = 10.0


@contextmanager
def ray_engine(address: str, jobs: int, setup: Callable[[], None], gpu_share: float) -> Iterator[Engine]:
    """Context with an engine on the cluster at ``address``, or on one that is started here for an empty address.

    Args:
        jobs, setup, gpu_share: as in ``engine_named``.

    Raises:
        InvalidRequest: the cluster cannot be reached, or no node can hold an item.
    """
    setup()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray would report to its makers
    options: dict[str, Any] = {
        "runtime_env": {"env_vars": _variables() | ({} if gpu_share else {"CUDA_VISIBLE_DEVICES": ""})},
        "log_to_driver": False,
        "logging_level": "ERROR",
    }
    if address:
        _connect(address, options)
    else:
        ray.init("local", num_cpus=jobs or available_cores(), include_dashboard=False, **options)
    try:
        engine = _RayEngine(jobs, setup, gpu_share)
        engine.check_nodes()
        yield engine
    finally:
        ray.shutdown()


def _variables() -> dict[str, str]:
    """Environment of the workers: this project, one thread, and the precision that this process computes with."""
    autocast = select_compute("auto").autocast_dtype is not None
    precision = os.environ.get(PRECISION_VARIABLE) or ("bfloat16" if autocast else "float32")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, THREADS_VARIABLE: "1", PRECISION_VARIABLE: precision}


def _connect(address: str, options: dict[str, Any]) -> None:
    """Connect to a running cluster. Raises ``InvalidRequest`` where there is none."""
    host, colon, port = address.rpartition(":")
    try:
        if colon:  # else a word such as "auto", which Ray looks up
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
        with _connecting():
            ray.init(address, **options)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise InvalidRequest(
            f"There is no Ray cluster to use at {address} ({reason}); start one with `ray start --head`, and start "
            "this command on one of its nodes."
        ) from error


@dataclass(frozen=True)
class _Work:
    """What all items of one ``map`` have in common; it is in the object store once per node.

    Attributes:
        setup: pickled function that each worker calls first.
        folder: in which the command was started; relative paths, as those of data sets, begin there.
        files: path inside the cache -> reference of the file's content.
    """

    function: Callable[[Any], Any]
    setup: bytes
    folder: str
    files: dict[str, Any]


@dataclass(frozen=True)
class _Failure:
    """An item that a node could not carry out, with the sentence why."""

    node: str
    sentence: str


class _RayEngine(Engine):
    """Engine of a cluster to which this process is connected."""

    def __init__(self, jobs: int, setup: Callable[[], None], gpu_share: float):
        self._jobs, self._setup, self._gpu_share = jobs, pickle.dumps(setup), gpu_share
        self._files: dict[str, Any] = {}

    def check_nodes(self) -> None:
        """Check that there is a node that can hold an item. Raises ``InvalidRequest``."""
        resources = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        if not any(held.get("CPU", 0) >= 1 and held.get("GPU", 0) >= self._gpu_share for held in resources):
            need = f" and {self._gpu_share:g} of a GPU" if self._gpu_share else ""
            raise InvalidRequest(
                f"No node of the cluster can hold a run, which needs one core{need}; add such a node, or choose "
                "another --device."
            )

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Results[Item, Result]:
        work = ray.put(_Work(function, self._setup, str(Path.cwd()), dict(self._files)))
        task = ray.remote(num_cpus=1, num_gpus=self._gpu_share, max_retries=RETRIES)(_carry_out)
        waiting, running = deque(items), dict[Any, Item]()
        try:
            while waiting or running:
                while waiting and len(running) < (self._jobs or len(items)):
                    item = waiting.popleft()
                    running[task.remote(work, item)] = item
                finished, _ = ray.wait(list(running), timeout=CHECK_SECONDS)
                if not finished:
                    self.check_nodes()
                for reference in finished:
                    yield running.pop(reference), _result(reference)
        finally:
            for reference in running:
                ray.cancel(reference, force=True)

    def prepare(
        self, function: Callable[[Item], None], items: Sequence[Item], files: Callable[[Item], Sequence[Path]]
    ) -> None:
        for item in items:
            self._place(_contents(files(item), without=self._files))
        for _, contents in self.map(partial(_prepared, function, files, frozenset(self._files)), items):
            _write_missing(contents)
            self._place(contents)

    def _place(self, contents: dict[str, bytes]) -> None:
        """Put the contents of files into the object store, from which each node copies them once."""
        for name, content in contents.items():
            if name not in self._files:
                self._files[name] = ray.put(content)


def _result(reference: Any) -> Any:
    """The result of a finished task. Raises ``InvalidRequest`` where a node could not carry it out."""
    try:
        result = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        missing = re.search(r"(?:ModuleNotFound|Import)Error: (.+)", str(error))
        if missing is None:
            raise
        raise InvalidRequest(
            f"A node cannot import what an item needs ({missing[1]}); it needs this project in the same folder and the "
            "same packages."
        ) from error
    except ray.exceptions.RayError as error:
        raise InvalidRequest(
            f"One item has lost its worker, also when it was started {RETRIES} times again: the system stopped it for "
            "lack of memory, or it crashed. Start again with --engine local --jobs 1 to see the error; finished runs "
            "are kept."
        ) from error
    if isinstance(result, _Failure):
        raise InvalidRequest(f"On the node {result.node}: {result.sentence}")
    return result


# ---- in the workers --------------------------------------------------------------------------------------------------


def _carry_out(work: _Work, item: Any) -> Any:
    """Carry out one item in a worker of the cluster; a ``DlfdError`` is returned as a ``_Failure``."""
    try:
        _set_up(work.setup, work.folder)
        for name, reference in work.files.items():
            if not (cache_folder() / name).exists():
                _write_missing({name: ray.get(reference)})
        torch.set_num_threads(1)
        return work.function(item)
    except DlfdError as error:
        return _Failure(f"{socket.gethostname()} ({ray.util.get_node_ip_address()})", str(error))


@cache
def _set_up(setup: bytes, folder: str) -> None:
    """Enter a folder and call a pickled function, once in each worker."""
    try:
        os.chdir(folder)
    except OSError as error:
        raise InvalidRequest(
            f"There is no folder {folder}, in which the command was started; each node needs it."
        ) from error
    pickle.loads(setup)()


def _prepared(
    function: Callable[[Item], None], files: Callable[[Item], Sequence[Path]], known: frozenset[str], item: Item
) -> dict[str, bytes]:
    """Carry out ``function``, and return the contents of the item's files that are not known already."""
    function(item)
    return _contents(files(item), without=known)


def _contents(paths: Sequence[Path], without: Any) -> dict[str, bytes]:
    """Path inside the cache -> content, of the files that exist."""
    names = {str(path.relative_to(cache_folder())): path for path in paths if path.exists()}
    return {name: path.read_bytes() for name, path in names.items() if name not in without}


def _write_missing(contents: dict[str, bytes]) -> None:
    """Write files into the cache, but for those that are there."""
    for name, content in contents.items():
        if not (cache_folder() / name).exists():
            write_atomically(cache_folder() / name, content)
