"""Component for photos of own people: upload, faces found, confirmation. No photo becomes a file on the server.

Photos travel in pieces as base64 in JSON, the only way in which gradio keeps them in memory: its upload address and
forms write to disk. The faces that come back are drawn by the script and are never a component's value, because gradio
keeps values for an hour after a page is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dlfd_core.types import MINIMUM_OWN_PEOPLE
from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing

#: Bytes of a file in one message: as base64 they stay below the limit of a request body (``bodies.LARGEST_BODY``).
PIECE = 120_000
#: Longest side of a photo that leaves the browser, in pixels; faces are cropped to 64.
LONGEST_SIDE = 1_024
#: Seconds between two messages of a page with photos that it is still here.
PRESENT = 60
GONE = "Your photos are not on the server any more; send them again if you want to go on."


class PhotoDrop(Drawing):
    """The component. Value: progress of teaching, ``{"key", "stage", "text", "share", "left", "stamp"}``.

    Events: ``teach`` when people are confirmed, ``again`` to show teaching that goes on since before a reload, ``halt``
    to stop it, ``wipe`` to delete everything.

    Args:
        functions: ``own_send``, ``own_read``, ``own_find_faces``, ``own_confirm`` and ``own_ready``; each takes
            and returns an object.
        largest: most bytes that may be sent.
        consent: the sentence of consent, which the visitor ticks.
    """

    def __init__(
        self, functions: Sequence[Callable[[object], dict[str, Any]]], *, largest: int, consent: str, **kwargs: Any
    ):
        super().__init__(
            value={},
            js_on_load=script(
                "photo_drop_files",
                "photo_drop_found",
                "photo_drop_secret",
                "photo_drop",
                piece=PIECE,
                side=LONGEST_SIDE,
                largest=largest,
                alone=MINIMUM_OWN_PEOPLE,
                consent=consent,
                present=PRESENT,
                gone=GONE,
            ),
            server_functions=list(functions),
            **templates("photo_drop"),
            **kwargs,
        )
