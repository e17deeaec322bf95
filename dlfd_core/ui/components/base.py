"""What gradio needs to be told once for all components."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta, updateable


class _WithoutStub(ComponentMeta):
    """Makes a component without the stub file (``.pyi``) that gradio writes beside its source on every import.

    Type checkers would read the stubs instead of the source, and an installed package may not be writable. Apart from
    the stub and from new events, of which we have none, this is all that gradio's own metaclass does.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        if "__init__" in attrs:
            attrs["__init__"] = updateable(attrs["__init__"])
        return ABCMeta.__new__(cls, name, bases, attrs)


def static(html: str, **kwargs: Any) -> gr.HTML:
    """HTML made by the views: inert, without gradio's own style for prose."""
    return gr.HTML(html, apply_default_css=False, js_on_load=None, **kwargs)


class Drawing(gr.HTML, metaclass=_WithoutStub):
    """A component whose value is an object of numbers and texts that its script draws; ``{}`` is its empty state."""

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
    """A component the visitor answers with; says itself what a valid answer is."""
