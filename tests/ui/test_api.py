"""The API: what it answers, what it refuses, and that the examples of docs/hosting.md work as they stand."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from dlfd_core.types import MAX_SEED, ForgetRequest
from dlfd_core.ui.api import AT_ONCE, WAITING, Api
from dlfd_core.ui.forget.handlers import Handlers
from tests.fakes import FakeService, make_report
from tests.generators import close
from tests.ui.served import Served, serve

ROOT = Path(__file__).resolve().parents[2]
ASKED: dict[str, Any] = {
    "people": ["p00", "p01"], "task": "emotion", "method": "dlfd", "preset": "quality", "seed": 0, "retrain": False,
    "control": False, "knobs": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve(FakeService(pause=0.02)) as served:
        yield served


def ask(service: FakeService, session: str | None = None, **changes: Any) -> list[dict[str, Any]]:
    return list(Api(Handlers(service)).run(session, tuple((ASKED | changes).values())))


def section(language: str) -> str:
    """The example in a language in the part of docs/hosting.md on programs."""
    text = (ROOT / "docs/hosting.md").read_text(encoding="utf-8")
    part = text[text.index("\n## From a program\n") :].split("\n## ", 2)[1]
    found = re.search(rf"```{language}\n(.*?)```", part, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_python_example_of_the_docs(server: Served) -> None:
    program = section("python").replace("http://127.0.0.1:7860", server.url)
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert "Forgetting with DLFD 10 of 10" in run.stdout and "attack accuracy" in run.stdout.splitlines()[-1]


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="curl or bash is missing")
def test_the_curl_example_of_the_docs(server: Served) -> None:
    program = section("bash").replace("http://127.0.0.1:7860/", server.url)
    program = re.sub(r"p0(\d\d)", r"p\1", program)  # the drawn people are called otherwise
    run = subprocess.run(["bash", "-c", program], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    kind, data = run.stdout.strip().split("\n\n")[-1].split("\n")
    report = json.loads(data.removeprefix("data: "))[0]["report"]
    assert kind == "event: complete" and report["request"]["people"] == ["p03", "p06"]
    assert report["request"]["knobs"] == {"epochs": 2}


def test_the_catalog_has_what_a_request_needs(server: Served) -> None:
    kind, (found,) = server.call("catalog")[-1]
    assert kind == "complete" and found["largest_seed"] == MAX_SEED
    assert {"id", "name", "photos", "attributes"} == set(found["people"][0])
    method = next(method for method in found["methods"] if method["name"] == "dlfd")
    assert [knob["name"] for knob in method["knobs"]][:2] == ["epochs", "lr"] and len(method["presets"]) == 2
    assert "emotion" in [task["name"] for task in found["tasks"]]


def test_progress_then_the_report_without_photos_or_map(server: Served) -> None:
    events = server.call("forget", people=["p02", "p05"], seed=3, control=True, retrain=True)
    progress = [data[0] for kind, data in events if data[0]["event"] == "progress"]
    assert progress and all(0 <= each["done"] <= each["total"] for each in progress)
    report = events[-1][1][0]["report"]
    assert (report["request"]["people"], report["request"]["seed"]) == (["p02", "p05"], 3)
    assert set(report["scores"]) == {"original", "unlearned", "control", "retrained"}
    assert not {"photos", "points", "predictions", "losses"} & set(report)
    kind, (again,) = server.call("report", key=report["key"])[-1]
    assert kind == "complete" and again == report


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people": "p00"}, "people must be a list of ids"),
        ({"people": [1]}, "people must be a list of ids"),
        ({"people": ["p00"] * 13}, "12 at most"),
        ({"people": ["x" * 100]}, "people must be a list of ids"),
        ({"people": []}, "pick at least one person"),
        ({"people": ["nobody"]}, "Unknown person 'nobody'"),
        ({"people": ["me1"]}, "Your own people are not here"),  # for every caller: the API has no visitors
        ({"task": "weather"}, "Unknown task 'weather'"),
        ({"task": None}, "task must be a name"),
        ({"method": "magic"}, "Unknown method 'magic'"),
        ({"preset": "fastest"}, "Unknown preset of dlfd 'fastest'"),
        ({"seed": -1}, "whole number"),
        ({"seed": True}, "whole number"),
        ({"seed": "0"}, "whole number"),
        ({"retrain": "yes"}, "retrain must be true or false"),
        ({"control": 1}, "control must be true or false"),
        ({"knobs": []}, "knobs must be an object"),
        ({"knobs": {"speed": 1}}, "Unknown setting of dlfd 'speed'"),
        ({"knobs": {"epochs": 1_000}}, "not a number between 1 and 10"),
        ({"knobs": {"epochs": None}}, "Epochs is empty"),
        ({"knobs": {"mode": "x" * 100}}, "too long"),
        ({"method": "diverging"}, "stopped being a number"),
    ],
)
def test_what_is_wrong_is_one_sentence(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(gr.Error, match=re.escape(words)):
        ask(FakeService(), **changes)


def test_own_photos_are_out_of_reach() -> None:
    """A run on a visitor's photos is remembered like others, but no key leads to it."""
    service = FakeService()
    api = Api(Handlers(service))
    public, own = (make_report(ForgetRequest(("p00",), data=data, seed=seed)) for data, seed in
                   (("portraits", 1), ("own-0123456789abcdef", 2)))  # fmt: skip
    service.memory = {report.request: report for report in (public, own)}
    assert service.find_report(own.key) is own and api.report(public.key)["key"] == public.key
    for key in (own.key, "nothing", "", "x" * 1_000, 5, None):
        with pytest.raises(gr.Error, match="No finished run with this key"):
            api.report(key)  # type: ignore[arg-type]


