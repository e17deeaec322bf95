"""The receipt in its three formats: complete, without active content, and without a face."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pypdfium2
import pytest
from typing_extensions import override

from dlfd_core.errors import InvalidRequest
from dlfd_core.reports.figures.feature_map import map_figure
from dlfd_core.reports.receipt.blocks import Table
from dlfd_core.reports.receipt.document import TOLERANCE, receipt_document, settings_of
from dlfd_core.reports.receipt.export import make_receipt
from dlfd_core.reports.receipt.fonts import KOREAN, markup, register_fonts
from dlfd_core.reports.receipt.html import receipt_html
from dlfd_core.reports.receipt.sections import promises, sections
from dlfd_core.types import ForgetReport, ForgetRequest, Verdict
from dlfd_core.unlearning import METHODS
from tests.fakes import HOSTILE, NAMES, make_report

HASHES = {"original": "a" * 64, "unlearned": "b" * 64, "control": "c" * 64, "retrained": "d" * 64}


def report(people: tuple[str, ...] = ("p00", "p01", "p02"), **options: object) -> ForgetReport:
    made = make_report(ForgetRequest(people, retrain=True, control=True, **options))  # type: ignore[arg-type]
    return replace(
        made,
        data=replace(made.data, digest="e" * 64),
        versions=made.versions | {"device": "cpu, 2 threads, bfloat16"},
        hashes=HASHES,
    )


def hostile() -> ForgetReport:
    return report(tuple(f"p{NAMES.index(name):02}" for name in HOSTILE))


@cache
def plain_html() -> str:
    return receipt_html(report())


@cache
def plain_pdf() -> bytes:
    return make_receipt(report(), "pdf")


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


class Seen(HTMLParser):
    """Parser that keeps tags with their attributes, and all text outside of styles."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words, self._inside = "", ""
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    @override
    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.words += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


# ---- JSON ------------------------------------------------------------------------------------------------------------


def test_the_json_holds_what_it_takes_to_run_and_to_compare() -> None:
    made = report(knobs=(("lr", 0.01),), seed=7)
    document = json.loads(make_receipt(made, "json"), parse_constant=lambda name: pytest.fail(name))
    assert (document["schema"], document["version"]) == ("dlfd-receipt", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", document["made"])
    assert document["request"]["people"] == ["p00", "p01", "p02"] and document["request"]["knobs"] == {"lr": 0.01}
    assert document["data"]["digest"] == "e" * 64 and document["data"]["name"] == "portraits"
    assert set(document["scores"]) == set(HASHES) and document["hashes"] == HASHES
    assert set(document["audits"]) == set(made.audits) and document["verdict"]["label"] == "not_distinguishable"
    assert document["tolerance"] == TOLERANCE and document["threads"] == 2
    assert document["command"].startswith("OMP_NUM_THREADS=2 python -m dlfd_core forget --data portraits ")
    assert "--seed 7" in document["command"] and "--set lr=0.01" in document["command"]


def test_the_settings_are_the_preset_and_what_was_changed() -> None:
    settings = settings_of(report(knobs=(("lr", 0.01),)))
    preset = METHODS.get("dlfd").preset("quality", "portraits", "emotion")
    assert settings == preset | {"lr": 0.01} and preset["lr"] != 0.01


def test_the_json_holds_no_photos_and_no_nan() -> None:
    made = report()
    broken = replace(made, scores=made.scores | {"control": replace(made.scores["control"], nomus=float("nan"))})
    content = make_receipt(broken, "json").decode()
    assert "NaN" not in content and json.loads(content)["scores"]["control"]["nomus"] is None
    assert "image" not in content and "points" not in json.loads(content)
    assert len(content) < 100_000


def test_on_a_gpu_no_threads_are_asked_for() -> None:
    made = replace(report(), versions={"device": "NVIDIA H100, bfloat16"})
    document = receipt_document(made)
    assert document["threads"] is None and document["command"].startswith("python -m dlfd_core forget")


def test_another_kind_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no receipt of the kind 'docx'; choose one of: json, html, pdf"):
        make_receipt(report(), "docx")


# ---- what people read ------------------------------------------------------------------------------------------------


def test_every_part_is_there_and_the_verdict_is_first() -> None:
    found = [section.title for section in sections(report())]
    assert found[0] == "Verdict" and found[1] == "Who was to be forgotten" and found[-1] == "Do it again"
    for title in (
        "Scores",
        "Other attacks",
        "Effects on other people",
        "Figures",
        "To keep in mind",
        "What no score can promise",
    ):
        assert title in found


def test_a_bare_report_has_fewer_parts() -> None:
    bare = replace(report(), audits={}, impact=None, points=None, hashes={}, losses={}, caveats=())
    found = {section.title for section in sections(bare)}
    missing = {"Other attacks", "Features", "One by one", "Effects on other people", "Figures", "To keep in mind"}
    assert not found & missing
    assert {"Verdict", "Scores", "Data", "Do it again"} <= found


def test_rows_fit_their_heads() -> None:
    tables = [block for section in sections(report()) for block in section.blocks if isinstance(block, Table)]
    assert len(tables) > 8
    for table in tables:
        assert table.rows and {len(row) for row in table.rows} == {len(table.head)}


def test_the_promises_are_the_pages() -> None:
    assert len(promises()) == 6 and promises()[0].startswith("The attack shown is one attack")


# ---- HTML ------------------------------------------------------------------------------------------------------------


def test_the_html_says_it_all() -> None:
    made = report()
    seen = Seen(plain_html())
    words = " ".join(seen.words.split())
    for part in (made.verdict.text, "Ada (p00)", "e" * 64, "b" * 64, "2 threads", *made.caveats, promises()[1]):
        assert part in words
    assert f"{made.scores['unlearned'].nomus:.3f}" in words and "OMP_NUM_THREADS=2" in words
    assert len(seen.named("svg")) == 2 and not seen.named("img")


def test_the_html_runs_and_fetches_nothing() -> None:
    html = receipt_html(hostile())
    seen = Seen(html)
    assert not {tag for tag, _ in seen.tags} & {"script", "iframe", "link", "object", "embed", "form", "image"}
    for _, attributes in seen.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert all(name in seen.words for name in HOSTILE)  # as text
    assert not re.search(r"url\((?!#)|@import", html)


def test_the_drawings_do_not_share_ids() -> None:
    html = plain_html()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'href="#([^"]+)"', html)) | set(re.findall(r"url\(#([^)]+)\)", html))
    assert used and used <= set(ids)
    assert "var(--forget)" in html and "var(--ink)" in html


