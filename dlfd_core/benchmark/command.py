"""``python -m dlfd_core benchmark``: run the missing cells, then write tables, numbers and figures of all cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dlfd_core.artifacts import write_atomically
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import Campaign, Log
from dlfd_core.benchmark.numbers import as_csv, as_json
from dlfd_core.benchmark.options import BenchmarkRequest
from dlfd_core.benchmark.plan import Plan, make_plan
from dlfd_core.benchmark.published import SOURCE, published_for
from dlfd_core.benchmark.render import Table, as_latex, as_markdown, markdown_text, table_of
from dlfd_core.benchmark.rows import DLFD, Line, lines_of
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.intervals import verdict
from dlfd_core.types import MEASURES


def compare(request: BenchmarkRequest, log: Log) -> str:
    """Run a benchmark; the runs in ``out/runs.jsonl`` are not run again.

    Args:
        log: receives the progress, one line at a time.

    Returns:
        The tables as Markdown.

    Raises:
        DlfdError: bad input, or a folder that cannot be written to.
        KeyboardInterrupt: with a sentence on the runs that are kept.
    """
    plan = make_plan(request)
    cells = list(dict.fromkeys(plan.cells()))
    campaign = Campaign(
        request.out / "runs.jsonl", plan.jobs, plugins=request.plugins, engine=request.engine,
        gpu_share=request.gpu_share, log=log,
    )  # fmt: skip
    try:
        campaign.run(cells)
    except KeyboardInterrupt:
        done = sum(cell in campaign for cell in cells)
        raise KeyboardInterrupt(
            f"Stopped; {done} of {len(cells)} runs are kept in {request.out}, and the same command goes on from there."
        ) from None
    lines = {
        backbone: lines_of(campaign, entries, published_for(plan.about.name, request.task, backbone))
        for backbone, entries in plan.entries.items()
    }
    try:
        return _write(plan, campaign, lines)
    except OSError as error:
        raise InvalidRequest(f"{request.out} cannot be written to ({error.strerror}); choose another --out.") from error


def _write(plan: Plan, campaign: Campaign, lines: dict[str, list[Line]]) -> str:
    """Write all files of a benchmark, and return the text of ``table.md``."""
    out, request, about = plan.request.out, plan.request, plan.about
    notes = _notes(plan, lines)
    tables = {
        backbone: table_of(rows, f"{about.title}, {request.task}, {backbone}") for backbone, rows in lines.items()
    }
    for backbone, rows in lines.items():
        _draw(rows, tables[backbone].caption, _size(plan), out / backbone)
    text = _markdown(tables, notes)
    for name, content in [
        ("results.csv", as_csv(plan, campaign)),
        ("results.json", as_json(plan, campaign, lines, notes)),
        ("table.md", text),
        ("table.tex", _latex(tables, notes)),
    ]:
        write_atomically(out / name, content.encode())
    return text


def _size(plan: Plan) -> str:
    """Numbers of picks, people and seeds in words."""
    request = plan.request
    numbers = {"original": request.originals, "pick": request.picks, "seed": request.seeds}
    originals, picks, seeds = (f"{n} {word}{'' if n == 1 else 's'}" for word, n in numbers.items())
    forgotten = request.forget_set or f"{picks} of {request.people} people"
    return " x ".join([*([originals] if request.originals > 1 else []), forgotten, seeds])


def _notes(plan: Plan, lines: dict[str, list[Line]]) -> list[str]:
    """Sentences that explain the tables."""
    several = plan.request.originals > 1
    units = "originals trained with other seeds" if several else "other seeds and picks"
    notes = [
        f"Means over {_size(plan)}, scores on unseen people; the original has one value per pick. ± is half of a 95 % "
        f"interval of the mean (Student's t). The runs share the unseen people, so the interval covers {units} of this "
        "data set, not other data.",
        "Differences are between runs with the same pick and seed: ahead or behind where the interval does not contain "
        "zero, else open. If DLFD has several rows, the differences are from the one with the same preset.",
    ]
    if several:
        notes.append(
            "The means of the originals are the units of all intervals of scores and differences. Retrained models "
            "have nothing of an original, so those beside each original have other seeds. In the share of passes the "
            "runs are the units, so its interval is too narrow. The variance due to the original is the intraclass "
            "correlation, from a one-way random-effects analysis of variance."
        )
    if any(line.published for rows in lines.values() for line in rows):
        notes.append(SOURCE)
    return [*notes, *plan.about.notes]


def _markdown(tables: dict[str, Table], notes: Sequence[str]) -> str:
    """The text of ``table.md``: tables, figures and notes."""
    parts = []
    for backbone, table in tables.items():
        parts += [f"## {markdown_text(table.caption)}", as_markdown(table)]
        parts += [f"![{words}]({backbone}/{file}.svg)" for file, words in FIGURES.items()]
    return "\n\n".join([*parts, *(markdown_text(note) for note in notes)]) + "\n"


def _latex(tables: dict[str, Table], notes: Sequence[str]) -> str:
    """The text of ``table.tex`` for ``\\input``: the tables, with the notes as comments."""
    comments = ["% Needs \\usepackage{booktabs}.", *(f"% {' '.join(note.split())}" for note in notes)]
    return "\n".join(comments) + "\n\n" + "\n\n".join(as_latex(table) for table in tables.values()) + "\n"


#: File name -> alternative text.
FIGURES = {
    "plane": "Utility over forgetting score",
    "nomus": "NoMUS with intervals",
    "time": "Share that passes and NoMUS over seconds",
}


def _draw(lines: Sequence[Line], caption: str, size: str, folder: Path) -> None:
    """Draw ``plane.svg``, ``plane.png``, ``nomus.svg`` and ``time.svg``."""
    measured = [line for line in lines if line.scores]
    points = [(line.title, line.scores["forgetting_score"], line.scores["utility"]) for line in measured]
    figure = figures.plane(points, f"{caption}: {size}", star="Retrained")
    for suffix in ("svg", "png"):
        figures.write(figure, folder / f"plane.{suffix}")
    entries = []
    for line in measured:
        against = line.against.get(DLFD, {}).get("nomus")
        entries.append((line.title, line.scores["nomus"], verdict(against) if against else ""))
    compared = "; blue: ahead of DLFD, red: behind" if any(line.against.get(DLFD) for line in measured) else ""
    axis = f"{MEASURES['nomus'].title}, {size}{compared}"
    figures.write(figures.forest(entries, caption, axis, zero=False), folder / "nomus.svg")
    timed = [(line.title, line.seconds.mean, line.passed, line.scores["nomus"]) for line in measured if line.seconds]
    if timed:
        figures.write(figures.against_time(timed, f"{caption}: {size}"), folder / "time.svg")
