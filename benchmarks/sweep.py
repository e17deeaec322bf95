"""``python -m benchmarks.sweep``: choice of the presets, on validation people only.

All methods are tuned in the same way: the candidates run once on two picks, the best three again with another seed, and
the candidate with the highest mean NoMUS on *validation* people becomes the preset. The picks are not those of the
reports, and unseen people are never measured.
"""

from __future__ import annotations

import argparse
import json
import math
from itertools import chain
from typing import Any

from benchmarks.candidates import CANDIDATES
from benchmarks.studies import RESULTS, add_options, campaign_of, setting_of, stem
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import Campaign, grid
from dlfd_core.benchmark.cells import Cell, Setting
from dlfd_core.benchmark.tables import save
from dlfd_core.metrics.intervals import estimate
from dlfd_core.types import MEASURES, SET_TITLES, Estimate

#: Seeds of the draws of people to forget; reports use 0, 1, 2 ...
PICKS = (10, 11)
FIRST_SEEDS, LAST_SEEDS, FINALISTS = (0,), (0, 1), 3


def cells_of(
    setting: Setting, method: str, knobs: dict[str, Any], picks: tuple[int, ...], seeds: tuple[int, ...]
) -> list[Cell]:
    """Cells of one candidate, scored on validation people."""
    return grid(setting, method, knobs, picks, seeds, view="validation")


def score(campaign: Campaign, cells: list[Cell]) -> Estimate:
    """NoMUS on validation people; a run that diverged counts as 0."""
    results = [campaign[cell] for cell in cells]
    return estimate([0.0 if "diverged" in result else result["scores"]["validation"]["nomus"] for result in results])


def tune(
    campaign: Campaign, setting: Setting, name: str, *, brief: bool = False
) -> list[tuple[dict[str, Any], Estimate]]:
    """Run and rank the candidates of one method: the best first, then the other finalists, then the rest.

    Args:
        brief: half of the runs: all candidates on the first pick only, the finalists again on both.
    """
    method, candidates = CANDIDATES[name]
    rounds = ((PICKS[:1], FIRST_SEEDS), (PICKS, FIRST_SEEDS)) if brief else ((PICKS, FIRST_SEEDS), (PICKS, LAST_SEEDS))

    def ranked(entrants: list[dict[str, Any]], runs: tuple[Any, Any]) -> list[tuple[dict[str, Any], Estimate]]:
        campaign.run(cell for knobs in entrants for cell in cells_of(setting, method, knobs, *runs))
        scores = [(knobs, score(campaign, cells_of(setting, method, knobs, *runs))) for knobs in entrants]
        return sorted(scores, key=lambda entry: -entry[1].mean)

    first = ranked(candidates, rounds[0])
    return ranked([knobs for knobs, _ in first[:FINALISTS]], rounds[1]) + first[FINALISTS:]


def _short(knobs: dict[str, Any], candidates: list[dict[str, Any]]) -> str:
    """Label of a candidate in the figure: the settings that differ among the candidates of its method."""
    names = [name for name in dict.fromkeys(chain(*candidates)) if len({other.get(name) for other in candidates}) > 1]
    if {"lr", "lr_end"} <= set(names) and all(other["lr"] == other["lr_end"] for other in candidates):
        names.remove("lr_end")  # a constant rate is written once
    return " ".join(f"{name} {knobs[name]:g}" if isinstance(knobs[name], float) else f"{name} {knobs[name]}"
                    for name in names if name in knobs)  # fmt: skip


def _entries(document: dict[str, Any]) -> list[tuple[str, Estimate, str]]:
    """Entries of the figure: the name of each method as a heading, and its candidates below."""
    entries = []
    for name, rows in document.items():
        entries.append((name, figures.HEADING, ""))
        for row in rows:
            half_width = math.inf if row["half"] is None else row["half"]
            nomus = Estimate(row["nomus"], row["nomus"] - half_width, row["nomus"] + half_width, row["runs"])
            entries.append((_short(row["knobs"], [other["knobs"] for other in rows]), nomus, ""))
    return entries


def main() -> None:
    """Run the sweep, print the ranking and write it to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    add_options(parser)
    parser.add_argument("--only", choices=CANDIDATES, action="append", help="tune this one; repeatable")
    parser.add_argument("--brief", action="store_true", help="half of the runs: the first round on one pick only")
    options = parser.parse_args()
    setting = setting_of(options)
    study = f"sweep-{stem(setting)}"
    campaign = campaign_of(setting, options.jobs)
    path = RESULTS / f"{study}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in options.only or CANDIDATES:
        ranked = tune(campaign, setting, name, brief=options.brief)
        print(f"\n{name}: {MEASURES['nomus'].title} on {SET_TITLES['validation']}")
        for knobs, nomus in ranked:
            settings = " ".join(f"{knob}={value}" for knob, value in knobs.items()) or "defaults"
            print(f"  {nomus!s:16} n = {nomus.count}  {settings}")
        document[name] = [
            {"knobs": knobs, "nomus": nomus.mean, "half": nomus.half_width, "runs": nomus.count}
            for knobs, nomus in ranked
        ]
    save(path, document)
    title = f"Candidates on {SET_TITLES['validation']}: {options.task}"
    figure = figures.forest(_entries(document), title, MEASURES["nomus"].title, zero=False)
    figures.write(figure, RESULTS / f"{study}.svg")


if __name__ == "__main__":
    main()
