"""Lists the photos of a folder with person and labels: from ``labels.csv``, or by the folders ``<person>/<photo>``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dlfd_core.data.names import check_shown, composed, shown
from dlfd_core.data.schema import LeftOut, PhotoFile
from dlfd_core.errors import InvalidData

MAX_PHOTOS = 100_000
#: Folders that may enclose the folders of the people, one inside the other.
MAX_WRAPPING = 3
#: Suffixes of files that are no photos. All other files are opened, as a photo may have any suffix or none.
DOCUMENTS = frozenset(
    """.txt .csv .tsv .json .jsonl .xml .html .htm .md .rst .ini .cfg .log .yaml .yml .toml .db .py .ipynb .pdf .doc
    .docx .xls .xlsx .ods .zip .tar .gz .7z .rar .mp4 .mov .avi .mkv .mp3 .wav .npy .npz .mat .pkl .pt .pth .xmp
    .aae .lnk .url""".split()
)
#: Files that systems write into folders; they are not reported.
SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})

# Reasons why a file is not listed, as predicates.
NO_PHOTO = "is no photo"
LOOSE = "is in no folder of a person"
DEEPER = "is one folder too deep (put it into the folder of its person)"
LINKED_FOLDER = "is a link to a folder outside this one (to read it, set DLFD_FOLLOW_LINKS=1)"


@dataclass(frozen=True)
class Listing:
    """All photos, sorted by person, then by file, and the names of their label columns.

    Attributes:
        root: the folder that holds the photos, or the folder ``images`` with them.
        left_out: files that were seen and not listed.
        refused: label columns that cannot be tasks, each with a sentence that says why.
        notes: remarks for the reader of results.
    """

    columns: tuple[str, ...]
    photos: tuple[PhotoFile, ...]
    root: Path
    left_out: tuple[LeftOut, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def list_folders(root: Path, *, follow_links: bool = False) -> Listing:
    """List every photo in the folders of people; the name of a folder is the person.

    Args:
        root: an existing folder, links resolved; the folders of people are in it or in its sub-folder ``images``, or
            up to ``MAX_WRAPPING`` folders deeper, where each of these folders holds nothing but the next.
        follow_links: whether links may lead out of the folder.

    Raises:
        InvalidData: there is no photo, or there are more than ``MAX_PHOTOS``.
    """
    base = unwrapped(photo_root(root, follow_links))
    photos: list[PhotoFile] = []
    left_out: list[LeftOut] = []
    for entry in visible_entries(base):
        if not is_safe(Path.is_dir, entry):
            left_out.append(LeftOut(shown(entry.name), LOOSE if is_candidate(entry) else NO_PHOTO))
        elif not (follow_links or is_inside(entry, root)):
            left_out.append(LeftOut(shown(entry.name), LINKED_FOLDER))
        else:
            check_shown(entry.name, f"A folder in {root.name}")
            _list_person(entry, base, photos, left_out)
    if not photos:
        raise InvalidData(_nothing(root, base))
    return Listing((), tuple(sorted(photos, key=lambda photo: (photo.person, photo.key))), root, tuple(left_out))


def _list_person(folder: Path, base: Path, photos: list[PhotoFile], left_out: list[LeftOut]) -> None:
    """Add the photos of one folder, and the files in it that are none."""
    for file in visible_entries(folder):
        key = composed(file.relative_to(base).as_posix())
        if is_safe(Path.is_dir, file):
            deeper = [inner for inner in visible_entries(file) if is_candidate(inner) and is_safe(Path.is_file, inner)]
            left_out += [LeftOut(shown(f"{key}/{inner.name}"), DEEPER) for inner in deeper]
        elif not is_candidate(file):
            left_out.append(LeftOut(shown(key), NO_PHOTO))
        else:
            check_count(len(photos) + 1)
            photos.append(PhotoFile(composed(folder.name), key, file))


def photo_root(root: Path, follow_links: bool = False) -> Path:
    """The folder ``images`` in ``root`` where there is one, else ``root`` itself."""
    images = root / "images"
    if is_safe(Path.is_dir, images) and (follow_links or is_inside(images, root)):
        return images
    return root


def unwrapped(root: Path) -> Path:
    """The folder inside ``root`` that holds the people, ``images`` or ``labels.csv``: folders around it are skipped
    where they hold nothing but one folder."""
    inner = root
    for _ in range(MAX_WRAPPING):
        entries = visible_entries(inner)
        folders = [entry for entry in entries if is_safe(Path.is_dir, entry) and is_inside(entry, root)]
        if len(folders) != 1 or (inner / "labels.csv").exists() or (inner / "images").is_dir():
            return inner
        if any(is_candidate(entry) and is_safe(Path.is_file, entry) for entry in visible_entries(folders[0])):
            return inner  # this one folder is a person
        inner = folders[0]
    return inner


def _nothing(root: Path, base: Path) -> str:
    """The error for a folder without listed photos; where photos lie deeper, it names the folder to give."""
    for folder in base.rglob("*"):
        photos = is_safe(Path.is_dir, folder) and any(map(is_candidate, filter(Path.is_file, visible_entries(folder))))
        if photos and folder.parent != base and is_inside(folder, root):
            return (
                f"{root.name} holds no photos in folders of people; the first photos are in "
                f"{shown(folder.relative_to(root).as_posix())}. Give the folder that holds the folders of the people, "
                f"such as {shown(str(folder.parent))}; there is one folder per person."
            )
    return f"{root.name} holds no photos; put JPEG, PNG, WebP or BMP files into one folder per person."


def is_safe(test: Callable[[Path], bool], path: Path) -> bool:
    """``test(path)``, but False where the test raises: a name is too long or has a NUL, or access is forbidden."""
    try:
        return test(path)
    except (OSError, ValueError):
        return False


def is_inside(path: Path, root: Path) -> bool:
    """Whether ``path``, with links followed, is inside ``root``."""
    return is_safe(lambda followed: followed.resolve().is_relative_to(root), path)


def is_candidate(path: Path) -> bool:
    """Whether a file may be a photo, by its suffix."""
    return path.suffix.lower() not in DOCUMENTS


def visible_entries(folder: Path) -> list[Path]:
    """Sorted entries of a folder without hidden ones and those of systems. Raises ``InvalidData`` where it cannot be
    opened."""
    try:
        return sorted(path for path in folder.iterdir() if not _is_ignored(path.name))
    except OSError as error:
        raise InvalidData(f"The folder {folder.name} cannot be opened; check its permissions.") from error


def photo_files(folder: Path) -> list[Path]:
    """Sorted files of a folder that may be photos."""
    return [file for file in visible_entries(folder) if is_candidate(file) and not is_safe(Path.is_dir, file)]


def sub_folders(folder: Path) -> Iterator[Path]:
    """Yield the visible folders in a folder, sorted."""
    yield from (entry for entry in visible_entries(folder) if is_safe(Path.is_dir, entry))


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX" or name.lower() in SYSTEM_FILES


def check_count(count: int) -> None:
    if count > MAX_PHOTOS:
        raise InvalidData(f"There are more than {MAX_PHOTOS:,} photos; choose fewer, as all are held in memory.")
