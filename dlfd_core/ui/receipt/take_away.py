"""HTML of what a visitor can take away: the command that repeats the run, a link that fills the form, and files.

Nothing is kept on the server: the numbers are part of the page, and the other files are made on a click and sent as
bytes, which the browser saves. No file is written, so nothing has to be deleted from gradio's cache.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from dlfd_core.types import (
    ForgetReport,
    finite_values,
    repeat_command,
    report_document,
)
from dlfd_core.ui.receipt.link import NO_OWN, link_of
from dlfd_core.ui.receipt.tables import scores_csv
from dlfd_core.ui.server.marks import mark
from dlfd_core.ui.text.markup import data_uri, esc


@dataclass(frozen=True)
class Kind:
    """A kind of file made on a click: its title, its media type, and the start and the ending of its name."""

    title: str
    type: str
    stem: str
    ending: str


KINDS = {
    "html": Kind("Receipt", "text/html", "receipt", "html"),
    "pdf": Kind("Receipt", "application/pdf", "receipt", "pdf"),
    "json": Kind("Receipt", "application/json", "receipt", "json"),
    "losses-svg": Kind("Loss figure", "image/svg+xml", "losses", "svg"),
    "losses-png": Kind("Loss figure", "image/png", "losses", "png"),
    "weights": Kind("Unlearned model", "application/octet-stream", "unlearned", "safetensors"),
}

#: Rows of the files, the most used first.
ORDER = ("Receipt", "Report", "Scores", "Loss figure", "Unlearned model")


def report_values(report: ForgetReport) -> dict[str, Any]:
    """Request, scores and what they depend on, with the field names of the command line's report; no photos."""
    more = {"command": repeat_command(report), "curve": [asdict(point) for point in report.curve]}
    values: dict[str, Any] = finite_values(report_document(report) | more)
    return values


def report_json(report: ForgetReport) -> str:
    return json.dumps(report_values(report), ensure_ascii=False, indent=1, allow_nan=False)


def take_away(report: ForgetReport) -> str:
    """The command and the link with buttons that copy them, and one row per file: the numbers are part of the page, the
    files of ``KINDS`` are made on a click (script: page.js)."""
    run_json = esc(json.dumps({"request": asdict(report.request), "mark": mark(report)}, ensure_ascii=False))
    rows: dict[str, str] = {}
    for name, kind in KINDS.items():
        rows[kind.title] = rows.get(kind.title, "") + _button(name, kind)
    report_file = data_uri(report_json(report).encode(), "application/json")
    scores_file = data_uri(scores_csv(report).encode(), "text/csv")
    rows["Report"] = _download("Report", f"forget-{report.key}.json", report_file)
    rows["Scores"] = _download("Scores", f"scores-{report.key}.csv", scores_file)
    files = "".join(f'<span aria-hidden="true">{title}</span><div>{rows[title]}</div>' for title in ORDER)
    return (
        '<h3>Repeat it, or share it</h3><p class="quiet">The same people, seed and settings give the same result on '
        "the same kind of machine with the same number of threads. The receipt has everything that was measured. If "
        'you also did the test "Does the memory come back?" or a sequence on this run, it has these too. '
        "<code>python -m dlfd_core verify</code> checks the JSON file of a receipt.</p>"
        f'<div class="command" data-asked="{run_json}">'
        f'<pre tabindex="0" role="region" aria-label="Command"><code>{esc(repeat_command(report))}</code></pre>'
        f'<button type="button" class="plain" data-copy>Copy command</button>{_link(report)}'
        f'<div class="files" role="group" aria-label="Files of this run">{files}</div>'
        '<p class="quiet" role="status" data-said hidden></p></div>'
    )


def _button(name: str, kind: Kind) -> str:
    label = f"{kind.title} ({_ending(kind.ending)})"
    return (
        f'<button type="button" class="plain" data-file="{name}" aria-label="{label}">{_ending(kind.ending)}</button>'
    )


def _download(title: str, name: str, address: str) -> str:
    ending = _ending(name.rpartition(".")[2])
    return f'<a class="plain" download="{esc(name)}" href="{address}" aria-label="{title} ({ending})">{ending}</a>'


def _ending(ending: str) -> str:
    """The ending as the page writes it: PDF, safetensors."""
    return ending if len(ending) > 4 else ending.upper()


def _link(report: ForgetReport) -> str:
    """The button that copies the link, or a sentence where no link is possible."""
    link = link_of(report.request)
    if link is None:
        return f'<p class="quiet">{esc(NO_OWN)}</p>'
    return f'<button type="button" class="plain" data-link="{esc(link)}">Copy link to this run</button>'
