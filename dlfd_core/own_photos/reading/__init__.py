"""Photos that a visitor sends: checked, cropped to faces, held in memory for one session and never written."""
