"""What is taken away from the page: the buttons' question, and the answer of the function behind them."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from dataclasses import asdict, replace
from typing import Any

import pytest

from dlfd_core.errors import Diverged
from dlfd_core.types import SCORES, ForgetReport, ForgetRequest, ReportReady
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.receipt.file_maker import GONE, NO_RELEARN, NO_SEQUENCE, file_maker
from dlfd_core.ui.receipt.tables import COLUMNS, scores_csv
from dlfd_core.ui.receipt.take_away import KINDS, take_away
from dlfd_core.ui.relearn import views
from dlfd_core.ui.relearn.handlers import RelearnHandlers
from dlfd_core.ui.sequence import views as sequence_views
from dlfd_core.ui.sequence.handlers import SequenceHandlers
from dlfd_core.ui.server.failures import NO_FILE
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.marks import after_mark, mark
from dlfd_core.ui.server.questions import LONGEST
from tests.fake_after import make_sequence
from tests.fake_audits import without_audits
from tests.fake_relearn import make_relearn
from tests.fakes import METHODS, FakeService, make_report

DLFD_KNOBS = [knob.default for card in METHODS if card.name == "dlfd" for knob in card.knobs]
REQUEST = ForgetRequest(("p00", "p08"), method="neg_grad", seed=3, knobs=(("epochs", 2), ("lr", 0.1)))


def asked(report: ForgetReport, kind: str = "html") -> str:
    """What the browser sends: what stands beside the buttons, and the kind."""
    found = re.search(r'data-asked="([^"]*)"', take_away(report))
    assert found
    return json.dumps(json.loads(html.unescape(found[1])) | {"kind": kind})


def finished(service: FakeService, request: ForgetRequest = REQUEST) -> ForgetReport:
    last = list(service.forget(request, lambda: False))[-1]
    assert isinstance(last, ReportReady)
    service.memory[request] = make_report(request)
    return service.memory[request]


@pytest.mark.parametrize(("kind", "type_"), [("html", "text/html"), ("pdf", "application/pdf")])
def test_a_finished_run_has_its_receipts(kind: str, type_: str) -> None:
    service = FakeService()
    report = finished(service)
    answer = file_maker(service)(asked(report, kind))
    assert (answer["name"], answer["type"]) == (f"receipt-{report.key}.{kind}", type_)
    assert base64.b64decode(answer["content"]).decode() == f"{kind} receipt of {report.key}"


def test_the_example_has_its_receipt() -> None:
    service = FakeService()
    example = service.example()
    answer = file_maker(service)(asked(example))
    assert base64.b64decode(answer["content"]).decode() == f"html receipt of {example.key}"


def test_the_receipt_is_of_what_the_page_shows() -> None:
    """A run of the example's request may have other scores than the example."""
    service = FakeService()
    example = service.example()
    other = replace(example, key="other", scores=example.scores | {"unlearned": example.scores["original"]})
    service.memory[example.request] = other
    found = [file_maker(service)(asked(report))["name"] for report in (example, other)]
    assert found == [f"receipt-{example.key}.html", "receipt-other.html"] and mark(example) != mark(other)


# ---- what was done with the run since --------------------------------------------------------------------------------


def mark_in(slots: list[Slots], name: str) -> str | None:
    """As the page's script reads it."""
    found = re.search(r'data-mark="([^"]*)"', [seen[name] for seen in slots if name in seen][-1])
    return found[1] if found else None


def relearned(service: FakeService, photos: int = 3) -> str | None:
    return mark_in(list(RelearnHandlers(Handlers(service, tick=0.02)).relearn(REQUEST, photos)), "relearn")


def in_sequence(service: FakeService, **changes: Any) -> str | None:
    wishes = Wishes((), "emotion", "neg_grad", 3, preset=REQUEST.preset, knobs=[2, 0.1])
    queue = [list(REQUEST.people), ["p04"]]
    slots = list(SequenceHandlers(Handlers(service, tick=0.02)).run(replace(wishes, **changes), queue))
    return mark_in(slots, "sequence_result")


def receipt_of(service: FakeService, report: ForgetReport, **seen: object) -> tuple[str, str]:
    """The receipt's content, and what the page says of it."""
    answer = file_maker(service)(json.dumps(json.loads(asked(report)) | seen))
    return base64.b64decode(answer["content"]).decode(), answer["note"]


