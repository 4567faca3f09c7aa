"""The judgement: (row, what the contact map says, policy) → verdict.  Pure functions: no SQL, no clock, no globals."""
