"""Cold starts: what to label first, when nothing is labelled."""
