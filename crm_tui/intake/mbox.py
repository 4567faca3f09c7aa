"""Mail of a Gmail Takeout: an mbox, one record a message, its bytes from one separator line to the next.

Headers are kept as written but for their folding, texts are decoded as their parts say; nothing in a message is
followed, opened or run.  The parties, the words and the dates are read by ``systems/declared/gmail.py``.
"""

from __future__ import annotations

import hashlib
import re
from codecs import lookup
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from itertools import islice

from crm_tui.errors import InputError
from crm_tui.intake.damage import FIELD_LIMIT
from crm_tui.intake.lines import LineFeed, survey
from crm_tui.intake.mail_limits import PIECE, bounded
from crm_tui.intake.origin import Origin
from crm_tui.intake.source import ABSENT, BLANK, Layout, Opened, Overrides, Record, Skipped, Source, leave_out
from crm_tui.systems.declared.gmail import MBOX

NAME = "mbox"

WHY = "it starts with the line that stands before each message of an mbox"
MESSAGE_LIMIT = 64 << 20
"""Bytes of one message; Gmail takes none over 50 MB."""
TEXT_LIMIT = PIECE // 4
"""Bytes of the text of a message; quoted-printable takes three times as many to write them."""
PART_LIMIT = 1_000
"""Parts of one message."""

_SEPARATOR = re.compile(
    rb"From (\S++) ((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} {1,2}[0-9]{1,2} [0-9:]{5,8}"
    rb"(?: [+-][0-9]{4})? [0-9]{4})[ \t]*\r?\n?"
)
"""With or without a zone before the year (formats.md 5a)."""
_ESCAPED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_FOLD = re.compile(r"[\r\n]+[ \t]*")
HEADERS = {
    "message_id": "message-id",
    "from": "from",
    "to": "to",
    "cc": "cc",
    "bcc": "bcc",
    "subject": "subject",
    "date": "date",
    "thread_id": "x-gm-thrid",
    "auto_submitted": "auto-submitted",
    "list_unsubscribe": "list-unsubscribe",
    "delivered_to": "delivered-to",
    "labels": "x-gmail-labels",
}
"""Column → header in lower case."""
_CHARSETS = re.compile(r"ascii|utf|(?:utf-|iso|cp|koi8|gb|big5|shift_jis|euc_|mac-|hz|tis)[-_0-9a-z]*")
"""Python has codecs that are no character sets of mails, and slow ones."""
_LISTS = frozenset(("to", "cc", "bcc", "delivered_to"))
"""Columns whose header may stand there several times; of any other the first counts."""
_COLUMNS = tuple(column.name for column in MBOX.columns if column.name not in ("direction", "activity_type"))
_TOO_DEEP = "has parts within parts within parts without end"


def sniff(head: bytes) -> bool:
    """Whether the content starts with the separator line of a mail."""
    return _SEPARATOR.match(head.lstrip(b"\r\n")) is not None


def open_content(origin: Origin, overrides: Overrides) -> Opened:
    """The mail of a file; raises ``InputError`` when it cannot be read."""
    del overrides
    seen = survey(origin)
    empty = hashlib.sha256(b"").hexdigest()
    return Opened((Source(origin, NAME, MBOX, seen.sha256, seen.size, _COLUMNS, empty, encoding="ascii"),))


def records(source: Source, skipped: list[Skipped]) -> Iterator[Record]:
    """The messages in order; blank lines before the first are left out.

    Raises ``InputError`` when the file cannot be read on, or a message is over ``MESSAGE_LIMIT``.
    """
    with source.origin.open() as stream:
        lines = LineFeed(stream, source.origin.shown, "\n")
        held = bytearray()
        first, offset = 1, 0
        while (line := lines.peek(0)) is not None:
            if held and line.startswith(b"From ") and _SEPARATOR.fullmatch(line):
                yield from _record(held, first, offset, skipped)
                held = bytearray()
            if not held:
                first, offset = lines.number, lines.offset
            held += line
            if len(held) > MESSAGE_LIMIT:
                raise InputError(
                    f"{source.origin.shown} has a message of over {MESSAGE_LIMIT >> 20} MB in line {first:,}; "
                    "no mail of Gmail is as long; look at the file."
                )
            lines.skip(1, len(line))
        if held:
            yield from _record(held, first, offset, skipped)
        if lines.sha256() != source.sha256:
            raise InputError(f"{source.origin.shown} changed while it was read; load it again.")


