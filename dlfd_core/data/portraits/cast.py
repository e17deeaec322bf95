"""Who takes part: roles, age groups and names, balanced."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.identity import AGE_GROUPS, Identity, hair_colour_name, make_identity
from dlfd_core.data.portraits.names import FEMININE, MASCULINE
from dlfd_core.data.schema import Person, Role

#: People per role, in the order they stand in the data set.
ROLE_COUNTS: dict[Role, int] = {"train": 140, "validation": 40, "unseen": 60}
PEOPLE = sum(ROLE_COUNTS.values())


def make_cast(seed: int) -> list[tuple[Person, Identity, int]]:
    """Everybody: the person, how they look, and the index of their age group.

    Age groups and the two name lists are spread evenly over each role.
    """
    rng = np.random.default_rng([seed, 0])
    names = {True: list(rng.permutation(FEMININE)), False: list(rng.permutation(MASCULINE))}
    cast: list[tuple[Person, Identity, int]] = []
    for turn, (role, count) in enumerate(ROLE_COUNTS.items()):
        places = rng.permutation(count)  # 16 places in a row hold every age group twice, once for each name list
        for place in places:
            group, feminine = int(place % len(AGE_GROUPS)), bool((place // len(AGE_GROUPS) + turn) % 2)
            index = len(cast)
            looks = make_identity(seed, index, group, feminine)
            attributes = {
                "age group": AGE_GROUPS[group],
                "glasses": looks.glasses,
                "hair colour": hair_colour_name(looks),
            }
            person = Person(id=f"p{index:03d}", name=str(names[feminine].pop()), role=role, attributes=attributes)
            cast.append((person, looks, group))
    return cast
