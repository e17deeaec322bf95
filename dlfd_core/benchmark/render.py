"""Tables of a benchmark as Markdown and as LaTeX, from the same cells of text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dlfd_core.benchmark.rows import REFERENCES, Line
from dlfd_core.metrics.intervals import signed
from dlfd_core.types import MEASURES

#: Scores of the table, in the order of its columns.
COLUMNS = ("nomus", "utility", "forgetting_score", "forget_accuracy", "retain_accuracy")
_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_NUMBER = re.compile(r"(?<!\S)([-+]?\d+\.\d+)(?: ± (\d+\.\d+))?(?!\S)")


@dataclass(frozen=True)
class Table:
    """A table of plain texts.

    Attributes:
        caption: a few words.
        rows: each with as many cells as the header.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table_of(lines: Sequence[Line], caption: str) -> Table:
    """The table of all rows: means with intervals; columns for the strict verdict, for the variance due to the
    original, for references and for published numbers if there are any."""
    references = [name for name in REFERENCES if any(name in line.against for line in lines)]
    published, judged = any(line.published for line in lines), any(line.passed for line in lines)
    nomus, utility, score, forget, retain = (MEASURES[name].title for name in COLUMNS)
    header = ["", *(["passes the verdict"] if judged else []), nomus, utility, score, "inside null band"]
    header += [forget, retain]
    header += [f"{nomus} against {REFERENCES[name]}" for name in references] + [MEASURES["seconds"].title]
    nested = any(line.due_to_original for line in lines)
    header += [f"variance due to the original ({nomus}, {utility})"] if nested else []
    header += [f"published {title}" for title in (utility, score, nomus)] if published else []
    return Table(caption, tuple(header), tuple(_cells(line, references, published, judged, nested) for line in lines))


def _cells(line: Line, references: Sequence[str], published: bool, judged: bool, nested: bool) -> tuple[str, ...]:
    """The texts of one row."""
    nomus, utility, score, forget, retain = (str(line.scores[name]) if name in line.scores else "" for name in COLUMNS)
    note = f" ({line.diverged} of {line.diverged + line.runs} runs diverged)" if line.diverged else ""
    inside = "" if line.inside is None else f"{line.inside:.0%}"
    against = [signed(line.against[name]["nomus"]) if name in line.against else "" for name in references]
    seconds = "" if line.seconds is None else f"{line.seconds.mean:.1f}"
    passed = ["" if line.passed is None else str(line.passed)] if judged else []
    cells = [line.title + note, *passed, nomus, utility, score, inside, forget, retain, *against, seconds]
    if nested:
        parts = [line.due_to_original.get(name) for name in ("nomus", "utility")]
        cells.append(", ".join("" if part is None else f"{part:.0%}" for part in parts).strip(", "))
    if published:
        scores = line.published
        numbers = (scores.utility, scores.forgetting_score, scores.nomus) if scores else ()
        cells += [f"{number:.4f}" for number in numbers] or [""] * 3
    return tuple(cells)


def as_markdown(table: Table) -> str:
    lines = [_markdown_row(table.header), "| " + " | ".join(["---"] * len(table.header)) + " |"]
    return "\n".join([*lines, *(_markdown_row(row) for row in table.rows)])


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_text(cell) for cell in cells) + " |"


def markdown_text(text: str) -> str:
    """On one line, with what would end a cell or start a tag escaped."""
    return re.sub(r"([\\|<>`*_\[\]])", r"\\\1", " ".join(text.split()))


def as_latex(table: Table) -> str:
    """A LaTeX ``tabular`` with the rules of booktabs; numbers in math mode, other characters escaped."""
    rows = [" & ".join(latex_text(cell) for cell in row) + r" \\" for row in (table.header, *table.rows)]
    columns = "l" + "r" * (len(table.header) - 1)
    return "\n".join(
        [
            f"% {' '.join(table.caption.split())}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            rows[0],
            r"\midrule",
            *rows[1:],
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


def latex_text(text: str) -> str:
    """Escape a text for LaTeX, with ``0.123 ± 0.045`` in math mode."""
    escaped = "".join(_ESCAPES.get(sign, sign) for sign in " ".join(text.split()))
    return _NUMBER.sub(lambda hit: f"${hit[1]}$" if hit[2] is None else rf"${hit[1]} \pm {hit[2]}$", escaped)
