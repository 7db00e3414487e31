"""Waiting for what another thread or process does: by looking, with a deadline, never by a fixed sleep."""

import time

PATIENCE = 60.0  # seconds; only a test that fails waits so long


def until(condition, seconds=PATIENCE, every=0.002):
    """Wait for a condition and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"nothing happened in {seconds:g} seconds"
        time.sleep(every)
    return found


def settled(service, key):
    """Wait until a run no longer is live; its progress."""
    return until(lambda: (seen := service.look(key)) and not seen.live and seen)
