"""``python -m benchmarks [speed|methods]``: print a table; ``--json FILE`` keeps the numbers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import methods, speed

KINDS = {"speed": speed.measure, "methods": methods.measure}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this machine and the methods.")
    parser.add_argument("kind", nargs="?", choices=KINDS, default="speed")
    parser.add_argument("--seeds", type=int, default=3, help="methods: how many seeds, from 0 (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows = KINDS[options.kind](options.seeds)
    width = max(len(row[0]) for row in rows)
    for name, value in rows:
        print(f"{name:{width}}  {value}")
    if options.json:
        options.json.write_text(json.dumps(dict(rows), indent=1) + "\n")


if __name__ == "__main__":
    main()
