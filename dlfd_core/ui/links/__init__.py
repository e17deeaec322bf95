"""Page that is opened by a link to a run."""
