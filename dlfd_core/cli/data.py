"""``data``: read a data set and say what is in it, without any training: people, tasks, and each file left out."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfd_core.cli.options import Parser, add_drop_options
from dlfd_core.errors import InvalidRequest

if TYPE_CHECKING:
    from dlfd_core.data.schema import FaceData


def add(commands: Any, common: Parser) -> None:
    data = commands.add_parser("data", help="read a data set and list its people, tasks and files left out")
    wanted = data.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--data", help="portraits, folder:PATH, mufac:PATH ... (docs/data.md)")
    wanted.add_argument("--download", metavar="NAME", help="download sfhq, mufac, lfw or olivetti first")
    data.add_argument("--to", type=Path, metavar="DIR", help="with --download: the folder to put it in")
    add_drop_options(data)


def run(arguments: argparse.Namespace) -> None:
    from dlfd_core.data.sources import load_data

    name = _downloaded(arguments) if arguments.download else arguments.data
    print(describe(load_data(name)))


def _downloaded(arguments: argparse.Namespace) -> str:
    """Download a data set; the name by which it is loaded. Raises ``DlfdError``."""
    from dlfd_core.data.download import download
    from dlfd_core.data.registry import VARIABLE

    parent = arguments.to or os.environ.get(VARIABLE)
    if not parent:
        raise InvalidRequest(f"No folder is given for the download; add --to DIR, or set {VARIABLE} to a folder.")
    folder = download(arguments.download, Path(parent), lambda said: print(said, file=sys.stderr, flush=True))
    print(f"Use it with --data {arguments.download}:{folder}")
    return f"{arguments.download}:{folder}{arguments.drop}"


def describe(data: FaceData) -> str:
    """The data set as text: one line each for its size, its tasks, its notes, every file that is left out and every
    group of copies."""
    from dlfd_core.data.duplicates import duplicate_groups

    counts = sorted(Counter(data.person.tolist()).values())
    photos = f"{len(data.images):,} photos ({counts[0]} to {counts[-1]} of each)"
    lines = [
        f"{data.title}: {len(data.people):,} people, {photos}.",
        *(
            f"Task {task.name}: {len(task.classes)} classes ({', '.join(task.classes)})."
            for task in data.tasks.values()
        ),
        *data.notes,
    ]
    if data.left_out:
        lines += ["", f"Files left out ({len(data.left_out):,}):"]
        lines += [f"  {file.name}: {file.reason}" for file in sorted(data.left_out, key=lambda file: file.name)]
    groups = duplicate_groups(data)
    if groups:
        lines += ["", f"Photos that are copies or near-copies of each other ({len(groups):,} groups):"]
        lines += [f"  {' = '.join(names)}" for names in groups]
    return "\n".join(lines)
