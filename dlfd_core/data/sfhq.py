"""Loader of SFHQ-VirtualID: generated, photorealistic photos of people who do not exist, made for unlearning.

``dataset.csv`` names the photos, each with an identity, an age group, a gender (both estimated by a program) and a
split. Identities of the split ``forget`` are the published forget set. The release has no unseen people, so validation
and unseen people are drawn from those of the split ``retain``; an older release has a split ``test``, whose people are
unseen here. The licence allows non-commercial research only, and no identification of people.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.names import is_shown
from dlfd_core.data.registry import find_inside, local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile, Role
from dlfd_core.data.splits import SHARES
from dlfd_core.data.tables import read_rows
from dlfd_core.errors import InvalidData
from dlfd_core.seeding import make_rng

TABLE = "dataset.csv"
AGES = ("young", "adult", "middle-aged", "senior")
GENDERS = ("0", "1")
SPLITS = ("retain", "forget", "test")
#: Photos per person that take part, drawn with a seed: 750 people with 30 are 276 MB at 64 pixels.
MAX_PHOTOS = 30
REMEDY = (
    "SFHQ-VirtualID comes from github.com/FaizPalwala/virtual-id-gen, for non-commercial research only, and its folder "
    f"holds {TABLE} and the photos that it names"
)


@source("sfhq", "optional")
def load_sfhq(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of SFHQ-VirtualID (Bench).

    Raises:
        InvalidData: the table, a row or a photo is missing or malformed.
    """
    root = find_inside(local_copy(path, "sfhq", REMEDY), lambda folder: (folder / TABLE).is_file())
    if not (root / TABLE).is_file():
        raise missing_error(root, TABLE, REMEDY)
    files, splits = _read_table(root)
    roles = _draw_roles(splits)
    rng = make_rng(0, "sfhq photos")
    photos = []
    for person, rows in sorted(files.items()):
        chosen = sorted(rng.permutation(len(rows))[:MAX_PHOTOS].tolist())
        sets = ("published",) if splits[person] == "forget" else ()
        for key, labels in (rows[i] for i in chosen):
            photos.append(PhotoFile(person, key, root / key, labels, roles[person], sets))
    total = sum(map(len, files.values()))
    notes = ["The people are generated and do not exist; age group and gender are estimates of a program."]
    if len(photos) < total:
        notes.append(f"Of {total:,} photos {len(photos):,} take part: {MAX_PHOTOS} of each person, drawn with a seed.")
    columns = [Column("age_group", "Age group", AGES), Column("gender", "Gender", GENDERS)]
    names = {person: f"Person {int(person)}" for person in files}
    return read_published(
        "sfhq", "SFHQ-VirtualID", photos, columns, size=size, progress=progress, names=names, notes=notes
    )


def _read_table(root: Path) -> tuple[dict[str, list[tuple[str, tuple[str, str]]]], dict[str, str]]:
    """Per person: photos as (path, age group and gender), and the split."""
    files: dict[str, list[tuple[str, tuple[str, str]]]] = defaultdict(list)
    splits: dict[str, str] = {}
    rows = read_rows(root / TABLE, ("image_path", "identity_id", "age_group", "gender", "split"))
    next(rows)
    for line, row in rows:
        key, person, age, gender = (row[name] for name in ("image_path", "identity_id", "age_group", "gender"))
        numbers = all(value.isascii() and value.isdigit() for value in (person, age, gender))
        inside = is_shown(key) and not Path(key).is_absolute() and ".." not in Path(key).parts
        known = numbers and int(age) < len(AGES) and gender in GENDERS and row["split"] in SPLITS
        if not (inside and known) or splits.setdefault(f"{int(person):04d}", row["split"]) != row["split"]:
            raise InvalidData(
                f"Line {line} of {TABLE} is not a photo with a number of its person, an age group from 0 to "
                f"{len(AGES) - 1}, a gender 0 or 1 and one split per person; give the table as published."
            )
        files[f"{int(person):04d}"].append((key, (AGES[int(age)], gender)))
    return files, splits


def _draw_roles(splits: dict[str, str]) -> dict[str, Role]:
    """The role of each person. Forgotten people are training people; validation and, without a split ``test``, unseen
    people are drawn from the others."""
    retained = sorted(person for person, split in splits.items() if split == "retain")
    order = make_rng(0, "sfhq roles").permutation(len(retained)).tolist()
    validation = max(2, round(SHARES[1] * len(splits)))
    unseen = 0 if "test" in splits.values() else max(2, round(SHARES[2] * len(splits)))
    if len(retained) <= validation + unseen:
        raise InvalidData(f"{TABLE} has {len(retained)} people of the split retain, which are too few; {REMEDY}.")
    roles: dict[str, Role] = {person: "unseen" if split == "test" else "train" for person, split in splits.items()}
    roles |= {retained[i]: "validation" for i in order[:validation]}
    roles |= {retained[i]: "unseen" for i in order[validation : validation + unseen]}
    return roles
