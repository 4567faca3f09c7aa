"""The bytes of a file as physical lines, a block at a time; nothing here knows what a cell is."""

from __future__ import annotations

import hashlib
from io import BytesIO
from itertools import takewhile
from typing import BinaryIO, NamedTuple

from crm_tui.errors import InputError
from crm_tui.intake.encoding import CP1252, UTF8, Legacy, by_head, unit
from crm_tui.intake.origin import Origin

LINE_LIMIT = 8 << 20
"""Bytes of one physical line."""
BLOCK = 64 << 10
HEAD = 1 << 20
"""Bytes in which the header of a table stands."""


class Survey(NamedTuple):
    """What one pass over the raw bytes tells."""

    sha256: str
    size: int
    head: bytes
    """At most the first ``HEAD`` bytes."""
    line_end: str
    """``"\\r"`` when the file has carriage returns and not one line feed, else ``"\\n"``."""
    encoding: str = UTF8
    """As the user says, a byte order mark tells, or the bytes make likely."""
    guessed: bool = False
    """Whether ``encoding`` is only likely."""


def survey(origin: Origin, said: str = "") -> Survey:
    """Hash and measure a content in one pass; raises ``InputError`` when it cannot be read.

    ``said`` is the encoding that the user names.
    """
    digest = hashlib.sha256()
    size = 0
    heads: list[bytes] = []
    ends: set[str] = set()
    legacy = Legacy()
    encoding, guessed = UTF8, False
    with origin.open() as stream:
        while block := read_block(stream):
            if not size:
                encoding, guessed = by_head(block, said)
            digest.update(block)
            if size < HEAD:
                heads.append(block)
            ends.update(end for end in "\r\n" if end not in ends and _find(block, end, encoding, size) >= 0)
            size += len(block)
            if encoding == UTF8 and not said:
                legacy.feed(block)
    legacy.feed(b"")
    if legacy.found:
        encoding, guessed = CP1252, True
    head = b"".join(heads)[:HEAD]
    return Survey(digest.hexdigest(), size, head, "\r" if ends == {"\r"} else "\n", encoding, guessed)


def _find(data: bytes, character: str, encoding: str, offset: int = 0, start: int = 0) -> int:
    """Where a character of ASCII stands in ``data``, which starts at byte ``offset`` of its content; -1 if nowhere."""
    width = unit(encoding)
    if width == 1:
        return data.find(character.encode(), start)
    sought = character.encode(encoding)
    at = data.find(sought, start)
    # The same bytes between two characters are a part of each.
    while at >= 0 and (offset + at) % width:
        at = data.find(sought, at + 1)
    return at


def read_block(stream: BinaryIO) -> bytes:
    """The next ``BLOCK`` bytes or fewer, none at the end; raises ``InputError`` for what an ``Origin`` opened."""
    return stream.read(BLOCK)


def split_lines(data: bytes, line_end: str, encoding: str = UTF8) -> list[bytes]:
    """The physical lines, each with its end; only the last one may lack it."""
    if unit(encoding) > 1:
        return _split_wide(data, line_end[-1], encoding)
    return data.splitlines(keepends=True) if line_end == "\r" else BytesIO(data).readlines()


def _split_wide(data: bytes, last: str, encoding: str) -> list[bytes]:
    lines: list[bytes] = []
    start = 0
    while (at := _find(data, last, encoding, start=start)) >= 0:
        end = at + unit(encoding)
        lines.append(data[start:end])
        start = end
    return [*lines, data[start:]] if start < len(data) else lines


class LineFeed:
    """The lines of one open file: those held, which of them is next, and the digest of all bytes read.

    ``held[at]`` is the next line; it is physical line ``number`` and starts at byte ``offset``.
    """

    def __init__(self, stream: BinaryIO, shown: str, line_end: str, encoding: str = UTF8) -> None:
        self.held: list[bytes] = []
        self.at = 0
        self.number = 1
        self.offset = 0
        self._stream = stream
        self._shown = shown
        self._line_end = line_end
        self._encoding = encoding
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

    def blank(self, blanks: bytes) -> list[bytes]:
        """The next lines that hold nothing but ``blanks``, of those held: a million of them are one step."""
        ahead = self.held[self.at :]
        if not b"".join(ahead).strip(blanks):
            return ahead
        return list(takewhile(lambda line: not line.strip(blanks), ahead))

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
            self._check_length(0)
            return True
        lines = split_lines(b"".join(self._rest), self._line_end, self._encoding)
        whole = self._ended or _find(lines[-1], self._line_end[-1], self._encoding) >= 0
        self._rest = [] if whole else [lines.pop()]
        self._check_length(len(lines))
        self.held = self.held[self.at :] + lines
        self.at = 0
        return True

    def _check_length(self, before: int) -> None:
        """Refuse a line without end; ``before`` is how many lines of the last block stand before it."""
        if sum(map(len, self._rest)) <= LINE_LIMIT:
            return
        number = self.number + len(self.held) - self.at + before
        raise InputError(
            f"{self._shown} has {LINE_LIMIT >> 20} MB without a line end in line {number:,}; "
            "export the table again as CSV."
        )