def _record(held: bytearray, first: int, offset: int, skipped: list[Skipped]) -> Iterator[Record]:
    raw = bytes(held)
    held.clear()
    if raw.isspace():
        leave_out(skipped, Skipped(first, offset, raw, BLANK))
        return
    cells, problem = _read(raw)
    yield Record(first, first + raw.count(b"\n", 0, len(raw) - 1), offset, raw, cells, problem)


def parse(raw: bytes, layout: Layout, context: str) -> tuple[str, ...]:
    """The cells of a stored message again; raises ``InputError`` if it is none."""
    del layout, context
    cells, problem = _read(raw)
    if cells is None:
        raise InputError(f"a stored message cannot be read ({problem}); load its file again.")
    return cells


def _read(raw: bytes) -> tuple[tuple[str, ...] | None, str]:
    """The cells of a message, or why there are none."""
    separator = _SEPARATOR.match(raw)
    if separator is None:
        return None, "no separator line stands before the message"
    content, problem = bounded(raw, separator.end())
    if problem:
        return None, problem
    try:
        message = BytesParser(policy=compat32).parsebytes(_ESCAPED.sub(b"", content))
        parts = list(islice(message.walk(), PART_LIMIT + 1))
    except RecursionError:
        return None, _TOO_DEEP
    if not message.keys():
        return None, "has no headers"
    if len(parts) > PART_LIMIT:
        return None, f"has over {PART_LIMIT:,} parts"
    named = _headers(message)
    if not named:
        return None, "has none of the headers of a mail"
    number = separator[1].partition(b"@")[0].decode("ascii", "replace")
    named["record"] = f"{int(number):x}" if number.isdecimal() and len(number) < 25 else number
    named["message_id"] = named.get("message_id", "").strip() or named["record"]
    named["received"] = separator[2].decode("ascii")
    text = _text_part(parts)
    said = text.get_payload(decode=True) if text else b""
    if isinstance(said, bytes) and len(said) > TEXT_LIMIT:
        return None, f"has a text of over {TEXT_LIMIT >> 20} MB"
    named["body"] = _decoded(said, text).strip() if text and isinstance(said, bytes) else ""
    files = [name for part in parts if (name := part.get_filename())]
    if files:
        named["attachments"] = "; ".join(_text(name) for name in files)
    if any(len(text) > FIELD_LIMIT for text in named.values()):
        return None, f"has a text of over {FIELD_LIMIT:,} characters"
    return tuple(named.get(name, ABSENT) for name in _COLUMNS), ""


def _headers(message: Message) -> dict[str, str]:
    """Column → the header as written, its folds undone; a column without its header is not there."""
    found: dict[str, list[str]] = {}
    for name, written in message.raw_items():
        found.setdefault(name.lower(), []).append(_FOLD.sub(" ", _text(written)).strip())
    return {
        column: ", ".join(found[name]) if column in _LISTS else found[name][0]
        for column, name in HEADERS.items()
        if name in found
    }


def _text(written: object) -> str:
    """A header as text: bytes that are no ASCII are UTF-8, else Windows-1252."""
    try:
        raw = str(written).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = str(written).encode("utf-8", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _text_part(parts: list[Message]) -> Message | None:
    """The plain text of a message, or its HTML where it has none."""
    texts = [part for part in parts if part.get_content_maintype() == "text" and not part.get_filename()]
    for kind in ("plain", "html"):
        for part in texts:
            if part.get_content_subtype() == kind:
                return part
    return None


def _decoded(raw: bytes, part: Message) -> str:
    try:
        codec = lookup(part.get_content_charset("utf-8")).name
        text = raw.decode(codec if _CHARSETS.fullmatch(codec) else "utf-8")
    except (LookupError, ValueError):
        text = raw.decode("cp1252", "replace")
    # UTF-7 may write half of a surrogate pair.
    return text.replace("\r\n", "\n").encode("utf-8", "replace").decode()
