"""Jobs without their visitor: they go on, are shown again from the start, and end by themselves or on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.kept_jobs import KeptJobs
from tests.generators import close

ME, OTHER = "session-of-anna", "session-of-bert"


class Steps:
    """Steps of a job, and whether it was stopped."""

    def __init__(self, count: int = 5):
        self.count, self.taken, self.end = count, 0, threading.Event()

    @property
    def stopped(self) -> bool:
        return self.end.is_set()

    def __call__(self) -> Iterator[Slots]:
        try:
            for number in range(self.count):
                self.taken += 1
                yield {"step": number, f"slot {number}": True} if number % 2 == 0 else {}
        except GeneratorExit:
            self.end.set()
            raise


def test_a_page_that_comes_back_is_shown_what_was_before_and_what_follows() -> None:
    jobs, steps = KeptJobs(), Steps()
    ticket = jobs.start(steps(), ME, note="the form")
    first = jobs.follow(ticket)
    assert next(first) == {"step": 0, "slot 0": True} and next(first) == {}
    close(first)
    assert not steps.stopped and jobs.note(ticket) == "the form"
    again = list(jobs.follow(ticket, OTHER))
    assert again == [{"step": 0, "slot 0": True}, {"step": 2, "slot 2": True}, {}, {"step": 4, "slot 4": True}]
    assert list(jobs.follow(ticket)) == [{"step": 4, "slot 0": True, "slot 2": True, "slot 4": True}]
    assert steps.taken == 5  # nothing was done twice


def test_a_newer_stream_takes_the_job_over() -> None:
    jobs = KeptJobs()
    ticket = jobs.start(Steps()(), ME)
    old = jobs.follow(ticket)
    next(old)
    new = jobs.follow(ticket, OTHER)
    next(new)
    assert list(old) == []  # the line was lost; the server may notice it only now
    assert next(new) == {} and jobs.ticket_of(OTHER) == ticket and jobs.ticket_of(ME) is None
    close(new)


def test_a_job_alone_ends_after_a_while() -> None:
    jobs, steps = KeptJobs(alone=0.2), Steps()
    ticket = jobs.start(steps(), ME)
    stream = jobs.follow(ticket)
    next(stream)
    time.sleep(0.3)
    assert not steps.stopped  # it is followed
    close(stream)
    assert steps.end.wait(5)
    assert list(jobs.follow(ticket)) == [] and jobs.note(ticket) is None


def test_a_cancel_stops_the_jobs_of_this_visitor_alone() -> None:
    jobs, mine, other = KeptJobs(), Steps(), Steps()
    for steps, session in ((mine, ME), (other, OTHER)):
        stream = jobs.follow(jobs.start(steps(), session))
        next(stream)
        close(stream)
    jobs.drop(ME)
    jobs.drop("")
    assert mine.stopped and not other.stopped
    jobs.rename(OTHER, ME)
    jobs.drop(ME)
    assert other.stopped


def test_only_so_many_are_kept_and_never_one_that_is_followed() -> None:
    jobs, oldest = KeptJobs(most=2), Steps()
    stream = jobs.follow(jobs.start(oldest(), ME))
    next(stream)
    tickets = [jobs.start(Steps()(), f"session {number}", number) for number in range(3)]
    assert [jobs.note(ticket) for ticket in tickets] == [None, None, 2]
    assert next(stream) == {} and not oldest.stopped
    close(stream)


def test_no_ticket_is_guessed() -> None:
    jobs = KeptJobs()
    tickets = {jobs.start(Steps()(), ME) for _ in range(3)}
    assert len(tickets) == 3 and min(map(len, tickets)) >= 32
    for wrong in (None, "", "x" * 32, 3):
        assert jobs.note(wrong) is None and list(jobs.follow(wrong)) == []


def test_other_pages_watch_a_job_by_its_key_and_do_not_stop_it() -> None:
    jobs, steps = KeptJobs(alone=60), Steps()
    mine = jobs.begin(steps(), ME, note="the form")
    ticket = next(mine)["ticket"]["ticket"]
    key = jobs.key_of(ticket)
    step = next(mine)
    assert step["step"] == 0 and step["ticket"] == {"ticket": ticket}  # gradio may lose the message before
    assert key not in ticket and jobs.key_of("x") == ""
    found = jobs.watch(key)
    assert found is not None and found[0] == "the form" and jobs.watch(ticket) is None and jobs.watch(None) is None
    stream = found[1]
    assert next(stream) == {"step": 0, "slot 0": True}
    assert next(mine) == {} and next(mine)["step"] == 2
    assert next(stream) == {"step": 2, "slot 2": True}  # nothing is missed, nothing is done twice
    close(mine)
    assert list(stream) == [{}, {"step": 4, "slot 4": True}]  # it goes on for the page that watches
    assert steps.taken == 5


def test_a_stop_is_the_last_message_of_every_stream() -> None:
    jobs = KeptJobs()
    mine = jobs.begin(Steps()(), ME)
    ticket = next(mine)["ticket"]["ticket"]
    next(mine)
    found = jobs.watch(jobs.key_of(ticket))
    assert found is not None and next(found[1])
    jobs.drop(ME, {"busy": False})
    assert jobs.note(ticket) is None
    assert list(found[1]) == [{"busy": False}]
    assert list(mine) == [{"busy": False, "ticket": {"ticket": ticket}}]


def test_a_page_may_own_a_job_that_it_does_not_show() -> None:
    jobs = KeptJobs()
    ticket = jobs.start(Steps(0)(), ME)
    jobs.claim(ticket, OTHER)
    jobs.claim("unknown", ME)
    assert list(jobs.follow(ticket)) == [] and jobs.ticket_of(OTHER) is None
    assert jobs.ticket_of(OTHER, over=True) == ticket and jobs.ticket_of(ME, over=True) is None
