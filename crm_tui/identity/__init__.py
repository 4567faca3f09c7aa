"""Who a row speaks of: e-mail, phone and record ids as compared values, the contact map and its lint.

Two texts name the same person only if their compared values are equal byte for byte (reliability.md,
"Identity by exact bytes").  Raw cells are kept; nothing here decides, writes or knows SQL.
"""
