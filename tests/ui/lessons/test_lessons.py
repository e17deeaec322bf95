"""The lessons: every file is whole, its run can be asked for, its numbers are the run's, and it drives the page."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from dlfd_core.data.people import resolve_people
from dlfd_core.data.splits import prepare_task
from dlfd_core.errors import DlfdError, InvalidData, InvalidRequest
from dlfd_core.runs.validation import validated_forget
from dlfd_core.service import UnlearningService
from dlfd_core.types import EXAMPLE_PEOPLE, ForgetReport, ForgetRequest, Lesson, ReportReady
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.header import INSIDE
from dlfd_core.ui.lessons import views
from dlfd_core.ui.lessons.facts import SCORES, facts_named, facts_of, filled, known_fact
from dlfd_core.ui.lessons.handlers import OTHER_RUN, LessonHandlers
from dlfd_core.ui.lessons.reader import ANCHORS, FOLDER, PARTS, all_lessons, read_folder, read_lesson
from dlfd_core.ui.lessons.sheet import worksheet
from dlfd_core.ui.page import TABS, build_page
from dlfd_core.ui.server.marks import mark
from tests.fakes import HOSTILE, FakeService, make_report

LESSONS = all_lessons()
NAMES = (
    "memorised", "attacker", "forgetting-badly", "step-by-step", "too-loud", "left-in-retain", "relearn", "no-promise",
)  # fmt: skip


@pytest.fixture(scope="module")
def service() -> UnlearningService:
    """The real one; nothing here makes it load a model."""
    return UnlearningService()


@pytest.fixture(scope="module")
def example(service: UnlearningService) -> ForgetReport:
    return service.example()


def handlers(service: FakeService | None = None) -> LessonHandlers:
    return LessonHandlers(Handlers(service or FakeService()))


def by_name(name: str) -> Lesson:
    return next(lesson for lesson in LESSONS if lesson.name == name)


def shown(report: ForgetReport) -> dict[str, Any]:
    return {"request": asdict(report.request), "mark": mark(report)}


def answer(desk: LessonHandlers, **asked: Any) -> dict[str, str]:
    return desk.functions()[0](json.dumps(asked))


# ---- the files -------------------------------------------------------------------------------------------------------


def test_the_eight_are_found_in_their_order() -> None:
    assert tuple(lesson.name for lesson in LESSONS[:8]) == NAMES
    assert [lesson.number for lesson in LESSONS] == list(range(1, len(LESSONS) + 1))
    assert len(LESSONS) == len(list(FOLDER.glob("*")))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lesson_is_whole(lesson: Lesson) -> None:
    assert 5 <= lesson.minutes <= 45 and lesson.goal.endswith(".")
    assert lesson.question.endswith(("?", "?)", ".)"))
    assert len({option.text for option in lesson.options}) == len(lesson.options)
    assert sum(option.right for option in lesson.options) == 1
    assert any(facts_named(paragraph) for paragraph in lesson.reveal)
    for part in ("**Time.**", "**What usually surprises.**", "\n- "):
        assert part in lesson.teacher
    assert lesson.think.count("- ") >= 2


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_its_run_can_be_asked_for(lesson: Lesson, service: UnlearningService, example: ForgetReport) -> None:
    assert handlers().request(lesson.name).people == ("p00", "p01", "p02")
    for _ in FakeService(steps=1).forget(handlers().request(lesson.name), lambda: False):
        break  # the fake checks names and ranges before its first event
    request = LessonHandlers(Handlers(service)).request(lesson.name)
    service.check(request)
    assert validated_forget(request) == request  # names and ranges of the real methods, and one spelling for the cache
    assert request.people == example.request.people
    if lesson.run is not None:
        assert (request.method, request.task, request.preset) == (lesson.run.method, lesson.run.task, lesson.run.preset)
        assert request.knobs == lesson.run.knobs  # none of them is the preset's own value
        assert request == LessonHandlers(Handlers(service)).request(lesson.name)


def test_the_people_of_the_example_are_drawn_as_is_said(service: UnlearningService, example: ForgetReport) -> None:
    task = prepare_task(service.bench.data("portraits"), "emotion")
    assert example.request.people == resolve_people(task, "random:20", 0) and example.request.seed == 0


def test_half_of_the_lessons_need_no_run() -> None:
    assert sum(lesson.run is None for lesson in LESSONS) >= 4


# ---- numbers ---------------------------------------------------------------------------------------------------------


def test_the_example_has_every_fact_that_lessons_about_it_name(example: ForgetReport) -> None:
    facts = facts_of(example)
    for lesson in LESSONS:
        for paragraph in lesson.reveal:
            said = filled(paragraph, facts)
            assert said is not None and "{" not in said, lesson.name


def test_numbers_written_into_the_lessons_are_the_examples(example: ForgetReport) -> None:
    """What is said in words in a question or an answer, and not taken from the run that is shown."""
    scores = example.scores
    assert scores["original"].forget_accuracy > 0.95 and len(example.classes) == 7 and len(example.names) == 20
    assert 0.6 < scores["original"].utility < 0.72  # about two in three
    assert "63 %" in "".join(by_name("too-loud").reveal) and round(100 * scores["retrained"].forget_accuracy) == 63
    most = max(example.audits["unlearned"].people, key=lambda leak: leak.loss_auc)
    assert most.expected is not None and most.expected > 0.55  # clearly above 0.5
    assert most.loss_auc > scores["unlearned"].mia_auc + 0.1  # an average hides somebody
    facts = facts_of(example)
    position = example.request.people.index(most.person)
    assert facts["leak_name"] == example.names[position] and facts["leak_unlearned"] == f"{most.loss_auc:.2f}"


def test_the_relearn_numbers_are_those_of_the_docs() -> None:
    page = " ".join((FOLDER.parents[1] / "docs/scores.md").read_text(encoding="utf-8").split())
    assert "original stays at 0.7, the retrained model at 0.46 to 0.5 and DLFD's at 0.55, on both kinds" in page
    text = " ".join(by_name("relearn").reveal)
    assert "original stayed at 0.7, the retrained model at 0.46 to 0.5, and the unlearned one at 0.55, on" in text


def test_facts_are_the_reports(example: ForgetReport) -> None:
    facts = facts_of(example)
    assert facts["unlearned.mia_auc"] == f"{example.scores['unlearned'].mia_auc:.2f}"
    assert facts["original.utility"] == f"{100 * example.scores['original'].utility:.1f} %"
    assert facts["photos_forget"] == "480" and facts["verdict"] == example.verdict.text
    phases = [point.phase for point in example.curve]
    assert facts["points_forgetting"] == str(phases.count("forgetting"))
    assert all(known_fact(f"control.{field}") for field in SCORES)
    assert not known_fact("unlearned.secret") and not known_fact("nobody.utility") and not known_fact("secret")


def test_a_paragraph_without_its_facts_is_left_out() -> None:
    small = make_report(ForgetRequest(("p00", "p01", "p02")))
    lesson = replace(by_name("memorised"), reveal=("Kept {unlearned.utility}.", "Gone {retrained.utility}."))
    html = views.answer(lesson, 1, small)
    assert "Kept 86.0 %." in html and "Gone" not in html


# ---- the answer ------------------------------------------------------------------------------------------------------


def test_the_answer_speaks_of_the_prediction_and_the_run() -> None:
    desk = handlers()
    example = desk.service.example()
    right = answer(desk, lesson="memorised", choice=1, shown=shown(example))["html"]
    assert "That is right" in right and facts_of(example)["original.mia_accuracy"] in right
    wrong = answer(desk, lesson="memorised", choice=0, shown=shown(example))["html"]
    assert "You predicted: <em>Nearly all" in wrong and "<strong>About two in three</strong>" in wrong


def test_another_run_is_no_answer() -> None:
    service = FakeService(steps=1)
    desk = handlers(service)
    example = service.example()
    assert answer(desk, lesson="too-loud", choice=0, shown=shown(example)) == {"error": OTHER_RUN}
    assert answer(desk, lesson="memorised", choice=0, shown=None) == {"error": OTHER_RUN}
    request = desk.request("too-loud")
    last = list(service.forget(request, lambda: False))[-1]
    assert isinstance(last, ReportReady)
    final = service.cached_report(request)
    assert final is not None
    said = answer(desk, lesson="too-loud", choice=2, shown=shown(final))["html"]
    assert facts_of(final)["unlearned.mia_auc"] in said
    forged = shown(final) | {"mark": "0" * 16}
    assert answer(desk, lesson="too-loud", choice=2, shown=forged) == {"error": OTHER_RUN}


@pytest.mark.parametrize(
    "asked",
    [None, 7, "no json", "{}", '{"lesson": "nobody", "choice": 0, "shown": null}',
     '{"lesson": "memorised", "choice": 9, "shown": null}', '{"lesson": "memorised", "choice": true, "shown": null}',
     '{"lesson": "memorised", "choice": 0, "shown": {"request": 1, "mark": "x"}}', "[" * 60_000],
)  # fmt: skip
def test_a_bad_question_is_answered_with_a_sentence(asked: object) -> None:
    for function in handlers().functions():
        assert function(asked)["error"].endswith(".")


def test_hostile_names_stay_text() -> None:
    report = make_report(ForgetRequest(tuple(f"p{i:02}" for i in range(8, 12)), retrain=True))
    html = views.answer(by_name("left-in-retain"), 0, report)
    assert not any(name in html for name in HOSTILE[:1]) and "<img" not in html


def test_the_form_is_filled_with_a_value_for_every_knob() -> None:
    desk = handlers()
    wishes = desk.wishes("too-loud")
    card = next(card for card in desk.page.catalog.methods if card.name == "neg_grad_plus")
    values = dict(zip([knob.name for knob in card.knobs], wishes.knobs, strict=True))
    assert values["beta"] == 0.8 and values["lr"] == 0.05 and wishes.people == ("p00", "p01", "p02")
    with pytest.raises(InvalidRequest, match="needs no run"):
        desk.wishes("memorised")
    with pytest.raises(DlfdError, match="example is missing"):
        handlers(FakeService(with_example=False)).wishes("too-loud")


def test_the_example_is_brought_back_as_the_page_opened_with_it() -> None:
    desk = handlers()
    request, slots = desk.example()
    assert request == desk.service.example().request == slots["request"] and ">Example</span>" in slots["result"]
    assert {"map", "progress", "shown"} <= set(slots) and slots["example"] is True
    assert desk.example()[1] is slots  # painted once for a whole class
    with pytest.raises(DlfdError, match="example is missing"):
        handlers(FakeService(with_example=False)).example()


# ---- page and paper --------------------------------------------------------------------------------------------------


def test_the_page_has_every_lesson_and_every_place_to_look_at() -> None:
    page = build_page(FakeService())
    ids = {block.elem_id for block in page.blocks.values() if getattr(block, "elem_id", None)}
    assert {"lessons", "lesson-desk"} <= ids
    for anchor, (place, selector) in ANCHORS.items():
        assert place in TABS or INSIDE[place] in TABS, anchor
        if found := re.match(r"#([a-z-]+)", selector):
            assert found[1] in ids, anchor
        else:
            assert f'data-panel="{anchor}"' in selector
    html, cards = views.desk(LESSONS), views.cards(LESSONS)
    for lesson in LESSONS:
        assert html.count(f'data-lesson="{lesson.name}"') == 1 and cards.count(f'data-open="{lesson.name}"') == 1
    assert html.count("Next lesson:") == len(LESSONS) - 1  # after all but the last
    assert html.count('type="radio"') == sum(len(lesson.options) for lesson in LESSONS)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_the_worksheet_is_one_file_that_keeps_the_answer_for_the_teacher(lesson: Lesson) -> None:
    found = handlers().functions()[1](lesson.name)
    assert found["name"] == f"worksheet-{lesson.name}.html" and found["type"] == "text/html"
    sheet = base64.b64decode(found["content"]).decode()
    assert sheet == worksheet(lesson) and not re.search(r"https?://|<script|<link|src=", sheet)
    pupils, teacher = sheet.split('<div class="teacher">')
    assert all(pupils.count(f"<li>{option.text}</li>") == 1 for option in lesson.options)
    assert "Right in step 1" not in pupils and "Right in step 1" in teacher and "break-before: page" in pupils


# ---- malformed files -------------------------------------------------------------------------------------------------

WHOLE = """---
title: A title
minutes: 10
goal: A goal.
do: run
people: example
task: emotion
method: dlfd
seed: 3
knobs: lr=0.1 mode=paper augment=no
retrain: yes
---

