"""``python -m benchmarks.calibration``: error rates of the verdict, with the reference bank and without.

Three kinds of models never saw the people: those of a second bank, trained with another seed; each model of the shipped
bank, compared with the others; and models retrained without a pick. The first two have as many disjoint picks as fit
into the people that a model was not trained on. The right verdict for all three is *not distinguishable*. For the
original, and for NegGrad at a hundredth of its preset's learning rate, it is *still recognisable*. Picks are drawn from
training people and are others than those of the sweeps.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.studies import RESULTS, add_options, exit_code, setting_of, stem
from dlfd_core.benchmark.settings import prepared_for
from dlfd_core.benchmark.tables import save
from dlfd_core.data.people import draw_people
from dlfd_core.data.splits import Splits, split_for
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.audit import Auditor
from dlfd_core.metrics.roc import clopper_pearson
from dlfd_core.metrics.verdict import Evidence, label_of
from dlfd_core.models.bank import MODELS, Bank, build_bank, cached_folder, find_bank, open_bank
from dlfd_core.models.outputs import Outputs
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.seeding import make_rng
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS

#: Seed of the second bank, and seed of the first pick.
SECOND, FIRST_PICK = 1, 20
#: Learning rate with which NegGrad ruins the model; a hundredth of it hardly changes the model.
RUINOUS = 0.005
#: Numbers of people in a pick.
COUNTS = (5, 10, 20, 50)
LABELS = ("not_distinguishable", "still_recognisable", "over_forgotten", "cannot_tell", "task_lost")


@dataclass(frozen=True)
class Case:
    """Both verdicts on one model and one pick.

    Attributes:
        kind: of the model. people: number of people in the pick.
        statistic, score, threshold: of the worst case, with the bank.
    """

    kind: str
    people: int
    statistic: str
    score: float
    threshold: float
    utility: float
    with_bank: str
    without_bank: str


def judged(kind: str, prepared: PreparedOriginal, bank: Bank, splits: Splits, outputs: Outputs) -> Case:
    """Judge one model on one pick, with the bank and without."""
    strict, lenient = auditors(prepared, bank, splits)
    return case_of(kind, strict, lenient, strict.evidence(outputs), lenient.evidence(outputs))


def judged_of_bank(
    kind: str, prepared: PreparedOriginal, bank: Bank, splits: Splits, models: Bank, number: int
) -> Case:
    """Judge one model of a bank. It was trained on half of the people, and so is worse at the task than a retrained
    model; whether it lost the task is not asked."""
    signals, right = models.signals[number][:, splits.compared], models.correctness[number][splits.unseen]
    utility = float(right.mean(dtype=np.float64))
    strict, lenient = auditors(prepared, bank, splits)
    found = strict.evidence_of(utility, signals), lenient.evidence_of(utility, signals)
    return case_of(kind, strict, lenient, *found, floor=utility)


def auditors(prepared: PreparedOriginal, bank: Bank, splits: Splits) -> tuple[Auditor, Auditor]:
    """The auditors with the bank and without."""
    task, original = prepared.spec.task, prepared.outputs
    return Auditor(task, splits, original, bank), Auditor(task, splits, original, None)


def case_of(
    kind: str, strict: Auditor, lenient: Auditor, found: Evidence, without: Evidence, floor: float | None = None
) -> Case:
    """Both verdicts. floor: lowest utility that counts as keeping the task; None for the usual one."""
    forget, unseen = len(strict.splits.forget), len(strict.splits.unseen)
    labels = [
        label_of(auditor.evidence(auditor.original), evidence, forget, floor, unseen)[0]
        for auditor, evidence in ((strict, found), (lenient, without))
    ]
    worst = found.worst
    assert worst is not None  # evidence always has one
    people = len(np.unique(strict.task.data.person[strict.splits.forget]))
    return Case(kind, people, worst.decisive.name, worst.decisive.score, worst.threshold, found.utility, *labels)


def unseen_picks(prepared: PreparedOriginal, member: np.ndarray, count: int, seed: int) -> Iterator[Splits]:
    """Disjoint picks of ``count`` people that a bank model was not trained on."""
    task = prepared.spec.task
    people = np.unique(task.data.person[task.train])
    unseen = make_rng(seed, "calibration picks").permutation(people[~member[people]])
    for start in range(0, len(unseen) - count + 1, count):
        yield split_for(task, [task.data.people[person].id for person in unseen[start : start + count]])


def never_saw(kind: str, prepared: PreparedOriginal, banks: list[Bank], models: Bank, count: int) -> Iterator[Case]:
    """Cases of the models of a bank, on people they were not trained on. banks: to compare each of them with."""
    for number, bank in enumerate(banks):
        for splits in unseen_picks(prepared, models.members[number], count, number):
            yield judged_of_bank(kind, prepared, bank, splits, models, number)


def without(bank: Bank, number: int) -> Bank:
    """The bank without one of its models."""
    members, signals = (np.delete(part, number, 0) for part in (bank.members, bank.signals))
    return replace(bank, members=members, signals=signals)


def pick_of(prepared: PreparedOriginal, count: int, number: int) -> Splits:
    """A draw of ``count`` training people."""
    return split_for(prepared.spec.task, draw_people(prepared.spec.task, count, FIRST_PICK + number))


def originals(prepared: PreparedOriginal, bank: Bank, count: int, picks: int) -> Iterator[Case]:
    """Cases of the original."""
    for number in range(picks):
        yield judged("original", prepared, bank, pick_of(prepared, count, number), prepared.outputs)


def made_by(
    method: str, kind: str, knobs: dict[str, KnobValue], prepared: PreparedOriginal, bank: Bank, count: int, picks: int
) -> Iterator[Case]:
    """Cases of a method's models; a run that diverges is reported on stderr and left out."""
    for number in range(picks):
        splits = pick_of(prepared, count, number)
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


