"""The only folder that does I/O: store, workers, files."""
