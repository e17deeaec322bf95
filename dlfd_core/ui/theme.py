"""Colours, fonts and style sheet of the page. System fonts only: nothing is fetched from other hosts."""

from __future__ import annotations

import gradio as gr

from dlfd_core.ui.text.texts import ASSETS

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def make_theme() -> gr.themes.Base:
    """Gradio's default theme in quieter colours, with contrast of at least 4.5 to 1 in light and dark mode."""
    theme = gr.themes.Default(
        primary_hue="indigo",
        neutral_hue="slate",
        radius_size="md",
        spacing_size="md",
        text_size="md",
        font=list(SANS),
        font_mono=list(MONO),
    )
    return theme.set(
        body_background_fill="#fbfbfa",
        body_background_fill_dark="#14161b",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1b1e25",
        background_fill_secondary="#f4f4f2",
        background_fill_secondary_dark="#22262f",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        body_text_color="*neutral_800",
        body_text_color_dark="*neutral_200",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_title_text_weight="700",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_200",
        border_color_primary="#deded9",
        border_color_primary_dark="#363c49",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        color_accent="*primary_700",
        input_background_fill_dark="#1b1e25",
        checkbox_background_color_dark="#1b1e25",
        checkbox_label_background_fill_dark="#1b1e25",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
    )


#: Style sheets of the page, in ``assets/styles``, in their order: later rules override earlier ones.
SHEETS = (
    "frame", "models", "shell", "forms", "results", "proof", "compare", "after", "edges", "marks", "evidence",
    "panels",
    "explorer", "matrix", "map", "lessons", "language", "stage", "phone",
)  # fmt: skip


def style_sheet() -> str:
    """``SHEETS`` for the head of the page. Given as ``css``, gradio would put a prefix before every selector, which
    breaks selectors of the frame, and would paint the page once without the styles."""
    sheets = "\n".join((ASSETS / "styles" / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS)
    return f"<style>\n{sheets}</style>"


def head_scripts() -> str:
    """Scripts for the head of the page: keyboard support that gradio's components lack, and a sign where a table goes
    on to the right."""
    names = ("keyboard", "scrolling")
    return "".join(f"<script>{{\n{(ASSETS / f'{name}.js').read_text(encoding='utf-8')}}}</script>" for name in names)
