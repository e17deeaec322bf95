"""Header of the page: title, links to the tabs, language, light or dark."""

from __future__ import annotations

import json
from collections.abc import Mapping

import gradio as gr

from dlfd_core.ui.language import build_switch
from dlfd_core.ui.text.markup import esc
from dlfd_core.ui.text.texts import ASSETS

#: Addresses inside of a tab -> the tab. The script opens it and scrolls to the element with this id.
INSIDE = {
    "map": "demo",
    "explorer": "demo",
    "curves": "demo",
    "verdict": "demo",
    "scores": "evidence",
    "attacks": "evidence",
    "photo-by-photo": "evidence",
    "inside": "evidence",
    "come-back": "evidence",
    "requests": "evidence",
    "take-away": "evidence",
    "promises": "about",
    "words": "about",
}
#: Sun and moon, from no font.
THEME = (
    '<button type="button" class="theme" data-theme aria-label="Dark colours" aria-pressed="false">'
    '<svg viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z"/></svg>'
    "</button>"
)


def build_header(title: str, tabs: Mapping[str, str]) -> None:
    """Build the header, inside a ``gr.Blocks``.

    Args:
        tabs: name -> title.
    """
    links = "".join(
        f'<li><a href="#{name}" data-tab="{name}"{" aria-current=page" if i == 0 else ""}>{esc(text)}</a></li>'
        for i, (name, text) in enumerate(tabs.items())
    )
    html = (
        '<a class="skip" href="#parts">Skip to the content</a>'
        f'<h1><a href="#demo" data-tab="demo">{esc(title)}</a></h1>'
        f'<nav aria-label="Parts of the page"><ul role="list">{links}</ul></nav>{THEME}'
    )
    script = (ASSETS / "navigation.js").read_text(encoding="utf-8")
    config = f"const TABS = {json.dumps(list(tabs))};\nconst INSIDE = {json.dumps(INSIDE)};\n"
    with gr.Row(elem_id="top"):
        gr.HTML(html, apply_default_css=False, js_on_load=config + script, elem_id="navigation")
        build_switch()
