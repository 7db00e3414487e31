"""Benchmarks: ratios in one run, never part of the tests' verdict. `make bench`."""
