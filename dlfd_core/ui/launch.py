"""Launcher of the page with settings that are safe in public: nothing is kept, and nothing is sent elsewhere."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from dlfd_core.ui.page import build_page
from dlfd_core.ui.preview import Preview
from dlfd_core.ui.server.connections import bound_connections
from dlfd_core.ui.server.health import health
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.jobs import RUNS_OPEN
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.security import Guard
from dlfd_core.ui.theme import head_scripts, make_theme, style_sheet

#: Most events that may wait in gradio's queue at once; the next visitor gets a message that the page is busy.
LONGEST_QUEUE = 64
#: Each open run blocks one thread nearly all the time while it waits for the next event; 40 are for everything else.
THREADS = RUNS_OPEN + 40

#: The page is 2.7 MB of text, 1.1 MB compressed. The middleware does not compress event streams.
PACKED = Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)


def launch_settings() -> dict[str, Any]:
    """Arguments of ``Blocks.launch`` that never depend on where the page runs."""
    return {
        "theme": make_theme(),
        "head": style_sheet() + head_scripts(),
        "footer_links": [],
        "run_history": False,  # gradio would keep every visitor's input in their browser
        "show_error": False,  # the text of an unforeseen error names paths of the server
        "max_file_size": "100kb",  # the upload address exists although nothing on the page uploads
        "enable_monitoring": False,
        "strict_cors": True,
        "ssr_mode": False,
        "share": False,
        "pwa": False,
        "mcp_server": False,
        "state_session_capacity": 500,
        "max_threads": THREADS,
    }


def launch_page(
    service: ServicePort,
    *,
    host: str | None = None,
    port: int | None = None,
    quiet: bool = False,
) -> tuple[gr.Blocks, str]:
    """Serve the page in the background; returns it and its address.

    Args:
        host, port: None leaves them to the environment (``GRADIO_SERVER_NAME``, ``GRADIO_SERVER_PORT``) and else to
            this machine alone and the first free port from 7860.
    Raises:
        InvalidRequest: a setting of the environment that makes no sense.
    """
    hosting = Hosting.from_environment()
    page = build_page(service)
    page.queue(max_size=LONGEST_QUEUE, api_open=False)
    bound_connections(hosting)
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn would believe a proxy's headers without a setting of this page
    guard = Middleware(Guard, hosting=hosting, health=partial(health, service))
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        quiet=quiet,
        prevent_thread_lock=True,
        app_kwargs={"middleware": [PACKED, guard, Middleware(Preview)], "openapi_url": None},
        **launch_settings(),
    )
    return page, address
