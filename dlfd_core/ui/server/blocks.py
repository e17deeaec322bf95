"""``gr.Blocks`` that skips re-sending unchanged outputs, and knows the address of each event's visitor."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import convert_component_dict_to_list
from gradio.components.base import _Keywords
from gradio.state_holder import SessionState

from dlfd_core.types import caller
from dlfd_core.ui.server.failures import NOT_PARAMETERS, UNFORESEEN
from dlfd_core.ui.server.hosting import Hosting, group

log = logging.getLogger(__name__)

#: Most characters of an error that gradio made, e.g. of a value that is not in a list.
LONGEST = 300


class LightBlocks(gr.Blocks):
    """``gr.Blocks`` in which an output of ``gr.skip()`` is neither rebuilt nor sent.

    Gradio treats ``gr.skip()`` as an update without properties: it builds the component again, keeps the copy for the
    visitor's session, and sends HTML components a marker on which the browser copies their whole value. During a run
    this happens several times a second for every part of the page, and on page load for every field of the form.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._addresses_count = Hosting.from_environment().per_address is not None

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list | dict, state: SessionState | None
    ) -> list[Any]:
        outputs = list(block_fn.outputs)
        if len(outputs) < 2:
            return await super().postprocess_data(block_fn, predictions, state)
        if predictions == gr.skip():
            predictions = [gr.skip()] * len(outputs)
        elif isinstance(predictions, dict) and predictions:
            predictions = convert_component_dict_to_list(outputs, predictions)
        alone = [isinstance(value, dict) and value == gr.skip() for value in predictions]
        # the marker with which gradio itself skips an output, at the end of a generator
        rest = [_Keywords.FINISHED_ITERATING if left else value for left, value in zip(alone, predictions, strict=True)]
        results = await super().postprocess_data(block_fn, rest, state)
        return [gr.skip() if left else value for left, value in zip(alone, results, strict=True)]

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """As gradio's, but too few inputs are no unforeseen error: a program may send them. Raises ``gr.Error``."""
        if len(inputs) < len(block_fn.inputs):
            raise gr.Error(NOT_PARAMETERS, print_exception=False)

    async def call_function(
        self,
        block_fn: BlockFunction | int,
        processed_input: list[Any],
        iterator: AsyncIterator[Any] | None = None,
        requests: gr.Request | list[gr.Request] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """As gradio's, with the address of the visitor who started the event: events run outside of their request."""
        request = requests[0] if isinstance(requests, list) and requests else requests
        client = getattr(request, "client", None)
        caller.set(group(client.host) if client and self._addresses_count else None)
        return await super().call_function(block_fn, processed_input, iterator, requests, *args, **kwargs)

    async def process_api(self, block_fn: BlockFunction | int, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As gradio's, but an error is one message in the log, which is bounded, and a sentence for the visitor: gradio
        would print the traceback of every event with malformed input."""
        try:
            return await super().process_api(block_fn, *args, **kwargs)
        except gr.Error as error:
            if not error.print_exception:
                raise
            log.warning("An event was refused: %.200s", error)
            raise gr.Error(str(error.message)[:LONGEST], print_exception=False) from None
        except Exception as error:
            log.error("An event failed", exc_info=error)
            raise gr.Error(UNFORESEEN, print_exception=False) from None
