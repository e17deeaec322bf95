"""Handlers of the lessons, without gradio: from a lesson's name to a filled form, an answer or a worksheet."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.types import CONTROLLED, EXAMPLE_PEOPLE, ForgetRequest, Lesson
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.lessons import views
from dlfd_core.ui.lessons.reader import all_lessons
from dlfd_core.ui.lessons.sheet import worksheet
from dlfd_core.ui.server.failures import NOT_SHOWN, answered
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.questions import MALFORMED, read_json, read_request, shown_run

OTHER_RUN = (
    "The page does not show this lesson's run, or it is not finished yet. Press the button under Do, wait for the end "
    "of the run, and come back."
)


class LessonHandlers:
    """Handlers of the lessons. All visitors share them, so they keep no data of a visitor.

    Args:
        page: shares its service and its catalog.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service
        self.lessons = {lesson.name: lesson for lesson in all_lessons()}

    def lesson(self, name: object) -> Lesson:
        if isinstance(name, str) and name in self.lessons:
            return self.lessons[name]
        raise UnknownName("lesson", str(name)[:40], self.lessons)

    # ---- Do ----

    def wishes(self, name: object) -> Wishes:
        """The form as the lesson wants it, with a value for every knob. Raises ``DlfdError``."""
        run = self.lesson(name).run
        if run is None:
            raise InvalidRequest("This lesson is about the finished example and needs no run.")
        card = self.page.method(run.method)
        knobs = self.page.preset(card.name, run.task, run.preset)
        for knob, value in run.knobs:
            if knob not in knobs:
                raise UnknownName(f"setting of {card.title}", knob, knobs)
            knobs[knob] = value
        people = self.service.example().request.people if run.people == (EXAMPLE_PEOPLE,) else run.people
        control = run.control and run.method in CONTROLLED
        values = [knobs[knob.name] for knob in card.knobs]
        return Wishes(people, run.task, run.method, run.seed, run.retrain, control, run.preset, values)

    def request(self, name: object) -> ForgetRequest:
        """What the lesson is about: the run it starts, or the finished example's. Raises ``DlfdError``."""
        if self.lesson(name).run is None:
            return self.service.example().request
        return self.page.request(self.wishes(name))

    def example(self) -> tuple[ForgetRequest, Slots]:
        """The finished example, as the page opens with it. Raises ``DlfdError``."""
        return self.service.example().request, self.page.opening()

    # ---- Reveal and worksheet: functions that anybody can call, so bad input is answered with a sentence ----

    def functions(self) -> list[Callable[[object], dict[str, str]]]:
        """``lesson_answer`` and ``lesson_sheet``, as the script calls them."""

        def lesson_answer(question: object) -> dict[str, str]:
            return answered(lambda: self._answer(question), NOT_SHOWN)

        def lesson_sheet(name: object) -> dict[str, str]:
            return answered(lambda: self._sheet(name), NOT_SHOWN)

        return [lesson_answer, lesson_sheet]

    def _answer(self, question: object) -> dict[str, str]:
        try:
            values = read_json(question)
            lesson, choice, run = self.lesson(values["lesson"]), values["choice"], values["shown"]
            if isinstance(choice, bool) or not isinstance(choice, int) or choice not in range(len(lesson.options)):
                raise ValueError
            request = None if run is None else read_request(run["request"])
            wanted = None if run is None else str(run["mark"])
        except MALFORMED as error:
            raise InvalidRequest("The server could not read this question; load the page again.") from error
        if request is None or _core(request) != _core(self.request(lesson.name)):
            raise InvalidRequest(OTHER_RUN)
        return {"html": views.answer(lesson, choice, shown_run(self.service, request, wanted, OTHER_RUN))}

    def _sheet(self, name: object) -> dict[str, str]:
        lesson = self.lesson(name)
        content = base64.b64encode(worksheet(lesson).encode()).decode()
        return {"name": f"worksheet-{lesson.name}.html", "type": "text/html", "content": content}


def _core(request: ForgetRequest) -> ForgetRequest:
    """A lesson's run may have the retrained model or the control beside it, or not: what was unlearned is the same."""
    return replace(request, retrain=False, control=False)
