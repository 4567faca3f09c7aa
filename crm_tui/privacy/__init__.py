"""Personal data on request: redacted copies of exports, what is held about one person, erasure, purge."""
