"""Visitors' own photos: taught, forgotten, kept apart, and deleted completely."""

from __future__ import annotations

import gc
import io
import os
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlfd_core.artifacts import cache_folder
from dlfd_core.errors import Diverged, InvalidData, InvalidRequest, RunCancelled, UnknownName
from dlfd_core.memory import return_freed_memory
from dlfd_core.models.training import Recipe
from dlfd_core.own_photos import OwnPhotos, teaching, visitors
from dlfd_core.own_photos.reading.faces import Face
from dlfd_core.own_photos.reading.limits import LIMITS
from dlfd_core.runs import relearn, workbench
from dlfd_core.runs.device_queue import DeviceQueue
from dlfd_core.service import UnlearningService
from dlfd_core.types import (
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    OwnChoice,
    OwnReady,
    ReportReady,
    SequenceRequest,
    refuse_own,
)
from dlfd_core.unlearning import METHODS
from tests.generators import close
from tests.own_photos.reading.hostile import zipped
from tests.small import small_data

pytestmark = pytest.mark.usefixtures("few_steps")

SIDE = 16
PEOPLE = ("Yan", "Zoe")


def one_face(picture: np.ndarray) -> list[Face]:
    height, width = picture.shape[:2]
    return [Face((width * 0.3, height * 0.3, width * 0.7, height * 0.7), 0.99)]


