"""Plain words: idioms and riddles that were once in this project stay out of docstrings, comments, documents and page
texts. Each of them has a plain word, which the failure names."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ("app.py", "dlfd_core/**/*.py", "benchmarks/**/*.py", "tests/**/*.py", "assets/plugin_template/*.py")
SCRIPTS = ("assets/**/*.js", "assets/**/*.css")
TEXTS = (
    "README.md", "SPACE.md", "CHANGELOG.md", "docs/**/*.md", "benchmarks/README.md",
    "assets/copy/**/*.md", "assets/lessons/*.md", "assets/components/*.html", "assets/words/en/**/*",
)  # fmt: skip
#: Regular expression -> what to write instead. A space stands for any white space, so that a line may end there.
IDIOMS = {
    r"pressed out": "compressed",
    r"costs? nobody": "say what is not computed or sent",
    r"may lie\b(?! (?:in|on|at|outside|inside|above|below|between|within|far|elsewhere)\b)": "may be false; untrusted",
    r"without a trace": "deleted completely",
    r"so that there is something to": "say what the step achieves",
    r"\banew\b": "again",
    r"\btold (?:once|on|only)\b": "shown, written, given",
    r"handed? out": "given, sent, published",
    r"\bwhoever\b": "anybody who; the user",
    r"nobody (?:ever|who)\b": "no user, no person",
    r"\bat hand\b": "available, in memory",
    r"\bstrangers' ": "of unseen people",
    r"cr(?:y|ies) wolf": "gives false alarms",
    r"\blights it\b": "makes the meter report",
    r"\bha(?:s|ve) to say about\b": "reports about, notes on",
    r"\btossed\b": "chosen at random",
    r"with (?:the )?suspicion": "validated as untrusted input",
    r"patience (?:ended|of)|or patience\b": "time limit; takes long",
    r"crowded out": "displaced",
    r"\bmend(?:s|ed)?\b": "repair",
    r"\bforetells?\b": "predict, estimate",
    r"\bdrowns?\b": "make unreadable",
    r"\blets? go of\b": "release, delete",
    r"\bsees? to (?:it|that)\b|\bseen to by\b": "ensure; done by",
    r"\bgo(?:es)? without(?: them)?\.": "leaves out",
    r"\bgives? (?:itself|it|him|them|people|that) away\b": "shows, reveals",
    r"\bspeaks? (?:of|for)\b": "covers, is about",
    r"knows? (?:nothing of|no visitor)": "does not use, has no",
    r"\bdoors? (?:are|is) shut\b|\bwhich doors\b|'s doors\b": "closed routes",
    r"\bbears? (?:many|it|them|visitors)\b": "handles",
    r"\b(?:to|for|by) who\b": "to people who",
    r"\band who (?:gives|sends|asks|leaves|wants)\b": "and a user who",
    r"\bas (?:it lies|they lie)\b": "unchanged, not rotated",
    r"\blies? scattered\b": "is fragmented",
    r"\bno mistake\b": "may be called twice",
    r"\bmachine's refusals\b": "out-of-memory and full-disk errors",
    r"\bcomes? by (?:its|their) own\b": "gets",
    r"\bnever rests?\b": "ask again at once",
}
RULES = {re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE): plain for pattern, plain in IDIOMS.items()}
SCRIPT_COMMENT = re.compile(r"(?<![:\w])//[^\n]*|/\*.*?\*/", re.DOTALL)


def prose_of_python(source: str) -> str:
    """Docstrings and comments of a module, at their lines; everything else is blank."""
    lines = source.splitlines()
    prose = [""] * len(lines)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            ast.get_docstring(node, clean=False) is not None
        ):
            text = node.body[0]
            for number in range(text.lineno, (text.end_lineno or text.lineno) + 1):
                prose[number - 1] = lines[number - 1]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            prose[token.start[0] - 1] = token.string.lstrip("#:")
    return "\n".join(prose)


def prose_of_script(source: str) -> str:
    """Comments of JavaScript or CSS, at their lines; everything else is blank."""
    prose, end = "", 0
    for match in SCRIPT_COMMENT.finditer(source):
        prose += "\n" * source.count("\n", end, match.start()) + match[0].lstrip("/*")
        end = match.end()
    return prose


def idioms(prose: str) -> Iterator[tuple[int, str, str]]:
    """Line (from 1), words and plain alternative of each idiom."""
    for rule, plain in RULES.items():
        for match in rule.finditer(prose):
            yield prose.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), plain


def prose_of(path: Path) -> str:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return prose_of_python(source)
    return prose_of_script(source) if path.suffix in (".js", ".css") else source


def files() -> list[Path]:
    return sorted(path for pattern in PYTHON + SCRIPTS + TEXTS for path in ROOT.glob(pattern) if path.is_file())


def test_no_idiom_in_docstrings_comments_documents_and_page_texts() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{line}: {words!r}; plainer: {plain}"
        for path in files()
        for line, words, plain in sorted(idioms(prose_of(path)))
    ]
    assert named == [], "\n" + "\n".join(named)


def test_every_kind_of_file_is_read() -> None:
    read = {str(path.relative_to(ROOT)) for path in files()}
    assert {"app.py", "README.md", "docs/cli.md", "assets/copy/intro.md", "tests/test_plain_words.py"} <= read
    assert {"benchmarks/__init__.py", "assets/page.js", "dlfd_core/ui/__init__.py"} <= read


# ---- counter-examples ------------------------------------------------------------------------------------------------

PLANTED = '''"""First line.

Whatever happens, it is gone without a
trace.
"""
NAME = "whoever reads this string"  # nobody ever reads it


def function():
    """Told anew."""
    return "at hand"  #: crowded
    # out
'''


def test_a_planted_idiom_is_found_at_its_line() -> None:
    found = sorted((line, words) for line, words, _ in idioms(prose_of_python(PLANTED)))
    assert found == [(3, "without a trace"), (6, "nobody ever"), (10, "anew"), (11, "crowded out")]


def test_a_planted_idiom_is_found_in_scripts_and_texts(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("const anew = 'https://anew';\n/* all\n   anew */ anew(); // at hand\n")
    (tmp_path / "a.md").write_text("Everybody is fine.\n\nWhoever is read\nanew.\n")
    assert sorted(each[:2] for each in idioms(prose_of(tmp_path / "a.js"))) == [(3, "anew"), (3, "at hand")]
    assert sorted(each[:2] for each in idioms(prose_of(tmp_path / "a.md"))) == [(3, "Whoever"), (4, "anew")]


@pytest.mark.parametrize(
    "plain",
    [
        "Places in the film may lie outside of the map's frame.",
        "It is told apart by its shape, at handlers of the page, and strangers are unseen people.",
        "A GPU is not needed. The number of runs that were recommended; patience: epochs without progress.",
    ],
)
def test_plain_sentences_pass(plain: str) -> None:
    assert list(idioms(plain)) == []
