"""``python -m benchmarks``: what can be measured. Each line is a command; ``--help`` tells its options."""

from __future__ import annotations

import ast
from pathlib import Path

COMMAND = "``python -m benchmarks."


def commands() -> list[tuple[str, str]]:
    """Command and what it measures, from the first lines of the modules that say they are one."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.py")):
        first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
        if first.startswith(COMMAND):
            command, _, said = first.partition("``: ")
            found.append((command.removeprefix("``"), said))
    return found


def main() -> None:
    width = max(len(command) for command, _ in commands())
    for command, said in commands():
        print(f"{command:{width}}  {said}")


if __name__ == "__main__":
    main()