## Predict

What?

- [ ] one
- [x] two
- [ ] three

## Do

Do it.

## Look

- [There](#scores): see.

## Reveal

It is {unlearned.utility}.

## Think on

Why?

## For the teacher

Notes.
"""


def written(folder: Path, text: str = WHOLE, name: str = "9-mine.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_lesson_is_added_by_one_file(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, WHOLE.replace("A title", "Earlier"), "2-earlier.md")
    earlier, mine = read_folder(tmp_path)
    assert (earlier.title, mine.title, mine.name, mine.number) == ("Earlier", "A title", "mine", 9)
    assert mine.run is not None and mine.run.people == (EXAMPLE_PEOPLE,) and mine.run.seed == 3 and mine.run.retrain
    assert mine.run.knobs == (("augment", False), ("lr", 0.1), ("mode", "paper"))


def test_two_lessons_with_one_number_are_refused(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, name="9-other.md")
    with pytest.raises(InvalidData, match="same number"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("---\ntitle", "title", "must begin with a header"),
        ("minutes: 10", "minutes: ten", "minutes must be a whole number"),
        ("goal: A goal.\n", "", "lacks goal"),
        ("goal:", "aim:", "is not 'key: value'"),
        ("seed: 3", "seed: 3\nseed: 4", "once"),
        ("do: run", "do: jump", "do must be example or run"),
        ("do: run", "do: example", "there is no run"),
        ("task: emotion\n", "", "lacks task"),
        ("retrain: yes", "retrain: true", "retrain must be yes or no"),
        ("lr=0.1", "lr", "name=value"),
        ("## Do\n", "## Doing\n", "its parts must be"),
        ("Do it.", "", "nothing stands under Do"),
        ("- [ ] one\n", "", "3 or 4 lines"),
        ("- [ ] one", "- [x] one", "at most one answer"),
        ("#scores", "#nowhere", "under Look"),
        ("{unlearned.utility}", "{unlearned.luck}", "no fact {unlearned.luck}"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in WHOLE
    with pytest.raises(InvalidData, match=re.escape("9-mine.md")) as refused:
        read_lesson(written(tmp_path, WHOLE.replace(old, new, 1)))
    assert words in str(refused.value)


def test_a_file_with_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="must be called like"):
        read_lesson(written(tmp_path, name="mine.md"))


def test_prose_is_inert() -> None:
    html = views.prose("a <b>\n\n- **one** &\n  more\n- two")
    assert html == "<p>a &lt;b&gt;</p><ul><li><strong>one</strong> &amp; more</li><li>two</li></ul>"
    assert len(PARTS) == len(views.STEPS) + 1
