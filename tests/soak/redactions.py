"""Reliability goal 11, of redacted copies: whatever a client's file holds, nobody put into it is left in its copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from crm_tui.classify.policy import parse_policy
from crm_tui.errors import InputError
from crm_tui.privacy.book import Book
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.privacy.redact import redact
from tests.systems.systems_support import FIXTURES

TRIED = "damaged exports, payloads and mails redacted"
_PERSON = "zelda@zimmer.test"
_PUT_IN: tuple[Any, ...] = (
    None, True, "", [], {}, _PERSON, {_PERSON: "x"}, [_PERSON, {"x": _PERSON}], f"Zelda <{_PERSON}>",
    json.dumps({"email": _PERSON}), f"a, {_PERSON}; b", 12125550199, "=1+1", "2026-05-10T10:00:00Z", "inbound",
    "delete",
)  # fmt: skip
_KINDS = (".csv", ".json", ".jsonl", ".mbox", ".xml")
_CUTS = (_PERSON, f"<{_PERSON}>", f",{_PERSON},", "<", "&amp;", '"', "\n\nFrom ", "")


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is one fixture with values taken out, put in and replaced: a copy without them, or a refusal."""
    files = sorted(
        path for path in FIXTURES.rglob("*.*") if path.suffix in (".csv", ".json", ".jsonl", ".mbox", ".xml")
    )
    pseudonyms = Pseudonyms(Book(b"k" * 32), parse_policy())
    while True:
        file = lots.choice(files)
        path = folder / f"export{file.suffix}"
        path.write_text(_damaged(file, lots), encoding="utf-8")
        try:
            (copy,) = redact([path], folder / f"copy{file.suffix}", pseudonyms)
        except InputError as error:
            assert "\n" not in str(error)
        else:
            assert _PERSON.encode() not in copy.data.lower(), file
        yield 1


def _damaged(file: Path, lots: Random) -> str:
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix in (".json", ".jsonl"):
        parts = text.splitlines() if file.suffix == ".jsonl" else [text]
        return "\n".join(_changed_text(part, lots) for part in parts)
    for _ in range(3):
        at = lots.randrange(len(text))
        text = text[:at] + lots.choice(_CUTS) + text[at + lots.randrange(20) :]
    return text


def _changed_text(text: str, lots: Random) -> str:
    try:
        return json.dumps(_changed(json.loads(text), lots))
    except ValueError:
        return text


def _changed(value: Any, lots: Random) -> Any:
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if lots.random() > 0.05}
        more = {f"{_PERSON} {len(kept)}": _PERSON} if lots.random() < 0.05 else {}
        return {name: _replaced(item, lots) for name, item in kept.items()} | more
    if isinstance(value, list):
        return [_replaced(item, lots) for item in value]
    return value


def _replaced(item: Any, lots: Random) -> Any:
    return lots.choice(_PUT_IN) if lots.random() < 0.07 else _changed(item, lots)
