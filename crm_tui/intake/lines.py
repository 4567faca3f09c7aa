"""The bytes of a file as physical lines, a block at a time; nothing here knows what a cell is."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import BinaryIO, NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.origin import Origin

LINE_LIMIT = 8 << 20
"""Bytes of one physical line."""
BLOCK = 64 << 10


class Survey(NamedTuple):
    """What one pass over the raw bytes tells."""

    sha256: str
    size: int
    head: bytes
    """At most the first ``BLOCK`` bytes."""
    line_end: str
    """``"\\r"`` when the file has carriage returns and not one line feed, else ``"\\n"``."""


def survey(origin: Origin) -> Survey:
    """Hash and measure a content in one pass; raises ``InputError`` when it cannot be read."""
    digest = hashlib.sha256()
    size = 0
    head = b""
    ends: set[bytes] = set()
    with origin.open() as stream:
        while block := read_block(stream):
            digest.update(block)
            size += len(block)
            head = head or block
            ends.update(end for end in (b"\n", b"\r") if end not in ends and end in block)
    return Survey(digest.hexdigest(), size, head, "\r" if ends == {b"\r"} else "\n")


def read_block(stream: BinaryIO) -> bytes:
    """The next ``BLOCK`` bytes or fewer, none at the end; raises ``InputError`` for what an ``Origin`` opened."""
    return stream.read(BLOCK)


def split_lines(data: bytes, line_end: str) -> list[bytes]:
    """The physical lines, each with its end; only the last one may lack it."""
    return data.splitlines(keepends=True) if line_end == "\r" else BytesIO(data).readlines()


class LineFeed:
    """The lines of one open file: those held, which of them is next, and the digest of all bytes read.

    ``held[at]`` is the next line; it is physical line ``number`` and starts at byte ``offset``.
    """

    def __init__(self, stream: BinaryIO, shown: str, line_end: str) -> None:
        self.held: list[bytes] = []
        self.at = 0
        self.number = 1
        self.offset = 0
        self._stream = stream
        self._shown = shown
        self._line_end = line_end
        self._last_byte = line_end[-1].encode()
        self._rest: list[bytes] = []
        self._ended = False
        self._digest = hashlib.sha256()

    def peek(self, ahead: int) -> bytes | None:
        """The line that many lines after the next one, or ``None`` behind the end of the file."""
        while self.at + ahead >= len(self.held):
            if not self._read_on():
                return None
        return self.held[self.at + ahead]

    def skip(self, lines: int, size: int) -> None:
        """Go on by ``lines`` lines, which are ``size`` bytes together."""
        self.at += lines
        self.number += lines
        self.offset += size

    def sha256(self) -> str:
        """Hex digest of everything read so far."""
        return self._digest.hexdigest()

    def _read_on(self) -> bool:
        if self._ended:
            return False
        block = read_block(self._stream)
        self._digest.update(block)
        self._ended = not block
        self._rest.append(block)
        if block and self._last_byte not in block:
            self._check_length()
            return True
        lines = split_lines(b"".join(self._rest), self._line_end)
        whole = self._ended or lines[-1].endswith(self._last_byte)
        self._rest = [] if whole else [lines.pop()]
        self.held = self.held[self.at :] + lines
        self.at = 0
        return True

    def _check_length(self) -> None:
        if sum(map(len, self._rest)) <= LINE_LIMIT:
            return
        number = self.number + len(self.held) - self.at
        raise InputError(
            f"{self._shown} has {LINE_LIMIT >> 20} MB without a line end in line {number:,}; "
            "export the table again as CSV."
        )