def test_tables_can_be_heard() -> None:
    seen = Seen(plain_html())
    assert len(seen.named("caption")) == len(seen.named("table")) > 8
    assert {attributes.get("scope") for attributes in seen.named("th")} == {"row", "col"}


# ---- PDF -------------------------------------------------------------------------------------------------------------


def test_the_pdf_says_it_all() -> None:
    made = report()
    content = plain_pdf()
    words = text_of(content)
    assert content.startswith(b"%PDF-") and len(pypdfium2.PdfDocument(content)) >= 3
    parts = ("Not told apart from unseen photos", "Ada (p00)", "Effects on other people", "OMP_NUM_THREADS=2", "page 2")
    for part in parts:
        assert part in words
    assert "b" * 64 in words.replace(" ", "") and f"{made.scores['unlearned'].nomus:.3f}" in words


def test_names_are_inert_in_the_pdf() -> None:
    content = make_receipt(hostile(), "pdf")
    words = text_of(content)
    assert all(" ".join(name.split()) in words for name in HOSTILE)
    assert b"/JavaScript" not in content and b"/URI" not in content and b"/OpenAction" not in content


def test_a_pdf_of_endless_texts_is_set_all_the_same() -> None:
    made = report()
    long = replace(
        made,
        names=("x" * 5_000, "word " * 5_000, "Cleo"),
        classes=tuple(f"class {i}" for i in range(4_000)),
        verdict=Verdict("cannot_tell", "very " * 3_000),
    )
    assert len(pypdfium2.PdfDocument(make_receipt(long, "pdf"))) > 5


def test_letters_get_a_font_that_has_them() -> None:
    register_fonts()
    assert markup("Łódź & Söns <b>") == "Łódź &amp; Söns &lt;b&gt;"
    assert markup("Kim 김민준") == f'Kim <font name="{KOREAN}">김민준</font>'
    assert markup("a\U00013000\x00b").endswith("[U+13000][U+0000]b")


def test_the_pdf_says_where_blanks_come_from() -> None:
    korean = replace(report(), names=("김민준", "Ben", "Cleo"))
    assert "in a font of your reader" in text_of(make_receipt(korean, "pdf"))
    assert "in a font of your reader" not in text_of(plain_pdf())


def test_figures_of_empty_sets_are_drawn() -> None:
    points = report().points
    assert points is not None
    one_set = replace(points, group=np.zeros_like(points.group))
    assert map_figure(one_set).startswith(b"<?xml") and map_figure(one_set, kind="png").startswith(b"\x89PNG")
