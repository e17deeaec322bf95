"""CSV table of a run's numbers for spreadsheets and programs: one line per model and measure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from dlfd_core.types import MEASURES, SCORES, ForgetReport, Interval, band_of, interval_of

COLUMNS = ("run", "model", "kind", "measure", "value", "low", "high", "chance_low", "chance_high", "photos")
SEPARABILITY = (
    "task_probe", "task_scatter", "task_silhouette", "identity_forget", "identity_unseen",
)  # fmt: skip
#: First characters that a spreadsheet reads as the start of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

#: kind, measure, value, 95 % interval, what chance alone gives, photos.
_Line = tuple[str, str, float, Interval | None, Interval | None, int | None]


def scores_csv(report: ForgetReport) -> str:
    """CSV with ``COLUMNS``: unrounded numbers, empty cells where there is no number, and no people.

    ``kind`` is score, attack (signed AUC), answer (accuracy on unseen people by true class), separability or seconds;
    low and high are the 95 % interval.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for model in report.scores:
        for kind, measure, value, interval, chance, photos in _lines(report, model):
            ends = [*(interval or ("", "")), *(chance or ("", ""))]
            writer.writerow([report.key, model, kind, _inert(measure), value, *ends, "" if photos is None else photos])
    return out.getvalue()


def _lines(report: ForgetReport, model: str) -> Iterator[_Line]:
    scores, audit = report.scores[model], report.audits.get(model)
    for name in SCORES:
        photos = report.data.photos.get(group) if (group := MEASURES[name].group) else None
        yield "score", name, getattr(scores, name), interval_of(name, audit), band_of(name, scores), photos
    if audit is not None:
        for name, attack in audit.attacks.items():
            yield "attack", name, attack.auc, attack.auc_interval, None, attack.n_forget + attack.n_unseen
        for one in audit.classes:
            yield "answer", one.name, one.accuracy, one.interval, None, one.photos
        if (separability := audit.separability) is not None:
            for name in SEPARABILITY:
                interval = separability.identity_forget_interval if name == "identity_forget" else None
                yield "separability", name, getattr(separability, name), interval, None, None
    spent = report.seconds
    took = {"unlearned": spent.unlearn, "control": spent.control, "retrained": spent.retrain}
    if model in took:
        yield "seconds", "seconds", took[model], None, None, None


def _inert(text: str) -> str:
    """A name from the data as plain text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
