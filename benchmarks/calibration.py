"""``python -m benchmarks.calibration``: error rates of the verdict, with the reference bank and without.

Two kinds of models never saw the people: those of a second bank, trained with another seed, each with as many disjoint
picks as fit into the people it was not trained on; and models retrained without a pick. The right verdict for both is
*not distinguishable*. For the original it is *still recognisable*, and for models with too much NegGrad
*over-forgotten*. Picks are drawn from training people and are others than those of the sweeps.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.studies import RESULTS, add_options, setting_of, stem
from dlfd_core.benchmark.cells import prepared_for
from dlfd_core.benchmark.tables import save
from dlfd_core.data.splits import Splits, resolve_people, split_for
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.audit import Auditor
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.metrics.roc import clopper_pearson
from dlfd_core.metrics.verdict import decide
from dlfd_core.models.bank import Bank, build_bank, cached_folder, find_bank, open_bank
from dlfd_core.models.outputs import Outputs
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.seeding import make_rng
from dlfd_core.unlearning import METHODS

#: Seed of the second bank, and seed of the first pick.
SECOND, FIRST_PICK = 1, 20
#: Learning rates of NegGrad's single pass, from almost no forgetting to a destroyed task.
RATES = (0.002, 0.004, 0.0065, 0.01)
LABELS = ("not_distinguishable", "still_recognisable", "over_forgotten", "cannot_tell")


@dataclass(frozen=True)
class Case:
    """Both verdicts on one model and one pick.

    Attributes:
        kind: of the model. people: number of people in the pick.
        auc: signed AUC of the loss. excess, p_value: see ``types.Reference``.
    """

    kind: str
    people: int
    auc: float
    excess: float
    p_value: float
    with_bank: str
    without_bank: str


def judged(kind: str, prepared: PreparedOriginal, bank: Bank, splits: Splits, outputs: Outputs) -> Case:
    """Judge one model on one pick, with the bank and without."""
    task = prepared.spec.task
    person, counts = task.data.person, splits.counts(task.data)
    auditor = Auditor(task, splits, prepared.outputs, bank)
    by_model = {"original": prepared.outputs, "unlearned": outputs}
    scores = {name: evaluate(each, task.labels, person, splits) for name, each in by_model.items()}
    audits = {name: auditor.audit(name, each) for name, each in by_model.items()}
    reference = audits["unlearned"].reference
    assert reference is not None  # because the auditor has a bank
    return Case(
        kind,
        counts.people["forget"],
        scores["unlearned"].mia_auc,
        reference.excess,
        reference.p_value,
        decide(scores, counts, audits).label,
        decide(scores, counts).label,
    )


def unseen_picks(prepared: PreparedOriginal, member: np.ndarray, count: int, seed: int) -> Iterator[Splits]:
    """Disjoint picks of ``count`` people that a bank model was not trained on."""
    task = prepared.spec.task
    people = np.unique(task.data.person[task.train])
    unseen = make_rng(seed, "calibration picks").permutation(people[~member[people]])
    for start in range(0, len(unseen) - count + 1, count):
        yield split_for(task, [task.data.people[person].id for person in unseen[start : start + count]])


def never_saw(prepared: PreparedOriginal, bank: Bank, second: Bank, count: int) -> Iterator[Case]:
    """Cases of the second bank's models, on people they were not trained on."""
    for number in range(len(second)):
        outputs = prepared.outputs_of(second.model(number), lambda: None)
        for splits in unseen_picks(prepared, second.members[number], count, number):
            yield judged("never saw them (second bank)", prepared, bank, splits, outputs)


def pick_of(prepared: PreparedOriginal, count: int, number: int) -> Splits:
    """A draw of ``count`` training people."""
    return split_for(prepared.spec.task, resolve_people(prepared.spec.task, f"random:{count}", FIRST_PICK + number))


def originals(prepared: PreparedOriginal, bank: Bank, count: int, picks: int) -> Iterator[Case]:
    """Cases of the original."""
    for number in range(picks):
        yield judged("original", prepared, bank, pick_of(prepared, count, number), prepared.outputs)


def made_by(
    method: str, kind: str, knobs: dict[str, float], prepared: PreparedOriginal, bank: Bank, picks: int
) -> Iterator[Case]:
    """Cases of a method's models, 20 people each; a run that diverges is reported on stderr and left out."""
    for number in range(picks):
        splits = pick_of(prepared, 20, number)
        context = prepared.context(splits, number, lambda: None)
        try:
            for _ in METHODS.get(method)(dict(knobs)).run(context):
                pass
        except Diverged as error:
            print(f"{kind}, pick {number}: {error}", file=sys.stderr)
            continue
        yield judged(kind, prepared, bank, splits, prepared.outputs_of(context.model.eval(), lambda: None))


def table(cases: list[Case]) -> str:
    """Markdown table of the share of each verdict, by kind and number of people."""
    lines = ["| model | people | n | verdict | with the bank | without |", "| --- | --- | --- | --- | --- | --- |"]
    for kind, people in dict.fromkeys((case.kind, case.people) for case in cases):
        group = [case for case in cases if (case.kind, case.people) == (kind, people)]
        bank, none = (Counter(getattr(case, name) for case in group) for name in ("with_bank", "without_bank"))
        for label in LABELS:
            if bank[label] or none[label]:
                cells = " | ".join(_share(counts[label], len(group)) for counts in (bank, none))
                lines.append(f"| {kind} | {people} | {len(group)} | {label.replace('_', ' ')} | {cells} |")
    return "\n".join(lines)


def _share(count: int, total: int) -> str:
    """A share with its 95 % interval."""
    low, high = clopper_pearson(count, total)
    return f"{count / total:.0%} ({low:.0%} to {high:.0%})"


def second_bank(prepared: PreparedOriginal) -> Bank:
    """The second bank, trained if it is missing, which takes as long as eight retrainings on half of the people."""
    folder = cached_folder(prepared.spec, prepared.original.recipe, seed=SECOND)
    for log in build_bank(prepared.spec, prepared.original.recipe, folder, seed=SECOND):
        if log.step % 200 == 0:
            print(f"Second bank: step {log.step} of {log.total}", file=sys.stderr, flush=True)
    return open_bank(prepared.spec, folder)


def main() -> None:
    """Judge all models, print the table and write the cases to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    add_options(parser)
    parser.add_argument("--retrained", type=int, default=3, help="models retrained without a pick (default 3)")
    options = parser.parse_args()
    setting = setting_of(options)
    prepared = prepared_for(setting)
    bank = find_bank(prepared.spec, prepared.original.recipe)
    if bank is None:
        raise InvalidRequest("There is no reference bank for this data and task; `python -m dlfd_core bank` makes it.")
    cases: list[Case] = []
    second = second_bank(prepared)
    for count in (20, 10, 5):
        cases += never_saw(prepared, bank, second, count)
        cases += originals(prepared, bank, count, 40)
    for rate in RATES:
        cases += made_by("neg_grad", f"NegGrad at {rate:g}", {"lr": rate}, prepared, bank, 6)
    cases += made_by("retrain", "retrained", {}, prepared, bank, options.retrained)
    print(table(cases))
    save(RESULTS / f"calibration-{stem(setting)}.json", [asdict(case) for case in cases])


if __name__ == "__main__":
    main()
