"""What a run leaves behind for those who want to look into it. Nothing of it changes the run."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dlfd_core.data.photos import evenly
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import MAX_LOOKS, SynthesisLook

#: Photos per set that are filmed at most, of those the monitor watches: each frame has to be placed on the map.
FILMED = {"forget": 160, "retain": 128, "strangers": 128}


@dataclass(frozen=True)
class Frame:
    """The filmed photos at one look of the monitor.

    Attributes:
        step: optimiser steps done; phase: of the last one.
        features: (m, D) float16; predicted: (m,) classes.
    """

    step: int
    phase: str
    features: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class Recording:
    """Attributes:
    filmed: by set, (k,) positions in that set of the photos in the frames, which hold the sets one after another.
    """

    frames: tuple[Frame, ...] = ()
    filmed: dict[str, np.ndarray] = field(default_factory=dict)
    looks: tuple[SynthesisLook, ...] = ()


class Recorder:
    """Collects frames and looks while a run goes on."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._looks: list[SynthesisLook] = []
        self._rows = np.empty(0, dtype=np.int64)
        self._filmed: dict[str, np.ndarray] = {}

    def watch(self, positions: dict[str, np.ndarray]) -> None:
        """Before the first frame.

        Args:
            positions: by set, (k,) positions in that set of the photos that the monitor watches, set after set.
        """
        rows, start = [], 0
        for name, watched in positions.items():
            if name in FILMED:
                few = evenly(len(watched), FILMED[name])
                self._filmed[name] = watched[few]
                rows.append(start + few)
            start += len(watched)
        self._rows = np.concatenate(rows)

    def frame(self, step: int, phase: str, outputs: Outputs) -> None:
        """What the monitor's forward pass gave, photo by photo as ``watch`` was told."""
        features = outputs.features[self._rows].astype(np.float16)
        self._frames.append(Frame(step, phase, features, outputs.predictions()[self._rows]))

    def due(self, step: int, total: int) -> bool:
        """Whether the next look into the synthesis may be taken: they are spread over the run."""
        last = self._looks[-1].step if self._looks else -total
        return len(self._looks) < MAX_LOOKS and step - last >= total / MAX_LOOKS

    def look(self, look: SynthesisLook) -> None:
        self._looks.append(look)

    def recording(self) -> Recording:
        return Recording(tuple(self._frames), self._filmed, tuple(self._looks))
