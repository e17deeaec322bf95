"""``python -m benchmarks.ablation``: the effect of each part of DLFD, as in the paper's table 3, with intervals."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from benchmarks.studies import RESULTS, add_options, campaign_of, exit_code, setting_of, stem
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import grid
from dlfd_core.benchmark.cells import Cell
from dlfd_core.benchmark.settings import preset_knobs
from dlfd_core.benchmark.tables import as_json, as_markdown, original_row, save, summarise
from dlfd_core.types import MEASURES

#: Name -> method and differences from its preset. The first is the reference of all differences.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "DLFD": ("dlfd", {}),
    "without transport (λ_f = 0)": ("dlfd", {"lambda_f": 0.0}),
    "without the task's loss (λ_r = 0)": ("dlfd", {"lambda_r_start": 0.0, "lambda_r_end": 0.0}),
    "without dynamic forgetting": ("dlfd", {"tau": -0.5}),
    "random noise of the same size": ("dlfd", {"mode": "noise"}),
    "distance of logits": ("dlfd", {"layer": "logits"}),
    "whole batches synthesised": ("dlfd", {"mix": 1.0}),
    "in the first third of the run only": ("dlfd", {"forget_share": 0.35}),
    "as released": ("dlfd", {"mode": "released"}),
    "control: nothing synthesised": ("control", {}),
}


def main() -> None:
    """Run the variants, print the table and write it to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    add_options(parser, picks=3, seeds=3)
    parser.add_argument("--only", choices=VARIANTS, action="append", help="this variant and DLFD; repeatable")
    options = parser.parse_args()
    setting = setting_of(options)
    study = f"ablation-{stem(setting)}" + ("-part" if options.only else "")
    cells: dict[str, list[Cell]] = {
        name: grid(
            setting,
            method,
            preset_knobs(method, setting) | changes,
            range(options.picks),
            range(options.seeds),
            view="unseen",
        )
        for name, (method, changes) in VARIANTS.items()
        if not options.only or name in {"DLFD", *options.only}
    }
    campaign = campaign_of(setting, options)
    campaign.run(cell for group in cells.values() for cell in group)

    dlfd = cells["DLFD"]
    rows = [original_row(campaign, dlfd, "unseen")]
    rows += [
        summarise(campaign, name, group, "unseen", () if name == "DLFD" else dlfd) for name, group in cells.items()
    ]
    print(as_markdown(rows, "DLFD"))
    save(RESULTS / f"{study}.json", as_json(rows))
    entries = [(row.name, row.against, row.comparison) for row in rows if row.against is not None]
    axis = f"{MEASURES['nomus'].title} minus that of the whole method"
    figure = figures.forest(entries, f"Effect of each part: {options.task}", axis)
    figures.write(figure, RESULTS / f"{study}.svg")


if __name__ == "__main__":
    sys.exit(exit_code(main))
