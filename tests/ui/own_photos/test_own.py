"""Own people on the page, without a browser: questions are checked, values hold no face, gradio forgets them too."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import gradio as gr
import pytest

from dlfd_core.errors import InvalidRequest
from dlfd_core.own_photos.sessions import UNNEEDED, PhotoSessions
from dlfd_core.own_photos.visitors import ABSENCE
from dlfd_core.types import OWN_DATA_PREFIX, ForgetRequest, OwnChoice, caller
from dlfd_core.ui.compare.form import RaceWishes
from dlfd_core.ui.compare.handlers import RaceHandlers
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.own_photos import views as own_views
from dlfd_core.ui.own_photos.handlers import DELETED, NO_CONSENT, OwnHandlers
from dlfd_core.ui.own_photos.questions import NO_SENSE
from dlfd_core.ui.own_photos.section import forget_session
from dlfd_core.ui.sequence.handlers import SequenceHandlers
from dlfd_core.ui.server.guests import names_of
from tests.fake_own import FakeOwn, draw_photo
from tests.fakes import METHODS, FakeService, make_report
from tests.generators import close

KEY, OTHER = "session-of-anna", "session-of-bert"
PRESET = [knob.default for knob in METHODS[0].knobs]


@pytest.fixture
def own() -> OwnHandlers:
    return OwnHandlers(Handlers(FakeService(), tick=0.02))


def sessions_of(own: OwnHandlers) -> PhotoSessions:
    assert isinstance(own.own, FakeOwn)
    return own.own.sessions


def ask(own: OwnHandlers, function: str, /, **question: Any) -> dict[str, Any]:
    functions = {one.__name__: one for one in own.functions()}
    answer = functions[function]({"key": KEY} | question)
    json.dumps(answer)  # as it travels
    return answer


def send(own: OwnHandlers, number: int, name: str, content: bytes, person: str = "") -> dict[str, Any]:
    text = base64.b64encode(content).decode()
    return ask(own, "own_send", file=number, name=name, person=person, place=0, count=1, content=text)


def found_by(own: OwnHandlers, key: str) -> None:
    """A visitor of this key has sent a photo."""
    ask(own, "own_start", key=key)
    content = base64.b64encode(draw_photo(1)).decode()
    assert ask(own, "own_send", key=key, file=0, name="a.jpg", person="", place=0, count=1, content=content) == {}


def found(own: OwnHandlers, *names: str) -> list[dict[str, Any]]:
    ask(own, "own_start")
    for number, name in enumerate(names):
        assert send(own, number, f"{name} {number}.jpg", draw_photo(number)) == {}
    photos = ask(own, "own_read", cropped=False)["photos"]
    return [ask(own, "own_find_faces")["photo"] for _ in range(photos)]


def taught(own: OwnHandlers, *names: str) -> list[dict[str, Any]]:
    choices = [{"number": one["number"], "person": one["person"], "face": 0} for one in found(own, *names)]
    assert "error" not in ask(own, "own_confirm", choices=choices, only=False, consent=True)
    return [value for value in own.teach("emotion", KEY) if value is not None]


def test_from_photos_to_a_run(own: OwnHandlers) -> None:
    values = taught(own, "Ada", "Ada", "Bo", "Bo", "Bo")
    assert [value["stage"] for value in values] == ["teaching"] * (len(values) - 1) + ["ready"]
    assert "now knows 2 people of yours, for the task Emotion" in values[-1]["text"]
    assert not any("data:" in json.dumps(value) for value in values)
    ready = ask(own, "own_ready")
    assert [(one["id"], one["name"], one["photos"]) for one in ready["people"]] == [("me1", "Ada", 2), ("me2", "Bo", 3)]
    assert ready["faces"]["address"].startswith("data:image/webp") and ready["only"] is False
    page = own.page
    wishes = Wishes(["me1", "p03"], "emotion", "dlfd", knobs=PRESET)
    assert page.request(wishes, KEY).data.startswith(OWN_DATA_PREFIX)
    assert page.request(Wishes(["p03"], "emotion", "dlfd", knobs=PRESET), KEY).data == "portraits"
    assert "14 photos" in page.pick_hint(["me1", "p03"], KEY)


@pytest.mark.parametrize("session", [OTHER, None, ""])
def test_own_people_of_somebody_else(own: OwnHandlers, session: str | None) -> None:
    taught(own, "Ada", "Ada")
    page, people = own.page, ["me1"]
    with pytest.raises(InvalidRequest, match="not here any more"):
        page.request(Wishes(people, "emotion", "dlfd", knobs=PRESET), session)
    race = list(RaceHandlers(page).race(RaceWishes(people, "emotion", ["dlfd", "neg_grad"], 1, False, None), session))
    assert "not here any more" in race[-1]["race_status"]
    wishes = Wishes((), "emotion", "dlfd", knobs=PRESET)
    sequence = list(SequenceHandlers(page).run(wishes, [["p00"], people], session))
    assert "not here any more" in sequence[-1]["sequence_status"]
    assert "0 photos" in page.pick_hint(people, session)


def test_own_people_come_second_in_a_sequence(own: OwnHandlers) -> None:
    taught(own, "Ada", "Ada")
    request = SequenceHandlers(own.page).request(
        Wishes((), "emotion", "dlfd", knobs=PRESET), [["p01", "p00"], ["me1"]], KEY
    )
    assert request.base.people == ("p00", "p01") and request.base.data.startswith(OWN_DATA_PREFIX)


def test_faces_come_back_as_pictures(own: OwnHandlers) -> None:
    send(own, 0, "<b>x</b>.jpg", draw_photo(1, faces=2), person="../Ada")
    ask(own, "own_read", cropped=False)
    photo = ask(own, "own_find_faces")["photo"]
    assert photo["person"] == "../Ada" and len(photo["faces"]) == 2 and "2 faces were found" in photo["sentence"]
    assert all(face.startswith("data:image/webp;base64,") for face in photo["faces"])


def test_without_consent_nothing_goes_on(own: OwnHandlers) -> None:
    choices = [{"number": one["number"], "person": "Ada", "face": 0} for one in found(own, "Ada", "Ada")]
    assert ask(own, "own_confirm", choices=choices, only=False, consent=False) == {"error": NO_CONSENT}
    (_, last) = own.teach("emotion", KEY)
    assert last is not None and last["stage"] == "failed" and "Nobody is confirmed" in last["text"]


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("own_find_faces", {"key": None}),
        ("own_find_faces", {"key": "short"}),
        ("own_find_faces", {"more": 1}),
        ("own_read", {"cropped": "yes"}),
        ("own_send", {}),
        ("own_send", {"file": 0, "name": "a", "person": "", "place": 0, "count": 1, "content": "§"}),
        ("own_send", {"file": 0, "name": "a", "person": "", "place": 0, "count": 1, "content": "A" * 200_000}),
        ("own_send", {"file": -1, "name": "a", "person": "", "place": 0, "count": 1, "content": "AAAA"}),
        ("own_confirm", {"choices": [{"number": 0}], "only": False, "consent": True}),
        ("own_confirm", {"choices": "all", "only": False, "consent": True}),
    ],
)
def test_questions_that_make_no_sense(own: OwnHandlers, name: str, question: dict[str, Any]) -> None:
    assert ask(own, name, **question) == {"error": NO_SENSE}


@pytest.mark.parametrize("asked", [None, 3, "x", [], {}])
def test_anything_may_be_asked(own: OwnHandlers, asked: object) -> None:
    for function in own.functions():
        assert function(asked) == {"error": NO_SENSE}


def test_an_unforeseen_error_tells_no_details(own: OwnHandlers, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("/secret/place")

    monkeypatch.setattr(own.own, "find_faces", crash)
    monkeypatch.setattr(own.own, "adapt", crash)
    assert "secret" not in str(ask(own, "own_find_faces"))
    *_, last = own.teach("emotion", KEY)
    assert last is not None and last["stage"] == "failed" and "secret" not in last["text"]


def test_deleting(own: OwnHandlers) -> None:
    taught(own, "Ada", "Ada")
    assert own.wipe(KEY)["stage"] == "deleted" and own.own.ready(KEY) is None
    assert "no photos of yours" in ask(own, "own_find_faces")["error"]
    assert own.wipe(KEY)["text"] == DELETED  # it may be called twice
    taught(own, "Ada", "Ada")
    own.left(KEY)
    sessions_of(own).by_key[KEY].left -= ABSENCE + 1  # type: ignore[operator]
    sessions_of(own).sweep()
    assert own.own.ready(KEY) is None and not own.own.is_open(KEY)
    assert "not connected for 5 minutes" in ask(own, "own_find_faces")["error"]


def test_a_reloaded_page_gets_its_people_back(own: OwnHandlers) -> None:
    secret = ask(own, "own_start")["secret"]
    taught(own, "Ada", "Ada")
    assert ask(own, "own_back", key=OTHER, secret=secret)["here"] is False  # the page before is still open
    own.left(KEY)
    for wrong in ("x" * 32, secret[:-1] + "\N{SNOWMAN}"):
        assert ask(own, "own_back", key=OTHER, secret=wrong)["here"] is False
    back = ask(own, "own_back", key=OTHER, secret=secret)
    assert back["here"] and back["ready"] and "now knows 1 person of yours" in back["text"]
    assert [one["name"] for one in ask(own, "own_ready", key=OTHER)["people"]] == ["Ada"]
    assert "error" in ask(own, "own_ready") and not own.own.is_open(KEY)
    assert own.page.request(Wishes(["me1"], "emotion", "dlfd", knobs=PRESET), OTHER).data.startswith(OWN_DATA_PREFIX)
    own.wipe(OTHER)
    assert ask(own, "own_back", key=OTHER, secret=secret)["here"] is False


def test_a_page_whose_line_was_lost_keeps_its_people(own: OwnHandlers) -> None:
    secret = ask(own, "own_start")["secret"]
    taught(own, "Ada", "Ada")
    own.left(KEY)
    sessions_of(own).by_key[KEY].left -= ABSENCE - 5  # type: ignore[operator]
    sessions_of(own).sweep()
    assert ask(own, "own_back", secret=secret)["here"]
    assert sessions_of(own).by_key[KEY].left is None  # the time starts again with the next absence


def test_teaching_goes_on_without_its_stream_until_it_is_stopped() -> None:
    service = FakeService(pause=0.05)
    own = OwnHandlers(Handlers(service, tick=0.02))
    found(own, "Ada", "Ada")
    own.own.confirm(KEY, [OwnChoice(0, "Ada"), OwnChoice(1, "Ada")])
    teaching = own.teach("emotion", KEY)
    for _ in range(4):
        next(teaching)
    session = service.own.sessions.by_key[KEY]
    secret = session.secret
    close(teaching)
    own.left(KEY)
    back = ask(own, "own_back", key=OTHER, secret=secret)
    assert back["teaching"] and back["text"] == "" and session.users == 1
    again = own.teach_on(OTHER)
    first = next(again)
    assert first is not None and first["stage"] == "teaching" and first["key"] == OTHER
    close(again)
    assert "Stopped" in own.stopped(OTHER)["text"] and list(own.teach_on(OTHER)) == []
    end = time.monotonic() + 2
    while session.users and time.monotonic() < end:
        time.sleep(0.01)
    assert session.users == 0 and session.ready is None


def test_a_page_that_comes_back_is_told_when_its_people_are_taught(own: OwnHandlers) -> None:
    found(own, "Ada", "Ada")
    own.own.confirm(KEY, [OwnChoice(0, "Ada"), OwnChoice(1, "Ada")])
    teaching = own.teach("emotion", KEY)
    next(teaching)
    secret = sessions_of(own).by_key[KEY].secret
    close(teaching)
    own.left(KEY)
    assert ask(own, "own_back", key=OTHER, secret=secret)["teaching"]
    last = [value for value in own.teach_on(OTHER) if value is not None][-1]
    assert last["stage"] == "ready" and last["key"] == OTHER and "now knows 1 person of yours" in last["text"]
    assert not ask(own, "own_back", key=OTHER, secret=secret)["teaching"]


def test_names_of_own_people() -> None:
    report = make_report(ForgetRequest(("me1", "p00"), data="own-0123"))
    assert names_of(report, {"p00": "Ada"}) == {"p00": "Ada", "me1": "Own 1"}


def test_gradio_forgets_a_visitor() -> None:
    with gr.Blocks() as page:
        shown, kept = gr.HTML(), gr.State("nothing")
    forget_session(page, KEY)  # before the page is served
    from gradio.state_holder import StateHolder

    holder = StateHolder()
    holder.set_blocks(page)
    session = holder[KEY]
    session._update_value_in_config(shown._id, "Ada's face")
    session[kept._id] = "Ada's report"
    forget_session(page, KEY)
    assert "Ada" not in str(session.config_values) + str(session.state_data) and session[kept._id] == "nothing"
    session._update_value_in_config(shown._id, "later")  # and the page goes on
    assert "later" in str(session.config_values)


def test_the_texts() -> None:
    assert "Delete" not in own_views.lead() and "##" not in own_views.lead()
    assert own_views.kept().startswith("What is kept: nothing.") and "agreed" in own_views.consent()


def test_one_address_cannot_take_the_places_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLFD_VISITORS_PER_ADDRESS", "2")
    own = OwnHandlers(Handlers(FakeService(), tick=0.02))
    caller.set("192.0.2.1")
    for number in range(4):
        answer = ask(own, "own_start", key=f"attacker-{number}")
        assert ("2 visitors of your network" in answer.get("error", "")) is (number >= 2)
    assert "error" in send(own, 0, "a.jpg", draw_photo(0)) and not own.own.is_open(KEY)
    caller.set("192.0.2.2")
    assert "secret" in ask(own, "own_start")
    caller.set("192.0.2.1")
    own.own.wipe("attacker-0")
    assert "secret" in ask(own, "own_start", key="attacker-3")
    caller.set(None)


def test_closed_pages_of_an_address_give_way_after_a_minute(own: OwnHandlers, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor who closes and opens the page again and again is a new visitor each time."""
    caller.set("192.0.2.1")
    sessions, now = sessions_of(own), [time.monotonic()]
    monkeypatch.setattr("dlfd_core.own_photos.sessions.time.monotonic", lambda: now[0])
    try:
        for number in range(3):
            found_by(own, f"page-number-{number}")
        own.left("page-number-0")
        own.left("page-number-1")
        now[0] += UNNEEDED - 1
        assert "3 visitors of your network" in ask(own, "own_start")["error"]
        own.own.ready("page-number-1")  # it is back
        now[0] += 2
        assert "secret" in ask(own, "own_start")
        assert set(sessions.by_key) == {"page-number-1", "page-number-2", KEY}
        assert "another visitor of your network" in ask(own, "own_find_faces", key="page-number-0")["error"]
        assert "3 visitors of your network" in ask(own, "own_start", key=OTHER)["error"]
        now[0] += UNNEEDED + 1
        assert "secret" in ask(own, "own_start", key=OTHER)  # the page that has sent nothing gives way
        assert set(sessions.by_key) == {"page-number-1", "page-number-2", OTHER}
    finally:
        caller.set(None)
