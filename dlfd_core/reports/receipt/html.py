"""The receipt as one HTML file for screen (light and dark) and A4 print, without scripts or external files."""

from __future__ import annotations

import html
import re
from functools import cache

from dlfd_core.artifacts import ASSETS
from dlfd_core.reports.figures.feature_map import SET_STYLES, map_figure
from dlfd_core.reports.figures.losses import loss_histograms
from dlfd_core.reports.figures.style import COLOURS as FIGURE_COLOURS
from dlfd_core.reports.receipt.blocks import Block, Code, Items, Picture, Table, Text
from dlfd_core.reports.receipt.sections import TITLE, sections, subtitle
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport

#: Content security policy: the browser runs no script and loads no file, even if a text were unescaped.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
#: Colours of the figures, by their names in the style sheet.
COLOURS = {"ink": FIGURE_COLOURS["ink"]} | {name: colour for name, (_, _, colour) in SET_STYLES.items()}


def _esc(value: str) -> str:
    return html.escape(value, quote=True)


@cache
def _style() -> str:
    return (ASSETS / "receipt.css").read_text(encoding="utf-8")


def receipt_html(report: ForgetReport, follow_ups: FollowUps = NO_FOLLOW_UPS) -> str:
    """The whole document. Texts from data are escaped, and it has no photos."""
    body = "".join(
        f'<section aria-labelledby="s{i}"><h2 id="s{i}">{_esc(section.title)}</h2>'
        + "".join(_block(block, report) for block in section.blocks)
        + "</section>"
        for i, section in enumerate(sections(report, follow_ups), 1)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{TITLE}</title><style>{_style()}</style></head><body><main>"
        f'<h1>{TITLE}</h1><p class="quiet">{_esc(subtitle(report))}</p>{body}</main></body></html>\n'
    )


def _block(block: Block, report: ForgetReport) -> str:
    if isinstance(block, Text):
        return f"<p{' class=strong' if block.strong else ''}>{_esc(block.text)}</p>"
    if isinstance(block, Items):
        return f"<ul>{''.join(f'<li>{_esc(line)}</li>' for line in block.lines)}</ul>"
    if isinstance(block, Code):
        return f'<pre tabindex="0" aria-label="Command"><code>{_esc(block.text)}</code></pre>'
    return _table(block) if isinstance(block, Table) else _picture(block, report)


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_esc(title)}</th>' for title in table.head)
    rows = "".join(
        f'<tr><th scope="row">{_esc(first)}</th>{"".join(f"<td>{_esc(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in table.rows
    )
    caption = _esc(table.caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _picture(picture: Picture, report: ForgetReport) -> str:
    alt = _esc(picture.alt)
    svg = _inline(_draw(picture, report), picture.which)
    return (
        f'<figure><div role="img" aria-label="{alt}">{svg}</div><figcaption class="quiet">{alt}</figcaption></figure>'
    )


def _draw(picture: Picture, report: ForgetReport) -> bytes:
    if picture.which == "map" and report.points is not None:
        return map_figure(report.points)
    return loss_histograms(report)


def _inline(svg: bytes, prefix: str) -> str:
    """Prepare an SVG for a page with others: without head and metadata, with unique ids and the theme's colours."""
    text = svg.decode()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    for name, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'(href=")#([^"]+)"', rf'\1#{prefix}-\2"', text)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
