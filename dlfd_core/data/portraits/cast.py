"""The people of the data set: a role, an age group and a name for each, in balanced numbers."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.identity import AGE_GROUPS, Identity, hair_colour_name, make_identity
from dlfd_core.data.portraits.names import FEMININE, MASCULINE
from dlfd_core.data.schema import Person, Role

#: People per role, in the order of the data set.
ROLE_COUNTS: dict[Role, int] = {"train": 140, "validation": 40, "unseen": 60}
PEOPLE = sum(ROLE_COUNTS.values())


def make_cast(seed: int) -> list[tuple[Person, Identity, int]]:
    """Draw all people: for each the ``Person``, the ``Identity`` with the appearance, and the index of the age group.

    Age groups and the two lists of names are spread evenly over each role.
    """
    rng = np.random.default_rng([seed, 0])
    names = {True: list(rng.permutation(FEMININE)), False: list(rng.permutation(MASCULINE))}
    cast: list[tuple[Person, Identity, int]] = []
    for number, (role, count) in enumerate(ROLE_COUNTS.items()):
        slots = rng.permutation(count)  # 16 slots in a row hold each age group twice: once for each list of names
        for slot in slots:
            group, feminine = int(slot % len(AGE_GROUPS)), bool((slot // len(AGE_GROUPS) + number) % 2)
            index = len(cast)
            identity = make_identity(seed, index, group, feminine)
            attributes = {
                "age group": AGE_GROUPS[group],
                "glasses": identity.glasses,
                "hair colour": hair_colour_name(identity),
            }
            person = Person(id=f"p{index:03d}", name=str(names[feminine].pop()), role=role, attributes=attributes)
            cast.append((person, identity, group))
    return cast
