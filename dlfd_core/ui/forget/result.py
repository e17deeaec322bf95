"""HTML of the right column of the stage: what an attacker finds, how useful the model still is, and what comes next."""

from __future__ import annotations

import json
from dataclasses import asdict

from dlfd_core.types import CONTROLLED, IDENTITY, MINIMUM_PHOTOS, RACE_REFERENCE, SET_TITLES, Catalog, ForgetReport
from dlfd_core.ui.evidence.gauge import gauge_drawing
from dlfd_core.ui.forget.badges import Trace, Use, trace_of, use_of
from dlfd_core.ui.forget.views import run_title
from dlfd_core.ui.receipt.link import link_of
from dlfd_core.ui.server.marks import mark
from dlfd_core.ui.text.markup import counted, esc

#: Level -> tone (colour of the badge), sign, title.
TRACES = {
    "untouched": ("bad", "!", "Trace untouched"),
    "partly_gone": ("warn", "◐", "Trace partly gone"),
    "gone": ("good", "✓", "No trace found"),
    "overdone": ("warn", "↯", "Overdone: a new trace"),
    "cannot_tell": ("none", "?", "Trace: cannot tell"),
}
USES = {
    "kept": ("good", "✓", "Usefulness kept"),
    "hurt": ("warn", "↓", "Usefulness hurt"),
    "lost": ("bad", "✕", "Usefulness lost"),
}
#: Where the questions that follow a result are answered: part of the page, question.
NEXT = (
    ("evidence", "How sure is this?"),
    ("come-back", "Does the memory come back?"),
    ("compare", "Do other methods do better?"),
)


def result(report: ForgetReport, catalog: Catalog, *, example: bool = False, final: bool = True) -> str:
    """The whole column: which run it is, two badges, a sentence, the gauge and links.

    Args:
        final: whether the run is over; until then its control may still come.
    """
    trace, use = trace_of(report), use_of(report)
    request = esc(json.dumps({"request": asdict(report.request), "mark": mark(report)}, ensure_ascii=False))
    link = link_of(report.request)
    address = "" if example or link is None else f' data-address="{esc(link)}"'
    return (
        f'<div class="finds" data-asked="{request}" data-example="{str(example).lower()}"{address}>'
        f"{_whose(report, catalog, example=example)}"
        f'<p class="says">{esc(sentence(report, trace, use))}</p>'
        f"{_badges(trace, use, report.request.task)}{gauge_drawing(report)}"
        f"{_beside(report, final=final)}{_links()}{_files(link)}</div>"
    )


def _whose(report: ForgetReport, catalog: Catalog, *, example: bool) -> str:
    kind = "Example" if example else "Your run"
    return f'<p class="whose"><span class="tag">{kind}</span> {esc(run_title(report, catalog))}</p>'


def sentence(report: ForgetReport, trace: Trace, use: Use) -> str:
    """What came out, in one or two plain sentences."""
    return f"{_trace_sentence(report, trace)} {_use_sentence(use)}"


def _trace_sentence(report: ForgetReport, trace: Trace) -> str:
    if report.verdict.label == "task_lost":
        return "This model no longer does its task, so what an attacker finds in it says little."
    people = len(report.names)
    who = counted(people, "forgotten person", SET_TITLES["forget"])
    if trace.level == "cannot_tell":
        return _why_not_told(report)
    unsure = f" But {counted(people, 'person is', 'people are')} too few to be sure." if trace.leaning else ""
    texts = {
        "gone": f"An attacker can no longer tell the {who} from people the model never saw.",
        "partly_gone": f"An attacker still recognises the {who}, but less than before.",
        "untouched": f"An attacker recognises the {who} as before: the model has not forgotten them.",
        "overdone": f"The model is now more wrong about the {who} than about unseen people, and an attacker sees it.",
    }
    if report.request.task == IDENTITY:  # there the comparison is with photos of the same people
        texts |= {
            "gone": f"An attacker can no longer tell the {who} from photos of them that the model never saw.",
            "overdone": f"The model is now more wrong about the {who} than about their other photos, "
            "and an attacker sees it.",
        }
    return texts[trace.level] + unsure