def no_face(picture: np.ndarray) -> list[Face]:
    return []


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    """A service whose portraits are the small data set."""
    patch = pytest.MonkeyPatch()
    patch.setenv("DLFD_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.setattr(workbench, "load_data", lambda name: replace(small_data(), name="portraits"))
    service = UnlearningService(Recipe(epochs=6, batch_size=16))
    service.own.detector, service.own.limits = one_face, replace(LIMITS, crop_side=SIDE)
    yield service
    patch.undo()


@pytest.fixture
def own(service: UnlearningService) -> Iterator[OwnPhotos]:
    yield service.own
    for key in list(service.own.sessions.by_key):
        assert service.own.wipe(key, wait=10)


def never() -> bool:
    return False


def photo(number: int) -> bytes:
    """120 pixels of noise and, where the face is, the bar that says the class, as in ``small_data``."""
    pixels = np.random.default_rng(number).integers(60, 160, (120, 120, 3), dtype=np.uint8)
    left = 20 + number % 3 * 80 // 3
    pixels[:, left : left + 15] = 230
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def sent(own: OwnPhotos, key: str, people: tuple[str, ...] = PEOPLE, each: int = 4, start: int = 0) -> None:
    """Photos are here, and all were looked at."""
    for number in range(each * len(people)):
        content = photo(start + number)
        half = len(content) // 2
        name = people[number // each]
        own.send(key, number, f"{number}.jpg", name, 1, 2, content[half:])
        own.send(key, number, f"{number}.jpg", name, 0, 2, content[:half])
    assert own.read(key, cropped=False).photos == each * len(people)
    looks = [own.find_faces(key) for _ in range(each * len(people))]
    assert looks[-1].left == 0 and all(look.photo is not None for look in looks)
    assert [look.photo.person for look in looks if look.photo] == [who for who in people for _ in range(each)]
    own.confirm(key, [OwnChoice(look.photo.number, look.photo.person) for look in looks if look.photo])


def taught(own: OwnPhotos, key: str) -> OwnReady:
    adapting = own.adapt(key, "place", never)
    events = []
    while True:
        try:
            events.append(next(adapting))
        except StopIteration as finished:
            assert any(event.stage == "train" and event.done > 1 for event in events)
            ready: OwnReady = finished.value
            return ready


def request_of(ready: OwnReady, **changes: object) -> ForgetRequest:
    return ForgetRequest(("me1",), data=ready.card.name, task="place", method="fine_tune", **changes)  # type: ignore[arg-type]


def run(service: UnlearningService, request: ForgetRequest) -> ForgetReport:
    *_, last = service.forget(request, never)
    assert isinstance(last, ReportReady)
    return last.report


def traces(service: UnlearningService, name: str) -> list[object]:
    """Keys of everything that is kept about a data set."""
    bench = service.bench
    caches: list[Any] = [
        bench.method_results, bench._originals, service._race_epochs, service._reports._reports,
        service._follow_ups._reports,
    ]  # fmt: skip
    keys = [key for cache in caches for key in cache._items]
    return [key for key in keys if name in str(key)] + [own for own in bench._own_data if own == name]


def watched(own: OwnPhotos, key: str) -> list[weakref.ref[object]]:
    """Everything of a visitor that must be collected once it is wiped."""
    session = own.sessions.by_key[key]
    data = session.confirmed.data
    things = [session, session.confirmed, *session.confirmed.people, *(() if data is None else (data,))]
    name = f"own-{session.confirmed.token}"
    if name in own._bench._own_data:
        hosted, originals = own._bench._own_data[name]
        things += [hosted, *(original.model for original in originals.values())]
    results = own._bench.method_results
    things += [result.model for key_, result in results._items.items() if key_.data == name]
    return [weakref.ref(thing) for thing in things]


def files(*folders: Path) -> set[Path]:
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_from_photos_to_a_verdict_and_away(
    service: UnlearningService, own: OwnPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing touches the disk, and nothing is left in memory."""
    list(service.forget(ForgetRequest(("q02",), task="place", method="fine_tune"), never))  # trains the original
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folders = (tmp_path, cache_folder())
    before = files(*folders)

    sent(own, "anna")
    ready = taught(own, "anna")
    assert [(p.id, p.name, p.photos) for p in ready.own.people] == [("me1", "Yan", 4), ("me2", "Zoe", 4)]
    assert ready.own.faces is not None and ready.own.faces.count == 2
    assert own.card("anna") == ready.card and ready.card.people[-1].id == "me2"
    report = run(service, request_of(ready, retrain=True))
    assert report.names == ("Yan",) and set(report.scores) == {"original", "unlearned", "retrained"}
    assert any("kept nowhere" in caveat for caveat in report.caveats)
    assert any("photographs" in caveat for caveat in report.caveats)
    monkeypatch.setattr(relearn, "STEPS", 2)
    list(service.relearn(report.request, 1, never))
    list(service.sequence(SequenceRequest(report.request, (("me2",),)), never))
    assert len(service.follow_ups(report)) == 2
    del report
    assert len(traces(service, ready.card.name)) >= 6
    gone = watched(own, "anna")
    assert len(gone) >= 8

    assert own.wipe("anna")
    assert traces(service, ready.card.name) == [] and own.ready("anna") is None
    assert service._follow_ups._reports.values() == []
    gc.collect()
    assert [ref() for ref in gone if ref() is not None] == []
    assert files(*folders) == before
    with pytest.raises(InvalidRequest, match="deleted already"):
        run(service, request_of(ready))


def test_two_visitors_do_not_see_each_other(service: UnlearningService, own: OwnPhotos) -> None:
    sent(own, "anna")
    sent(own, "bert", ("Bo",), start=50)
    first, second = taught(own, "anna"), taught(own, "bert")
    assert first.card.name != second.card.name
    assert [p.name for p in second.own.people] == ["Bo"] and len(second.card.people) == len(first.card.people) - 1
    with pytest.raises(InvalidRequest, match="not here any more"):
        own.confirm("bert", [OwnChoice(7, "Bo")])
    own.wipe("anna")
    assert own.ready("bert") == second and run(service, request_of(second)).names == ("Bo",)
    assert traces(service, first.card.name) == []


@pytest.mark.parametrize("name", ["own-", "own-0123456789abcdef", "own-*"])
def test_a_name_of_nobody_is_refused(service: UnlearningService, name: str) -> None:
    for call in (
        lambda: list(service.forget(ForgetRequest(("me1",), data=name), never)),
        lambda: list(service.relearn(ForgetRequest(("me1",), data=name), 2, never)),
        lambda: service.look_alikes(name, "place", "slim_resnet", "me1", 3),
        lambda: service.check(ForgetRequest(("me1",), data=name)),
    ):
        with pytest.raises(InvalidRequest, match="somebody else"):
            call()
    with pytest.raises(InvalidRequest, match="only on the page"):
        refuse_own(name)
    refuse_own("portraits")


def test_no_bank_is_built_of_own_photos(service: UnlearningService, own: OwnPhotos, tmp_path: Path) -> None:
    """It would be written to disk."""
    sent(own, "anna")
    ready = taught(own, "anna")
    with pytest.raises(InvalidRequest, match="only on the page"):
        list(service.build_bank(request_of(ready), never, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_own_people_take_the_settings_found_on_the_portraits() -> None:
    for task in ("emotion", "smiling"):
        own = METHODS.get("dlfd").preset("quality", "own-0123", task)
        assert own == METHODS.get("dlfd").preset("quality", "portraits", task)


def test_another_task_than_the_one_taught(service: UnlearningService, own: OwnPhotos) -> None:
    sent(own, "anna")
    ready = taught(own, "anna")
    with pytest.raises(UnknownName, match="mood"):
        run(service, replace(request_of(ready), task="mood"))
    with pytest.raises(InvalidRequest, match="for the task place only"):
        run(service, replace(request_of(ready), task="identity"))
    with pytest.raises(InvalidRequest, match="identity here"):
        list(own.adapt("anna", "identity", never))


def test_a_cancelled_lesson_leaves_nothing_and_can_be_repeated(service: UnlearningService, own: OwnPhotos) -> None:
    sent(own, "anna")
    name = visitors._data_name(own.sessions.by_key["anna"])
    seen: list[ForgetProgress] = []
    with pytest.raises(RunCancelled):
        for event in own.adapt("anna", "place", lambda: len(seen) > 5):
            seen.append(event)
    assert traces(service, name) == [] and own.ready("anna") is None and not service._queue.busy()
    assert taught(own, "anna").card.name == name


def test_an_error_while_teaching_leaves_nothing(
    service: UnlearningService, own: OwnPhotos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_: object, **__: object) -> Iterator[object]:
        yield from ()
        raise Diverged("The loss stopped being a number.")

    sent(own, "anna")
    name, gone = visitors._data_name(own.sessions.by_key["anna"]), watched(own, "anna")
    monkeypatch.setattr(teaching, "adapt_original", diverge)
    with pytest.raises(Diverged):
        taught(own, "anna")
    assert traces(service, name) == [] and own.ready("anna") is None
    assert own.wipe("anna")
    gc.collect()
    assert [ref() for ref in gone if ref() is not None] == []


def test_deleting_stops_a_run_first(service: UnlearningService, own: OwnPhotos) -> None:
    sent(own, "anna")
    ready = taught(own, "anna")
    running = service.forget(replace(request_of(ready), method="dlfd"), never)
    while next(running).stage != "unlearn":  # type: ignore[union-attr]
        pass
    ended: list[BaseException] = []

    def go_on() -> None:
        try:
            list(running)
        except RunCancelled as error:
            ended.append(error)

    assert not own.wipe("anna")
    with pytest.raises(InvalidRequest, match="being deleted"):
        own.find_faces("anna")
    assert (
        "anna" in own.sessions.by_key and own.sessions.by_key["anna"].confirmed.people
    )  # still whole while the run uses it
    threading.Thread(target=go_on).start()
    assert own.wipe("anna", wait=20) and "anna" not in own.sessions.by_key
    assert traces(service, ready.card.name) == [] and len(ended) == 1


def test_nothing_changes_under_a_run(service: UnlearningService, own: OwnPhotos) -> None:
    sent(own, "anna")
    running = service.forget(request_of(taught(own, "anna")), never)
    next(running)
    with pytest.raises(InvalidRequest, match="still being done"):
        own.confirm("anna", [OwnChoice(0, "A"), OwnChoice(1, "A")])
    with pytest.raises(InvalidRequest, match="still being done"):
        next(own.adapt("anna", "place", never))
    close(running)
    assert own.confirm("anna", [OwnChoice(0, "A"), OwnChoice(1, "A")]).people == (("A", 2),)
    assert own.ready("anna") is None  # it was about other people


def test_idle_photos_are_deleted_and_their_owner_is_told(service: UnlearningService) -> None:
    wiped: list[str] = []
    own = OwnPhotos(
        service.bench, DeviceQueue(), lambda name: None, detector=one_face, idle=0.3, sweep=0.05,
        limits=replace(LIMITS, crop_side=SIDE),
    )  # fmt: skip
    own.on_wiped(wiped.append)
    sent(own, "anna")
    gone = watched(own, "anna")
    end = time.monotonic() + 5
    while own.sessions.by_key and time.monotonic() < end:
        time.sleep(0.02)
    gc.collect()
    assert wiped == ["anna"] and [ref() for ref in gone if ref() is not None] == []
    with pytest.raises(InvalidRequest, match="without use"):
        own.find_faces("anna")
    with pytest.raises(InvalidRequest, match="no photos of yours"):  # said once
        own.find_faces("anna")


def test_nobody_loses_photos_to_a_newcomer(service: UnlearningService) -> None:
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None, visitors=3)
    own.start("anna")
    own.send("anna", 0, "a.jpg", "", 0, 2, b"1")
    for newcomer in ("bert", "cleo", "dora", "emil"):
        own.start(newcomer)  # and sends nothing
    assert set(own.sessions.by_key) == {"anna", "dora", "emil"} and own.deletion_reason("bert") == ""
    for sender in ("dora", "emil"):
        own.send(sender, 0, "a.jpg", "", 0, 1, b"1")
    with pytest.raises(InvalidRequest, match="Many visitors"):
        own.start("fred")
    own.sessions.by_key["dora"].last_used -= visitors.IDLE + 1
    own.start("fred")
    assert set(own.sessions.by_key) == {"anna", "emil", "fred"} and "without use" in own.deletion_reason("dora")


def test_confirmed_people_are_photos_too(service: UnlearningService, own: OwnPhotos) -> None:
    sent(own, "anna", each=2)
    own.start("anna")  # drops all that is not confirmed
    assert own.room.held == 0 and own.sessions.by_key["anna"].holds_photos


def test_one_search_at_a_time_for_each_visitor(service: UnlearningService) -> None:
    """Searches that wait would each keep a thread that other visitors need."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(picture: np.ndarray) -> list[Face]:
        begun.set()
        assert go_on.wait(20)
        return one_face(picture)

    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None, detector=slow)
    for number in range(3):
        own.send("anna", number, f"{number}.jpg", "", 0, 1, photo(number))
    own.read("anna", cropped=False)
    looks: list[object] = []
    first = threading.Thread(target=lambda: looks.append(own.find_faces("anna")))
    first.start()
    assert begun.wait(20)
    for _ in range(50):
        with pytest.raises(InvalidRequest, match="still busy"):
            own.find_faces("anna")
    go_on.set()
    first.join(20)
    assert own.find_faces("anna").left == 1 and len(looks) == 1


def test_bytes_are_bounded(service: UnlearningService) -> None:
    limits = replace(LIMITS, zip_bytes=10_000)
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None, limits=limits, most_bytes=15_000)
    own.send("anna", 0, "a", "", 0, 2, bytes(9_000))
    with pytest.raises(InvalidData, match="MB were sent"):
        own.send("anna", 0, "a", "", 1, 2, bytes(1_001))
    with pytest.raises(InvalidData, match="Many visitors"):
        own.send("bert", 0, "a", "", 0, 1, bytes(7_000))
    own.start("anna")
    own.send("bert", 0, "a", "", 0, 1, bytes(7_000))


def test_tiny_pieces_count_with_what_keeping_them_takes(service: UnlearningService) -> None:
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None, most_bytes=100_000)
    with pytest.raises(InvalidData, match="Many visitors"):
        for place in range(1_000):
            own.send("anna", 0, "a", "", place, 1_000, b"1")


