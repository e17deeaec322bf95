"""Part "Requests that come one after another"."""
