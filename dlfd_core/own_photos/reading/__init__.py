"""Reading of a visitor's photos: checked, decoded and cropped to faces, in memory only, never written to disk."""
