"""Recorder of a run's features and synthesis, for the map's film and the inspection; it does not change the run."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dlfd_core.data.photos import evenly_spaced
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import MAX_LOOKS, SynthesisLook

#: Largest number of photos of each set in a frame, of those of the monitor. Each frame is placed on the map, which is
#: slow.
FILMED = {"forget": 160, "retain": 128, "strangers": 128}


@dataclass(frozen=True)
class Frame:
    """Features and predictions of the filmed photos at one live score.

    Attributes:
        step: number of optimiser steps so far; phase: of the last one.
        features: (m, D) float16; predicted: (m,) classes.
    """

    step: int
    phase: str
    features: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class Recording:
    """Everything that was recorded during a run.

    Attributes:
        frames: one for each live score.
        filmed: by set, (k,) positions in that set of the photos in the frames, which hold the sets one after another.
        looks: inspections of the synthesis.
        kept: number of optimiser steps after which the model had the state that the method kept; None: the last state.
    """

    frames: tuple[Frame, ...] = ()
    filmed: dict[str, np.ndarray] = field(default_factory=dict)
    looks: tuple[SynthesisLook, ...] = ()
    kept: int | None = None


class Recorder:
    """Collects frames and inspections during a run."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._looks: list[SynthesisLook] = []
        self._rows = np.empty(0, dtype=np.int64)
        self._filmed: dict[str, np.ndarray] = {}
        self._kept: int | None = None

    def watch(self, positions: dict[str, np.ndarray]) -> None:
        """Choose the filmed photos; to be called before the first frame.

        Args:
            positions: by set, (k,) positions in that set of the photos of the monitor, set after set.
        """
        rows, start = [], 0
        for name, monitored in positions.items():
            if name in FILMED:
                few = evenly_spaced(len(monitored), FILMED[name])
                self._filmed[name] = monitored[few]
                rows.append(start + few)
            start += len(monitored)
        self._rows = np.concatenate(rows)

    def frame(self, step: int, phase: str, outputs: Outputs) -> None:
        """Record a frame from the outputs of the monitor, whose photos are those given to ``watch``."""
        features = outputs.features[self._rows].astype(np.float16)
        self._frames.append(Frame(step, phase, features, outputs.predictions()[self._rows]))

    def due(self, step: int, total: int) -> bool:
        """Whether an inspection of the synthesis is due: ``MAX_LOOKS`` of them are spread over the run."""
        last = self._looks[-1].step if self._looks else -total
        return len(self._looks) < MAX_LOOKS and step - last >= total / MAX_LOOKS

    def look(self, look: SynthesisLook) -> None:
        """Record an inspection."""
        self._looks.append(look)

    def keep(self, step: int) -> None:
        """Record that the method went back to the state after ``step`` optimiser steps."""
        self._kept = step

    def recording(self) -> Recording:
        """Everything recorded so far."""
        return Recording(tuple(self._frames), self._filmed, tuple(self._looks), self._kept)
