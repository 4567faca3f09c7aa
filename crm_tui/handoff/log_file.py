"""``log.jsonl``: the entries of the journal, read from the bytes of the file and held against their chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from crm_tui import canonical
from crm_tui.errors import HandoffRefused
from crm_tui.handoff.line_file import LineFile
from crm_tui.handoff.statement_shape import ENTRY
from crm_tui.workspace.journal import entry_hash, text_mark
from crm_tui.workspace.replay import Entry


class Log(LineFile):
    """The entries in their order, numbered from 1, each parsed when it is looked at and not kept."""

    def __init__(self, data: bytes | memoryview) -> None:
        super().__init__(data, "log.jsonl")

    def entry(self, seq: int) -> Entry:
        """The entry of a number that ``links`` has passed, without the texts that stand beside it in a workspace."""
        return Entry(seq, ENTRY.known(self.line(seq - 1)), {})

    def links(self, genesis: bytes) -> Iterator[Link]:
        """Each entry with the hash that chains it; raises ``HandoffRefused`` (``json.*``, ``schema``)."""
        head = genesis
        for seq in range(1, len(self) + 1):
            body = self.line(seq - 1)
            head = entry_hash(head, seq, body)
            yield Link(Entry(seq, _read(seq, body), {}), head)


class Link(NamedTuple):
    """An entry and its hash."""

    entry: Entry
    head: bytes


def _read(seq: int, body: bytes) -> Mapping[str, Any]:
    try:
        return ENTRY.loads(body)
    except canonical.NotCanonical as error:
        raise HandoffRefused(error.code, f"entry {seq} of the log is not canonical JSON.") from error
    except ValueError as error:
        raise HandoffRefused("schema", f"entry {seq} of the log has a field of another type than it should.") from error


def mark(salts: Mapping[str, str], name: str, text: str) -> str | None:
    """The keyed hash that the log must have for a text; ``None`` for a blank one, which the log does not mention."""
    return text_mark(bytes.fromhex(salts.get(name, "")), text) if text else None
