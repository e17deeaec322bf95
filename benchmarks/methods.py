"""``python -m benchmarks.methods``: all methods on the same picks, NoMUS, utility, attack and seconds, over seeds."""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

from dlfd_core.data.splits import prepare_task, resolve_people
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetReport, ForgetRequest, Scores

Rows = list[tuple[str, str]]


def measure(seeds: int) -> Rows:
    """Emotion on the portraits, 20 people per seed; ``retrained`` is the reference, ``original`` the start."""
    service = UnlearningService()
    task = prepare_task(service.bench.data("portraits"), "emotion")
    found: dict[str, list[tuple[Scores, float]]] = {}
    for seed in range(seeds):
        people = resolve_people(task, "random:20", seed)
        for card in service.catalog().methods:
            report: ForgetReport | None = None
            for event in service.forget(ForgetRequest(people, method=card.name, seed=seed), lambda: False):
                report = event if isinstance(event, ForgetReport) else report
            assert report is not None
            found.setdefault(card.name, []).append((report.scores["unlearned"], report.seconds.unlearn))
            if card.name == "dlfd":
                found.setdefault("original", []).append((report.scores["original"], 0.0))
    return [(name, _line(runs)) for name, runs in found.items()]


def _line(runs: list[tuple[Scores, float]]) -> str:
    def spread(values: list[float]) -> str:
        return f"{statistics.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})"

    scores = [scores for scores, _ in runs]
    inside = sum(score.forgetting_score <= score.null_band[1] for score in scores)
    seconds = statistics.mean(seconds for _, seconds in runs)
    return (
        f"NoMUS {spread([s.nomus for s in scores])}  utility {spread([s.utility for s in scores])}  "
        f"MIA {spread([s.mia_accuracy for s in scores])}  inside the null band {inside}/{len(runs)}  {seconds:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.methods", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the table")
    options = parser.parse_args()
    rows = measure(options.seeds)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:{width}}  {value}")
    if options.json:
        options.json.write_text(json.dumps(dict(rows), indent=1) + "\n")


if __name__ == "__main__":
    main()
