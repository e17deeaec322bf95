"""What a page offers beside the portraits: tasks, people, the original's accuracy, and refusals before training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlfd_core.data.folder import load_folder
from dlfd_core.data.hidden_names import hide_names
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import prepare_task
from dlfd_core.errors import DlfdError
from dlfd_core.feature_map.projection import Projection
from dlfd_core.models.training import default_recipe
from dlfd_core.runs.event_streams import result_of
from dlfd_core.runs.offers import Wanted
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetProgress, ForgetRequest
from tests.small import PHOTOS, small_data, write_as_folder

BACKBONE = ("slim_resnet",)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_as_folder(small_data(people=14, side=16), tmp_path_factory.mktemp("faces"))


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UnlearningService:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    return UnlearningService(default_recipe("slim_resnet", 1))


def test_labels_and_identity_are_two_offers(service: UnlearningService, faces: Path) -> None:
    name = "folder:shown"
    wanted = Wanted({name: f"folder:{faces}"}, ("place", "identity"), BACKBONE, device="cpu", public=True)
    progress: list[object] = []
    result_of(service.prepare_offers(wanted, lambda: False), progress.append)
    trained = [event for event in progress if isinstance(event, ForgetProgress) and event.stage == "train"]
    assert trained and any(event.seconds_left is not None for event in trained), "progress with the time left"
    catalog = service.catalog()
    labels, identity = catalog.offers
    assert catalog.data == (labels.data, identity.data)
    assert [task.name for task in labels.data.tasks] == ["place"] and len(labels.data.people) < 14
    assert [task.name for task in identity.data.tasks] == ["identity"] and len(identity.data.people) == 14
    assert labels.data.name == name and "given by the host" in labels.data.about
    assert labels.data.about.endswith("Everybody who opens this page sees them.")
    for offer in catalog.offers:
        assert offer.accuracy is not None and 0 <= offer.accuracy <= 1 and offer.seconds is not None
    learned = prepare_task(service.bench.data(name), "identity").train
    assert 0 < sum(person.photos for person in identity.data.people) == len(learned) < 14 * PHOTOS
    people = tuple(person.id for person in labels.data.people[:4])
    request = ForgetRequest(people, name, "place", "slim_resnet", method="fine_tune", device="cpu")
    assert service.check(request).data.title == faces.name
    assert len(service.look_alikes(name, "place", "slim_resnet", people[0], 3)) == 3


def test_every_offer_is_warmed_up(service: UnlearningService, faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Projection, "_fit", lambda self: np.zeros((len(self._fitted), 2), dtype=np.float32))
    name = f"folder:{faces}"
    wanted = Wanted({name: name}, ("place", "identity"), BACKBONE, device="cpu")
    result_of(service.prepare_offers(wanted, lambda: False), lambda event: None)
    service.warm_up()
    assert service.ready
    for task in ("place", "identity"):
        prepared = service.bench.prepared(ForgetRequest((), name, task, "slim_resnet", device="cpu"))
        assert prepared is not None and prepared.can_project and "first_near_copies" in vars(prepared.spec.task.data)


@pytest.mark.parametrize(
    ("tasks", "backbones", "words"),
    [(("mood",), BACKBONE, "Unknown task 'mood'"), (("place",), ("vgg",), "Unknown backbone 'vgg'")],
)
def test_mistakes_are_refused_before_training(
    service: UnlearningService, faces: Path, tasks: tuple[str, ...], backbones: tuple[str, ...], words: str
) -> None:
    wanted = Wanted({"folder:x": f"folder:{faces}"}, tasks, backbones)
    with pytest.raises(DlfdError, match=words):
        result_of(service.prepare_offers(wanted, lambda: False), lambda event: pytest.fail("trained"))


def test_too_small_data_are_refused_before_training(service: UnlearningService, tmp_path: Path) -> None:
    folder = write_as_folder(small_data(people=6, side=16), tmp_path / "six")
    wanted = Wanted({"folder:six": f"folder:{folder}"}, ("identity", "place"), BACKBONE)
    with pytest.raises(DlfdError):
        (folder / "labels.csv").unlink()
        result_of(service.prepare_offers(wanted, lambda: False), lambda event: pytest.fail("trained"))


def test_hidden_names_are_in_no_part_of_the_data(faces: Path) -> None:
    (faces / "images/q00/empty.jpg").touch()
    (faces / "labels.csv").rename(faces.parent / "labels.csv")
    try:
        named, hidden = load_folder(faces), load_data(f"folder:{faces}?hidden")
    finally:
        (faces.parent / "labels.csv").rename(faces / "labels.csv")
        (faces / "images/q00/empty.jpg").unlink()
    assert hidden.people[0].id == "person-001" and hidden.people[0].name == "Person 1"
    assert hidden.digest != named.digest and (hidden.images == named.images).all()
    assert "q00" not in repr((hidden.people, hidden.notes, hidden.left_out)) and "left out: 1" in hidden.notes[0]
    assert hide_names(named).digest == hidden.digest
