"""Options of ``app.py``, by argument and by environment: names, paths, and who may open the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from dlfd_core.cli.page import make_ready, read_options
from dlfd_core.errors import InvalidRequest
from dlfd_core.service import UnlearningService
from dlfd_core.types import Catalog, DataCard, Offer, TaskCard


def test_without_options_the_page_is_the_usual_one() -> None:
    options = read_options([], {})
    assert options.is_plain and options.host is None and not options.real
    assert read_options([], {"GRADIO_SERVER_NAME": "0.0.0.0"}).host is None


def test_arguments_and_variables_say_the_same() -> None:
    arguments = ["--data", "portraits", "--data", "folder:/a b", "--task", "smiling", "--backbone", "resnet18"]
    variables = {
        "DLFD_PAGE_DATA": "portraits\nfolder:/a b",
        "DLFD_PAGE_TASK": "smiling",
        "DLFD_PAGE_BACKBONE": "resnet18",
        "DLFD_PAGE_DEVICE": "cpu",
        "DLFD_PAGE_HIDE_NAMES": "1",
    }
    by_argument = read_options([*arguments, "--device", "cpu", "--hide-names"], {})
    assert by_argument == read_options([], variables) and not by_argument.is_plain
    assert dict(by_argument.data) == {"portraits": "portraits", "folder:/a b?hidden": "folder:/a b?hidden"}
    assert read_options(["--data", "portraits"], variables).data == {"portraits": "portraits"}


def test_a_page_with_own_photos_is_for_this_machine_alone() -> None:
    own = ["--data", "folder:/home/me/faces"]
    assert read_options(own, {}).host == "127.0.0.1"
    assert read_options(own, {"GRADIO_SERVER_NAME": "localhost"}).host == "127.0.0.1"
    with pytest.raises(InvalidRequest, match="add --public to allow it"):
        read_options(own, {"GRADIO_SERVER_NAME": "0.0.0.0"})
    public = read_options([*own, "--public"], {})
    assert public.host == "0.0.0.0" and dict(public.data) == {"folder:faces": "folder:/home/me/faces"}
    assert read_options([*own, "--public"], {"GRADIO_SERVER_NAME": "10.0.0.1"}).host is None
    assert read_options(own, {"DLFD_PAGE_PUBLIC": "1"}).public


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["--dta", "x"], {}, "Unrecognized arguments: --dta x; see `python app.py --help`."),
        (["--weights", "a.safetensors"], {}, "give one --data, one --task and one --backbone"),
        (["--data", "folder:/a/x", "--data", "folder:/b/x", "--public"], {}, "Two data sets end in folder:x"),
        ([], {"DLFD_PAGE_PUBLIC": "maybe"}, "DLFD_PAGE_PUBLIC is 'maybe'; set it to 1 or 0"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], variables: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_options(arguments, variables)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_slow_network_is_named_before_the_page_opens(capsys: pytest.CaptureFixture[str]) -> None:
    class Host:
        """A service whose original is ready, with a network that is quick and one that is slow."""

        def prepare_offers(self, wanted: object, should_stop: object) -> Iterator[None]:
            yield from ()

        def catalog(self) -> Catalog:
            card = DataCard("folder", "Faces", (TaskCard("identity", "Identity", ("a", "b")),), (), None)
            offers = (Offer(card, "compact_resnet", seconds=9.0), Offer(card, "vit_b_16", seconds=400.0))
            return Catalog((card,), (), (), "cpu", offers)

    make_ready(cast(UnlearningService, Host()), read_options(["--data", "folder:faces"], {}))
    quick, slow = capsys.readouterr().err.splitlines()
    assert quick.endswith("a result takes about 9 s.")
    assert slow.endswith("400 s, which is slow; --backbone compact_resnet or a GPU is faster.")
