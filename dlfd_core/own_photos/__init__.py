"""Visitors' own photos on the server: read, confirmed, taught to the classifier, and gone without a trace after that.

All of it is in memory. One ``OwnPhotos`` serves everybody and keeps visitors apart by a key that only they know.
"""

from dlfd_core.own_photos.desk import MOST_BYTES, OwnPhotos

__all__ = ["MOST_BYTES", "OwnPhotos"]
