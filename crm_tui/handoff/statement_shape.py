"""The shapes of ``handoff.json`` and of the lines of ``log.jsonl`` (handoff.md, "Payload schema")."""

from __future__ import annotations

from typing import Required, TypedDict

from crm_tui import canonical
from crm_tui.handoff.row_file import Whole

SCHEMA = "crm-tui/handoff/v1"


class _Named(TypedDict):
    seq: Whole
    id: str


class _Withdrawn(_Named):
    reason: str


class _Parent(_Named):
    principal: str
    head: str


class _ReviewerSalts(TypedDict, total=False):
    by: str
    principal: str
    audience: str
    reason: str


class _Reviewer(TypedDict):
    principal: str
    name: str
    key: str
    salts: _ReviewerSalts


class _Tool(TypedDict):
    name: str
    version: str
    rules_version: str
    views_version: str
    phone_metadata: str


class _Dialect(TypedDict):
    delimiter: str
    line_end: str


class _Input(TypedDict):
    name: str
    role: str
    table: str
    load: Whole
    sha256: str
    bytes: Whole
    rows: Whole
    header_sha256: str
    encoding: str
    dialect: _Dialect


class _Policy(TypedDict):
    name: str
    version: str
    sha256: str


class _Counts(TypedDict):
    rows: Whole
    ledger: Whole
    conflicts: Whole
    errors: Whole
    ready: Whole
    rejected: Whole
    outstanding: Whole


class _Log(TypedDict):
    entries: Whole
    head: str
    genesis: str


class StatementShape(TypedDict):
    """What a handoff says of itself."""

    schema: str
    workspace_id: str
    workspace_name: str
    seq: Whole
    previous: _Named | None
    kind: str
    complete: bool
    withdraws: _Withdrawn | None
    parents: list[_Parent]
    audience: str
    created_at: str
    expires_at: str
    reviewer: _Reviewer
    tool: _Tool
    default_region: str
    inputs: list[_Input]
    inputs_digest: str
    policy: _Policy
    slices: list[dict[str, str]]
    counts: _Counts
    rows_total: Whole
    log: _Log
    statement: str


STATEMENT = canonical.Shape(StatementShape)


class EntryShape(TypedDict, total=False):
    """What any entry of the log may say; each kind has some of it, and a field that is not here is of no account."""

    kind: Required[str]
    at: Required[str]
    texts: Required[dict[str, str]]
    row: str
    choice: str
    take: str
    locked: bool
    outside: bool
    group: Whole
    of: Whole
    replaces: list[str]
    handoff: Whole
    key: str
    previous: str
    expires: str
    withdraws: str
    parents: list[_Parent]
    workspace: str
    load: Whole
    inputs: list[tuple[str, str]]
    policy: str
    counts: dict[str, Whole]
    verdicts: str
    rows: list[str]
    erased_texts: list[tuple[Whole, str]]
    everything: bool
    subject: str


ENTRY = canonical.Shape(EntryShape, is_open=True)
