"""Registry of named things: duplicates are refused, an unknown name lists the known ones."""

from __future__ import annotations

import pytest

from dlfd_core.errors import UnknownName
from dlfd_core.registry import Registry


def test_a_registry_refuses_doubles_and_names_what_it_knows() -> None:
    registry: Registry[int] = Registry("thing")
    registry.register("one")(1)
    assert registry.get("one") == 1 and registry.names() == ["one"] and list(registry) == [1]
    with pytest.raises(ValueError, match="registered twice"):
        registry.register("one")(2)
    for name in ("two", None, ["one"]):
        with pytest.raises(UnknownName, match="Unknown thing"):
            registry.get(name)  # type: ignore[arg-type]
