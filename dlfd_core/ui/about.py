"""Tab About: what the page is, what was found about DLFD, what no score can promise, and the words explained."""

from __future__ import annotations

import gradio as gr

from dlfd_core.ui.text.texts import copy_text, glossary


def build_about() -> None:
    """Build the tab, inside its ``gr.Tab``."""
    with gr.Column(elem_id="about", min_width=0):
        gr.Markdown(copy_text("intro"), elem_classes="lead")
        gr.Markdown(copy_text("findings"), elem_classes="prose-part")
        gr.Markdown(f"## What no score can promise\n\n{copy_text('promises')}", elem_id="promises")
        words = "\n".join(f"**{term}.** {text}\n" for term, text in glossary().items())
        gr.Markdown(f"## Words explained\n\n{words}", elem_id="words")
        gr.Markdown(copy_text("source"), elem_classes="prose-part")