def _why_not_told(report: ForgetReport) -> str:
    """Why the run has no answer, in the order in which the verdict looks at the reasons."""
    photos = report.data.photos["forget"]
    if photos < MINIMUM_PHOTOS:
        return f"{counted(photos, 'photo is', 'photos are')} too few for an answer; {MINIMUM_PHOTOS} are needed."
    original, unlearned = report.audits.get("original"), report.audits.get("unlearned")
    before = None if original is None else original.worst
    if unlearned is None or before is None or unlearned.worst is None:
        return "The attacks could not be measured on these photos, so there is no answer."
    unseen = unlearned.attacks["loss"].n_unseen
    if unseen < MINIMUM_PHOTOS:
        return (
            f"{counted(unseen, 'photo', 'photos')} to compare with that the model never saw: too few for an answer; "
            f"{MINIMUM_PHOTOS} are needed."
        )
    if before.outside and before.known:
        return "Even in the original model an attacker finds no more than chance can give, so there is no answer."
    return (
        "An attacker could not recognise these people before forgetting either, so there is no trace that could "
        "disappear."
    )


def _use_sentence(use: Use) -> str:
    return {
        "kept": "The model is as useful as before.",
        "hurt": "The model has become worse at its task.",
        "lost": "The model has lost its task.",
    }[use.level]


def _badges(trace: Trace, use: Use, task: str) -> str:
    note = f"How often an attacker guesses right. Without any trace: {_share(trace.reference)}."
    useful = "Right answers on photos it never saw." if task == IDENTITY else "Right answers on people it never saw."
    return (
        '<div class="badges">'
        + _badge("trace", TRACES[trace.level], trace.level, (trace.before, trace.after), note)
        + _badge("use", USES[use.level], use.level, (use.before, use.after), useful)
        + "</div>"
    )


def _badge(kind: str, look: tuple[str, str, str], level: str, shares: tuple[float, float], note: str) -> str:
    """A badge with its number before and after; the script counts from one to the other."""
    (tone, sign, title), (before, after) = look, shares
    return (
        f'<section class="badge" data-badge="{kind}" data-level="{level}" data-tone="{tone}">'
        f'<h3><span class="icon" aria-hidden="true">{sign}</span>{title}</h3>'
        f'<p class="count"><span class="before">{_share(before)}</span> <span aria-hidden="true">→</span>'
        f'<span class="sr-only">then</span> <b data-from="{before:.4f}" data-to="{after:.4f}">{_share(after)}</b></p>'
        f'<p class="note">{esc(note)}</p></section>'
    )


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _beside(report: ForgetReport, *, final: bool) -> str:
    """Buttons that run the same request once more with another model beside it; the page has a hidden one for each."""
    coming = report.request.control and not final
    wanted = [("control", "the control")] if report.request.method in CONTROLLED and not coming else []
    wanted += [("retrained", "a retrained model")] if report.request.method != RACE_REFERENCE else []
    buttons = "".join(
        f'<button type="button" class="plain" data-beside="{model}">{words}</button>'
        for model, words in wanted
        if model not in report.scores
    )
    return f'<p class="beside"><span>Compare with</span> {buttons}</p>' if buttons else ""


def _links() -> str:
    items = "".join(f'<li><a href="#{part}" data-part="{part}">{question}</a></li>' for part, question in NEXT)
    return f'<ul class="next" role="list">{items}</ul>'


def _files(link: str | None) -> str:
    share = "" if link is None else f'<button type="button" class="plain" data-link="{esc(link)}">Copy link</button>'
    return (
        '<div class="take"><button type="button" class="plain" data-file="pdf" aria-label="Receipt of this run (PDF)">'
        f'Receipt</button>{share}<a class="plain" href="#take-away" data-part="take-away">All files</a></div>'
        '<p class="quiet" role="status" data-said hidden></p>'
    )