def bomb(photos: int, size: int) -> bytes:
    """A small zip of photos whose headers are sound and whose pixels are zeros."""
    start = photo(1)
    return zipped({f"A/{i}.jpg": start + bytes(size - len(start)) for i in range(photos)})


def test_many_small_zips_share_one_limit(service: UnlearningService) -> None:
    """Each zip alone is within all limits. The numbers are a hundredth of the real ones."""
    limits = replace(LIMITS, entry_bytes=160_000, total_bytes=1_200_000, ratio_from=100_000)
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None, detector=one_face, limits=limits)
    content = bomb(11, 99_000)
    for number in range(20):
        own.send("anna", number, "a.zip", "", 0, 1, content)
    reading = own.read("anna", cropped=False)
    assert reading.photos == 11 and any("in all; send fewer" in one.sentence for one in reading.skipped)
    assert 11 * 99_000 <= own.room.held < 1_200_000
    while own.find_faces("anna").left:
        pass
    assert own.room.held < 11 * 15_000  # a face for each
    own.wipe("anna")
    assert own.room.held == 0


def test_a_visitor_alone_cannot_take_the_room_of_all(service: UnlearningService) -> None:
    limits = replace(LIMITS, zip_bytes=200_000, entry_bytes=160_000, total_bytes=1_200_000, ratio_from=100_000)
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None, limits=limits, most_bytes=1_700_000)
    content = bomb(11, 99_000)
    for key in ("anna", "bert"):
        own.send(key, 0, "a.zip", "", 0, 1, content)
    assert own.read("anna", cropped=False).photos == 11
    with pytest.raises(InvalidData, match="Many visitors"):
        own.read("bert", cropped=False)
    assert own.room.held < 1_200_000  # nothing of the refused zip
    own.wipe("anna")
    own.send("bert", 0, "a.zip", "", 0, 1, content)
    assert own.read("bert", cropped=False).photos == 11


