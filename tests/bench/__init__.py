"""Benchmarks: ratios in one run, never part of the tests' verdict. `make bench`."""

import os

# Read by numpy when it is first imported. Times are those of one thread.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
