"""Differential privacy of what a run gives away: the list of rows it asks, the labels, the trained learner.

`mechanisms` draw rows, `noise` belongs to one training each, `promise` says what a spec spends in a round,
`ledger` adds rounds up, `leak` measures what really gets out, `answers` reads labels that were randomised,
`utility` says what privacy costs, and `threat` says in words against whom all this helps, and against whom it
does not.
"""
