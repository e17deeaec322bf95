"""``python -m benchmarks.hosting``: how many visitors a free Space, GPUs and N machines serve, simulated.

``--measure`` first stores the seconds of runs on this machine; ``--soak`` holds the simulation against a measured soak.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from benchmarks import hosting_figures
from benchmarks.hosting_answers import answer, as_document
from benchmarks.hosting_assumptions import Assumptions
from benchmarks.hosting_soak import compare, read_soak, simulate_soak
from benchmarks.hosting_tables import assumption_table, day_table, host_table, measured_table, shared_table, soak_table
from benchmarks.hosting_times import Times, measure, read_times, times_path, write_times
from benchmarks.studies import RESULTS, exit_code
from benchmarks.waiting import ROOT
from dlfd_core.artifacts import check_writable, write_atomically
from dlfd_core.benchmark.figures import write
from dlfd_core.device import PRECISION_VARIABLE
from dlfd_core.errors import InvalidData, InvalidRequest

#: The document whose tables ``--docs`` writes.
DOCUMENT = ROOT / "docs" / "scaling.md"
#: Name of a table -> file and description of the figure below it.
PICTURES = {
    "days": ("hosting.svg", "Machines needed against visitors a day, from 100 to a million; four curves."),
    "soak": ("hosting-soak.svg", "Each number of the load test: predicted divided by measured, with the band of 20 %."),
}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hosting", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--measure", type=int, metavar="N", help="first measure N runs of each kind on this machine")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32", help="default: float32")
    parser.add_argument("--soak", type=Path, metavar="FILE", help="only compare with the soak in this file")
    parser.add_argument("--wait", type=float, default=10.0, help="seconds that 95 %% of the runs may wait (default 10)")
    parser.add_argument("--lenient", type=float, default=60.0, help="a second limit to compare with (default 60)")
    parser.add_argument("--visits", type=int, default=4_000, help="simulated visits per estimate (default 4000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="another value of an assumption; repeatable"
    )
    parser.add_argument("--times", type=Path, metavar="FILE", help="measured seconds (default: results/, by precision)")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of tables and figures")
    parser.add_argument("--docs", action="store_true", help="also write the tables into docs/scaling.md")
    return parser.parse_args(arguments)


def changed(texts: Sequence[str]) -> Assumptions:
    """The assumptions with values from ``NAME=VALUE``. Raises ``InvalidRequest``."""
    kinds = {each.name: int if isinstance(each.default, int) else float for each in fields(Assumptions)}
    values: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in kinds:
            raise InvalidRequest(f"There is no assumption {name!r}; choose one of: {', '.join(kinds)}.")
        try:
            values[name] = kinds[name](value)
        except ValueError:
            raise InvalidRequest(f"{name} must be a number, not {value!r}.") from None
    return replace(Assumptions(), **values)


def filled(text: str, tables: dict[str, str]) -> str:
    """A document with tables between ``<!-- NAME -->`` and ``<!-- end -->``. Raises ``InvalidData`` without a place."""
    for name, table in tables.items():
        place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not place.search(text):
            raise InvalidData(f"The document has no place for the table {name}.")
        text = place.sub(lambda match, table=table: f"{match[1]}\n{table}\n\n{match[2]}", text)  # type: ignore[misc]
    return text


def hold_against(options: argparse.Namespace, times: Times) -> dict[str, str]:
    """Compare with a soak, print and save the comparison; returns its table for the document."""
    measured = read_soak(options.soak)
    check_writable(options.out / "hosting-soak.json")
    predicted = simulate_soak(times.soak, measured["sessions"], measured["seconds"], seed=options.seed)
    rows = compare(measured, predicted)
    table = soak_table(rows)
    print(table)
    document = {"soak": options.soak.name, "times": times.device, "rows": [vars(row) for row in rows]}
    _save(options.out / "hosting-soak.json", document)
    write(hosting_figures.against_soak(rows), options.out / "hosting-soak.svg")
    return {"soak": table}


def draw_up(options: argparse.Namespace, times: Times, assumed: Assumptions) -> dict[str, str]:
    """Simulate all hosts, print and save the answers; returns the tables for the document."""
    if options.visits < 100:
        raise InvalidRequest(f"{options.visits} visits are too few for a 95th percentile; give 100 at least.")
    check_writable(options.out / "hosting.json")
    answers = answer(
        times, assumed, (options.wait, options.lenient), visits=options.visits, seed=options.seed,
        log=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    tables = {
        "assumptions": assumption_table(assumed), "measured": measured_table(times),
        "hosts": host_table(answers, assumed), "shared": shared_table(answers),
        "days": day_table(answers, assumed, times),
    }  # fmt: skip
    print("\n\n".join(tables.values()))
    _save(options.out / "hosting.json", as_document(answers, assumed, times))
    write(hosting_figures.machines(answers), options.out / "hosting.svg")
    return tables


def _save(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(document, indent=1) + "\n").encode())


def run(options: argparse.Namespace) -> None:
    """Measure, compare or simulate as the options say. Raises ``DlfdError``."""
    assumed = changed(options.set)
    path = options.times or times_path(options.precision)
    if options.measure is not None:
        if options.measure < 2:
            raise InvalidRequest(f"{options.measure} runs are too few to measure; give 2 at least.")
        os.environ[PRECISION_VARIABLE] = options.precision
        check_writable(path)
        write_times(measure(options.measure), path)
    times = read_times(path)
    tables = hold_against(options, times) if options.soak else draw_up(options, times, assumed)
    if options.docs:
        for name, (file, text) in PICTURES.items():
            if name in tables:
                link = Path(os.path.relpath(options.out / file, DOCUMENT.parent)).as_posix()
                tables[name] += f"\n\n![{text}]({link})"
        write_atomically(DOCUMENT, filled(DOCUMENT.read_text(encoding="utf-8"), tables).encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code: 2 after bad input, with one sentence."""
    options = parse(arguments)
    return exit_code(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
