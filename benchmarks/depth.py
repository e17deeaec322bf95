"""``python -m benchmarks.depth``: where in the network the memory is, before and after each method.

Each method with its preset forgets the same picks of 20 people. The table has, by layer group, the signed AUC of the
attack on the activations (``dlfd_core.metrics.depth``) with the 95 % interval of the mean over the picks. Beside it is
the signed AUC of the loss, which sees the output only. Below are the differences from the retrained model of the same
pick whose interval does not contain zero.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from benchmarks.studies import RESULTS
from dlfd_core.benchmark.render import Table, as_markdown
from dlfd_core.benchmark.tables import save
from dlfd_core.data.people import draw_people
from dlfd_core.data.splits import prepare_task
from dlfd_core.metrics.intervals import estimate, paired
from dlfd_core.service import UnlearningService
from dlfd_core.types import IDENTITY, MEASURES, ForgetReport, ForgetRequest, ReportReady

METHODS = ("dlfd", "control", "fine_tune", "random_labels", "salun", "neg_grad_plus", "neg_grad", "cf_k", "eu_k")
PEOPLE = 20
#: Model -> signed AUC of the output's loss and, by layer group, of the activations.
Values = dict[str, dict[str, float]]


def runs_of(service: UnlearningService, task: str, methods: Sequence[str], picks: int) -> Iterator[Values]:
    """The values of each pick: original, retrained, and the model of each method."""
    data = prepare_task(service.bench.data("portraits"), task)
    for pick in range(picks):
        people, values = draw_people(data, PEOPLE, pick), Values()
        for number, method in enumerate(methods):
            request = ForgetRequest(people, task=task, method=method, seed=0, retrain=number == 0, control=False)
            *_, last = (event for event in service.forget(request, lambda: False) if isinstance(event, ReportReady))
            report = last.report
            if number == 0:
                values |= {name: values_of(report, name) for name in ("original", "retrained")}
            values[method] = values_of(report, "unlearned")
            print(f"pick {pick}, {method}: {values[method]}", file=sys.stderr)
        yield values


def values_of(report: ForgetReport, model: str) -> dict[str, float]:
    depth = report.audits[model].depth
    assert depth is not None, "people are not the classes, and the portraits have photos of two classes on each side"
    return {"output": report.scores[model].mia_auc} | {layer: point.auc for layer, point in depth.items()}


def apart_from_retrained(picks: Sequence[Values]) -> tuple[int, list[str]]:
    """The number of differences from the retrained models, and in words those whose interval does not contain zero."""
    compared = [
        (model, layer, paired([pick[model][layer] for pick in picks], [pick["retrained"][layer] for pick in picks]))
        for model in picks[0]
        if model not in ("original", "retrained")
        for layer in picks[0][model]
    ]
    apart = [f"{model}, {layer}: {each}" for model, layer, each in compared if each.low > 0 or each.high < 0]
    return len(compared), apart


def main() -> None:
    """Run all methods and save the values of each pick, or read what an earlier call saved; print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.depth", description=__doc__)
    parser.add_argument("--task", default="emotion")
    parser.add_argument("--picks", type=int, default=5, help=f"picks of {PEOPLE} people (default 5)")
    parser.add_argument("--methods", default=",".join(METHODS), help="separated by commas")
    parser.add_argument("--stored", action="store_true", help="run nothing, print what an earlier call saved")
    options = parser.parse_args()
    if options.task == IDENTITY:
        parser.error("Where each person is a class there is no such attack; choose another task.")
    path = RESULTS / "depth" / f"portraits-{options.task}.json"
    if options.stored:
        picks: list[Values] = json.loads(path.read_text(encoding="utf-8"))["picks"]
    else:
        picks = list(runs_of(UnlearningService(), options.task, options.methods.split(","), options.picks))
        save(path, {"picks": picks})
    layers = list(picks[0]["original"])
    rows = tuple(
        (model, *(str(estimate([values[model][layer] for values in picks])) for layer in layers)) for model in picks[0]
    )
    caption = f"Memory by depth: {MEASURES['mia_auc'].title}, {options.task}, {len(picks)} picks of {PEOPLE} people"
    print(as_markdown(Table(caption, ("", *layers), rows)))
    number, apart = apart_from_retrained(picks)
    print(f"\nOf {number} differences from the retrained models {len(apart)} have an interval without zero:")
    print(*apart, sep="\n")


if __name__ == "__main__":
    main()
