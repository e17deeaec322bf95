"""Reader of the lessons in ``assets/lessons``: one Markdown file each, with a header (see docs/teaching.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dlfd_core.errors import InvalidData
from dlfd_core.types import DEFAULT_PRESET, KnobValue, Lesson, LessonLook, LessonOption, LessonRun
from dlfd_core.ui.lessons.facts import facts_named, known_fact
from dlfd_core.ui.text.texts import ASSETS

FOLDER = ASSETS / "lessons"
#: The parts of a lesson in their order; each is a heading ``## Predict`` in the file.
PARTS = ("Predict", "Do", "Look", "Reveal", "Think on", "For the teacher")
#: Anchor of a link under "Look" -> the address that opens its part of the page, and its CSS selector.
ANCHORS: Mapping[str, tuple[str, str]] = {
    "pick": ("demo", "#people"),
    "own": ("photos", "#own"),
    "forget": ("demo", "#run"),
    "curves": ("curves", "#curves"),
    "map": ("map", "#map"),
    "explorer": ("explorer", "#explorer"),
    "explorer-original": ("explorer", "#explorer .explorer"),
    "verdict": ("demo", "#verdict"),
    "proof": ("evidence", "#proof .verdict"),
    "scores": ("evidence", "#proof .scores"),
    "losses": ("evidence", "#losses"),
    "predictions": ("evidence", "#predictions"),
    "attacks": ("evidence", '[data-panel="attacks"]'),
    "shadows": ("evidence", '[data-panel="shadows"]'),
    "collapse": ("evidence", '[data-panel="collapse"]'),
    "depth": ("evidence", '[data-panel="depth"]'),
    "layers": ("evidence", '[data-panel="layers"]'),
    "payers": ("evidence", '[data-panel="payers"]'),
    "leaks": ("evidence", '[data-panel="leaks"]'),
    "relearn": ("evidence", "#come-back"),
    "promises": ("about", "#promises"),
    "compare": ("compare", "#part-compare"),
}
NEEDED = ("title", "minutes", "goal", "do")
#: Header fields with ``do: run``: required and optional ones.
RUN_NEEDS, RUN_MAY = ("people", "task", "method", "seed"), ("preset", "knobs", "retrain", "control")
FEWEST_OPTIONS, MOST_OPTIONS = 3, 4


@cache
def all_lessons() -> tuple[Lesson, ...]:
    """The lessons of the project, in the order of their numbers. Raises ``InvalidData``."""
    return read_folder(FOLDER)


def read_folder(folder: Path) -> tuple[Lesson, ...]:
    lessons = sorted((read_lesson(path) for path in folder.glob("*.md")), key=lambda lesson: lesson.number)
    numbers = [lesson.number for lesson in lessons]
    if len(set(numbers)) != len(numbers) or len({lesson.name for lesson in lessons}) != len(lessons):
        raise InvalidData(f"Two lessons in {folder.name} have the same number or name; rename one of their files.")
    return tuple(lessons)


def read_lesson(path: Path) -> Lesson:
    """One lesson. Raises ``InvalidData`` with the file's name and what is wrong in it."""
    named = re.fullmatch(r"(\d+)-([a-z0-9]+(?:-[a-z0-9]+)*)", path.stem)
    if named is None:
        raise _wrong(path, "the file must be called like 3-forgetting-badly.md, number first")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(path, "it is not UTF-8 text") from error
    match = re.fullmatch(r"---\n(.*?)\n---\n(.*)", text, flags=re.DOTALL)
    if match is None:
        raise _wrong(path, "it must begin with a header between two lines ---")
    header, parts = _header(path, match[1]), _parts(path, match[2])
    question, options = _predict(path, parts["Predict"])
    return Lesson(
        name=named[2],
        number=int(named[1]),
        title=header["title"],
        minutes=_whole(path, header, "minutes"),
        goal=header["goal"],
        run=_run(path, header),
        question=question,
        options=options,
        doing=parts["Do"],
        looks=_looks(path, parts["Look"]),
        reveal=_reveal(path, parts["Reveal"]),
        think=parts["Think on"],
        teacher=parts["For the teacher"],
    )


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a text, which empty lines separate."""
    return [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]


def _wrong(path: Path, what: str) -> InvalidData:
    return InvalidData(f"Lesson {path.name}: {what}.")


# ---- header ----------------------------------------------------------------------------------------------------------


def _header(path: Path, text: str) -> dict[str, str]:
    known_keys = (*NEEDED, *RUN_NEEDS, *RUN_MAY)
    header: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = (piece.strip() for piece in line.partition(":"))
        if not colon or key not in known_keys or not value or key in header:
            keys = ", ".join(known_keys)
            raise _wrong(path, f"the header's line {line!r} is not 'key: value' with one of {keys}, each once")
        header[key] = value
    if missing := [key for key in NEEDED if key not in header]:
        raise _wrong(path, f"the header lacks {', '.join(missing)}")
    return header


def _whole(path: Path, header: Mapping[str, str], key: str) -> int:
    if not re.fullmatch(r"\d{1,9}", header[key]):
        raise _wrong(path, f"{key} must be a whole number, not {header[key]!r}")
    return int(header[key])


def _yes(path: Path, header: Mapping[str, str], key: str) -> bool:
    value = header.get(key, "no")
    if value not in ("yes", "no"):
        raise _wrong(path, f"{key} must be yes or no, not {value!r}")
    return value == "yes"


def _run(path: Path, header: Mapping[str, str]) -> LessonRun | None:
    run_keys = [key for key in (*RUN_NEEDS, *RUN_MAY) if key in header]
    if header["do"] == "example":
        if run_keys:
            raise _wrong(path, f"with do: example there is no run, so no {', '.join(run_keys)}")
        return None
    if header["do"] != "run":
        raise _wrong(path, f"do must be example or run, not {header['do']!r}")
    if missing := [key for key in RUN_NEEDS if key not in header]:
        raise _wrong(path, f"with do: run the header lacks {', '.join(missing)}")
    return LessonRun(
        people=tuple(one.strip() for one in header["people"].split(",")),
        task=header["task"],
        method=header["method"],
        preset=header.get("preset", DEFAULT_PRESET),
        knobs=_knobs(path, header.get("knobs", "")),
        seed=_whole(path, header, "seed"),
        retrain=_yes(path, header, "retrain"),
        control=_yes(path, header, "control"),
    )


def _knobs(path: Path, text: str) -> tuple[tuple[str, KnobValue], ...]:
    knobs: dict[str, KnobValue] = {}
    for pair in text.split():
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise _wrong(path, f"knobs are written name=value, with blanks between them, not {pair!r}")
        knobs[name] = _value(value)
    return tuple(sorted(knobs.items()))


def _value(text: str) -> KnobValue:
    if text in ("yes", "no"):
        return text == "yes"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


# ---- parts -----------------------------------------------------------------------------------------------------------


def _parts(path: Path, text: str) -> dict[str, str]:
    pieces = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    headings = tuple(heading.strip() for heading in pieces[1::2])
    if headings != PARTS or pieces[0].strip():
        raise _wrong(path, f"its parts must be, in this order and with nothing before them: {', '.join(PARTS)}")
    parts = dict(zip(headings, (body.strip() for body in pieces[2::2]), strict=True))
    if empty := [heading for heading, body in parts.items() if not body]:
        raise _wrong(path, f"nothing stands under {', '.join(empty)}")
    return parts


def _predict(path: Path, text: str) -> tuple[str, tuple[LessonOption, ...]]:
    lines = [line.strip() for line in text.splitlines()]
    marked = [re.fullmatch(r"- \[([ x])\] (.+)", line) for line in lines]
    options = tuple(LessonOption(one[2].strip(), one[1] == "x") for one in marked if one is not None)
    question = " ".join(line for line, one in zip(lines, marked, strict=True) if one is None and line)
    if not question or not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        raise _wrong(path, "Predict needs a question and then 3 or 4 lines like '- [ ] answer'")
    if sum(option.right for option in options) > 1:
        raise _wrong(path, "at most one answer may be marked right with [x]")
    return question, options


def _looks(path: Path, text: str) -> tuple[LessonLook, ...]:
    looks = []
    for block in re.split(r"^- ", text, flags=re.MULTILINE)[1:]:
        line = " ".join(block.split())
        link = re.fullmatch(r"\[([^\]]+)\]\(#([a-z-]+)\):? *(.+)", line)
        if link is None or link[2] not in ANCHORS:
            anchors = ", ".join(f"#{name}" for name in ANCHORS)
            raise _wrong(
                path, f"a line under Look is '- [words](#part): what to see', with one of {anchors}; not {line!r}"
            )
        looks.append(LessonLook(link[2], link[1], link[3]))
    if not looks:
        raise _wrong(path, "Look needs at least one line '- [words](#part): what to see'")
    return tuple(looks)


def _reveal(path: Path, text: str) -> tuple[str, ...]:
    blocks = tuple(" ".join(block.split()) for block in paragraphs(text))
    for name in (name for block in blocks for name in facts_named(block)):
        if not known_fact(name):
            raise _wrong(path, f"there is no fact {{{name}}}; dlfd_core/ui/lessons/facts.py lists them")
    return blocks
