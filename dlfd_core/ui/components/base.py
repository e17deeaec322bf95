"""Base classes of the components."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta, updateable


class _WithoutStub(ComponentMeta):
    """Metaclass of components without the stub file (``.pyi``) that gradio writes beside their source on every import.

    Type checkers would read the stubs instead of the source, and an installed package may be read-only. It does what
    gradio's own metaclass does, except for stubs and for new events, which our components do not have.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        if "__init__" in attrs:
            attrs["__init__"] = updateable(attrs["__init__"])
        return ABCMeta.__new__(cls, name, bases, attrs)


def static(html: str, **kwargs: Any) -> gr.HTML:
    """Component for HTML of the views: no script, and without gradio's style for prose."""
    return gr.HTML(html, apply_default_css=False, js_on_load=None, **kwargs)


class Drawing(gr.HTML, metaclass=_WithoutStub):
    """Base of components whose value is an object of numbers and texts that a script draws; ``{}`` is empty."""

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def example_payload(self) -> Any:
        return {}

    def example_value(self) -> Any:
        return {}

    def preprocess(self, payload: Any) -> Any:
        return payload if isinstance(payload, dict) else {}

    def postprocess(self, value: Any) -> Any:
        return value or {}


class Chooser(gr.HTML, metaclass=_WithoutStub):
    """Base of components that visitors answer with; each checks its own values."""
