"""``python -m benchmarks.sweep``: find the presets, on validation people only.

Every method is tuned alike: its candidates run once on two picks, the best three again with another seed, and the
highest mean NoMUS on *validation* people wins. The picks are not those of the reports, and unseen people are never
measured.
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

#: Of the draw of the people to forget; reports use 0, 1, 2 ...
PICKS = (10, 11)
FIRST_SEEDS, LAST_SEEDS, FINALISTS = (0,), (0, 1), 3


def cells_of(
    setting: Setting, method: str, knobs: dict[str, Any], picks: tuple[int, ...], seeds: tuple[int, ...]
) -> list[Cell]:
    return grid(setting, method, knobs, picks, seeds, view="validation")


def score(campaign: Campaign, cells: list[Cell]) -> Estimate:
    """NoMUS on validation people; a run that diverged counts as nothing won."""
    results = [campaign[cell] for cell in cells]
    return estimate([0.0 if "diverged" in found else found["scores"]["validation"]["nomus"] for found in results])


def tune(
    campaign: Campaign, setting: Setting, name: str, *, brief: bool = False
) -> list[tuple[dict[str, Any], Estimate]]:
    """Candidates of one method, the winner first, then the other finalists, then the rest.

    Args:
        brief: half the runs: all candidates on the first pick only, the finalists once more on the second.
    """
    method, candidates = CANDIDATES[name]
    heats = ((PICKS[:1], FIRST_SEEDS), (PICKS, FIRST_SEEDS)) if brief else ((PICKS, FIRST_SEEDS), (PICKS, LAST_SEEDS))

    def ranked(chosen: list[dict[str, Any]], heat: tuple[Any, Any]) -> list[tuple[dict[str, Any], Estimate]]:
        campaign.run(cell for knobs in chosen for cell in cells_of(setting, method, knobs, *heat))
        found = [(knobs, score(campaign, cells_of(setting, method, knobs, *heat))) for knobs in chosen]
        return sorted(found, key=lambda entry: -entry[1].mean)

    first = ranked(candidates, heats[0])
    return ranked([knobs for knobs, _ in first[:FINALISTS]], heats[1]) + first[FINALISTS:]


def _short(knobs: dict[str, Any], candidates: list[dict[str, Any]]) -> str:
    """What tells a candidate from the others of its method, in a few words for the figure."""
    names = [name for name in dict.fromkeys(chain(*candidates)) if len({other.get(name) for other in candidates}) > 1]
    if {"lr", "lr_end"} <= set(names) and all(other["lr"] == other["lr_end"] for other in candidates):
        names.remove("lr_end")  # a constant rate is said once
    return " ".join(f"{name} {knobs[name]:g}" if isinstance(knobs[name], float) else f"{name} {knobs[name]}"
                    for name in names if name in knobs)  # fmt: skip


def _entries(document: dict[str, Any]) -> list[tuple[str, Estimate, str]]:
    """Lines of the figure: each method's name, and its candidates below it."""
    lines = []
    for name, rows in document.items():
        lines.append((name, figures.HEADING, ""))
        for row in rows:
            half = math.inf if row["half"] is None else row["half"]
            found = Estimate(row["nomus"], row["nomus"] - half, row["nomus"] + half, row["runs"])
            lines.append((_short(row["knobs"], [other["knobs"] for other in rows]), found, ""))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    add_options(parser)
    parser.add_argument("--only", choices=CANDIDATES, action="append", help="tune this one; repeatable")
    parser.add_argument("--brief", action="store_true", help="half the runs: the first round on one pick only")
    options = parser.parse_args()
    setting = setting_of(options)
    name_of_study = f"sweep-{stem(setting)}"
    campaign = campaign_of(setting, options.jobs)
    kept = RESULTS / f"{name_of_study}.json"
    document: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for name in options.only or CANDIDATES:
        ranked = tune(campaign, setting, name, brief=options.brief)
        print(f"\n{name}: {MEASURES['nomus'].title} on {SET_TITLES['validation']}")
        for knobs, found in ranked:
            said = " ".join(f"{knob}={value}" for knob, value in knobs.items()) or "as it is"
            print(f"  {found!s:16} n = {found.count}  {said}")
        document[name] = [
            {"knobs": knobs, "nomus": found.mean, "half": found.half_width, "runs": found.count}
            for knobs, found in ranked
        ]
    save(kept, document)
    title = f"Candidates on {SET_TITLES['validation']}: {options.task}"
    drawn = figures.forest(_entries(document), title, MEASURES["nomus"].title, zero=False)
    figures.write(drawn, RESULTS / f"{name_of_study}.svg")


if __name__ == "__main__":
    main()
