"""The terminal console: one screen on which a person decides every row of a review."""
