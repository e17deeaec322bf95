"""``python -m benchmarks.quality``: DLFD's presets, retraining, the controls and equally tuned baselines.

Picks and seeds are others than those of the sweep. Scores are on unseen people, intervals are over all runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.studies import RESULTS, add_options, campaign_of, exit_code, setting_of, stem
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import grid
from dlfd_core.benchmark.cells import Cell
from dlfd_core.benchmark.settings import preset_knobs
from dlfd_core.benchmark.tables import Row, as_json, as_markdown, original_row, save, summarise
from dlfd_core.types import MEASURES

#: Name in the table -> method and preset.
ENTRIES = {
    "DLFD, quality": ("dlfd", "quality"),
    "its control": ("control", "quality"),
    "DLFD, paper": ("dlfd", "paper"),
    "control of paper": ("control", "paper"),
    "fine-tune": ("fine_tune", "quality"),
    "NegGrad": ("neg_grad", "quality"),
    "retrained": ("retrain", "quality"),
}
BASELINES = ("its control", "fine-tune", "NegGrad")


def targets(rows: Sequence[Row]) -> list[tuple[str, bool, str]]:
    """Targets of the quality preset: sentence, reached or not, value."""
    by_name = {row.name: row for row in rows}
    dlfd, retrained = by_name["DLFD, quality"], by_name["retrained"]

    def gap(measure: str) -> float:
        return dlfd.measures[measure].mean - retrained.measures[measure].mean

    nomus, utility, score, forget = (
        MEASURES[name].title for name in ("nomus", "utility", "forgetting_score", "forget_accuracy")
    )
    goals = [
        (f"{nomus} at least that of retraining - 0.01", gap("nomus") >= -0.01, f"{gap('nomus'):+.3f}"),
        (f"{utility} at least that of retraining - 0.02", gap("utility") >= -0.02, f"{gap('utility'):+.3f}"),
        (f"{score} inside its null band in 80 % of runs", dlfd.inside >= 0.8, f"{dlfd.inside:.0%}"),
        (
            f"{forget} within 0.05 of retraining's",
            abs(gap("forget_accuracy")) <= 0.05,
            f"{gap('forget_accuracy'):+.3f}",
        ),
    ]
    for name in BASELINES:
        against = by_name[name].against
        assert against is not None
        # this is baseline minus DLFD: DLFD is ahead by more than the interval if the whole interval is below zero
        goals.append((f"ahead of {name} by more than the interval", against.high < 0, f"{-against.mean:+.3f}"))
    return goals


def main() -> None:
    """Run all entries, print table and targets, and write them to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    add_options(parser, picks=3, seeds=5)
    parser.add_argument(
        "--reference-seeds", type=int, default=0, help="seeds per pick of the retrained model, which takes the longest "
        "(default: as many as --seeds)",
    )  # fmt: skip
    options = parser.parse_args()
    reference_seeds = min(options.reference_seeds or options.seeds, options.seeds)
    setting = setting_of(options)
    study = f"quality-{stem(setting)}"
    cells: dict[str, list[Cell]] = {
        name: grid(
            setting,
            method,
            preset_knobs(method, setting, preset),
            range(options.picks),
            range(reference_seeds if method == "retrain" else options.seeds),
            view="unseen",
        )
        for name, (method, preset) in ENTRIES.items()
    }
    campaign = campaign_of(setting, options)
    campaign.run(cell for group in cells.values() for cell in group)

    dlfd = cells["DLFD, quality"]
    rows = [original_row(campaign, dlfd, "unseen")]
    references = {"DLFD, quality": [], "retrained": [cell for cell in dlfd if cell.seed < reference_seeds]}
    rows += [summarise(campaign, name, group, "unseen", references.get(name, dlfd)) for name, group in cells.items()]
    print(as_markdown(rows, "DLFD, quality"))
    outcomes = targets(rows)
    for sentence, reached, value in outcomes:
        print(f"{'reached' if reached else 'MISSED '}  {sentence}: {value}")
    save(
        RESULTS / f"{study}.json",
        {
            "picks": options.picks,
            "seeds": options.seeds,
            "reference_seeds": reference_seeds,
            "rows": as_json(rows),
            "targets": outcomes,
        },
    )
    points = [(row.name, row.measures["forgetting_score"], row.measures["utility"]) for row in rows]
    figure = figures.plane(points, f"{options.task}: {options.picks} picks of 20 people x {options.seeds} seeds")
    figures.write(figure, RESULTS / f"{study}.svg")


if __name__ == "__main__":
    sys.exit(exit_code(main))
