"""Where photos of own people are dropped, looked through and confirmed. No photo becomes a file on the server.

Photos travel in pieces as base64 in JSON, the one way in which gradio keeps them in memory: its upload address and
forms write to disk. The faces that come back are drawn by the script alone and are never a component's value, for
gradio keeps values for an hour after a page is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dlfd_core.types import MINIMUM_OWN_PEOPLE
from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing

#: Bytes of a file in one question: as base64 they stay below what any question may hold (``security.SMALL_BODY``).
PIECE = 120_000
#: Pixels of a photo's longer side that leave the browser; faces are cropped to 64.
LONGEST_SIDE = 1_024


class PhotoDrop(Drawing):
    """Value: how far teaching is, ``{"key", "stage", "text", "share", "left", "stamp"}``.

    Events: ``teach`` when people are confirmed, ``halt`` to stop teaching, ``wipe`` to delete everything.

    Args:
        functions: ``own_send``, ``own_read``, ``own_find_faces``, ``own_confirm`` and ``own_ready``, each of which takes and
            answers with an object.
        largest: bytes that may be sent.
        consent: the sentence to be ticked.
    """

    def __init__(
        self, functions: Sequence[Callable[[object], dict[str, Any]]], *, largest: int, consent: str, **kwargs: Any
    ):
        super().__init__(
            value={},
            js_on_load=script(
                "photo_drop_files",
                "photo_drop_found",
                "photo_drop",
                piece=PIECE,
                side=LONGEST_SIDE,
                largest=largest,
                alone=MINIMUM_OWN_PEOPLE,
                consent=consent,
            ),
            server_functions=list(functions),
            **templates("photo_drop"),
            **kwargs,
        )
