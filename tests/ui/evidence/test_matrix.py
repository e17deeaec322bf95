"""The panel of confusion matrices."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from dlfd_core.ui.evidence.matrix import matrix_panel, shares
from tests.ui.evidence.reading import Read, report


def matrix_cells(html: str, caption: str) -> list[list[str]]:
    """Texts of a matrix by row."""
    body = html.split(f"<caption>{caption}</caption>")[1].split("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">.*?</th>(.*?)</tr>', body)
    return [[Read(cell).text for cell in re.findall(r"(<td.*?</td>)", row)] for row in rows]


def test_a_matrix_has_shares_of_its_rows_and_counts() -> None:
    made = report()
    html = matrix_panel(made)
    for group, who in [("forget", "forgotten people"), ("unseen", "unseen people"), ("retain", "kept people")]:
        for name, title in [("original", "Original"), ("unlearned", "Unlearned"), ("retrained", "Retrained")]:
            counts = made.matrices[name][group]
            for row, line in zip(matrix_cells(html, f"{title}, {who}"), counts, strict=True):
                for cell, count in zip(row, line, strict=True):
                    share = f"{100 * count / max(1, line.sum()):.0f}"
                    assert cell == ("–" if not line.sum() else f"{share}{count}" if count else "0")
    assert html.count("none of these photos has this true answer") == 1  # unseen people are never sad here
    assert "Control" not in html and html.count("<table") == 12


def test_the_change_is_in_points_and_in_photos() -> None:
    made = report()
    before, after = (made.matrices[name]["forget"] for name in ("original", "unlearned"))
    moved, cell = after - before, 0
    for row, line, points_of in zip(
        matrix_cells(matrix_panel(made), "Change, forgotten people"), moved, shares(after) - shares(before), strict=True
    ):
        for text, photos, share in zip(row, line, points_of, strict=True):
            sign = "−" if photos < 0 else "+"
            assert text == (f"{sign}{abs(100 * share):.0f}{sign}{abs(photos)}" if photos else "0")
            cell += 1
    assert cell == 9 and moved.any()


def test_what_grew_most_is_said_and_nothing_where_nothing_did() -> None:
    made = report()
    before = {"forget": np.array([[9, 1, 0], [0, 10, 0], [0, 0, 10]])}
    after = {"forget": np.array([[5, 2, 3], [0, 10, 0], [1, 0, 9]])}
    html = matrix_panel(replace(made, matrices={"original": before, "unlearned": after}))
    assert "29 of 30 photos right before, 24 after; the mix-up that grew most: “calm” taken for “sad”, 0 to 3." in html
    assert html.count('type="radio"') == 1 and "Retrained" not in html
    html = matrix_panel(replace(made, matrices={"original": after, "unlearned": before}))
    assert "24 of 30 photos right before, 29 after; no mix-up became more frequent." in html


def test_reports_without_matrices_have_no_panel() -> None:
    made = report()
    assert matrix_panel(replace(made, matrices={})) == ""
    assert matrix_panel(replace(made, matrices={"original": {}, "unlearned": {}})) == ""  # too many classes
