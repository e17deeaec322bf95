"""Functions that the tests give to an engine; they stand in a module, so that the workers can import them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import torch

from dlfd_core.artifacts import cache_folder
from dlfd_core.data.sources import load_data
from dlfd_core.errors import InvalidRequest


def square(number: int) -> int:
    return number * number


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def threads(number: int) -> tuple[int, str]:
    """Threads of torch and the precision in the environment of the worker."""
    return torch.get_num_threads(), os.environ.get("DLFD_PRECISION", "")


def refuse(number: int) -> int:
    if number == 2:
        raise InvalidRequest("Two is not allowed.")
    return number


def die_once(item: tuple[int, Path]) -> int:
    """The number; but the first time that item 2 is carried out, its process is killed. Each call leaves a line."""
    number, folder = item
    with (folder / "calls").open("a") as file:
        file.write(f"{number}\n")
    mark = folder / "killed"
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def cache_of(number: int) -> tuple[Path, str]:
    """The cache of the worker, and the text of the file that ``write`` made; the pause gives every worker an item."""
    time.sleep(0.5)
    return cache_folder(), (cache_folder() / "made" / "file").read_text()


def write(number: int) -> None:
    """Write a file into the cache, unless it is there."""
    path = made(number)[0]
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"by {os.getpid()}")


def made(number: int) -> list[Path]:
    return [cache_folder() / "made" / "file", cache_folder() / "made" / "never"]


def photos(name: str) -> int:
    """Number of photos of a data set."""
    time.sleep(0.5)
    return len(load_data(name).images)
