"""Datasets that are always there."""