def test_the_receipt_holds_what_the_visitor_did_with_this_run_and_nothing_else() -> None:
    service = FakeService(steps=2)
    report = finished(service)
    plain = f"html receipt of {report.key}"
    assert views.nothing_yet().count("data-mark") == 0 and receipt_of(service, report) == (plain, "")
    first, second, sequence = relearned(service), relearned(service, 5), in_sequence(service)
    assert first and second and sequence and first != second
    assert receipt_of(service, report) == (plain, "")  # of a visitor who has not done it
    assert receipt_of(service, report, relearn=None, sequence=None) == (plain, "")
    assert receipt_of(service, report, relearn=first) == (f"{plain}, relearned with 3", "")
    both = f"{plain}, relearned with 5, then 1 more"
    assert receipt_of(service, report, relearn=second, sequence=sequence) == (both, "")
    again = in_sequence(service, retrain=True)  # the run has no retrained model beside it, and that is no matter
    assert again != sequence and receipt_of(service, report, sequence=again) == (f"{plain}, then 1 more", "")


def test_what_belongs_to_another_run_stays_out_and_the_visitor_is_told() -> None:
    service = FakeService(steps=2)
    report = finished(service)
    other = finished(service, replace(REQUEST, seed=4))
    relearn, sequence = relearned(service), in_sequence(service)
    said = receipt_of(service, other, relearn=relearn, sequence=sequence)
    assert said == (f"html receipt of {other.key}", f"{NO_RELEARN} {NO_SEQUENCE}")
    stranger = in_sequence(service, method="dlfd", preset="quality", knobs=DLFD_KNOBS)
    assert receipt_of(service, report, sequence=stranger) == (f"html receipt of {report.key}", NO_SEQUENCE)
    crossed = receipt_of(service, report, relearn=sequence, sequence=relearn)
    assert crossed == (f"html receipt of {report.key}", f"{NO_RELEARN} {NO_SEQUENCE}")


def test_other_weights_of_the_same_request_are_another_run() -> None:
    """The finished example's request, carried out again on another machine."""
    service = FakeService(steps=2)
    report = finished(service)
    service.memory[REQUEST] = shown = replace(report, hashes={"unlearned": "0" * 64})
    relearn, sequence = make_relearn(shown, 3), make_sequence(shown)
    for weights, more in [("0", ", relearned with 3, then 2 more"), ("1", "")]:
        own = replace(relearn, hashes={"unlearned": weights * 64}), replace(sequence, first_hash=weights * 64)
        service.done_after = list(own)
        marks = {"relearn": after_mark(own[0]), "sequence": after_mark(own[1])}
        assert receipt_of(service, shown, **marks)[0] == f"html receipt of {shown.key}{more}"


def test_an_unfinished_sequence_has_no_mark() -> None:
    report = make_sequence(replace(make_report(REQUEST), hashes={"unlearned": ""}))
    assert "data-mark" in sequence_views.result(report, "DLFD")
    assert "data-mark" not in sequence_views.result(replace(report, steps=report.steps[:2]), "DLFD")


def test_who_does_it_again_gets_the_same_mark() -> None:
    run = replace(make_report(REQUEST), hashes={"unlearned": ""})
    relearn, sequence = make_relearn(run, 2), make_sequence(run)
    assert after_mark(replace(relearn, seconds=99.0)) == after_mark(relearn) != after_mark(make_relearn(run, 3))
    slower = replace(sequence, steps=tuple(replace(step, seconds={"original": 99.0}) for step in sequence.steps))
    assert after_mark(slower) == after_mark(sequence) != after_mark(make_sequence(run, (("p04",),)))


def test_a_run_nobody_remembers_is_a_sentence() -> None:
    for service in (FakeService(), FakeService(with_example=False)):
        assert file_maker(service)(asked(make_report(REQUEST))) == {"error": GONE}


@pytest.mark.parametrize(
    "question",
    [
        None, 7, "", "{}", "[]", "[" * 5_000, "x" * (LONGEST + 1), json.dumps({"kind": "html", "mark": "x"}),
        json.dumps({"kind": "docx", "mark": "x", "request": asdict(REQUEST)}),
        json.dumps({"kind": [], "mark": "x", "request": asdict(REQUEST)}),
        json.dumps({"kind": "html", "mark": 1, "request": asdict(REQUEST)}),
        json.dumps({"kind": "html", "mark": "x", "request": {"people": 5}}),
        json.dumps({"kind": "html", "mark": "x", "request": asdict(REQUEST), "relearn": 3}),
        json.dumps({"kind": "html", "mark": "x", "request": asdict(REQUEST), "sequence": [["p00"], ["p04"]]}),
        json.dumps({"kind": "html", "mark": "x", "request": asdict(REQUEST) | {"seed": "x"}}),
    ],
)  # fmt: skip
def test_a_malformed_question_is_a_sentence(question: object) -> None:
    assert file_maker(FakeService())(question)["error"].endswith("load the page again.")


