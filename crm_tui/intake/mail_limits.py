"""What of a mail is read: its headers and texts, within limits that no real mail comes near.

A message of a Takeout may be 50 MB of attachments, and one of a hostile file a thousand parts of five bytes.
"""

from __future__ import annotations

import re
from itertools import pairwise

HEADER_LIMIT = 1 << 20
"""Bytes of the headers of one message."""
HEADER_LINES = 1_000
"""Headers of one message; a folded one counts once."""
PIECE = 4 << 20
"""Bytes that are read of what stands between two boundaries: more is an attachment, of which only the name is told."""
READ_LIMIT = 16 << 20
"""Bytes that are read of all pieces."""
_PARTS = 20
_PART_BYTES = 30
"""A part has at least a line of headers, and its boundary."""

_BOUNDARY = re.compile(rb"^--", re.MULTILINE)
_HEADERS_END = re.compile(rb"\n\r?\n")
_HEADER = re.compile(rb"^[^ \t\r\n]", re.MULTILINE)


def bounded(raw: bytes, start: int) -> tuple[bytes, str]:
    """The message from ``raw[start:]`` without the bulk of its attachments, and why it cannot be read, or ``""``."""
    end = _HEADERS_END.search(raw, start)
    head = end.start() if end else len(raw)
    if head - start > HEADER_LIMIT:
        return b"", f"has headers of over {HEADER_LIMIT >> 20} MB"
    if sum(1 for _ in _HEADER.finditer(raw, start, head)) > HEADER_LINES:
        return b"", f"has over {HEADER_LINES:,} headers"
    marks = raw.count(b"\n--", start)
    if marks > _PARTS and marks * _PART_BYTES > len(raw) - start:
        return b"", "has more boundaries than anything between them"
    if len(raw) - start <= PIECE:
        return raw[start:], ""
    places = [start, *(found.start() for found in _BOUNDARY.finditer(raw, start + 1)), len(raw)]
    kept = [(one, min(other, one + PIECE)) for one, other in pairwise(places)]
    if sum(other - one for one, other in kept) > READ_LIMIT:
        return b"", f"has texts of over {READ_LIMIT >> 20} MB"
    # A piece that is cut ends its line, so that the boundary behind it is one.
    return b"".join(raw[one:other] + (b"\n" if other - one == PIECE else b"") for one, other in kept), ""
