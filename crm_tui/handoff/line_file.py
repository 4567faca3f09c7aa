"""A member that holds one document a line, read a line at a time from its bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from crm_tui.errors import HandoffRefused

_BLOCK = 1 << 20


class LineFile:
    """Where the lines of a member end; a line is copied out of the member's bytes only when it is asked for.

    Raises ``HandoffRefused`` (``json.syntax``) where the last line has no end.
    """

    def __init__(self, data: bytes | bytearray | memoryview, name: str) -> None:
        self.data = data
        self._name = name
        self._ends = array("Q", _line_ends(data))
        if len(data) and (not self._ends or self._ends[-1] != len(data)):
            raise HandoffRefused("json.syntax", f"{name} does not end with a line end.")

    def __len__(self) -> int:
        return len(self._ends)

    def append(self, line: bytes) -> None:
        """Write one more line to what was begun as a ``bytearray``."""
        assert isinstance(self.data, bytearray)
        self.data += line
        self.data += b"\n"
        self._ends.append(len(self.data))

    def line(self, position: int) -> bytes:
        """The line at a position from 0, without its end."""
        return bytes(self.data[self._ends[position - 1] if position else 0 : self._ends[position] - 1])


def _line_ends(data: bytes | bytearray | memoryview) -> Iterator[int]:
    """The position after each line feed; the bytes are looked at a block at a time, as they may be a mapped file."""
    for start in range(0, len(data), _BLOCK):
        block = bytes(data[start : start + _BLOCK])
        at = block.find(b"\n")
        while at >= 0:
            yield start + at + 1
            at = block.find(b"\n", at + 1)
