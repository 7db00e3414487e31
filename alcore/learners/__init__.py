"""Learners: what is fitted to the labels.

Each keeps one law: fitted twice with one seed it answers the same to the last bit, rows of ``predict_proba``
sum to 1, and it copes with what the first rounds of a run hand it: two rows, a class with a single row,
constant columns, duplicates, fewer labels than neighbours asked for. Warnings expected there stay inside.
"""
