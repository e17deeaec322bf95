"""What happens in a lesson, without gradio: a lesson's name in, a filled form, an answer or a worksheet out."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from pydantic import TypeAdapter, ValidationError

from dlfd_core.errors import DlfdError, InvalidRequest, UnknownName
from dlfd_core.types import CONTROLLED, ForgetReport, ForgetRequest, MethodCard
from dlfd_core.types.lesson import EXAMPLE_PEOPLE, Lesson
from dlfd_core.ui import lesson_views as views
from dlfd_core.ui.form import Wishes
from dlfd_core.ui.handlers import Handlers, Slots
from dlfd_core.ui.lesson_sheet import worksheet
from dlfd_core.ui.lessons import all_lessons
from dlfd_core.ui.receipt import LONGEST, mark

log = logging.getLogger(__name__)

OTHER_RUN = (
    "The page does not show this lesson's run, or it is not finished yet. Press the button under Do, wait for the end "
    "of the run, and come back."
)
UNFORESEEN = "This could not be shown just now."
_REQUEST: TypeAdapter[ForgetRequest] = TypeAdapter(ForgetRequest)


class LessonHandlers:
    """The behaviour of the lessons. Holds nothing of a visitor.

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
        card = self._card(run.method)
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
        return self._example

    @cached_property
    def _example(self) -> tuple[ForgetRequest, Slots]:
        # painted once: a class asks for it thirty times, and its figures take a moment
        return self.service.example().request, self.page.opening()

    def _card(self, method: str) -> MethodCard:
        for card in self.page.catalog.methods:
            if card.name == method:
                return card
        raise UnknownName("method", method, [card.name for card in self.page.catalog.methods])

    # ---- Reveal and worksheet: functions that everybody can call, so bad input is answered with a sentence ----

    def functions(self) -> list[Callable[[object], dict[str, str]]]:
        """``lesson_answer`` and ``lesson_sheet``, as the script calls them."""

        def lesson_answer(asked: object) -> dict[str, str]:
            return _said(self._answer, asked)

        def lesson_sheet(asked: object) -> dict[str, str]:
            return _said(self._sheet, asked)

        return [lesson_answer, lesson_sheet]

    def _answer(self, asked: object) -> dict[str, str]:
        try:
            if not isinstance(asked, str) or len(asked) > LONGEST:
                raise ValueError
            found = json.loads(asked)
            lesson, choice, shown = self.lesson(found["lesson"]), found["choice"], found["shown"]
            if isinstance(choice, bool) or not isinstance(choice, int) or choice not in range(len(lesson.options)):
                raise ValueError
            request = None if shown is None else _REQUEST.validate_python(shown["request"])
            wanted = None if shown is None else str(shown["mark"])
        except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
            raise InvalidRequest("This is no question for an answer; load the page again.") from error
        if request is None or _core(request) != _core(self.request(lesson.name)):
            raise InvalidRequest(OTHER_RUN)
        return {"html": views.answer(lesson, choice, self._shown(request, wanted))}

    def _shown(self, request: ForgetRequest, wanted: str | None) -> ForgetReport:
        """The run as it stands on the page: one that the service remembers, or the finished example."""
        known = self.service.known(request)
        if known is None or mark(known) != wanted:
            known = self.service.example()
        if mark(known) != wanted:
            raise InvalidRequest(OTHER_RUN)
        return known

    def _sheet(self, asked: object) -> dict[str, str]:
        lesson = self.lesson(asked)
        content = base64.b64encode(worksheet(lesson).encode()).decode()
        return {"name": f"worksheet-{lesson.name}.html", "type": "text/html", "content": content}


def _core(request: ForgetRequest) -> ForgetRequest:
    """A lesson's run may have the retrained model or the control beside it, or not: what was unlearned is the same."""
    return replace(request, retrain=False, control=False)


def _said(work: Callable[[object], dict[str, str]], asked: object) -> dict[str, str]:
    try:
        return work(asked)
    except DlfdError as error:
        return {"error": str(error)}
    except Exception:
        log.exception("A lesson could not answer")
        return {"error": UNFORESEEN}
