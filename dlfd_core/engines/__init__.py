"""Engines that carry out many independent pieces of work: processes of this machine, or a Ray cluster."""
