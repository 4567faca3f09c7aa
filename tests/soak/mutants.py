"""Reliability goals 6 and 7: whatever a file becomes, it is read in time or refused in words, and no byte is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from crm_tui.errors import InputError
from crm_tui.intake.formats import open_sources, records
from crm_tui.intake.source import Skipped
from tests.factory import SAMPLE
from tests.systems.systems_support import FIXTURES

TRIED = "mutants of input files"
PATIENCE = 10
"""Seconds in which a file has to be read or refused."""
_TOKENS = (
    b'"', b'""', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a",
    b"=1+1", b"{", b"}", b"[", b"]", b"null", b"1e999", b"NaN", b'\\u0000', b'\\ud800', b"\xe2\x80\xae",
    b"PK\x03\x04", b"\x1f\x8b", b"From x\n", b"9" * 400,
)  # fmt: skip


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is one mutant of a sample, a fixture, or an earlier mutant."""
    parents = [path for path in sorted([*FIXTURES.glob("*/*"), *SAMPLE.glob("*.csv")]) if path.is_file()]
    while True:
        parent = lots.choice(parents)
        content = parent.read_bytes()
        for _ in range(lots.choice((1, 1, 2, 5, 20))):
            content = mutated(content, lots)
        path = folder / f"mutant{parent.suffix}"
        path.write_bytes(content)
        began = time.monotonic()
        try:
            accounted(path, content)
        except InputError as error:
            assert str(error).endswith("."), error
        took = time.monotonic() - began
        assert took < PATIENCE, f"{took:.0f} s for {len(content)} bytes"
        yield 1


def accounted(path: Path, content: bytes) -> None:
    """Read every record; of a file that is read as it stands, headers, records and left-out text are its bytes."""
    spans: dict[int, bytes] = {}
    sources = open_sources(path).sources
    for source in sources:
        skipped: list[Skipped] = []
        spans.update((record.offset, record.raw) for record in records(source, skipped) if record.raw)
        spans.update((one.offset, one.raw) for one in skipped if one.raw)
        if source.header_raw:
            spans[0] = source.header_raw
    if any(source.part for source in sources):
        return
    whole = b"".join(raw for _, raw in sorted(spans.items()))
    assert not sources or whole == content, "the spans are not the file"


def mutated(content: bytes, lots: Random) -> bytes:
    """A bit, a token, a piece doubled, moved or taken out."""
    at, end = sorted(lots.randrange(len(content) + 1) for _ in range(2))
    piece = content[at : min(end, at + 64)]
    kind = lots.randrange(6)
    if kind == 0 and at < len(content):
        return content[:at] + bytes([content[at] ^ 1 << lots.randrange(8)]) + content[at + 1 :]
    if kind == 1:
        return content[:at] + lots.choice(_TOKENS) + content[at:]
    if kind == 2:
        return content[:at] + content[at + len(piece) :] or content
    if kind == 3:
        return content[:at] + piece * lots.choice((2, 3, 50)) + content[at + len(piece) :]
    if kind == 4:
        return content[:at] + lots.randbytes(lots.randrange(1, 9)) + content[at:]
    return content[:at] or content
