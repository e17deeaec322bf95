"""The map of a run: photos placed by each model, what each model says about them, and the film of the run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.data.sprites import make_sprite
from dlfd_core.feature_map.projection import Projection, faithfulness
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import SETS, Film, MappedModel, MapPoints, MapView
from dlfd_core.unlearning.recorder import Recording

#: Photos per role the projection is fitted on and the map always shows.
MAP_PHOTOS = {"train": 350, "validation": 120, "unseen": 230}
#: Forget photos the map shows at most.
MAP_FORGET = 600
#: Neighbours that are told of each photo.
NEIGHBOURS = 5


def map_sample(task: TaskData) -> np.ndarray:
    """Sorted photo indices of the fixed subsample, the same for every request on this task."""
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
    kept_last: bool,
) -> MapPoints:
    """The fixed subsample, the forget photos and the filmed ones, by all models, and the film on the same map.

    Args:
        outputs: of ``original`` and ``unlearned``, and of ``retrained`` where there is one.
        sample: of ``map_sample``.
        kept_last: whether the recording ends with the unlearned model as it is; a method may keep an earlier state.
    """
    filmed = _filmed_photos(splits, recording)
    forgotten = make_rng(0, "map forget").permutation(splits.forget)[:MAP_FORGET]
    shown = np.unique(np.concatenate([sample, forgotten, filmed]))
    frames = [frame.features.astype(np.float32) for frame in recording.frames]
    places = projection.transform(*(said.features[shown] for said in outputs.values()), *frames)
    views = {
        name: _view(said, task, shown, where)
        for (name, said), where in zip(outputs.items(), places[: len(outputs)], strict=True)
    }
    persons, person = np.unique(task.data.person[shown], return_inverse=True)
    return MapPoints(
        views=views,
        group=_group_of(splits, shown),
        label=task.labels[shown],
        person=person,
        people=tuple((task.data.people[i].id, task.data.people[i].name) for i in persons),
        faces=make_sprite(task.data.images[shown], tile=32, columns=40, quality=55),
        film=_film(recording, np.searchsorted(shown, filmed), places[len(outputs) :], views, kept_last),
    )


def _filmed_photos(splits: Splits, recording: Recording) -> np.ndarray:
    """(m,) photo indices of what a recording's frames show, in their order."""
    strangers = splits.validation if splits.by_person else splits.validation_non_members
    sets = {"forget": splits.forget, "retain": splits.retain, "strangers": strangers}
    parts = [sets[name][positions] for name, positions in recording.filmed.items()]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _film(
    recording: Recording,
    photos: np.ndarray,
    places: list[np.ndarray],
    views: Mapping[MappedModel, MapView],
    kept_last: bool,
) -> Film | None:
    """None where nothing was recorded. Recorded features are rounded, so the ends are taken from the map."""
    if not recording.frames:
        return None
    places[0] = views["original"].places[photos]
    if kept_last:
        places[-1] = views["unlearned"].places[photos]
    return Film(
        steps=tuple(frame.step for frame in recording.frames),
        phases=tuple(frame.phase for frame in recording.frames),
        photos=photos,
        places=np.stack(places),
        predicted=np.stack([frame.predicted for frame in recording.frames]),
    )


def _view(said: Outputs, task: TaskData, shown: np.ndarray, places: np.ndarray) -> MapView:
    from sklearn.neighbors import NearestNeighbors

    features = said.features[shown]
    count = min(NEIGHBOURS, len(shown) - 1)
    near = NearestNeighbors(n_neighbors=count).fit(features).kneighbors(return_distance=False)
    trusted, continued = faithfulness(features, places)
    return MapView(
        places=places,
        predicted=said.predictions()[shown],
        probabilities=said.probabilities()[shown],
        losses=said.losses(task.labels)[shown],
        neighbours=near.astype(np.int32),
        trustworthiness=trusted,
        continuity=continued,
    )


def _group_of(splits: Splits, index: np.ndarray) -> np.ndarray:
    """(n,) index into ``SETS`` of each photo."""
    group = np.full(len(index), -1)
    # strangers first: for the task identity they are held-out photos of the forgotten people
    named = [
        ("validation", splits.validation_non_members), ("unseen", splits.unseen_non_members), ("forget", splits.forget),
        ("retain", splits.retain), ("validation", splits.validation), ("unseen", splits.unseen),
    ]  # fmt: skip
    for name, members in named:
        group[np.isin(index, members)] = SETS.index(name)
    return group
