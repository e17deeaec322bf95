"""Markdown tables of the hosting simulation."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.hosting_answers import TABLE_DAYS, Answers
from benchmarks.hosting_assumptions import Assumptions
from benchmarks.hosting_soak import Compared
from benchmarks.hosting_times import BUSY, Times


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def assumption_table(assumed: Assumptions) -> str:
    """All assumptions with their values and units."""
    return markdown(
        ["assumption", "value", "meaning"], [[f"`{name}`", value, text] for name, value, text in assumed.lines()]
    )


def _span(values: Sequence[float], digits: int = 1) -> str:
    """Median, and the range in brackets."""
    return f"{median(values):.{digits}f} s ({min(values):.{digits}f} to {max(values):.{digits}f})"


def measured_table(times: Times) -> str:
    """The measured seconds: median and range."""
    page, soak = times.page, times.soak
    rows = [
        ["run of the page: click to scores", _span([run.scores for run in page]), str(len(page))],
        ["scores to map", _span([run.map - run.scores for run in page]), str(len(page))],
        ["map to the end of the control", _span([run.end - run.map for run in page]), str(len(page))],
        ["run of the load test", _span(soak.first), str(len(soak.first))],
        ["the same, original measured on the pick already", _span(soak.again), str(len(soak.again))],
        *(
            [f"run of the load test while {number} others wait", _span(seconds), str(len(seconds))]
            for number, seconds in sorted(soak.busy.items())
        ),
        ["answer of a finished run", _span(soak.cached, 3), str(len(soak.cached))],
    ]
    busy = times.busy_cores or 0.0
    warning = f", while other programs kept {busy:.1f} cores busy: too long" if busy > BUSY else ""
    return markdown([f"measured ({times.device}{warning})", "median (range)", "runs"], rows)


def host_table(answers: Answers, assumed: Assumptions) -> str:
    """Each host at each limit of the wait."""
    head = [
        "host", "run times", "wait of 95 %", "visitors per hour", "per day", "at the same time",
        "95 %: click to scores", "leave", "no quota", "device seconds per visitor",
    ]  # fmt: skip
    rows = [
        [
            row.host, row.note, f"{row.wait:.1f} s (limit {row.limit:g})", f"{row.per_hour:,.0f}",
            f"{row.per_day(assumed):,.0f}", f"{row.at_once:.1f}", f"{row.answer:.0f} s", f"{row.left:.0%}",
            f"{row.quota:.0%}", f"{row.device_seconds:.0f}",
        ]
        for row in answers.hosts
    ]  # fmt: skip
    return markdown(head, rows)


def shared_table(answers: Answers) -> str:
    """Capacity of one page by the number of machines behind it."""
    rows = [
        [str(row.slots), f"{row.per_hour:,.0f}", f"{row.per_hour / row.slots:,.0f}", f"{row.used:.0%}"]
        for row in answers.shared
    ]
    return markdown(["machines behind one page", "visitors per hour", "per machine", "busy"], rows)


def day_table(answers: Answers, assumed: Assumptions, times: Times) -> str:
    """Machines needed and compute per day, by visitors a day."""
    strict, lenient = (row.limit for row in answers.hosts[:2])
    head = [
        "visitors a day", "in the busiest hour", f"copies of the free Space, {strict:g} s", f"{lenient:g} s",
        f"machines behind shared pages, {strict:g} s", "at least", "machine hours of computing a day",
        "core seconds a day",
    ]  # fmt: skip
    each = answers.checked.device_seconds
    rows = []
    for day in TABLE_DAYS:
        needed = answers.needed[day]
        rows.append([
            f"{day:,}", f"{day * assumed.peak_share:,.0f}",
            *(f"{needed[name]:,}" for name in ("strict", "lenient", "shared", "least")),
            f"{day * each / 3600:,.1f}", f"{day * each * times.cores:,.0f}",
        ])  # fmt: skip
    return markdown(head, rows)


def soak_table(rows: Sequence[Compared]) -> str:
    """Measured and predicted numbers of a soak."""
    return markdown(
        ["", "measured", "predicted", "error", "within 20 %"],
        [
            [
                row.name, f"{row.measured:.4g}", f"{row.predicted:.4g}", f"{row.error:+.0%}",
                "yes" if row.within else "no",
            ]
            for row in rows
        ],
    )  # fmt: skip