def test_what_goes_wrong_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService()
    report = finished(service)
    monkeypatch.setattr(service, "receipt", lambda *_: 1 / 0)
    assert file_maker(service)(asked(report)) == {"error": NO_FILE}

    def diverges(*_: object) -> bytes:
        raise Diverged("The loss stopped being a number.")

    monkeypatch.setattr(service, "receipt", diverges)
    assert file_maker(service)(asked(report)) == {"error": "The loss stopped being a number."}


def test_every_other_file_is_made_on_a_click() -> None:
    service = FakeService()
    report = finished(service)
    for kind, name, type_, begins in [
        ("losses-svg", f"losses-{report.key}.svg", "image/svg+xml", b"<svg"),
        ("losses-png", f"losses-{report.key}.png", "image/png", b"\x89PNG"),
        ("weights", f"unlearned-{report.key}.safetensors", "application/octet-stream", b"weights of"),
    ]:
        answer = file_maker(service)(asked(report, kind))
        assert (answer["name"], answer["type"]) == (name, type_)
        assert base64.b64decode(answer["content"]).startswith(begins)


def test_weights_that_are_not_in_memory_are_a_sentence() -> None:
    service = FakeService()
    assert "run it again" in file_maker(service)(asked(service.example(), "weights"))["error"]


def test_the_scores_are_a_table_with_a_line_per_model_and_measure() -> None:
    report = replace(make_report(ForgetRequest(("p00", "p08"), retrain=True, control=True)))
    lines = list(csv.DictReader(io.StringIO(scores_csv(report))))
    assert tuple(lines[0]) == COLUMNS and {line["run"] for line in lines} == {report.key}
    found = {(line["model"], line["kind"], line["measure"]): line for line in lines}
    assert len(found) == len(lines)
    for model, scores in report.scores.items():
        audit = report.audits[model]
        for name in SCORES:
            assert float(found[model, "score", name]["value"]) == getattr(scores, name)
        utility = found[model, "score", "utility"]
        assert (float(utility["low"]), float(utility["high"])) == audit.utility_interval
        assert utility["photos"] == str(report.data.photos["unseen"]) and utility["chance_low"] == ""
        assert float(found[model, "score", "mia_auc"]["chance_high"]) == scores.auc_band[1]
        for one in audit.classes:
            line = found[model, "answer", one.name]
            assert float(line["value"]) == one.accuracy and (line["low"] == "") == (one.interval is None)
        assert {name for each, kind, name in found if (each, kind) == (model, "attack")} == set(audit.attacks)
    assert float(found["retrained", "seconds", "seconds"]["value"]) == report.seconds.retrain
    assert not any(name in scores_csv(report) for name in report.names)


def test_older_reports_have_scores_alone_and_no_formulas() -> None:
    bare = without_audits(make_report(REQUEST))
    assert {line["kind"] for line in csv.DictReader(io.StringIO(scores_csv(bare)))} == {"score", "seconds"}
    report = make_report(REQUEST)
    evil = tuple(replace(one, name=f"={i}+HYPERLINK") for i, one in enumerate(report.audits["original"].classes))
    text = scores_csv(replace(report, audits={"original": replace(report.audits["original"], classes=evil)}))
    assert ",'=0+HYPERLINK," in text and ",=" not in text


def test_the_table_is_in_the_page() -> None:
    report = make_report(REQUEST)
    found = re.search(r'download="scores-[^"]*\.csv" href="data:text/csv;base64,([^"]*)"', take_away(report))
    assert found and base64.b64decode(found[1]).decode() == scores_csv(report)


def test_the_buttons_are_inert_text() -> None:
    text = take_away(replace(make_report(REQUEST), key='"><script>'))
    assert (
        "<script>" not in text and text.count("data-file=") == len(KINDS) == 6 and 'aria-label="Report (JSON)"' in text
    )
