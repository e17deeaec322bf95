"""``verify``: carry out a receipt's request again and compare."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfd_core.cli.options import Parser, add_drop_options, make_service, validated_epochs
from dlfd_core.cli.watch import ProgressLine

if TYPE_CHECKING:
    from dlfd_core.verify import Difference, Outcome
    from dlfd_core.verify.schema import Receipt

#: Follow-ups that a receipt may have beside the run.
FOLLOW_UPS = {"relearn": "the relearn test", "sequence": "the requests one after another"}


def add(commands: Any, common: Parser) -> None:
    verify = commands.add_parser("verify", help="carry out a receipt's request again and compare")
    verify.add_argument("receipt", type=Path, metavar="receipt.json")
    verify.add_argument("--data", help="the data set as forget takes it; needed for all but the portraits")
    add_drop_options(verify)
    verify.add_argument("--weights", help="the original model, a safetensors file made by train")
    verify.add_argument("--device", help="auto, cpu or cuda (default: the receipt's)")
    verify.add_argument("--plugins", type=Path, metavar="DIR", help="a folder of your own methods, one .py file each")
    verify.add_argument("--epochs", type=int, help="epochs for an original that has to be trained first")


def run(arguments: argparse.Namespace) -> int:
    """0 where everything is the same within the tolerance, 1 where something is not."""
    from dlfd_core.verify import LocalSettings, read_file, verify

    validated_epochs(arguments.epochs)
    receipt = read_file(arguments.receipt)
    if receipt.threads:
        # equal weights need as many threads; read when the device is chosen, and never more than there are cores
        os.environ.setdefault("OMP_NUM_THREADS", str(receipt.threads))
    service = make_service(arguments.epochs, receipt.request.backbone, arguments.plugins)
    local = LocalSettings(arguments.data, arguments.weights, arguments.device)
    outcome = verify(service, receipt, local, ProgressLine().show)
    print(format_outcome(receipt, outcome))
    return 0 if outcome.same else 1


def format_outcome(receipt: Receipt, outcome: Outcome) -> str:
    """The comparison and its differences as plain text; texts from the receipt are made printable."""
    made_on, checked_on = (
        receipt.versions.get("device", "not recorded"),
        outcome.report.versions.get("device", "not recorded"),
    )
    lines = [f"Made on: {_printable(made_on)}. Checked on: {checked_on}."]
    lines += [_versions(receipt, outcome)] if _versions(receipt, outcome) else []
    repeated = [title for part, title in FOLLOW_UPS.items() if getattr(receipt, part) is not None]
    lines += [f"Carried out again as well: {' and '.join(repeated)}."] if repeated else []
    if outcome.identical:
        lines.append(f"Bit for bit the same weights: {', '.join(outcome.identical)}.")
    if outcome.different:
        lines.append(f"Other weights than the receipt's: {', '.join(outcome.different)}.")
    for kind, title in (("identical", "same weights"), ("different", "other weights")):
        if getattr(outcome, kind):
            lines.append(f"Largest difference of a score with {title}: {outcome.widest[kind]:.4f}.")
    judged = bool(receipt.verdict.labels())
    if not judged:
        lines.append("The verdict is not compared: the receipt is of an earlier version, which looked at one attack.")
    if outcome.same:
        exact = " The unlearned model is bit for bit the same." if outcome.bit_for_bit else ""
        agrees = ", and the verdict agrees" if judged else ""
        return "\n".join([*lines, f"The same: every score is within the tolerance{agrees}.{exact}"])
    return "\n".join([*lines, "", *_table(outcome.differences), "", f"Different in {len(outcome.differences)} places."])


def _table(differences: tuple[Difference, ...]) -> list[str]:
    width = max(len(one.name) for one in differences) + 2
    head = f"{'what':{width}}{'receipt':>22}{'here':>22}{'allowed':>10}"
    return [
        head,
        *(f"{one.name:{width}}{one.receipt:>22}{one.here:>22}{one.allowed or '':>10}" for one in differences),
    ]


def _versions(receipt: Receipt, outcome: Outcome) -> str:
    """A sentence where libraries have other versions than the receipt's."""
    here = outcome.report.versions
    others = [name for name in here if name != "device" and receipt.versions.get(name, here[name]) != here[name]]
    listed = ", ".join(f"{name} {_printable(receipt.versions[name])} there, {here[name]} here" for name in others)
    return f"Other versions: {listed}." if others else ""


def _printable(text: str) -> str:
    """The text without characters that a terminal would execute as control codes."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
