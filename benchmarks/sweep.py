"""``python -m benchmarks.sweep``: find the presets, on validation people only.

Every method is tuned alike: its candidates run once on two picks, the best three again with another seed, and the
highest mean NoMUS on *validation* people wins. The picks are not those of the reports, and unseen people are never
measured.
"""

from __future__ import annotations

import argparse
from itertools import chain
from typing import Any

from benchmarks.candidates import CANDIDATES
from benchmarks.studies import RESULTS, add_options, campaign_of, setting_of, stem
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import Campaign, grid
from dlfd_core.benchmark.lab import Cell, Setting
from dlfd_core.benchmark.tables import save
from dlfd_core.metrics.intervals import Estimate, estimate

#: Of the draw of the people to forget; reports use 0, 1, 2 ...
PICKS = (10, 11)
FIRST_SEEDS, LAST_SEEDS, FINALISTS = (0,), (0, 1), 3


def cells_of(setting: Setting, method: str, knobs: dict[str, Any], seeds: tuple[int, ...]) -> list[Cell]:
    return grid(setting, method, knobs, PICKS, seeds, view="validation")


def score(campaign: Campaign, cells: list[Cell]) -> Estimate:
    """NoMUS on validation people; a run that diverged counts as nothing won."""
    results = [campaign[cell] for cell in cells]
    return estimate([0.0 if "diverged" in found else found["scores"]["validation"]["nomus"] for found in results])


def tune(campaign: Campaign, setting: Setting, name: str) -> list[tuple[dict[str, Any], Estimate]]:
    """Candidates of one method, the winner first, then the other finalists, then the rest."""
    method, candidates = CANDIDATES[name]
    campaign.run(cell for knobs in candidates for cell in cells_of(setting, method, knobs, FIRST_SEEDS))
    first = [(knobs, score(campaign, cells_of(setting, method, knobs, FIRST_SEEDS))) for knobs in candidates]
    first.sort(key=lambda entry: -entry[1].mean)
    finalists = [knobs for knobs, _ in first[:FINALISTS]]
    campaign.run(cell for knobs in finalists for cell in cells_of(setting, method, knobs, LAST_SEEDS))
    last = [(knobs, score(campaign, cells_of(setting, method, knobs, LAST_SEEDS))) for knobs in finalists]
    last.sort(key=lambda entry: -entry[1].mean)
    return last + first[FINALISTS:]


def _short(knobs: dict[str, Any], candidates: list[dict[str, Any]]) -> str:
    """What tells a candidate from the others of its method, in a few words for the figure."""
    names = [name for name in dict.fromkeys(chain(*candidates)) if len({other.get(name) for other in candidates}) > 1]
    if {"lr", "lr_end"} <= set(names) and all(other["lr"] == other["lr_end"] for other in candidates):
        names.remove("lr_end")  # a constant rate is said once
    return " ".join(f"{name} {knobs[name]:g}" if isinstance(knobs[name], float) else f"{name} {knobs[name]}"
                    for name in names if name in knobs)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    add_options(parser)
    parser.add_argument("--only", choices=CANDIDATES, action="append", help="tune this one; repeatable")
    options = parser.parse_args()
    setting = setting_of(options)
    name_of_study = f"sweep-{stem(setting)}"
    campaign = campaign_of(setting, options.jobs)
    document: dict[str, Any] = {}
    entries: list[tuple[str, Estimate, str]] = []
    for name in options.only or CANDIDATES:
        ranked = tune(campaign, setting, name)
        print(f"\n{name}: NoMUS on validation people")
        entries.append((name, figures.NOTHING, ""))
        for knobs, found in ranked:
            said = " ".join(f"{knob}={value}" for knob, value in knobs.items()) or "as it is"
            print(f"  {found!s:16} n = {found.count}  {said}")
            entries.append((_short(knobs, [other for other, _ in ranked]), found, ""))
        document[name] = [
            {"knobs": knobs, "nomus": found.mean, "half": found.half, "runs": found.count} for knobs, found in ranked
        ]
    save(RESULTS / f"{name_of_study}.json", document)
    drawn = figures.forest(entries, f"Candidates on validation people: {options.task}", "NoMUS", zero=False)
    figures.write(drawn, RESULTS / f"{name_of_study}.svg")


if __name__ == "__main__":
    main()
