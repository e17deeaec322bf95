"""``python -m benchmarks.regimes``: DLFD against its control in many situations, to show where synthesis helps.

In each, both run on the same picks and seeds with the same schedule. The result is NoMUS of DLFD minus that of the
control.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.studies import RESULTS, add_options, campaign_of, exit_code, setting_of, stem
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import grid
from dlfd_core.benchmark.cells import Cell
from dlfd_core.benchmark.settings import Setting, preset_knobs
from dlfd_core.benchmark.tables import as_json, save, summarise
from dlfd_core.types import MEASURES, Estimate
from dlfd_core.unlearning.control import schedule_of


@dataclass(frozen=True)
class Regime:
    """One situation: the differences of setting and knobs from the preset, and the number of people to forget."""

    group: str
    name: str
    setting: dict[str, Any] = field(default_factory=dict)
    knobs: dict[str, Any] = field(default_factory=dict)
    count: int = 20


REGIMES = (
    Regime("as shipped", "20 of 140 people, slim ResNet 16"),
    Regime("learning rate", "0.0006 falling to 0", knobs={"lr": 0.0006}),
    Regime("learning rate", "0.002 falling to 0", knobs={"lr": 0.002}),
    Regime("learning rate", "0.004 falling to 0", knobs={"lr": 0.004}),
    Regime("learning rate", "0.012 falling to 0", knobs={"lr": 0.012}),
    Regime("more epochs", "6, rate 0.008", knobs={"epochs": 6, "lr": 0.008}),
    Regime("SGD, as the paper", "rate 0.008, constant", knobs={"optimizer": "sgd", "lr": 0.008, "lr_end": 0.008}),
    Regime("SGD, as the paper", "rate 0.03 falling to 0", knobs={"optimizer": "sgd", "lr": 0.03}),
    Regime("perturbation", "α = 1/255", knobs={"alpha": 1.0}),
    Regime("perturbation", "α = 12/255", knobs={"alpha": 12.0}),
    Regime("perturbation", "K = 6", knobs={"steps": 6}),
    Regime("perturbation", "distance of logits", knobs={"layer": "logits"}),
    Regime("people to forget", "5", count=5),
    Regime("people to forget", "50", count=50),
    Regime("data", "70 training people", {"people": 70}),
    Regime("overfit", "original trained 8 epochs", {"epochs": 8}),
    Regime("overfit", "original trained 60 epochs", {"epochs": 60}),
    Regime("batch", "32 photos", knobs={"batch_size": 32}),
    Regime("batch", "128 photos", knobs={"batch_size": 128}),
    Regime("network width", "slim ResNet 8", {"backbone": "slim_resnet_8"}),
    Regime("network width", "slim ResNet 32", {"backbone": "slim_resnet_32"}),
    Regime("network depth", "ResNet18, 10 epochs", {"backbone": "resnet18", "epochs": 10}),
)


def cells_of(regime: Regime, base: Setting, picks: int, seeds: int) -> tuple[list[Cell], list[Cell]]:
    """Cells of DLFD and of its control."""
    setting = replace(base, **regime.setting)
    knobs = preset_knobs("dlfd", base) | regime.knobs
    methods = [("dlfd", knobs), ("control", schedule_of(knobs))]
    dlfd, control = (
        grid(setting, method, values, range(picks), range(seeds), view="unseen", count=regime.count)
        for method, values in methods
    )
    return dlfd, control


def main() -> None:
    """Run the situations, print the differences and write them to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regimes", description=__doc__)
    add_options(parser, picks=2, seeds=2)
    groups = sorted({regime.group for regime in REGIMES})
    parser.add_argument(
        "--only", choices=groups, action="append", help="run only this group; repeatable. All finished groups are shown"
    )
    options = parser.parse_args()
    base = setting_of(options)
    study = f"regimes-{stem(base)}"
    campaign = campaign_of(base, options)
    cells = [(regime, *cells_of(regime, base, options.picks, options.seeds)) for regime in REGIMES]
    campaign.run(
        cell
        for regime, dlfd, control in cells
        if not options.only or regime.group in options.only
        for cell in dlfd + control
    )

    rows: list[dict[str, Any]] = []
    entries: list[tuple[str, Estimate, str]] = []
    heading = ""
    for regime, dlfd, control in cells:
        if not all(cell in campaign for cell in dlfd + control):
            continue
        row = summarise(campaign, regime.name, dlfd, "unseen", control)
        control_row = summarise(campaign, "control", control, "unseen")
        rows.append({"group": regime.group, "dlfd": as_json([row])[0], "control": as_json([control_row])[0]})
        if regime.group != heading:
            heading = regime.group
            entries.append((heading, figures.HEADING, ""))
        if row.against is None:
            continue
        entries.append((regime.name, row.against, row.comparison))
        nomus = f"{row.measures['nomus']}  control {control_row.measures['nomus']}"
        print(f"{regime.group:18}  {regime.name:34}  {row.against!s:16} {row.comparison:7}  DLFD {nomus}")
    save(RESULTS / f"{study}.json", rows)
    figure = figures.forest(
        entries, f"Where synthesis helps: {base.task}, {options.picks} picks x {options.seeds} seeds",
        f"{MEASURES['nomus'].title} of DLFD minus that of its control",
    )  # fmt: skip
    figures.write(figure, RESULTS / f"{study}.svg")


if __name__ == "__main__":
    sys.exit(exit_code(main))
