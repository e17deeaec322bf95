"""Methods beside each other over picks of people, seeds and networks; ``command`` is the command ``benchmark``."""
