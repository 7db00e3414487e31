"""Selectors: from scores to the batch that is asked."""
