"""Worksheet of a lesson to print: one HTML file without external resources, the teacher's notes on the last page."""

from __future__ import annotations

from dlfd_core.types import Lesson
from dlfd_core.ui.lessons.views import inline, prose
from dlfd_core.ui.text.markup import esc

STYLE = """
@page { size: A4; margin: 14mm 16mm }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 12pt/1.5 system-ui, sans-serif; color: #111;
  background: #fff }
h1 { margin: 0 0 4pt; font-size: 16pt; line-height: 1.15 }
h2 { margin: 7pt 0 1pt; font-size: 12.5pt }
p, ul { margin: 3pt 0 }
.names { display: flex; gap: 20pt; margin: 8pt 0 }
@media print { body { margin: 0; padding: 0; font-size: 10pt; line-height: 1.3 } }
.names span { flex: 1; border-bottom: 1px solid #555 }
.options { padding: 0; list-style: none }
.options li::before { content: ""; display: inline-block; width: 10pt; height: 10pt; margin-right: 8pt;
  border: 1.2px solid #111; vertical-align: -1pt }
.line { height: 17pt; border-bottom: 1px solid #999 }
section { break-inside: avoid }
.teacher { break-before: page }
"""


def worksheet(lesson: Lesson) -> str:
    """The file's HTML. The right option is only on the teacher's page."""
    options = "".join(f"<li>{inline(option.text)}</li>" for option in lesson.options)
    looks = "".join(f"<li>{inline(look.link)}: {inline(look.text)}</li>" for look in lesson.looks)
    right = "".join(
        f"<p>Right in step 1: <strong>{inline(option.text)}</strong></p>" for option in lesson.options if option.right
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{esc(lesson.title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
        f"<h1>{esc(lesson.title)}</h1><p>{inline(lesson.goal)}</p>"
        '<p class="names"><span>Name</span><span>Date</span></p>'
        f'<section><h2>1 Predict</h2><p>{inline(lesson.question)}</p><ul class="options">{options}</ul>'
        f"<p>Because</p>{_lines(2)}</section>"
        f"<section><h2>2 Do</h2>{prose(lesson.doing)}</section>"
        f"<section><h2>3 Look</h2><ul>{looks}</ul><p>What I saw, with numbers</p>{_lines(4)}</section>"
        f"<section><h2>4 Reveal</h2><p>Was I right, and why or why not?</p>{_lines(3)}</section>"
        f"<section><h2>5 Think on</h2>{prose(lesson.think)}{_lines(4)}</section>"
        f'<div class="teacher"><h1>For the teacher</h1><p>{esc(lesson.title)}, about {lesson.minutes} minutes</p>'
        f"{right}{prose(lesson.teacher)}</div></main></body></html>"
    )


def _lines(count: int) -> str:
    return '<div class="line"></div>' * count
