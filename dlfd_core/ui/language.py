"""Other languages of the page: dictionaries in ``assets/words``, with which the browser translates the page.

The server makes all sentences in English; the scripts in ``assets/language`` replace them. Each language has a folder:
``about.json`` names the language, and all other files are dictionaries.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

import gradio as gr

from dlfd_core.errors import InvalidRequest
from dlfd_core.ui.server.failures import NO_LANGUAGE, answered
from dlfd_core.ui.text.markup import esc
from dlfd_core.ui.text.texts import ASSETS

log = logging.getLogger(__name__)

WORDS = ASSETS / "words"
SCRIPTS = ("dictionary", "memory", "page", "switch")


@cache
def languages() -> dict[str, dict[str, str]]:
    """Code -> the language's name for itself and its word for language."""
    read = {path.parent.name: _read(path) for path in sorted(WORDS.glob("*/about.json"))}
    return {code: about for code, about in read.items() if {"name", "word"} <= about.keys()}


@cache
def words(code: str) -> dict[str, str]:
    """English sentence or template -> translation, for an existing language."""
    files = sorted(path for path in (WORDS / code).glob("*.json") if path.name != "about.json")
    return {english: other for path in files for english, other in _read(path).items()}


def build_switch() -> gr.HTML:
    """Build the language switch, inside a ``gr.Blocks``. A dictionary is sent only when its language is chosen."""
    script = "\n".join((ASSETS / "language" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    return gr.HTML(
        _switch(), apply_default_css=False, js_on_load=script, server_functions=[_giver()], elem_id="language"
    )


def _switch() -> str:
    names = languages()
    title = " / ".join(["Language", *(f'<span lang="{code}">{esc(it["word"])}</span>' for code, it in names.items())])
    options = '<option value="en" lang="en">English</option>' + "".join(
        f'<option value="{code}" lang="{code}">{esc(it["name"])}</option>' for code, it in names.items()
    )
    return f'<label><span>{title}</span><select>{options}</select></label><span role="status" data-trouble></span>'


def _giver() -> Callable[[object], dict[str, str]]:
    def find(code: object) -> dict[str, str]:
        if not isinstance(code, str) or code not in languages():
            raise InvalidRequest("The page does not speak this language.")
        return words(code)

    def give(code: object) -> dict[str, str]:
        return answered(lambda: find(code), NO_LANGUAGE)

    give.__name__ = "words"
    return give


def _read(path: Path) -> dict[str, str]:
    """A dictionary, or the name of a language; empty where the file is damaged, so that the page still opens."""
    try:
        entries = json.loads(path.read_bytes())
        if isinstance(entries, dict) and all(isinstance(one, str) for one in entries.values()):
            return entries
        problem: object = "it is no object of texts"
    except (OSError, ValueError) as error:
        problem = error
    log.error("The dictionary %s/%s is damaged and not used: %s", path.parent.name, path.name, problem)
    return {}
