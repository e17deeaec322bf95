"""A job of the page ends with one sentence for an error, logs unforeseen errors, and stops when it is closed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dlfd_core.errors import Diverged
from dlfd_core.ui.server import failures
from dlfd_core.ui.server.failures import NO_FILE, UNFORESEEN, UNFORESEEN_JOB, answered, job, sentence_for
from dlfd_core.ui.server.jobs import batches

ShouldStop = Callable[[], bool]


def failing(error: Exception) -> Iterator[str]:
    yield "first"
    raise error


def steps_of(error: Exception) -> list[str]:
    return list(job(failing(error), "failed: {}".format, "The job failed"))


def test_a_job_without_an_error_is_passed_on() -> None:
    assert list(job(iter(["first", "last"]), "failed: {}".format, "The job failed")) == ["first", "last"]


def test_an_error_for_visitors_is_the_last_step(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert steps_of(Diverged("Lower the learning rate.")) == ["first", "failed: Lower the learning rate."]
    assert caplog.text == ""


def test_an_unforeseen_error_is_logged_with_its_traceback_and_shown_without_details(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        assert steps_of(RuntimeError("/secret/place is broken")) == ["first", f"failed: {UNFORESEEN_JOB}"]
    (record,) = caplog.records
    assert record.message == "The job failed" and record.exc_info is not None
    assert "/secret/place" in caplog.text and "Traceback" in caplog.text


def test_an_error_before_the_first_step_is_a_step() -> None:
    def refused(request: str) -> Iterator[str]:
        if not request:
            raise Diverged("Nobody is picked.")
        yield request

    assert list(job(refused(""), str, "The job failed")) == ["Nobody is picked."]


def test_closing_a_job_stops_its_work_and_adds_no_step() -> None:
    """This is what gradio does on a cancel and when the tab is closed."""
    stopped, sentences = threading.Event(), list[str]()

    def failed(sentence: str) -> list[int]:
        sentences.append(sentence)
        return []

    def work(should_stop: ShouldStop) -> Iterator[int]:
        try:
            while not should_stop():
                time.sleep(0.01)
                yield 0
        finally:
            stopped.set()

    running = job(batches(work, tick=0.02), failed, "The job failed")
    next(running)
    running.close()  # type: ignore[attr-defined]  # it is a generator
    assert stopped.wait(1.0) and sentences == [] and list(running) == []


def test_an_error_of_the_worker_thread_is_a_sentence() -> None:
    def work(_stop: ShouldStop) -> Iterator[str]:
        yield "first"
        raise Diverged("Lower the learning rate.")

    steps = list(job(batches(work, tick=0.01), lambda sentence: [sentence], "The job failed"))
    assert [item for batch in steps for item in batch] == ["first", "Lower the learning rate."]


def test_a_question_is_answered_or_has_an_error(caplog: pytest.LogCaptureFixture) -> None:
    def raises(error: Exception) -> Callable[[], dict[str, str]]:
        def work() -> dict[str, str]:
            raise error

        return work

    assert answered(lambda: {"name": "a"}, NO_FILE) == {"name": "a"}
    assert answered(raises(Diverged("It diverged.")), NO_FILE) == {"error": "It diverged."}
    with caplog.at_level(logging.ERROR):
        assert answered(raises(RuntimeError("/secret/place")), NO_FILE, "No file") == {"error": NO_FILE}
    assert [record.message for record in caplog.records] == ["No file"] and "/secret/place" in caplog.text


def test_programs_get_the_sentence_without_the_words_about_the_page() -> None:
    assert sentence_for(RuntimeError("/secret"), "Failed", UNFORESEEN) == UNFORESEEN
    assert UNFORESEEN_JOB.startswith(UNFORESEEN) and "Your pick" not in UNFORESEEN


def test_each_sentence_for_unforeseen_errors_exists_once() -> None:
    names = [name for name in vars(failures) if name.isupper()]
    assert len({getattr(failures, name) for name in names}) == len(names) >= 7