def second_bank(prepared: PreparedOriginal, folder: Path | None) -> Bank:
    """The bank in the folder, with as many models as are there, or else the cached one; trained if it is missing."""
    recipe = prepared.original.recipe
    models = (len(list(folder.glob("model*.safetensors"))) if folder else 0) or MODELS
    folder = folder or cached_folder(prepared.spec, recipe, seed=SECOND)
    for log in build_bank(prepared.spec, recipe, folder, models=models, seed=SECOND, keep_weights=False):
        if log.step % 200 == 0:
            print(f"Second bank: step {log.step} of {log.total}", file=sys.stderr, flush=True)
    return open_bank(prepared.spec, folder)


def main() -> None:
    """Judge all models, print the table and write the cases to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    add_options(parser, engine=False)
    parser.add_argument("--retrained", type=int, default=3, help="models retrained per size of a pick (default 3)")
    parser.add_argument("--runs", type=int, default=5, help="runs of weak NegGrad per size of a pick (default 5)")
    parser.add_argument(
        "--second", type=Path, metavar="DIR", help="folder of a second bank, of seed 1 (default: cache)"
    )
    options = parser.parse_args()
    setting = setting_of(options)
    prepared = prepared_for(setting)
    bank = find_bank(prepared.spec, prepared.original.recipe)
    if bank is None:
        raise InvalidRequest("There is no reference bank for this data and task; `python -m dlfd_core bank` makes it.")
    second = second_bank(prepared, options.second)
    left_out = [without(bank, number) for number in range(len(bank))]
    weak: dict[str, KnobValue] = {"lr": RUINOUS / 100}
    cases: list[Case] = []
    for count in COUNTS:
        cases += never_saw("never saw them (second bank)", prepared, [bank] * len(second), second, count)
        cases += never_saw("never saw them (left out of the bank)", prepared, left_out, bank, count)
        cases += made_by("retrain", "retrained", {}, prepared, bank, count, options.retrained)
        cases += originals(prepared, bank, count, 40)
        cases += made_by("neg_grad", "NegGrad at a hundredth", weak, prepared, bank, count, options.runs)
        print(f"{count} people are done", file=sys.stderr, flush=True)
    print(table(cases))
    save(RESULTS / f"calibration-{stem(setting)}.json", [asdict(case) for case in cases])


if __name__ == "__main__":
    sys.exit(exit_code(main))