def test_memory_returns_after_a_bomb(service: UnlearningService) -> None:
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None)
    content = bomb(60, 990_000)
    return_freed_memory()
    before = resident()
    for number in range(4):
        own.send("anna", number, "a.zip", "", 0, 1, content)
    assert own.read("anna", cropped=False).photos == 120
    assert resident() - before > 80e6  # the photos are here
    own.start("anna")
    assert resident() - before < 20e6


def resident() -> float:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("pieces", [[(0, 2)], [(0, 2), (0, 2)], [(2, 2)], [(-1, 2)], [(0, 2), (1, 3)]])
def test_a_file_that_did_not_arrive_as_a_whole(service: UnlearningService, pieces: list[tuple[int, int]]) -> None:
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None)
    with pytest.raises(InvalidRequest, match="as a whole"):
        for place, count in pieces:
            own.send("anna", 0, "a.jpg", "", place, count, photo(1))
        own.read("anna", cropped=False)


def test_what_is_no_photo_and_where_no_face_is(service: UnlearningService) -> None:
    own = OwnPhotos(service.bench, DeviceQueue(), lambda name: None, detector=no_face)
    with pytest.raises(InvalidRequest, match="no photos of yours"):
        own.read("anna", cropped=False)
    own.send("anna", 0, "a.txt", "", 0, 1, b"hello")
    with pytest.raises(InvalidData, match="No photo was found"):
        own.read("anna", cropped=False)
    own.send("anna", 1, "a.txt", "", 0, 1, b"hello")
    own.send("anna", 2, "b.jpg", "", 0, 1, photo(3))
    reading = own.read("anna", cropped=False)
    assert (reading.photos, [one.name for one in reading.skipped]) == (1, ["a.txt"])
    look = own.find_faces("anna")
    assert look.photo is None and look.skipped is not None and "No face" in look.skipped.sentence
    with pytest.raises(InvalidRequest, match="searched for faces already"):
        own.find_faces("anna")
    own.send("anna", 3, "b.jpg", "", 0, 1, photo(3))
    own.read("anna", cropped=True)
    found = own.find_faces("anna").photo
    assert found is not None and len(found.faces) == 1
    with pytest.raises(InvalidData, match="2 usable photos"):
        own.confirm("anna", [OwnChoice(found.number, found.person)])


