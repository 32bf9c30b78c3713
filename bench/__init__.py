"""Benchmarks of the hot work, each beside its physical floor in the same run: `make bench`, or `python -m bench`."""
