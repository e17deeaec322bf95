"""``python -m benchmarks.small``: the presets on small data: 40 people x 10 photos, and 44 people of CelebA.

The first set holds drawn portraits with the people as the classes. The second one is cut from a folder of CelebA
photos with the attribute ``male``, if ``--celeba`` names that folder. There is no reference bank for such data, so all
verdicts are the lenient ones.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
import tempfile
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.studies import RESULTS
from dlfd_core.benchmark.command import compare
from dlfd_core.benchmark.options import ALL, BenchmarkRequest
from dlfd_core.data.sources import load_data
from dlfd_core.errors import InvalidData

#: The sets are written here again for each call; a fixed place, because the runs are kept by the path of their photos.
FOLDER = Path(tempfile.gettempdir()) / "dlfd-small"
PORTRAITS, PHOTOS, CELEBA = 40, 10, 44


def write_portraits(folder: Path) -> Path:
    """The first photos of the first people of the portraits as PNG files, one folder per person."""
    data = load_data("portraits")
    for person in range(PORTRAITS):
        inside = folder / f"{person:02}"
        inside.mkdir(parents=True)
        for index in np.flatnonzero(data.person == person)[:PHOTOS]:
            Image.fromarray(data.images[index]).save(inside / f"{index:05}.png")
    return folder


def cut_celeba(source: Path, folder: Path) -> Path:
    """A copy of a folder with ``labels.csv`` that holds its first people only.

    Raises:
        InvalidData: the folder has no such table.
    """
    table = source / "labels.csv"
    if not table.is_file():
        raise InvalidData(f"{source} has no labels.csv; name a folder with a table of the column identity.")
    with table.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["identity"], row["image_path"]))
    people = [list(photos) for _, photos in groupby(rows, key=lambda row: row["identity"])][:CELEBA]
    kept = [row for photos in people for row in photos]
    for row in kept:
        target = folder / "images" / row["image_path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / "images" / row["image_path"], target)
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    return folder


def main() -> None:
    """Write the sets, run all methods on them, and print and save the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small", description=__doc__)
    parser.add_argument("--celeba", type=Path, metavar="FOLDER", help="with labels.csv and its column male")
    parser.add_argument("--picks", type=int, default=3, help="picks of 5 people (default 3)")
    parser.add_argument("--seeds", type=int, default=2, help="seeds per pick (default 2)")
    parser.add_argument("--methods", default=ALL, help="separated by commas (default: all)")
    parser.add_argument("--jobs", type=int, default=0, help="processes of one thread each (default: one per core)")
    options = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    sets = {"portraits-40x10": (write_portraits(FOLDER / "portraits-40x10"), "identity")}
    if options.celeba:
        sets["celeba-44"] = (cut_celeba(options.celeba, FOLDER / "celeba-44"), "male")
    methods = tuple(options.methods.split(","))
    for name, (folder, task) in sets.items():
        request = BenchmarkRequest(
            RESULTS / "small" / name, f"folder:{folder}", task, methods=methods, picks=options.picks,
            seeds=options.seeds, people="5", jobs=options.jobs,
        )  # fmt: skip
        print(compare(request, lambda line: print(line, file=sys.stderr)))


if __name__ == "__main__":
    main()
