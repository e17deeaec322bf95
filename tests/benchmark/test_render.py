"""Tables as text: their content, and names that could break them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from dlfd_core.benchmark import figures
from dlfd_core.benchmark.render import Table, as_latex, as_markdown, latex_text, table_of
from dlfd_core.benchmark.rows import ROW_SCORES, Line
from dlfd_core.metrics.intervals import share
from dlfd_core.types import Estimate

FOUND = Estimate(0.5, 0.4, 0.6, 6)


def line(title: str, method: str, difference: Estimate | None = None) -> Line:
    against = {"dlfd": dict.fromkeys(ROW_SCORES, difference)} if difference else {}
    scores = dict.fromkeys(ROW_SCORES, FOUND)
    return Line(title, method, "quality", {}, 6, 1, scores, 0.5, share(3, 4), Estimate(12.34, 12, 13, 6), against)


def test_markdown_says_means_intervals_and_verdicts() -> None:
    table = table_of([line("DLFD", "dlfd"), line("NegGrad", "neg_grad", Estimate(-0.1, -0.15, -0.05, 6))], "Made up")
    text = as_markdown(table).splitlines()
    assert "NoMUS against DLFD" in text[0] and "retrained" not in text[0] and "published" not in text[0]
    assert (
        text[2].startswith("| DLFD (1 of 7 runs diverged) | 75% (19% to 99%) | 0.500 ± 0.100 |")
        and "| 50% |" in text[2]
    )
    assert "| -0.100 ± 0.050 (behind) | 12.3 |" in text[3]
    assert len({row.count("|") for row in text}) == 1


def test_latex_has_booktabs_and_numbers_in_math() -> None:
    text = as_latex(table_of([line("NegGrad", "neg_grad", Estimate(-0.1, -0.15, -0.05, 6))], "Made up, by_hand"))
    assert text.startswith("% Made up, by_hand\n\\begin{tabular}{lrrrrrrrrr}\n\\toprule")
    assert r"$0.500 \pm 0.100$" in text and r"$-0.100 \pm 0.050$ (behind)" in text and r"50\%" in text
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule") < text.index(r"\end{tabular}")
    rows = [row for row in text.splitlines() if row.endswith(r"\\")]
    assert {row.count("&") for row in rows} == {9}


@pytest.mark.parametrize("sign", list("&%$#_{}~^\\"))
def test_every_special_sign_is_escaped_for_latex(sign: str) -> None:
    escaped = latex_text(f"a{sign}b")
    assert escaped not in (f"a{sign}b",) and re.fullmatch(r"a\\(.|text\w+\{\})b", escaped)


def test_names_cannot_break_a_table() -> None:
    table = Table("x", ("", "n"), (("a|b\n<img src=x>", "1"), ("100% & 0.5_x", "2")))
    markdown = as_markdown(table)
    assert r"| a\|b \<img src=x\> | 1 |" in markdown and len(markdown.splitlines()) == 4
    assert r"100\% \& 0.5\_x & 2 \\" in as_latex(table)


def test_figures_are_the_same_bytes_and_leave_the_style_alone(tmp_path: Path) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    one = Estimate(0.3, float("-inf"), float("inf"), 1)
    for name in ("one", "two"):
        drawn = figures.plane([(f"row {i}", FOUND, one) for i in range(30)], "Made up")
        figures.write(drawn, tmp_path / f"{name}.svg")
        figures.write(figures.forest([("a", one, ""), ("b", FOUND, "open")], "t", "x"), tmp_path / f"{name}-forest.svg")
        timed = figures.against_time([("quick", 0.5, share(1, 5), FOUND), ("unsure", 20.0, None, one)], "Made up")
        figures.write(timed, tmp_path / f"{name}-time.svg")
    assert (tmp_path / "one-time.svg").read_bytes() == (tmp_path / "two-time.svg").read_bytes()
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert dict(matplotlib.rcParams) == before
    assert "passes the verdict" in (tmp_path / "one-time.svg").read_text()
    for file in ("one.svg", "one-forest.svg", "one-time.svg"):
        ElementTree.parse(tmp_path / file)
    assert "row 29" in (tmp_path / "one.svg").read_text()
