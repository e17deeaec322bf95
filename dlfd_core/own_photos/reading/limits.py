"""All limits of an upload, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UploadLimits:
    """Attributes:
    zip_bytes: of one zip: about 100 photos from a telephone, and half a minute of a slow line.
    entries: in all files of one reading, folders and junk included: lists of files cost a kilobyte of memory each.
    photos: in all files of one reading: the search for faces takes a second for each.
    entry_bytes: of one unpacked file: a photo of 40 megapixels as a JPEG; larger ones are sent smaller.
    total_bytes: unpacked, of all files of one reading, and held for one visitor: all of it is in memory at once.
    ratio: unpacked bytes per packed byte: photos are packed already (about 1), a deflate bomb reaches 1,000.
    ratio_from: bytes from which on the ratio counts: a small flat picture may be packed well.
    path_length: characters of a path inside a zip: 255 is a file name's limit, and folders add to it.
    depth: folders above a photo; sorting by person needs one.
    name_length: characters of a name that is shown: what fits beside a face.
    pixels: of one photo, before it is decoded: 40 megapixels take 120 MB.
    min_side: pixels of the shorter side: less holds no face that could be enlarged to 64 pixels.
    aspect: longer side by shorter: panoramas hold tiny faces, and long strips are a known attack on decoders.
    kept_side: pixels of the longer side of a decoded photo that is kept: ten times a crop's.
    detect_side: pixels of the longer side of the copy that the detector gets: its time grows with the square.
    min_face: pixels of a face's shorter side: half of a crop; less is blur.
    probability: a detection must have at least: below it hands and patterns appear.
    certain: from this probability on a photo is not turned: of faces on their side one in ten reaches it.
    crop_side: of a face, the portraits' own.
    margin: around a face, as a share of its box, at each side; MTCNN's boxes take 0.60 of a portrait's side.
    lift: how far a face's centre stands below the crop's, as a share of its side, which leaves room for hair; 0.09 in
        the portraits. With both, own faces are framed as the portraits are.
    faces: of one photo: the largest ones are shown; a picture of a crowd has hundreds.
    people, photos_per_person: in one session: so many that adaptation takes seconds.
    """

    zip_bytes: int = 60_000_000
    entries: int = 1_200
    photos: int = 600
    entry_bytes: int = 16_000_000
    total_bytes: int = 120_000_000
    ratio: int = 100
    ratio_from: int = 1_000_000
    path_length: int = 300
    depth: int = 8
    name_length: int = 40
    pixels: int = 40_000_000
    min_side: int = 40
    aspect: float = 4.0
    kept_side: int = 1_280
    detect_side: int = 640
    min_face: int = 32
    probability: float = 0.9
    certain: float = 0.98
    crop_side: int = 64
    margin: float = 0.33
    lift: float = 0.09
    faces: int = 8
    people: int = 20
    photos_per_person: int = 60


LIMITS = UploadLimits()