def test_no_argument_names_another_data_set() -> None:
    api = Api(Handlers(FakeService()))
    request = api.request(*ASKED.values())
    assert request == replace(ForgetRequest(("p00", "p01")), control=False) and request.data == "portraits"


def test_a_session_may_start_so_many_runs(server: Served) -> None:
    page = Handlers(FakeService())
    api = Api(page)
    for seed in range(page.visits.runs):
        list(api.run("a", tuple((ASKED | {"seed": seed}).values())))
    list(api.run("a", tuple((ASKED | {"seed": 3}).values())))  # known already: nothing is started
    with pytest.raises(gr.Error, match=r"started 20 runs within 10 minutes.* try again in \d+ seconds"):
        list(api.run("a", tuple((ASKED | {"seed": 99}).values())))


def test_what_is_known_waits_for_nobody_and_others_for_their_turn() -> None:
    service = FakeService()
    api = Api(Handlers(service))
    known = tuple(ASKED.values())
    list(api.run("before", known))
    service.hold("unlearn 1")
    busy = [api.run(f"busy {i}", tuple((ASKED | {"seed": 10 + i}).values())) for i in range(AT_ONCE + 1)]
    for run in busy:
        next(run)
    told = [next(run) for run in busy]
    waits = [told_one["message"] == WAITING["message"] for told_one in told]
    assert waits == [False] * AT_ONCE + [True]
    assert list(api.run("after", known))[-1]["event"] == "report"  # while all the others are held
    for run in busy:
        close(run)


def test_a_run_that_was_given_up_is_stopped() -> None:
    service = FakeService(pause=5.0)
    run = Api(Handlers(service)).run("a", tuple(ASKED.values()))
    next(run)
    next(run)
    close(run)
    end = time.monotonic() + 5
    while service.cancelled == 0 and time.monotonic() < end:
        time.sleep(0.01)
    assert service.cancelled == 1


def test_a_connection_that_breaks_stops_the_run_and_the_next_one_works() -> None:
    with serve(FakeService(pause=0.3)) as server:
        event = server.ask("POST", "/gradio_api/call/v2/forget", {"people": ["p00"]}).json()["event_id"]
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        line.request("GET", f"/gradio_api/call/forget/{event}")
        answer = line.getresponse()
        assert answer.readline().startswith(b"event: generating")
        answer.close()
        line.close()
        end = time.monotonic() + 15
        while server.service.cancelled == 0 and time.monotonic() < end:
            time.sleep(0.05)
        assert server.service.cancelled == 1
        server.service.pause = 0.0
        assert server.call("forget", people=["p00"])[-1][0] == "complete"
