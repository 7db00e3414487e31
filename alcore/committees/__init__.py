"""Committees: several learners fitted to the same labels, whose disagreement is a measure of doubt."""
