"""What is taken away from the page: the buttons' question, and the answer of the function behind them."""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import asdict, replace

import pytest

from dlfd_core.errors import Diverged
from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.ui.questions import LONGEST
from dlfd_core.ui.receipt import mark, take_away
from dlfd_core.ui.receipt_maker import GONE, UNFORESEEN, receipt_maker
from tests.fakes import FakeService, make_report

REQUEST = ForgetRequest(("p00", "p08"), method="neg_grad", seed=3, knobs=(("lr", 0.1), ("epochs", 2)))


def asked(report: ForgetReport, kind: str = "html") -> str:
    """What the browser sends: what stands beside the buttons, and the kind."""
    found = re.search(r'data-asked="([^"]*)"', take_away(report))
    assert found
    return json.dumps(json.loads(html.unescape(found[1])) | {"kind": kind})


def finished(service: FakeService, request: ForgetRequest = REQUEST) -> ForgetReport:
    last = list(service.forget(request, lambda: False))[-1]
    assert isinstance(last, ForgetReport)
    service.memory[request] = make_report(request)
    return service.memory[request]


@pytest.mark.parametrize(("kind", "type_"), [("html", "text/html"), ("pdf", "application/pdf")])
def test_a_finished_run_has_its_receipts(kind: str, type_: str) -> None:
    service = FakeService()
    report = finished(service)
    answer = receipt_maker(service)(asked(report, kind))
    assert (answer["name"], answer["type"]) == (f"receipt-{report.key}.{kind}", type_)
    assert base64.b64decode(answer["content"]).decode() == f"{kind} receipt of {report.key}"


def test_the_example_has_its_receipt() -> None:
    service = FakeService()
    example = service.example()
    answer = receipt_maker(service)(asked(example))
    assert base64.b64decode(answer["content"]).decode() == f"html receipt of {example.key}"


def test_the_receipt_is_of_what_the_page_shows() -> None:
    """A run of the example's request may have other scores than the example."""
    service = FakeService()
    example = service.example()
    other = replace(example, key="other", scores=example.scores | {"unlearned": example.scores["original"]})
    service.memory[example.request] = other
    found = [receipt_maker(service)(asked(report))["name"] for report in (example, other)]
    assert found == [f"receipt-{example.key}.html", "receipt-other.html"] and mark(example) != mark(other)


def test_a_run_nobody_remembers_is_a_sentence() -> None:
    for service in (FakeService(), FakeService(with_example=False)):
        assert receipt_maker(service)(asked(make_report(REQUEST))) == {"error": GONE}


@pytest.mark.parametrize(
    "question",
    [
        None, 7, "", "{}", "[]", "[" * 5_000, "x" * (LONGEST + 1), json.dumps({"kind": "html", "mark": "x"}),
        json.dumps({"kind": "docx", "mark": "x", "request": asdict(REQUEST)}),
        json.dumps({"kind": [], "mark": "x", "request": asdict(REQUEST)}),
        json.dumps({"kind": "html", "mark": 1, "request": asdict(REQUEST)}),
        json.dumps({"kind": "html", "mark": "x", "request": {"people": 5}}),
        json.dumps({"kind": "html", "mark": "x", "request": asdict(REQUEST) | {"seed": "x"}}),
    ],
)  # fmt: skip
def test_a_malformed_question_is_a_sentence(question: object) -> None:
    assert receipt_maker(FakeService())(question)["error"].endswith("load the page again.")


def test_what_goes_wrong_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService()
    report = finished(service)
    monkeypatch.setattr(service, "receipt", lambda *_: 1 / 0)
    assert receipt_maker(service)(asked(report)) == {"error": UNFORESEEN}

    def diverges(*_: object) -> bytes:
        raise Diverged("The loss stopped being a number.")

    monkeypatch.setattr(service, "receipt", diverges)
    assert receipt_maker(service)(asked(report)) == {"error": "The loss stopped being a number."}


def test_the_buttons_are_inert_text() -> None:
    text = take_away(replace(make_report(REQUEST), key='"><script>'))
    assert "<script>" not in text and text.count("data-receipt=") == 2 and "Report (JSON)" in text
