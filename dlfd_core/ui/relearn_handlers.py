"""What happens in the relearn test, without gradio: the shown run and a number of photos in, slots of the page out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial

from dlfd_core.errors import DlfdError, InvalidRequest
from dlfd_core.types import RELEARN_PHOTOS, ForgetProgress, ForgetRequest, RelearnReport
from dlfd_core.ui import relearn_views as views
from dlfd_core.ui.handlers import UNFORESEEN, Handlers, Slots
from dlfd_core.ui.markup import seconds

log = logging.getLogger(__name__)

NO_RUN = "There is no run to try this on; forget somebody first."


class RelearnHandlers:
    """The behaviour of the block "Does it come back?".

    Its slots: ``relearn_status``, ``relearn``, and as in ``Handlers`` ``busy`` and ``toast``.

    Args:
        page: shares its service.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service

    def relearn(self, request: ForgetRequest | None, photos: object, session: str | None = None) -> Iterator[Slots]:
        """A test as the page shows it. Never raises: what goes wrong becomes a sentence.

        Args:
            request: of the run that the page shows, None while it shows none. One that is not in the service's memory,
                as the finished example at first, is carried out before.
        """
        yield {"busy": True, "relearn_status": views.relearn_status("running", "Getting the models of this run ready.")}
        report: RelearnReport | None = None
        try:
            if request is None:
                raise InvalidRequest(NO_RUN)
            work = partial(self.service.relearn, request, read_photos(photos))
            for batch in self.page.batches(work, session):
                progress: ForgetProgress | None = None
                for event in batch:
                    if isinstance(event, RelearnReport):
                        report = event
                    else:
                        progress = event
                yield {} if progress is None else {"relearn_status": views.relearn_status("running", "", progress)}
            assert report is not None  # relearn either raises or ends with its report
            said = f"Finished in {seconds(report.seconds)}. The models of your run are as they were."
            yield {
                "busy": False,
                "relearn_status": views.relearn_status("done", said),
                "relearn": views.result(report),
            }
        except DlfdError as error:
            yield _failure(str(error))
        except Exception:
            log.exception("A relearn test failed")
            yield _failure(UNFORESEEN)

    def cancelled(self) -> Slots:
        """After a cancel; the test itself was told to stop when its stream was closed."""
        said = "Cancelled. What stands below is from before."
        return {"busy": False, "relearn_status": views.relearn_status("cancelled", said)}

    def another_run(self) -> Slots:
        """The page shows another run: what stood here was not about it."""
        return {"busy": False, "relearn_status": views.relearn_status("idle"), "relearn": views.nothing_yet()}


def read_photos(value: object) -> int:
    """The slider's number. Raises ``InvalidRequest``."""
    low, high = RELEARN_PHOTOS
    if isinstance(value, int | float) and not isinstance(value, bool) and value in range(low, high + 1):
        return int(value)
    raise InvalidRequest(f"The number of photos must be a whole number from {low} to {high}.")


def _failure(sentence: str) -> Slots:
    return {"busy": False, "relearn_status": views.relearn_status("failed", sentence), "toast": sentence}
