"""The projection of the map: fitted once, repeatable, and the same for the features before and after."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from dlfd_core.errors import MissingArtifact
from dlfd_core.feature_map import projection as projections
from dlfd_core.feature_map.projection import NEIGHBOURS, Projection, neighbour_weights
from dlfd_core.feature_map.shipped_points import load_points, save_points


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = 6 * rng.normal(size=(3, 32))
    return np.concatenate([centre + rng.normal(size=(40, 32)) for centre in centres]).astype(np.float32)


@pytest.fixture(scope="module")
def projection(features: np.ndarray) -> Projection:
    return Projection(features)


def test_equal_features_land_on_equal_points(projection: Projection, features: np.ndarray) -> None:
    before, after = projection.transform(features, features)
    assert before.shape == (120, 2) and before.dtype == np.float32
    np.testing.assert_array_equal(before, after)


def test_the_map_repeats(projection: Projection, features: np.ndarray) -> None:
    again = Projection(features).transform(features)[0]
    np.testing.assert_array_equal(again, projection.transform(features)[0])


def test_neighbours_stay_neighbours(projection: Projection, features: np.ndarray) -> None:
    """On the map, photos of one cluster lie nearer to its centre than to other centres."""
    points = projection.transform(features)[0]
    group = np.repeat(np.arange(3), 40)
    centres = np.stack([points[group == i].mean(0) for i in range(3)])
    nearest = np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(1)
    assert (nearest == group).mean() > 0.95


def test_few_photos_are_enough() -> None:
    few = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    assert np.isfinite(Projection(few).transform(few)[0]).all()


def test_company_changes_nothing(projection: Projection, features: np.ndarray) -> None:
    """A photo has the same place whatever is projected with it: frames of a film are projected separately."""
    alone = projection.transform(features[:7])[0]
    among = projection.transform(features + 1, features[:7])[1]
    np.testing.assert_allclose(alone, among, atol=1e-5)


def test_the_weights_are_those_of_umap(features: np.ndarray) -> None:
    import umap
    from sklearn.metrics import pairwise_distances

    fitted, new = features[:100], features[100:]
    library = umap.UMAP(n_neighbors=NEIGHBOURS, n_epochs=10, metric="precomputed", random_state=0, n_jobs=1)
    library.fit(pairwise_distances(fitted))
    library.transform_mode = "graph"
    distances = pairwise_distances(new, fitted)
    expected = library.transform(distances).toarray()
    nearest = np.argsort(distances, axis=1)[:, :NEIGHBOURS]
    found = neighbour_weights(np.take_along_axis(distances, nearest, axis=1))
    expected = np.take_along_axis(expected, nearest, axis=1)
    np.testing.assert_allclose(found, expected / expected.sum(1, keepdims=True), rtol=2e-3)


def test_equal_distances_and_zeros_have_weights() -> None:
    weights = neighbour_weights(np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 3.0, 9.0]]))
    np.testing.assert_allclose(weights[:2], 1 / 3)
    assert weights[2, 0] > weights[2, 1] > weights[2, 2] > 0


def test_points_of_an_earlier_fit_give_the_same_map(
    projection: Projection, features: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "_import_umap", lambda: pytest.fail("UMAP was imported"))
    again = Projection(features, projection.points).transform(features + 1)[0]
    np.testing.assert_array_equal(again, projection.transform(features + 1)[0])


def test_points_are_shipped_for_exactly_these_weights(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    save_points("map.safetensors", "abc", points, tmp_path)
    np.testing.assert_array_equal(load_points("map.safetensors", "abc", 5, tmp_path), points)
    assert load_points("map.safetensors", "abd", 5, tmp_path) is None
    assert load_points("map.safetensors", "abc", 6, tmp_path) is None
    assert load_points("other.safetensors", "abc", 5, tmp_path) is None
    (tmp_path / "map.safetensors").write_bytes(b"{}")
    with pytest.raises(MissingArtifact, match=r"The map map\.safetensors is damaged; run `python"):
        load_points("map.safetensors", "abc", 5, tmp_path)


def test_numba_gets_a_folder_where_its_own_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    monkeypatch.setenv(projections.NUMBA_CACHE, "")
    monkeypatch.delitem(sys.modules, "umap", raising=False)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    projections._choose_numba_cache()
    assert os.environ[projections.NUMBA_CACHE] == ""  # its own can be written
    monkeypatch.setattr(projections, "is_writable", lambda folder: folder == tmp_path / "numba")
    projections._choose_numba_cache()
    assert os.environ[projections.NUMBA_CACHE] == str(tmp_path / "numba")
    monkeypatch.setenv(projections.NUMBA_CACHE, "")
    monkeypatch.setattr(projections, "is_writable", lambda folder: False)
    projections._choose_numba_cache()
    assert Path(os.environ[projections.NUMBA_CACHE]).stat().st_mode & 0o777 == 0o700
