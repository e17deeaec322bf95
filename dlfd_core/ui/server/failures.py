"""Errors of the page's work as one sentence for the visitor; the details of unforeseen errors go to the log alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from dlfd_core.errors import DlfdError

log = logging.getLogger(__name__)

Step = TypeVar("Step")

#: For a program that calls a function with other parameters than it has.
NOT_PARAMETERS = "These are not the parameters of this function; see /gradio_api/info."
#: Sentences for errors that nobody foresaw: of programs, of jobs on the page, and of questions of the page's scripts.
UNFORESEEN = "Something went wrong on our side; the details are in the server's log."
UNFORESEEN_JOB = f"{UNFORESEEN} Your pick and settings are kept."
NOT_SHOWN = "This could not be shown just now."
NO_FILE = "The file could not be made just now."
NO_FIGURE = "The figure could not be made just now."
NO_LOOK_ALIKES = "Look-alikes could not be found just now."
NO_EXAMPLE = "The finished example could not be shown."
NO_LANGUAGE = "This language could not be loaded just now."


def sentence_for(error: Exception, message: str, unforeseen: str = UNFORESEEN_JOB) -> str:
    """The sentence for an error: the text of a ``DlfdError``, which is written for visitors; else ``unforeseen``.

    Args:
        message: what the log says about an unforeseen error, before its traceback.
        unforeseen: names no details, which could hold paths of the server.
    """
    if isinstance(error, DlfdError):
        return str(error)
    log.error(message, exc_info=error)
    return unforeseen


def job(steps: Iterator[Step], failed: Callable[[str], Step], message: str) -> Iterator[Step]:
    """What a job on the page shows, step by step. Never raises: an error becomes the last step.

    When this iterator is closed (a cancel, a closed tab), ``steps`` is closed as well, which stops the work.

    Args:
        failed: makes the last step from the sentence for the error.
        message: for the log, see ``sentence_for``.
    """
    try:
        yield from steps
    except Exception as error:
        yield failed(sentence_for(error, message))


def answered(
    work: Callable[[], dict[str, Any]], unforeseen: str, message: str = "A question could not be answered"
) -> dict[str, Any]:
    """The answer to a question of the page's scripts: what ``work`` gives, or ``{"error": sentence}``.

    Args:
        unforeseen: the sentence for an unforeseen error.
        message: for the log, see ``sentence_for``.
    """
    try:
        return work()
    except Exception as error:
        return {"error": sentence_for(error, message, unforeseen)}
