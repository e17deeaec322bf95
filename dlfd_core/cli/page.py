"""Options of ``app.py``: which data sets and networks the page offers, and who may open it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlfd_core.cli.options import Parser
from dlfd_core.cli.watch import ProgressLine
from dlfd_core.errors import InvalidRequest
from dlfd_core.runs.event_streams import result_of
from dlfd_core.types import DEFAULT_BACKBONE

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService

EMBEDDED = "portraits"
#: Environment variables, for hosts that give no arguments: the same as the options. Several values are separated by
#: line ends, or by commas in names of tasks and networks.
VARIABLES = {
    "data": "DLFD_PAGE_DATA",
    "task": "DLFD_PAGE_TASK",
    "backbone": "DLFD_PAGE_BACKBONE",
    "weights": "DLFD_PAGE_WEIGHTS",
    "device": "DLFD_PAGE_DEVICE",
    "public": "DLFD_PAGE_PUBLIC",
    "hide_names": "DLFD_PAGE_HIDE_NAMES",
}
#: Follows the expected seconds of a run where visitors would wait long.
SLOW_HINT = f", which is slow; --backbone {DEFAULT_BACKBONE} or a GPU is faster"
LOCAL = ("127.0.0.1", "localhost", "::1")
HOST = "GRADIO_SERVER_NAME"


@dataclass(frozen=True)
class PageOptions:
    """What the host wants.

    Attributes:
        data: name in requests -> name that ``load_data`` takes.
        real: whether people beside the drawn ones are shown.
        host: the address to listen on; None leaves it to the environment.
    """

    data: Mapping[str, str]
    tasks: tuple[str, ...] = ()
    backbones: tuple[str, ...] = (DEFAULT_BACKBONE,)
    weights: str | None = None
    device: str = "auto"
    public: bool = False
    real: bool = False
    host: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the page is the usual one, on the drawn portraits with the default network."""
        chosen = (tuple(self.data), self.tasks, self.backbones, self.weights, self.device)
        return chosen == ((EMBEDDED,), (), (DEFAULT_BACKBONE,), None, "auto")


def build_parser() -> Parser:
    parser = Parser(
        prog="python app.py",
        description="Serve the demo. Without options it shows the drawn portraits.",
        epilog="Each option is also a variable of the environment, such as DLFD_PAGE_DATA; see docs/hosting.md.",
    )
    parser.program = "python app.py"
    parser.add_argument("--data", action="append", metavar="NAME[:PATH]", help="a data set (docs/data.md); repeatable")
    parser.add_argument("--task", action="append", help="what the classifier tells: a label or identity; repeatable")
    parser.add_argument("--backbone", action="append", help=f"a network; repeatable (default: {DEFAULT_BACKBONE})")
    parser.add_argument("--weights", metavar="FILE", help="the original, made by `python -m dlfd_core train`")
    parser.add_argument("--device", help="auto, cpu or cuda")
    parser.add_argument("--public", action="store_true", help="let others open a page with photos of your own")
    parser.add_argument("--hide-names", action="store_true", help="show people without their names")
    return parser


def read_options(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> PageOptions:
    """The options of arguments and environment; an argument goes before its variable. Raises ``InvalidRequest``."""
    environment = os.environ if environment is None else environment
    given = build_parser().parse_args(argv)
    data = given.data or _values(environment, "data") or [EMBEDDED]
    tasks = given.task or _names(environment, "task")
    backbones = given.backbone or _names(environment, "backbone") or [DEFAULT_BACKBONE]
    weights = given.weights or environment.get(VARIABLES["weights"]) or None
    public = given.public or _switch(environment, "public")
    hide_names = given.hide_names or _switch(environment, "hide_names")
    if weights and (len(set(data)) > 1 or len(set(backbones)) > 1 or len(set(tasks)) != 1):
        raise InvalidRequest("--weights is one original; give one --data, one --task and one --backbone with it.")
    real = any(name != EMBEDDED for name in data)
    return PageOptions(
        _names_in_requests([_hidden(name) if hide_names else name for name in dict.fromkeys(data)], public=public),
        tuple(dict.fromkeys(tasks)),
        tuple(dict.fromkeys(backbones)),
        weights,
        given.device or environment.get(VARIABLES["device"]) or "auto",
        public,
        real,
        _host(environment, real=real, public=public),
    )


def _host(environment: Mapping[str, str], *, real: bool, public: bool) -> str | None:
    """The address to listen on. A page with photos of the host's own is for this machine alone, unless said otherwise.

    Raises:
        InvalidRequest: the environment names another address, and ``public`` is not set.
    """
    wanted = environment.get(HOST, "").strip()
    if public:
        return None if wanted else "0.0.0.0"
    if not real:
        return None
    if wanted and wanted not in LOCAL:
        raise InvalidRequest(
            f"{HOST} is {wanted}, so others could see the photos of --data; add --public to allow it, or leave {HOST} "
            "out."
        )
    return LOCAL[0]


def _hidden(name: str) -> str:
    return name if name == EMBEDDED else f"{name}?hidden"


def _names_in_requests(data: Sequence[str], *, public: bool) -> dict[str, str]:
    """Name in requests -> name to load. On a public page a path is shortened to its last part, since requests and
    receipts show it."""
    names: dict[str, str] = {}
    for name in data:
        kind, colon, path = name.partition(":")
        short = f"{kind}:{Path(path).name}" if public and colon else name
        if short in names:
            raise InvalidRequest(f"Two data sets end in {short}; rename one of their folders.")
        names[short] = name
    return names


def _values(environment: Mapping[str, str], option: str) -> list[str]:
    return [line.strip() for line in environment.get(VARIABLES[option], "").splitlines() if line.strip()]


def _names(environment: Mapping[str, str], option: str) -> list[str]:
    return [name.strip() for line in _values(environment, option) for name in line.split(",") if name.strip()]


def _switch(environment: Mapping[str, str], option: str) -> bool:
    """Raises ``InvalidRequest`` for a value that is neither 1 nor 0."""
    text = environment.get(VARIABLES[option], "").strip().lower()
    if text not in ("", "0", "1", "true", "false"):
        raise InvalidRequest(f"{VARIABLES[option]} is {text[:40]!r}; set it to 1 or 0, or leave it out.")
    return text in ("1", "true")


def make_ready(service: UnlearningService, options: PageOptions) -> None:
    """Load the data sets, and load or train the originals, with progress on stderr. Raises ``DlfdError``."""
    from dlfd_core.runs.offers import Wanted

    wanted = Wanted(options.data, options.tasks, options.backbones, options.weights, options.device, options.public)
    result_of(service.prepare_offers(wanted, lambda: False), ProgressLine().show)
    for offer in service.catalog().offers:
        seconds = "" if offer.seconds is None else f", a result takes about {offer.seconds:.0f} s"
        accuracy = "" if offer.accuracy is None else f", accuracy on unseen photos {offer.accuracy:.0%}"
        sys.stderr.write(
            f"{offer.data.title}, {offer.data.tasks[0].title}, {offer.backbone}: {len(offer.data.people)} people"
            f"{accuracy}{seconds}{SLOW_HINT if offer.is_slow else ''}.\n"
        )
    if options.real and options.public:
        sys.stderr.write("Everybody who opens this page sees the photos and names of these people.\n")
