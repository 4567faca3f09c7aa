"""Finding records of one kind that may be the same person or company (seed 002, "Duplicate Detection"; X1, X2, X34)."""
