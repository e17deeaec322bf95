"""Table of the verdict: every number it looks at, and the range in which models that never saw the people stay."""

from __future__ import annotations

from dlfd_core.types import MODEL_TITLES, STATISTIC_TITLES, ForgetReport, heading
from dlfd_core.ui.evidence.parts import Row, in_order, numbers, value_and_band


def ranges(report: ForgetReport) -> str:
    """The folded table, by number and model; empty in reports of an earlier version."""
    found = {model: worst for model in in_order(report) if (worst := report.audits[model].worst) is not None}
    if "unlearned" not in found:
        return ""
    groups: list[tuple[str, list[Row]]] = []
    for statistic in found["unlearned"].statistics:
        rows: list[Row] = []
        for model, worst in found.items():
            same = next((each for each in worst.statistics if each.name == statistic.name), None)
            if same is not None:
                outside = "yes" if abs(same.score) > worst.threshold else "no"
                rows.append((MODEL_TITLES[model], [*value_and_band(same.value, (same.low, same.high)), outside]))
        groups.append((heading(STATISTIC_TITLES[statistic.name]), rows))
    who = "models that never saw these people" if found["unlearned"].models else "unseen photos in the same model"
    return numbers(f"The verdict: every number, and the range of {who}", ["model", "value", "range", "outside"], groups)
