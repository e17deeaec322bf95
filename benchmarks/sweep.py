"""``python -m benchmarks.sweep``: choice of the presets, on validation people only.

All methods are tuned in the same way: the candidates run once on two picks, and the best three run again with another
seed. The candidate with the largest share of successes on *validation* people becomes the preset; of equal ones the
quickest. A run succeeds if its strict verdict is "not distinguishable"; successes count only for a candidate whose mean
utility is at least that of models retrained on the same picks, minus ``TOLERANCE``. NoMUS is shown, and decides
nothing. The picks are not those of the reports, and unseen people are never measured.

With ``--folds N`` the utility is also measured on N other groups of people, each with an original, retrained models and
runs that were not trained on that group. A task like the age group has one class per person, so that the 40 validation
people alone say little about utilities that differ by a few hundredths.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from statistics import fmean
from typing import Any

from typing_extensions import override

from benchmarks.candidates import CANDIDATES
from benchmarks.studies import RESULTS, add_options, campaign_of, exit_code, setting_of, stem
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import Campaign, grid
from dlfd_core.benchmark.cells import Cell
from dlfd_core.benchmark.settings import Setting
from dlfd_core.benchmark.tables import save
from dlfd_core.metrics.intervals import share
from dlfd_core.types import SET_TITLES, Estimate

#: Seeds of the draws of people to forget; reports use 0, 1, 2 ...
PICKS = (10, 11)
FIRST_SEEDS, LAST_SEEDS, FINALISTS = (0,), (0, 1), 3


def cells_of(
    setting: Setting, method: str, knobs: dict[str, Any], picks: tuple[int, ...], seeds: tuple[int, ...]
) -> list[Cell]:
    """Cells of one candidate, scored on validation people."""
    return grid(setting, method, knobs, picks, seeds, view="validation")


#: A candidate's mean utility may be this much below the retrained models'.
TOLERANCE = 0.01
#: Among candidates without success: so much missing utility outweighs a pass in every run.
WORTHLESS = 0.1


@dataclass(frozen=True)
class Score:
    """Figures of one candidate on validation people.

    Attributes:
        passed: share of runs with the strict verdict "not distinguishable", 0 to 1.
        utility: mean accuracy on validation people, 0 to 1; a run that diverged counts as 0.
        floor: least mean utility with which its passes are successes.
        nomus: mean NoMUS, 0 to 1; only shown.
        seconds: mean of unlearning.
        runs: their number.
    """

    passed: float
    utility: float
    floor: float
    nomus: float
    seconds: float
    runs: int

    @property
    def success(self) -> float:
        """Share of runs that pass, or 0 where the utility is too low."""
        return self.passed if self.utility >= self.floor else 0.0

    @property
    def rank(self) -> tuple[float, ...]:
        """The smaller, the better: successes; without any, passes and missing utility; at last the seconds."""
        shortfall = max(0.0, self.floor - self.utility)
        return (-self.success, shortfall / WORTHLESS - self.passed, self.seconds)

    @override
    def __str__(self) -> str:
        return (
            f"success {self.success:.0%}, passes {self.passed:.0%} of {self.runs}, utility "
            f"{self.utility:.3f} (at least {self.floor:.3f}), {self.seconds:.1f} s, NoMUS {self.nomus:.3f}"
        )


def score_of(results: Sequence[dict[str, Any]], floor: float, folds: Sequence[dict[str, Any]] = ()) -> Score:
    """The figures of one candidate from the results of its runs (``cells.run_cell``); none passes where it diverged.

    Args:
        folds: results of its runs on other folds, which have no reference bank and count for the utility only.
    """

    def mean(read: Callable[[dict[str, Any]], float], of: Sequence[dict[str, Any]] = results) -> float:
        return fmean(0.0 if "diverged" in result else read(result) for result in of)

    return Score(
        mean(lambda result: float(_passes(result["verdict"]["validation"]))),
        mean(_utility, [*results, *folds]),
        floor,
        mean(lambda result: result["scores"]["validation"]["nomus"]),
        mean(lambda result: result["seconds"]),
        len(results),
    )


def _utility(result: dict[str, Any]) -> float:
    """Utility of a run that did not diverge, on validation people."""
    return float(result["scores"]["validation"]["utility"])


def _passes(verdict: dict[str, Any]) -> bool:
    """Whether a verdict made with a reference bank is "not distinguishable"; a lenient one never passes."""
    return bool(verdict["strict"]) and verdict["label"] == "not_distinguishable"


def fold_cells(setting: Setting, method: str, knobs: dict[str, Any], folds: int) -> list[Cell]:
    """Cells of one candidate on other validation people: one seed on each pick of each fold."""
    settings = [replace(setting, fold=fold) for fold in range(1, folds + 1)]
    return [cell for each in settings for cell in cells_of(each, method, knobs, PICKS, FIRST_SEEDS)]


def least_utility(campaign: Campaign, setting: Setting, folds: int = 0) -> float:
    """The retrained models' mean utility on validation people, minus ``TOLERANCE``; they are trained if missing."""
    cells = cells_of(setting, "retrain", {}, PICKS, FIRST_SEEDS) + fold_cells(setting, "retrain", {}, folds)
    campaign.run(cells)
    return fmean(_utility(campaign[cell]) for cell in cells) - TOLERANCE


