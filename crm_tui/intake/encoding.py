"""Which encoding the bytes of a table are in, and its lines as UTF-8, the one encoding that is parsed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

CP1252 = "cp1252"
UTF8 = "utf-8"
UTF8_BOM = "utf-8-sig"
NAMES = (UTF8, "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", CP1252)
"""What a user may say an encoding is; without ``-le`` or ``-be`` its byte order mark tells, else it is ``-le``."""

# The mark of UTF-32 in little endian starts with that of UTF-16, so it is looked for first.
_MARKS = {
    UTF8_BOM: codecs.BOM_UTF8,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
# A header is mostly ASCII: where its NUL bytes stand, of four, tells the width and the order of its units.
_NULS = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}
_SAMPLE = 256
_DAMAGED = "crm_tui.damaged"
# As texts, which ``re`` compiles when they are first needed: the parser of the command line needs this module's names.
_ESCAPED = "[\udc80-\udcff]"
_MULTIBYTE = "[\x80-\ud7ff\ue000-\U0010ffff]"
_NOT_CP1252 = "[\udc81\udc8d\udc8f\udc90\udc9d]"


def _as_damage(error: UnicodeError) -> tuple[str, int]:
    """Stands for what cannot be decoded, and is no UTF-8 either once it is encoded with ``surrogateescape``."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(_DAMAGED, _as_damage)


def by_head(head: bytes, said: str = "") -> tuple[str, bool]:
    """The encoding by the first bytes of a content and what the user says, and whether it is a guess.

    UTF-8 is the answer where nothing speaks for another one.
    """
    marked = next((name for name, mark in _MARKS.items() if head.startswith(mark)), "")
    if said:
        known = marked if marked.startswith(said) else said
        return (f"{known}-le" if known in ("utf-16", "utf-32") else known), False
    if marked:
        return marked, False
    sample = head[: min(_SAMPLE, len(head) & ~3)]
    first, second, third, fourth = (2 * sample[place::4].count(0) > len(sample[place::4]) for place in range(4))
    guess = _NULS.get((first, second, third, fourth), "")
    return guess or UTF8, bool(guess)


def mark_of(encoding: str, head: bytes) -> bytes:
    """The byte order mark at the start of a content; ``b""`` when it has none."""
    mark = _MARKS.get(encoding, b"")
    return mark if head.startswith(mark) else b""


def codec(encoding: str) -> str:
    """What decodes a line from anywhere in a content: a byte order mark stands at the start alone."""
    return UTF8 if encoding == UTF8_BOM else encoding


def label(encoding: str) -> str:
    """How an encoding is called in a sentence: ``UTF-8``, ``UTF-16``, ``Windows-1252``."""
    return "Windows-1252" if encoding == CP1252 else encoding[:6].upper().rstrip("-")


def unit(encoding: str) -> int:
    """Bytes of the smallest character."""
    return {"utf-16": 2, "utf-32": 4}.get(encoding[:6], 1)


def utf8_lines(lines: list[bytes], encoding: str) -> list[bytes]:
    """The lines in UTF-8; where one cannot be decoded it holds a byte that is no UTF-8."""
    name = codec(encoding)
    return lines if name == UTF8 else [utf8_line(line, name) for line in lines]


def utf8_line(line: bytes, encoding: str) -> bytes:
    """One line as ``utf8_lines`` gives it."""
    name = codec(encoding)
    return line if name == UTF8 else line.decode(name, _DAMAGED).encode(UTF8, "surrogateescape")


def text_of(raw: bytes, encoding: str) -> str:
    """Stored bytes as text to look at or to search; what cannot be decoded is U+FFFD."""
    return raw.decode(codec(encoding), "replace")


def bad_byte(lines: Sequence[bytes], encoding: str = UTF8) -> str:
    """Which byte of a record is not in its encoding, counted from 1 in its line; ``""`` when all are."""
    name = codec(encoding)
    for number, line in enumerate(lines, 1):
        try:
            line.decode(name)
        except UnicodeDecodeError as error:
            where = f" of line {number} of the row" if len(lines) > 1 else ""
            return f"byte 0x{line[error.start]:02X} at position {error.start + 1}{where} is not {label(name)}"
    return ""


class Legacy:
    """Whether a content is rather Windows-1252 than UTF-8, told block by block.

    It is when bytes over 0x7F stand in it, all of them characters of Windows-1252, and never two or more that are
    a character of UTF-8: one damaged byte in a text that is UTF-8 elsewhere makes no other encoding of it.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(UTF8)("surrogateescape")
        self._likely = False
        self._ruled_out = False

    def feed(self, block: bytes) -> None:
        """Look at the next bytes; ``b""`` is the end."""
        if self._ruled_out or (block.isascii() and block and self._decoder.getstate() == (b"", 0)):
            return
        text = self._decoder.decode(block, final=not block)
        self._ruled_out = bool(re.search(_MULTIBYTE, text) or re.search(_NOT_CP1252, text))
        self._likely = self._likely or bool(re.search(_ESCAPED, text))

    @property
    def found(self) -> bool:
        """What all the bytes fed tell."""
        return self._likely and not self._ruled_out
