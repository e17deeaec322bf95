"""Gradio's page with less to copy: what an event leaves alone costs the visitor's browser nothing."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState


class LightBlocks(gr.Blocks):
    """Updates that change nothing go out empty.

    Gradio marks an update with the key ``__type__`` and sends that mark to an HTML component as if it were one of its
    properties. The browser then copies everything the component holds, for every event of a run and every part of the
    page that the run may change: a third of a core, taken from the training where both share a machine.
    """

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list | dict, state: SessionState | None
    ) -> list[Any]:
        found = await super().postprocess_data(block_fn, predictions, state)
        return [_without_mark(value) for value in found]


def _without_mark(value: Any) -> Any:
    if not isinstance(value, dict) or value.get("__type__") != "update" or "props" not in value:
        return value
    props = {name: held for name, held in value["props"].items() if name != "__type__"}
    rest = {name: held for name, held in value.items() if name != "props"}
    return rest | ({"props": props} if props else {})