def tune(campaign: Campaign, setting: Setting, name: str, folds: int = 0) -> list[tuple[dict[str, Any], Score]]:
    """Run and rank the candidates of one method: the best first, then the other finalists, then the rest."""
    method, candidates = CANDIDATES[name]
    floor = least_utility(campaign, setting, folds)

    def ranked(entrants: list[dict[str, Any]], seeds: tuple[int, ...]) -> list[tuple[dict[str, Any], Score]]:
        groups = [cells_of(setting, method, knobs, PICKS, seeds) for knobs in entrants]
        others = [fold_cells(setting, method, knobs, folds) for knobs in entrants]
        campaign.run(chain(*groups, *others))
        results = [[[campaign[cell] for cell in cells] for cells in pair] for pair in zip(groups, others, strict=True)]
        scores = [score_of(own, floor, other) for own, other in results]
        return sorted(zip(entrants, scores, strict=True), key=lambda entry: entry[1].rank)

    first = ranked(candidates, FIRST_SEEDS)
    return ranked([knobs for knobs, _ in first[:FINALISTS]], LAST_SEEDS) + first[FINALISTS:]


def _short(knobs: dict[str, Any], candidates: list[dict[str, Any]]) -> str:
    """Label of a candidate in the figure: the settings that differ among the candidates of its method, without the
    values that more than nine in ten of them have."""
    names = [name for name in dict.fromkeys(chain(*candidates)) if len({other.get(name) for other in candidates}) > 1]
    if {"lr", "lr_end"} <= set(names) and all(other["lr"] == other["lr_end"] for other in candidates):
        names.remove("lr_end")  # a constant rate is written once
    if all(("least_steps" in other) == ("batch_size" in other) for other in candidates) and "least_steps" in names:
        names.remove("least_steps")  # it follows from the batch size
    alike = Counter((name, other[name]) for other in candidates for name in names if name in other)
    said = [name for name in names if name in knobs and alike[name, knobs[name]] <= 0.9 * len(candidates)]
    return " ".join(f"{name} {knobs[name]:g}" if isinstance(knobs[name], float) else f"{name} {knobs[name]}"
                    for name in said)  # fmt: skip


def _entries(document: dict[str, Any]) -> list[tuple[str, Estimate, str]]:
    """Entries of the figure: the name of each method as a heading, and its candidates below."""
    entries = []
    for name, rows in document.items():
        entries.append((name, figures.HEADING, ""))
        for row in rows:
            passed = share(round(row["passed"] * row["runs"]), row["runs"])
            interval = Estimate(row["passed"], passed.low, passed.high, row["runs"])
            entries.append((_short(row["knobs"], [other["knobs"] for other in rows]), interval, ""))
    return entries


def main() -> None:
    """Run the sweep, print the ranking and write it to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    add_options(parser)
    parser.add_argument("--only", choices=CANDIDATES, action="append", help="tune this one; repeatable")
    parser.add_argument("--folds", type=int, default=0, help="measure the utility on so many other groups, too")
    options = parser.parse_args()
    setting = setting_of(options)
    study = f"sweep-{stem(setting)}"
    campaign = campaign_of(setting, options)
    path = RESULTS / f"{study}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in options.only or CANDIDATES:
        ranked = tune(campaign, setting, name, options.folds)
        print(f"\n{name}, {SET_TITLES['validation']}")
        for knobs, score in ranked:
            settings = " ".join(f"{knob}={value}" for knob, value in knobs.items()) or "defaults"
            print(f"  {score}: {settings}")
        document[name] = [{"knobs": knobs, "success": score.success} | asdict(score) for knobs, score in ranked]
    save(path, document)
    title = f"Candidates on {SET_TITLES['validation']}: {options.task}"
    figure = figures.forest(_entries(document), title, "share of runs that pass the strict verdict", zero=False)
    figures.write(figure, RESULTS / f"{study}.svg")


if __name__ == "__main__":
    sys.exit(exit_code(main))
