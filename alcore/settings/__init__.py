"""Settings: what may be asked, and what an answer teaches."""
