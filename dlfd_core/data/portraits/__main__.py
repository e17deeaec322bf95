"""The command ``python -m dlfd_core.data.portraits``, which draws the portraits again."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from dlfd_core.data.portraits import FOLDER, SEED
from dlfd_core.data.portraits.build import build


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m dlfd_core.data.portraits", description="Draw the portraits data set."
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to (default: the shipped one)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed draws other people")
    parser.add_argument("--workers", type=int, default=None, help="processes to draw with (default: one per core)")
    options = parser.parse_args()
    start = time.perf_counter()
    for name, size in build(options.out, options.seed, options.workers):
        sys.stdout.write(f"{name}: {size / 1e6:.2f} MB\n")
        sys.stdout.flush()
    sys.stdout.write(f"done in {time.perf_counter() - start:.0f} s: {options.out}\n")


if __name__ == "__main__":
    main()
