"""HTML of the lessons: pure functions from lessons and reports to escaped HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from dlfd_core.types import ForgetReport, Lesson
from dlfd_core.ui.lessons.facts import facts_of, filled
from dlfd_core.ui.lessons.reader import ANCHORS, PARTS, paragraphs
from dlfd_core.ui.text.markup import esc

#: Parts that are a step each on the page; the last part, for the teacher, is folded.
STEPS = PARTS[:-1]
LEAD = (
    "For a class or for yourself: say what you expect, do it on the page, look at the result, and see whether you were "
    "right. The lesson stands beside the map. All who take a lesson ask for the same run, so it is computed only once."
)
NO_RUN, ONE_RUN = "works with the example", "with one run"
BUTTONS = {"example": "Show the finished example", "run": "Set it up and run it"}


def prose(text: str) -> str:
    """HTML of paragraphs, lists (lines that start with ``- ``) and ``**bold**``; everything else is escaped."""
    blocks = []
    for block in paragraphs(text):
        if block.startswith("- "):
            items = (" ".join(item.split()) for item in re.split(r"^- ", block, flags=re.MULTILINE)[1:])
            blocks.append(f"<ul>{''.join(f'<li>{inline(item)}</li>' for item in items)}</ul>")
        else:
            blocks.append(f"<p>{inline(' '.join(block.split()))}</p>")
    return "".join(blocks)


def inline(text: str) -> str:
    """HTML of one line with ``**bold**``; everything else is escaped."""
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(text, quote=False))


def cards(lessons: Sequence[Lesson]) -> str:
    """A card for each lesson."""
    items = "".join(
        f'<li><button type="button" class="lesson-card" data-open="{esc(lesson.name)}" aria-expanded="false">'
        f'<span class="number" aria-hidden="true">{number}</span><b>{esc(lesson.title)}</b>'
        f"<span>{inline(lesson.goal)}</span>"
        f"<small>{lesson.minutes} minutes, {NO_RUN if lesson.run is None else ONE_RUN}</small></button></li>"
        for number, lesson in enumerate(lessons, 1)
    )
    return f'<h2>Lessons</h2><p class="lead">{esc(LEAD)}</p><ol class="lesson-cards" role="list">{items}</ol>'


def desk(lessons: Sequence[Lesson]) -> str:
    """The panel beside the page with all lessons, closed."""
    following = [*lessons[1:], None]
    articles = "".join(
        _lesson(lesson, number, after) for number, (lesson, after) in enumerate(zip(lessons, following, strict=True), 1)
    )
    return f'<div class="lesson-panel" hidden>{articles}</div>'


def _lesson(lesson: Lesson, number: int, after: Lesson | None) -> str:
    name = esc(lesson.name)
    steps = "".join(
        f'<li><button type="button" data-step="{i}"{" aria-current=step" if i == 0 else ""}>'
        f'<span aria-hidden="true">{i + 1}</span> {step}</button></li>'
        for i, step in enumerate(STEPS)
    )
    bodies = (_predict(lesson), _do(lesson), _look(lesson), _reveal(), prose(lesson.think) + _following(after))
    parts = "".join(
        f'<section data-part="{i}" aria-label="{step}" tabindex="-1"{" hidden" if i else ""}>{body}{_next(i)}</section>'
        for i, (step, body) in enumerate(zip(STEPS, bodies, strict=True))
    )
    return (
        f'<article class="lesson" id="lesson-{name}" data-lesson="{name}" hidden aria-labelledby="lesson-{name}-title">'
        f'<header><p class="lesson-number">Lesson {number}</p>'
        '<button type="button" class="plain" data-close aria-label="Close the lesson">Close</button></header>'
        f'<h2 id="lesson-{name}-title" tabindex="-1">{esc(lesson.title)}</h2><p>{inline(lesson.goal)}</p>'
        f'<ol class="lesson-bar" aria-label="Steps of the lesson" role="list">{steps}</ol>{parts}'
        f'<details class="lesson-teacher"><summary>For the teacher</summary>{prose(lesson.teacher)}'
        '<p><button type="button" class="plain" data-sheet>Worksheet to print</button> '
        '<span class="quiet" role="status" data-said></span></p></details></article>'
    )


def _next(step: int) -> str:
    if step + 1 == len(STEPS):
        return ""
    return (
        f'<p><button type="button" class="plain" data-step="{step + 1}" data-next>Next: {STEPS[step + 1]}</button></p>'
    )


def _following(after: Lesson | None) -> str:
    if after is None:
        return ""
    return (
        f'<p><button type="button" class="plain" data-open="{esc(after.name)}">Next lesson: {esc(after.title)}'
        "</button></p>"
    )


def _predict(lesson: Lesson) -> str:
    options = "".join(
        f'<label><input type="radio" name="predict-{esc(lesson.name)}" value="{i}"> <span>{esc(option.text)}</span>'
        "</label>"
        for i, option in enumerate(lesson.options)
    )
    return f"<fieldset><legend>{inline(lesson.question)}</legend>{options}</fieldset>"


def _do(lesson: Lesson) -> str:
    return (
        f'{prose(lesson.doing)}<p><button type="button" class="lesson-do" data-do="{lesson.act}">'
        f'{BUTTONS[lesson.act]}</button> <span class="quiet" role="status" data-said></span></p>'
    )


def _look(lesson: Lesson) -> str:
    links = "".join(
        f'<li><a href="#{look.anchor}" data-look="{esc(ANCHORS[look.anchor][1])}" '
        f'data-place="{ANCHORS[look.anchor][0]}">{esc(look.link)}</a>: '
        f"{inline(look.text)}</li>"
        for look in lesson.looks
    )
    return (
        f'<ul>{links}</ul><p class="hint" data-level="none" data-missing role="status" hidden>This part is not on the '
        "page yet: it appears with a finished run.</p>"
    )


def _reveal() -> str:
    return (
        '<p><button type="button" class="lesson-do" data-reveal disabled>Show the answer</button> '
        '<span class="quiet" data-first>Make your prediction first, in step 1.</span></p>'
        '<div role="status" aria-live="polite" data-answer></div>'
    )


def answer(lesson: Lesson, choice: int, report: ForgetReport) -> str:
    """The visitor's prediction, the right answer where there is one, then the result of this run."""
    facts = facts_of(report)
    texts = (filled(paragraph, facts) for paragraph in lesson.reveal)
    return verdict_on(lesson, choice) + "".join(prose(paragraph) for paragraph in texts if paragraph is not None)


def verdict_on(lesson: Lesson, choice: int) -> str:
    text = f"<p>You predicted: <em>{esc(lesson.options[choice].text)}</em></p>"
    right = next((option for option in lesson.options if option.right), None)
    if right is None:
        return text
    if right is lesson.options[choice]:
        return text + '<p class="lesson-right"><span aria-hidden="true">✓</span> That is right.</p>'
    return text + f'<p class="lesson-other">The answer: <strong>{esc(right.text)}</strong></p>'
