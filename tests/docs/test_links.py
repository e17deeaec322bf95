"""The documents a reader opens first: relative links and anchors exist, pages say who they are for, commands parse."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlfd_core.cli import build_parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "SPACE.md", ROOT / "CHANGELOG.md", ROOT / "benchmarks/README.md", *PAGES]
#: Lines of the README, its front matter included; what is longer belongs to a page of ``docs``.
README_LINES = 180
PICTURE_BYTES = 200_000
FENCE = re.compile(r"^```.*?^```[^\n]*\n?", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]+`")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
LINK = re.compile(r"\]\(([^()\s]+)\)|<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ +)*python -m dlfd_core (.+)$")


def anchors(text: str) -> set[str]:
    """Anchors of the headings of a Markdown text, named as GitHub names them; the second of equal ones ends in -1."""
    seen: Counter[str] = Counter()
    names = set()
    for title in HEADING.findall(FENCE.sub("", text)):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        names.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def links(text: str) -> Iterator[str]:
    """Targets of links and pictures outside of code."""
    for match in LINK.finditer(INLINE_CODE.sub("", FENCE.sub("", text))):
        yield match[1] or match[2]


def broken_links(document: Path) -> list[str]:
    """Relative links of a document that lead nowhere, in words."""
    sentences = []
    for target in links(document.read_text(encoding="utf-8")):
        if WITH_SCHEME.match(target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists():
            sentences.append(f"{document.name}: {target}: there is no {path}")
        elif anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
            sentences.append(f"{document.name}: {target}: {file.name} has no heading #{anchor}")
    return sentences


def commands(text: str) -> Iterator[str]:
    """Arguments of ``python -m dlfd_core`` in code blocks of a Markdown text, without comments, lines joined."""
    for block in FENCE.findall(text):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            if match := COMMAND.match(line):
                yield match[1]


# ---- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_and_anchors_exist(document: Path) -> None:
    assert broken_links(document) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# A `b`, c\n\n## Twice\n\n## Twice\n\n```\n# no heading\n```\n")
    document = tmp_path / "a.md"
    document.write_text(
        "# Top\n[1](b.md) [2](b.md#a-b-c) [3](b.md#twice-1) [4](#top) [5](https://example.org/no#where) `[6](code)`\n"
        "```\n[7](code.md)\n```\n"
        '[8](c.md) [9](b.md#twice-2) ![10](no.png) [11](#bottom) [12](b.md#no-heading) <img src="none.png" width="9">\n'
    )
    found = broken_links(document)
    assert [sentence.split(": ")[1] for sentence in found] == [
        "c.md", "b.md#twice-2", "no.png", "#bottom", "b.md#no-heading", "none.png",
    ]  # fmt: skip
    assert found[1] == "a.md: b.md#twice-2: b.md has no heading #twice-2"


def test_every_page_and_picture_is_linked() -> None:
    readme = set(links((ROOT / "README.md").read_text(encoding="utf-8")))
    overview = set(links((ROOT / "docs/README.md").read_text(encoding="utf-8")))
    names = {page.name for page in PAGES} - {"README.md"}
    assert names and {f"docs/{name}" for name in names} <= readme and names <= overview
    pictures = {str(path.relative_to(ROOT)) for path in (ROOT / "docs/images").iterdir()}
    assert pictures <= readme | {f"docs/{target}" for page in PAGES for target in links(page.read_text("utf-8"))}


# ---- form ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_starts_with_one_sentence_about_its_readers(page: Path) -> None:
    title, _, rest = page.read_text(encoding="utf-8").partition("\n\n")
    first = " ".join(rest.split("\n\n")[0].split())
    assert re.fullmatch(r"# [^\n]+", title)
    assert first.startswith("For ") and first.endswith(".") and ". " not in first


def test_the_readme_is_short_and_its_pictures_are_small() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES
    pictures = list((ROOT / "docs/images").iterdir())
    assert pictures and all(path.stat().st_size < PICTURE_BYTES for path in pictures)


# ---- commands --------------------------------------------------------------------------------------------------------


def test_every_command_of_the_documents_parses() -> None:
    texts = [command for document in DOCUMENTS for command in commands(document.read_text(encoding="utf-8"))]
    assert len(texts) >= 7
    parser = build_parser()
    for text in texts:
        parser.parse_args(shlex.split(text, comments=True))


def test_every_option_of_forget_is_described() -> None:
    """Of ``forget``, which has the most options; the page describes each of them in a table."""
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    arguments = build_parser().parse_args(["forget", "--people", "random:1"])
    options = {f"--{name.replace('_', '-')}" for name in vars(arguments)} - {"--command"}
    assert len(options) > 15 and [option for option in options if f"`{option}" not in page] == []
