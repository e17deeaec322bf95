"""Entry point of the demo: builds the service and the page, starts them, and warms the service up in a thread."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading

gc.disable()  # until the page is open: what the imports make stays, and searching it for garbage takes a second
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

from dlfd_core.cli.page import make_ready, read_options
from dlfd_core.device import keep_loaded
from dlfd_core.errors import DlfdError
from dlfd_core.service import UnlearningService
from dlfd_core.ui.launch import launch_page
from dlfd_core.ui.server.logs import bound_log
from dlfd_core.unlearning.plugins import load_named_plugins
from dlfd_core.zero_gpu import make_service

log = logging.getLogger(__name__)

#: Seconds that one run may take while other visitors wait for the device.
LONGEST_RUN = 20 * 60


def warm_up(service: UnlearningService) -> None:
    """Prepare what the first click would wait for. A failure is only logged: the click itself then shows the error."""
    try:
        service.warm_up()
        keep_loaded()
    except Exception:
        log.exception("Warming up failed")


def main() -> None:
    """Serve the page until the process ends; a mistake in the options is one sentence on stderr and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        options = read_options(sys.argv[1:])
        load_named_plugins()
        service = make_service(limit=LONGEST_RUN)
        if not options.is_plain:
            gc.enable()  # an original may be trained now
            make_ready(service, options)
        page, _ = launch_page(service, host=options.host)
    except DlfdError as error:
        sys.exit(str(error))
    gc.enable()
    bound_log()  # once the server has its loggers
    threading.Thread(target=warm_up, args=(service,), name="warm-up", daemon=True).start()
    page.block_thread()


if __name__ == "__main__":
    main()
