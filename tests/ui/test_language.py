"""The text files of other languages: whole, in order, and about nothing that the page does not say."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dlfd_core.ui.language import WORDS, languages, words
from tests.fakes import FakeService
from tests.ui.served import Served, serve

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for path in WORDS.glob("*/*.json") if path.name != "about.json")
HOLE = re.compile(r"\{#?\}")
PLACE = re.compile(r"\{(\d*)#?\}")
LONGEST_FILE = 60_000
MOST_PIECES = 2
#: What gradio itself says.
GRADIO = "number input for, range slider for, Reset to default value, processing, queue"


def entries(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_is_sorted_and_short_and_says_nothing_twice(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    pairs = json.loads(text, object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert keys == sorted(set(keys)) and len(text.encode()) < LONGEST_FILE
    assert text == json.dumps(dict(pairs), ensure_ascii=False, indent=2) + "\n"
    others = {key for other in FILES if other.parent == path.parent and other != path for key in entries(other)}
    assert sorted(others & set(keys)) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b"\xff"])
def test_a_damaged_dictionary_is_left_out(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlfd_core.ui.language.WORDS", tmp_path)
    for code, file in (("xx", "about"), ("yy", "page")):
        (tmp_path / code).mkdir()
        (tmp_path / code / "about.json").write_text('{"name": "N", "word": "W"}')
        (tmp_path / code / f"{file}.json").write_bytes(content)
    for cached in (languages, words):
        cached.cache_clear()
    try:
        assert set(languages()) == {"yy"} and words("yy") == {}
    finally:
        for cached in (languages, words):
            cached.cache_clear()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_places_and_pieces_of_key_and_translation_agree(path: Path) -> None:
    wrong = [key for key, value in entries(path).items() if not value.strip() or not agree(key, value)]
    assert wrong == []


def agree(key: str, value: str) -> bool:
    """Places go in order, or all have their number; then words may be left out, but no number."""
    places, holes = PLACE.findall(value), HOLE.findall(key)
    if key.count("|") != value.count("|"):
        return False
    if "" in places or not places:
        return len(places) == len(holes) and not any(places)
    numbers = {i for i, hole in enumerate(holes, 1) if hole == "{#}"}
    return numbers <= set(map(int, places)) <= set(range(1, len(holes) + 1))


@pytest.mark.parametrize(
    ("key", "value"), [("{} of {#}", "{}"), ("{#} a", "{2}"), ("a|b", "a"), ("{} {}", "{} {2}"), ("{#} {}", "{2}")]
)
def test_what_does_not_agree_is_found(key: str, value: str) -> None:
    assert not agree(key, value)


# ---- no dead keys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_key_is_said_somewhere(path: Path) -> None:
    dead = [key for key in entries(path) if any(pieces(part) > MOST_PIECES for part in fragments(key))]
    assert dead == []


def test_a_sentence_that_nobody_says_is_dead() -> None:
    assert pieces("pick the people who ask to be left alone") > MOST_PIECES
    assert pieces("the model is as useful as before") == 1


def pieces(part: str) -> int:
    """Into how many pieces words must be cut so that the sources have each: code puts some sentences together."""
    words, count = part.split(), 0
    while words:
        fit = (end for end in range(len(words), 0, -1) if " ".join(words[:end]) in sources())
        words, count = words[next(fit, len(words)) :], count + 1
    return count


def fragments(key: str) -> list[str]:
    """The fixed words of a key, between its places and bars; small letters, for the page makes some larger."""
    parts = (part.strip(" .:;,()%|") for part in re.split(r"\{#?\}|\|", key.lower()))
    return [part for part in parts if re.search("[a-z]{2}", part)]


@cache
def sources() -> str:
    """All texts of which the page is made, without markup, in small letters."""
    code = list((ROOT / "dlfd_core").rglob("*.py"))
    texts = [" ".join(text for path in code for text in spoken(path))]
    for path in sorted((ROOT / "assets").rglob("*")):
        if path.suffix in {".md", ".html", ".js", ".css"} and "words" not in path.parts:
            texts.append(path.read_text(encoding="utf-8"))
    texts.append(GRADIO)
    texts.append((ROOT / "assets/portraits/labels.json").read_text(encoding="utf-8").replace("_", " "))
    whole = html.unescape(" ".join(texts)).replace("**", "").replace("`", "")
    whole = re.sub(r"'\s*\+\s*'", "", whole)  # texts that go on in the next line of a script
    whole = re.sub(r"\$\{[^{}]*\}|\{[a-z_.]+\}|[-−+]?\d(?:[\d.,]*\d)?|[<>]", " ", whole)
    return " ".join(whole.split()).lower().replace("\\'", "'")


def spoken(path: Path) -> Iterator[str]:
    """The strings of a module, with a blank for what is filled in; those that stand in several lines are one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else " " for one in node.values)


# ---- at the server ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve(FakeService()) as served:
        yield served


def ask(server: Served, code: object) -> dict[str, str]:
    parts = server.ask("GET", "/config").json()["components"]
    switch = next(part for part in parts if part["props"].get("elem_id") == "language")
    body = {"data": code, "component_id": switch["id"], "fn_name": "words", "session_hash": "a"}
    found: dict[str, str] = server.ask("POST", "/gradio_api/component_server", body).json()
    return found


def test_a_language_comes_whole_and_only_when_asked_for(server: Served) -> None:
    assert languages()["ko"] == {"name": "한국어", "word": "언어"}
    assert ask(server, "ko") == words("ko") and len(words("ko")) > 800
    opening = server.ask("GET", "/").text + server.ask("GET", "/config").text
    assert "잊을" not in opening and r"\uc78a" not in opening


@pytest.mark.parametrize("code", ["en", "", "../../weights", "KO", None, ["ko"], {"ko": 1}, 7])
def test_another_language_is_answered_with_a_sentence(server: Served, code: object) -> None:
    assert ask(server, code) == {"error": "The page does not speak this language."}
