"""The map of a run: points and predictions of photos by each model, and the film of the run."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.data.sprites import make_sprite
from dlfd_core.feature_map.projection import Projection, faithfulness
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import SETS, Film, MappedModel, MapPoints, MapView
from dlfd_core.unlearning.recorder import Recording

#: Number of photos per role in the fixed subsample, which the projection is fitted on and every map shows.
MAP_PHOTOS = {"train": 350, "validation": 120, "unseen": 230}
#: Largest number of forget photos on the map.
MAP_FORGET = 600
#: Number of nearest neighbours listed for each photo.
NEIGHBOURS = 5


def map_sample(task: TaskData) -> np.ndarray:
    """Sorted photo indices of the fixed subsample, the same for all requests on this task."""
    rng = make_rng(0, "map sample")
    parts = []
    for role, index in [("train", task.train), ("validation", task.validation), ("unseen", task.unseen)]:
        parts.append(rng.permutation(index)[: MAP_PHOTOS[role]])
    return np.sort(np.concatenate(parts))


def map_points(
    task: TaskData,
    splits: Splits,
    outputs: Mapping[MappedModel, Outputs],
    projection: Projection,
    sample: np.ndarray,
    recording: Recording,
    *,
    pictures: bool = True,
) -> MapPoints:
    """Map the fixed subsample, the forget photos and the filmed photos for all models, and the film on the same map.

    Args:
        outputs: outputs of ``original``, after the run of ``unlearned``, and of ``retrained`` where there is one.
        sample: result of ``map_sample``.
        pictures: whether to make the sheet of faces.
    """
    photos, filmed = mapped_photos(splits, sample, recording)
    frame_features = [frame.features.astype(np.float32) for frame in recording.frames]
    points = projection.transform(*(output.features[photos] for output in outputs.values()), *frame_features)
    views = {
        name: _view(output, task, photos, model_points)
        for (name, output), model_points in zip(outputs.items(), points[: len(outputs)], strict=True)
    }
    persons, person = np.unique(task.data.person[photos], return_inverse=True)
    return MapPoints(
        views=views,
        group=_group_of(splits, photos),
        label=task.labels[photos],
        person=person,
        people=tuple((task.data.people[i].id, task.data.people[i].name) for i in persons),
        faces=make_sprite(task.data.images[photos], tile=32, columns=40, quality=55) if pictures else None,
        film=_film(recording, np.searchsorted(photos, filmed), points[len(outputs) :], views),
    )


def mapped_photos(splits: Splits, sample: np.ndarray, recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Sorted photo indices (n,) on the map of a run, and those (m,) of the filmed photos in the order of its frames."""
    filmed = _filmed_photos(splits, recording)
    forget_photos = make_rng(0, "map forget").permutation(splits.forget)[:MAP_FORGET]
    return np.unique(np.concatenate([sample, forget_photos, filmed])), filmed


def _filmed_photos(splits: Splits, recording: Recording) -> np.ndarray:
    """Photo indices (m,) of the photos in the frames of a recording, in their order."""
    non_members = splits.validation if splits.by_person else splits.validation_non_members
    sets = {"forget": splits.forget, "retain": splits.retain, "strangers": non_members}
    parts = [sets[name][positions] for name, positions in recording.filmed.items()]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _film(
    recording: Recording,
    photos: np.ndarray,
    points: list[np.ndarray],
    views: Mapping[MappedModel, MapView],
) -> Film | None:
    """The film of a run; None where nothing was recorded.

    Recorded features are rounded, so the points of the original and of the unlearned model are taken from the map. The
    unlearned model gets a frame of its own where the method kept the state after a step that was not recorded.
    """
    if not recording.frames:
        return None
    steps = [frame.step for frame in recording.frames]
    phases = [frame.phase for frame in recording.frames]
    predicted = [frame.predicted for frame in recording.frames]
    points[0] = views["original"].places[photos]
    step = steps[-1] if recording.kept is None else recording.kept
    kept = bisect_left(steps, step)
    if kept == len(steps) or steps[kept] != step:
        steps.insert(kept, step)
        phases.insert(kept, phases[min(kept, len(phases) - 1)])
        points.insert(kept, points[0])
        predicted.insert(kept, predicted[0])
    points[kept], predicted[kept] = views["unlearned"].places[photos], views["unlearned"].predicted[photos]
    return Film(tuple(steps), tuple(phases), photos, np.stack(points), np.stack(predicted), kept)


def _view(outputs: Outputs, task: TaskData, photos: np.ndarray, points: np.ndarray) -> MapView:
    """One model on the map: points, predictions, losses, nearest neighbours and quality of the projection."""
    from sklearn.neighbors import NearestNeighbors

    features = outputs.features[photos]
    count = min(NEIGHBOURS, len(photos) - 1)
    neighbours = NearestNeighbors(n_neighbors=count).fit(features).kneighbors(return_distance=False)
    trustworthiness, continuity = faithfulness(features, points)
    return MapView(
        places=points,
        predicted=outputs.predictions()[photos],
        probabilities=outputs.probabilities()[photos],
        losses=outputs.losses(task.labels)[photos],
        neighbours=neighbours.astype(np.int32),
        trustworthiness=trustworthiness,
        continuity=continuity,
    )


def _group_of(splits: Splits, index: np.ndarray) -> np.ndarray:
    """Set of each photo, (n,) index into ``SETS``."""
    group = np.full(len(index), -1)
    # non-members first: for the task identity they are held-out photos of the forgotten people, which splits.validation
    # and splits.unseen do not hold
    members_by_set = [
        ("validation", splits.validation_non_members), ("unseen", splits.unseen_non_members), ("forget", splits.forget),
        ("retain", splits.retain), ("validation", splits.validation), ("unseen", splits.unseen),
    ]  # fmt: skip
    for name, members in members_by_set:
        group[np.isin(index, members)] = SETS.index(name)
    return group
