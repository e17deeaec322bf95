"""Sections of the receipt as HTML or PDF, from the verdict to the command that repeats the run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from dlfd_core.artifacts import ASSETS
from dlfd_core.reports.receipt.audit import audit_sections
from dlfd_core.reports.receipt.blocks import (
    NONE,
    Code,
    Items,
    Picture,
    Section,
    Table,
    Text,
    names_with_ids,
    two_columns,
)
from dlfd_core.reports.receipt.document import OTHER_WEIGHTS, SAME_WEIGHTS, made_at, settings_of
from dlfd_core.reports.receipt.follow_ups import follow_up_sections
from dlfd_core.reports.receipt.scores import score_table
from dlfd_core.types import (
    MEASURES,
    MODEL_TITLES,
    NO_FOLLOW_UPS,
    SET_TITLES,
    VERDICT_TITLES,
    FollowUps,
    ForgetReport,
    heading,
    repeat_command,
    threads_of,
)
from dlfd_core.unlearning import METHODS

TITLE = "Receipt of a forgetting run"
LOSSES_ALT = "Histograms of the loss per photo, forgotten against unseen people, one panel per model."
MAP_ALT = "The photos on a map of the model's features, before and after, and retrained where there is one, by set."


@cache
def promises() -> tuple[str, ...]:
    """Sentences on what no score can promise."""
    text = (ASSETS / "copy" / "promises.md").read_text(encoding="utf-8")
    return tuple(" ".join(item.split()) for item in f"\n{text}".split("\n- ")[1:])


def sections(report: ForgetReport, follow_ups: FollowUps = NO_FOLLOW_UPS) -> tuple[Section, ...]:
    """All sections that have content."""
    candidates = [
        Section("Verdict", (Text(VERDICT_TITLES[report.verdict.label], strong=True), Text(report.verdict.text))),
        _who(report),
        _scores(report),
        *audit_sections(report),
        *follow_up_sections(follow_ups),
        _pictures(report),
        Section("To keep in mind", (Items(report.caveats),) if report.caveats else ()),
        Section("What no score can promise", (Items(promises()),)),
        _request(report),
        _data(report),
        _versions(report),
        _repeat(report, follow_ups),
    ]
    return tuple(section for section in candidates if section.blocks)


def subtitle(report: ForgetReport) -> str:
    """Key of the run and time of the receipt in a sentence."""
    return f"Run {report.key}. This receipt was made {made_at()}."


def _who(report: ForgetReport) -> Section:
    """The people to forget."""
    names = names_with_ids(report.request.people, report.names)
    people, photos = report.data.people["forget"], report.data.photos["forget"]
    return Section("Who was to be forgotten", (Text(f"{people:,} people with {photos:,} photos: {names}."),))


def _scores(report: ForgetReport) -> Section:
    """The score table."""
    caption = "Scores of each model" + ("; brackets hold 95 % intervals" if report.audits else "")
    return Section("Scores", (score_table(caption, MODEL_TITLES, report.scores, report.audits),))


def _pictures(report: ForgetReport) -> Section:
    """The loss histograms and the feature map."""
    pictures = [Picture("losses", LOSSES_ALT)] if report.losses else []
    pictures += [Picture("map", MAP_ALT)] if report.points is not None else []
    return Section("Figures", tuple(pictures))


def _request(report: ForgetReport) -> Section:
    """The request and all settings of the method."""
    request, method = report.request, METHODS.get(report.request.method)
    request_rows = [
        ("data set", request.data),
        ("task", f"{request.task} ({_listed(report.classes)})"),
        ("network", request.backbone),
        ("method", f"{method.title} ({request.method}); {method.source}"),
        ("preset", request.preset),
        ("seed", str(request.seed)),
        ("retrained model beside it", "yes" if request.retrain else "no"),
        ("control beside it", "yes" if request.control else "no"),
        ("device asked for", request.device),
        ("original model", request.weights or "the one shipped or trained for this data"),
    ]
    changed = dict(request.knobs)
    values = settings_of(report)
    rows = [(name, str(value), "changed" if name in changed else "preset") for name, value in values.items()]
    blocks = [two_columns("The request", request_rows)]
    blocks += [Table("Settings of the method", ("setting", "value", "from"), tuple(rows))] if rows else []
    return Section("What was asked for", tuple(blocks))


def _listed(names: Sequence[str], most: int = 50) -> str:
    """Names in one line, at most ``most``: the classes of the task identity are people, perhaps thousands."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _data(report: ForgetReport) -> Section:
    """The data set and the sizes of its sets."""
    counts = report.data
    rows = tuple(
        (SET_TITLES[name], f"{counts.people[name]:,}", f"{counts.photos[name]:,}")
        for name in SET_TITLES
        if name in counts.people
    )
    text = f"Data set {report.request.data}; sha256 of its photos and labels: {counts.digest or 'not recorded'}."
    if counts.skipped:
        text += f" {counts.skipped:,} photos could not be read and were left out."
    return Section("Data", (Text(text), Table("People and photos by set", ("set", "people", "photos"), rows)))


def _versions(report: ForgetReport) -> Section:
    """Versions, device, hashes of the weights and times."""
    spent, threads = report.seconds, threads_of(report)
    times = [("loading", spent.load), ("forgetting", spent.unlearn), ("retraining", spent.retrain)]
    times += [("control", spent.control), ("measuring", spent.evaluate), ("map", spent.project), ("total", spent.total)]
    versions = list(report.versions.items())
    versions += [("threads", str(threads))] if threads else []
    blocks = [two_columns("Versions and device", versions)]
    if report.hashes:
        hashes = [(MODEL_TITLES[name], digest) for name, digest in report.hashes.items()]
        blocks.append(two_columns("sha256 of the weights", hashes, ("model", "sha256")))
    rows = [(name, f"{took:.1f}" if took else NONE) for name, took in times]
    blocks.append(two_columns(heading(MEASURES["seconds"].title), rows, ("part", "s")))
    return Section("How it was made", tuple(blocks))


def _repeat(report: ForgetReport, follow_ups: FollowUps) -> Section:
    """The command that repeats the run, and the allowed differences."""
    text = (
        "The command repeats everything in this receipt; python -m dlfd_core verify receipt.json does the same and "
        "compares the result with this receipt's JSON file. On the same machine with the same number of threads the "
        f"weights are the same bit for bit, and a score may differ by {SAME_WEIGHTS:g}. On another chip, or with "
        f"another number of threads, sums are rounded differently, and a score may differ by {OTHER_WEIGHTS:g}."
    )
    return Section("Do it again", (Code(repeat_command(report, follow_ups)), Text(text)))