def test_own_people_alone(service: UnlearningService, own: OwnPhotos) -> None:
    names = tuple(f"P{i}" for i in range(9))
    sent(own, "anna", names, each=6)
    choices = [OwnChoice(i, names[i // 6]) for i in range(54)]
    with pytest.raises(InvalidData, match="at least 6"):
        own.confirm("anna", choices[:12], only=True)
    own.confirm("anna", choices, only=True)
    ready = taught(own, "anna")
    assert ready.only and {p.id for p in ready.card.people} == {p.id for p in ready.own.people}
    assert len(ready.own.people) == 5  # the others are those that the model never sees
    assert run(service, replace(request_of(ready), people=(ready.own.people[0].id,))).data.people["unseen"] == 2


def test_nobody_is_confirmed(service: UnlearningService, own: OwnPhotos) -> None:
    own.send("anna", 0, "a.jpg", "", 0, 1, photo(1))
    with pytest.raises(InvalidRequest, match="Nobody is confirmed"):
        taught(own, "anna")


def test_a_report_from_elsewhere_is_not_remembered_after_the_deletion(
    service: UnlearningService, own: OwnPhotos
) -> None:
    sent(own, "anna")
    ready = taught(own, "anna")
    report = run(service, request_of(ready))
    own.wipe("anna")
    with pytest.raises(InvalidRequest, match="deleted already"):
        service.remember(report)
    assert traces(service, ready.card.name) == []
