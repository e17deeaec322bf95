"""``python -m benchmarks``: list of the studies. Each line is a command; ``--help`` lists its options."""

from __future__ import annotations

import ast
from pathlib import Path

COMMAND = "``python -m benchmarks."


def commands() -> list[tuple[str, str]]:
    """Commands and their descriptions, from the first lines of the modules that start with ``COMMAND``."""
    listed = []
    for path in sorted(Path(__file__).parent.glob("*.py")):
        first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
        if first.startswith(COMMAND):
            command, _, description = first.partition("``: ")
            listed.append((command.removeprefix("``"), description))
    return listed


def main() -> None:
    """Print the list."""
    width = max(len(command) for command, _ in commands())
    for command, description in commands():
        print(f"{command:{width}}  {description}")


if __name__ == "__main__":
    main()
