"""Visitors' own photos on the server: read, confirmed, taught to the classifier, and deleted completely afterwards.

They are in memory only. One ``OwnPhotos`` serves all visitors and keeps them apart by a key that only they know.
"""

from dlfd_core.own_photos.visitors import MOST_BYTES, OwnPhotos

__all__ = ["MOST_BYTES", "OwnPhotos"]
