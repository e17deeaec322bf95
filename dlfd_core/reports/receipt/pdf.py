"""The receipt as PDF for A4, made by reportlab from the same parts as the HTML."""

from __future__ import annotations

import io
from typing import Any

from dlfd_core.reports.figures.feature_map import map_figure
from dlfd_core.reports.figures.losses import loss_histograms
from dlfd_core.reports.receipt.blocks import Block, Code, Items, Picture, Table, Text
from dlfd_core.reports.receipt.fonts import BOLD, MONO, PLAIN, markup, needs_reader_font, register_fonts
from dlfd_core.reports.receipt.sections import TITLE, sections, subtitle
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport

#: Note on letters that the file has no font for.
READER_FONT_NOTE = (
    "Korean, Japanese and Chinese letters are shown in a font of your reader. Where it has none they stay blank; the "
    "HTML receipt shows them."
)
#: Points, 72 to an inch.
MARGIN = 45.0
INK, QUIET, LINE, BOX = "#1f2937", "#4b5563", "#d1d5db", "#f3f4f6"


class _Layout:
    """Converter of blocks to reportlab's flowables.

    Args:
        width: of the text, in points.
    """

    def __init__(self, width: float):
        from reportlab.lib.styles import ParagraphStyle

        register_fonts()
        self.width = width

        def style(size: float, font: str = PLAIN, **more: Any) -> Any:
            more = {"textColor": INK, "leading": size * 1.35} | more
            return ParagraphStyle(font, fontName=font, fontSize=size, **more)

        self.text, self.quiet = style(9.5, spaceAfter=5), style(8.5, textColor=QUIET, spaceAfter=5)
        self.title, self.strong = style(18, BOLD, spaceAfter=3), style(13, BOLD, spaceAfter=4)
        self.heading = style(12, BOLD, spaceBefore=10, spaceAfter=4, keepWithNext=1)
        self.caption = style(8.5, textColor=QUIET, spaceBefore=5, spaceAfter=2, keepWithNext=1)
        self.cell, self.head = style(7.5), style(7.5, BOLD)
        self.code = style(8, MONO, backColor=BOX, borderPadding=5, spaceBefore=6, spaceAfter=9)

    def paragraph(self, text: str, style: Any) -> Any:
        """A paragraph of plain text."""
        from reportlab.platypus import Paragraph

        return Paragraph(markup(text, style.fontName), style)

    def block(self, block: Block, report: ForgetReport) -> list[Any]:
        """The flowables of one block."""
        if isinstance(block, Text):
            return [self.paragraph(block.text, self.strong if block.strong else self.text)]
        if isinstance(block, Items):
            return [self.paragraph(f"• {line}", self.text) for line in block.lines]
        if isinstance(block, Code):
            return [self.paragraph(block.text, self.code)]
        return self.table(block) if isinstance(block, Table) else self.picture(block, report)

    def table(self, table: Table) -> list[Any]:
        """A caption and a table that repeats its head on every page and splits rows that are taller than a page."""
        from reportlab.platypus import Spacer
        from reportlab.platypus import Table as FlowableTable

        first = self.width * (0.3 if len(table.head) < 6 else 0.18)
        rest = (self.width - first) / (len(table.head) - 1)
        rows = [[self.paragraph(title, self.head) for title in table.head]]
        rows += [
            [self.paragraph(cell, self.cell if column else self.head) for column, cell in enumerate(row)]
            for row in table.rows
        ]
        flowable = FlowableTable(rows, [first] + [rest] * (len(table.head) - 1), repeatRows=1, splitInRow=1)
        flowable.setStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 6),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ]
        )
        return [self.paragraph(table.caption, self.caption), flowable, Spacer(1, 5)]

    def picture(self, picture: Picture, report: ForgetReport) -> list[Any]:
        """A figure as wide as the text, with its alternative text below."""
        from reportlab.platypus import Image, KeepTogether

        if picture.which == "map" and report.points is not None:
            content = map_figure(report.points, kind="png")
        else:
            content = loss_histograms(report, kind="png")
        image = Image(io.BytesIO(content))
        scale = self.width / image.imageWidth
        image.drawWidth, image.drawHeight = self.width, image.imageHeight * scale
        return [KeepTogether([image, self.paragraph(picture.alt, self.quiet)])]


def receipt_pdf(report: ForgetReport, follow_ups: FollowUps = NO_FOLLOW_UPS) -> bytes:
    """The whole document, made in memory."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    layout = _Layout(A4[0] - 2 * MARGIN - 12)  # the frame has its own padding of 6 on both sides
    flowables = [layout.paragraph(TITLE, layout.title), layout.paragraph(subtitle(report), layout.quiet)]
    sequence_names = () if follow_ups.sequence is None else follow_ups.sequence.names
    if any(needs_reader_font(name) for names in (report.names, *sequence_names) for name in names):
        flowables.append(layout.paragraph(READER_FONT_NOTE, layout.quiet))
    for section in sections(report, follow_ups):
        flowables.append(layout.paragraph(section.title, layout.heading))
        for block in section.blocks:
            flowables += layout.block(block, report)
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=TITLE, subject=f"Run {report.key}", author="", creator="dlfd", lang="en",
    )  # fmt: skip
    document.build(flowables, onFirstPage=_page_number, onLaterPages=_page_number)
    return buffer.getvalue()


def _page_number(canvas: Any, document: Any) -> None:
    """Draw the number of the page at its foot."""
    canvas.saveState()
    canvas.setFont(PLAIN, 7.5)
    canvas.setFillColor(QUIET)
    canvas.drawRightString(document.pagesize[0] - MARGIN, MARGIN / 2, f"page {document.page}")
    canvas.restoreState()
