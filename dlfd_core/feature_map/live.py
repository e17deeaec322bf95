"""The map while a run goes on: the photos as the original sees them, then each recorded frame, in one projection."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.feature_map.points import map_points, mapped_photos
from dlfd_core.feature_map.projection import Projection
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import MapFrame, MapStart
from dlfd_core.unlearning.recorder import Recorder, Recording


class LiveFilm:
    """Places the frames of one run on the map, each once.

    Args:
        original: outputs of the original on all photos.
        sample: result of ``map_sample``.
    """

    def __init__(self, task: TaskData, splits: Splits, original: Outputs, projection: Projection, sample: np.ndarray):
        self._task, self._splits, self._original = task, splits, original
        self._projection, self._sample = projection, sample
        self._shown = 0

    def start(self, recorder: Recorder) -> MapStart | None:
        """The photos before the run, once the recorder has chosen those it films; None later and before."""
        recording = recorder.recording()
        if self._shown or not recording.frames:
            return None
        self._shown = 1  # the first frame is the original
        photos, filmed = mapped_photos(self._splits, self._sample, recording)
        points = map_points(
            self._task, self._splits, {"original": self._original}, self._projection, self._sample,
            Recording(filmed=recording.filmed), pictures=False,
        )  # fmt: skip
        return MapStart(points, np.searchsorted(photos, filmed))

    def frame(self, recorder: Recorder) -> MapFrame | None:
        """The newest frame, or None where it was given before."""
        frames = recorder.recording().frames
        if not self._shown or len(frames) <= self._shown:
            return None
        self._shown, newest = len(frames), frames[-1]
        (places,) = self._projection.transform(newest.features.astype(np.float32))
        return MapFrame(newest.step, newest.phase, places, newest.predicted)
