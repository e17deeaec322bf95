"""Near-copies: the same photo as another JPEG, made smaller, in grey or a little brighter, found by a perceptual hash.

The hash is ``imagehash.phash`` (the signs of the lowest 16 x 16 coefficients of a cosine transform, 256 bits). Aligned
faces look alike under a small hash, so it is a large one, and each pair is confirmed on the grey pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

#: Side of the hash in coefficients; it has ``HASH_SIDE ** 2`` bits.
HASH_SIDE = 16
#: Most different bits of a near-copy. JPEG of quality 50 and a quarter of the side gave at most 12. Different photos of
#: the 5,760 portraits differ in 20 bits or more; all 33 pairs below 27 bits in 3,229 photos of CelebA are one photo.
MAX_BITS = 16
#: Side of the grey pictures that confirm a pair, and the largest root mean square of their difference, of 255.
GREY_SIDE, MAX_DIFFERENCE = 16, 25.0
#: Photos that are compared with all others at once, so that the table of distances stays small.
BLOCK = 256


@dataclass(frozen=True)
class Prints:
    """What photos are compared by.

    Attributes:
        bits: (N, 4) uint64, the perceptual hash.
        grey: (N, ``GREY_SIDE`` ** 2) int16 in [0, 255], the photo in grey and very small.
    """

    bits: np.ndarray
    grey: np.ndarray


def first_near_copies(images: np.ndarray, first_copies: np.ndarray) -> np.ndarray:
    """(N,) int64: index of the first photo of the same group; for most photos, the photo itself.

    A group holds photos that are linked by near-copies or equal pixels, directly or through other photos.

    Args:
        images: (N, S, S, 3) uint8.
        first_copies: (N,) index of the first photo with the same pixels; only one of equal photos is compared.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    different = np.unique(first_copies)
    first, second = (different[side] for side in near_pairs(prints_of(images, different)))
    count = len(images)
    links = (
        np.concatenate([first, np.arange(count)]),
        np.concatenate([second, first_copies]),
    )
    graph = coo_array((np.ones(len(links[0]), dtype=bool), links), shape=(count, count))
    _, group = connected_components(graph, directed=False)
    _, firsts = np.unique(group, return_index=True)
    return firsts[group].astype(np.int64)


def prints_of(images: np.ndarray, photos: np.ndarray | None = None) -> Prints:
    """Hash those of (N, S, S, 3) uint8 images at ``photos`` (n,), or all; about 0.1 ms each."""
    from imagehash import phash  # it loads scipy, which not every command needs

    photos = np.arange(len(images)) if photos is None else photos
    bits = np.zeros((len(photos), HASH_SIDE**2), dtype=bool)
    grey = np.zeros((len(photos), GREY_SIDE**2), dtype=np.int16)
    for i, number in enumerate(photos):
        photo = Image.fromarray(images[number]).convert("L")
        bits[i] = phash(photo, hash_size=HASH_SIDE).hash.ravel()
        grey[i] = np.asarray(photo.resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BOX)).ravel()
    return Prints(np.packbits(bits, axis=1).view(np.uint64), grey)


def near_pairs(prints: Prints) -> tuple[np.ndarray, np.ndarray]:
    """Indices (p,) and (p,) of all pairs of near-copies, the smaller index first.

    All pairs are compared in blocks by the first 64 bits, and the few that are left by all bits and by the pixels.
    """
    firsts, seconds = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    leading = np.ascontiguousarray(prints.bits[:, 0])
    for start in range(0, len(leading), BLOCK):
        block = leading[start : start + BLOCK, None]
        row, column = np.nonzero(np.bitwise_count(block ^ leading[None, start:]) <= MAX_BITS)
        later = row < column
        first, second = row[later] + start, column[later] + start
        near = _distances(prints.bits, first, second) <= MAX_BITS
        first, second = first[near], second[near]
        alike = _grey_differences(prints.grey, first, second) <= MAX_DIFFERENCE
        firsts.append(first[alike])
        seconds.append(second[alike])
    return np.concatenate(firsts), np.concatenate(seconds)


def _distances(bits: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(p,) number of different bits of each pair."""
    return np.bitwise_count(bits[first] ^ bits[second]).sum(1, dtype=np.int64)


def _grey_differences(grey: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(p,) root mean square of the difference of the small grey pictures of each pair."""
    squares = (np.square(grey[a].astype(np.int32) - grey[b]).mean() for a, b in zip(first, second, strict=True))
    return np.sqrt(np.fromiter(squares, dtype=np.float64, count=len(first)))
