"""The workspace: one SQLite file with the raw rows, their verdicts and the decision journal."""
