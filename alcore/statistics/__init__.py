"""Statistics of runs: arrays in, frozen results out; one concept, one file.

A number that cannot be had is None, and `reason` says why in a sentence. Runs of one seed are pairs: the same
split, the same start, the same label noise. Seeds are not data sets: what is found holds for this data set.
"""
