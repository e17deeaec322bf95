"""Options of ``app.py``, by argument and by environment: names, paths, and who may open the page."""

from __future__ import annotations

import pytest

from dlfd_core.cli.page import read_options
from dlfd_core.errors import InvalidRequest


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
