"""Making a handoff: rows, log, statement and views, listed, signed, packed and written whole."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crm_tui import canonical
from crm_tui.errors import TargetError, UsageError
from crm_tui.files import target_errors, write_atomic
from crm_tui.handoff import container, sums
from crm_tui.handoff.container import Content
from crm_tui.handoff.drawing import Drawing
from crm_tui.handoff.keys import HANDOFF_NAMESPACE, Signer, fingerprint
from crm_tui.handoff.naming import own_names, own_path
from crm_tui.handoff.notary import KeyNotary
from crm_tui.handoff.row_file import Row, Rows
from crm_tui.handoff.rows import READY, Tally, build_groups, build_rows
from crm_tui.handoff.staged import STAGED
from crm_tui.handoff.statement import WITHDRAWAL, Terms, build_statement
from crm_tui.progress import Progress, Stages, nobody
from crm_tui.text import safe_text
from crm_tui.workspace import checkpoints, journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.collecting import without_collecting

CONTENT = (
    "README.txt",
    "SUMMARY.md",
    "report.html",
    "handoff.json",
    "rows.jsonl",
    "log.jsonl",
    "policy.toml",
    "sync-ledger.csv",
    "conflict-queue.csv",
    "error-log.csv",
    "first-slice-map.csv",
    "questions.csv",
)
"""The content members of every handoff, in the order in which ``SHA256SUMS`` lists them."""
GROUPS = "duplicates.jsonl"
"""Stands between them and ``staged/`` where records were suspected to be the same; else it is not there."""

_PLAIN = Terms()
_COSTS = (0.9, 0.1)
"""Of a seal: building the rows, and drawing the pages from them."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A handoff that is on disk."""

    path: Path
    handoff_id: str
    seq: int
    kind: str
    """``full``, ``partial`` or ``withdrawal``."""
    outstanding: int
    principal: str
    fingerprint: str
    reissued: bool
    """Nothing had changed since handoff ``seq``, so the same bytes were written again."""


def next_seq(cases: Cases) -> int:
    """The number of the next handoff, or of the last one when nothing has happened since."""
    seq, log_seq = _last(cases)
    return seq if seq and log_seq == journal.head(cases.store.connection)[0] else seq + 1


def expected_path(cases: Cases, key: str, principal: str, reviewer: str) -> Path:
    """Where ``seal`` would write what the key of this fingerprint signs, where nobody names a file."""
    seq, log_seq = _last(cases)
    texts = {name: text for name, text in (("by", reviewer), ("principal", principal)) if text}
    same = seq and _is_unchanged(cases, log_seq, {"key": key, **_plain_terms(_PLAIN)}, texts)
    return next(own_names(cases.store, seq)) if same else own_path(cases.store, seq + 1)


def _last(cases: Cases) -> tuple[int, int]:
    """Number of the last handoff and of its journal entry; 0 where there is none."""
    sql = "SELECT seq, log_seq FROM handoff ORDER BY seq DESC LIMIT 1"
    return cases.store.connection.execute(sql).fetchone() or (0, 0)


def seal(
    cases: Cases, out: Path | None, signer: Signer, reviewer: str, terms: Terms = _PLAIN, progress: Progress = nobody
) -> Sealed:
    """Sign the present state of the review into ``out``, or beside the workspace under a name of its own.

    The journal entry is committed when the bytes are safely on disk and before they get their name, so a number is
    never given out twice for different contents.  Raises ``TargetError``, ``WorkspaceError`` or ``SigningKeyError``,
    and ``UsageError`` for terms that cannot be.
    """
    if out is not None:
        refuse_other_file(out)
    terms = _checked(cases, terms)
    if not cases.counts().rows:
        raise UsageError("there is nothing to hand over: no event is loaded yet. Load files first.")
    if journal.last_judged(cases.store.connection)["policy"] != cases.policy.sha256:
        # Every case is judged anew where it is shown, so the handoff would not agree with its own log.
        raise UsageError(
            "the rows were judged by the policy of another version of crm-tui. Load one of the files again: then all"
            " of them are judged by the one in force, and what that changes waits to be looked at."
        )
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(cases.store.transaction())
        seq, reissued = _enter(cases, signer, reviewer, terms)
        members, ready, statement = build_members(cases, seq, signer, reviewer, terms, progress)
        listed = sums.render(members)
        if reissued and sums.handoff_id(listed) != _known_id(connection, seq):
            # The same review made by another version of the program reads otherwise: that is another handoff.
            seq, reissued = _append_entry(cases, signer, reviewer, terms), False
            members, ready, statement = build_members(cases, seq, signer, reviewer, terms, progress)
            listed = sums.render(members)
        handoff_id = sums.handoff_id(listed)
        if not reissued:
            log_seq = journal.head(connection)[0]
            connection.execute("INSERT INTO handoff VALUES (?, ?, ?, ?)", (seq, log_seq, handoff_id, statement["kind"]))
            connection.executemany("INSERT OR IGNORE INTO handoff_row VALUES (?, ?, ?)", [(*row, seq) for row in ready])
        signature = signer.sign(HANDOFF_NAMESPACE, listed)
        packed = list(container.chunks([(sums.SUMS_NAME, listed), (sums.SIGNATURE_NAME, signature), *members]))
        out = out or own_path(cases.store, seq, packed)
        write_atomic(out, packed, before_rename=stack.close)
    checkpoints.keep(cases.store, handoff_id, KeyNotary(signer))
    outstanding = statement["counts"]["outstanding"]
    who = statement["reviewer"]
    return Sealed(out, handoff_id, seq, statement["kind"], outstanding, who["principal"], who["key"], reissued)


def refuse_other_file(out: Path) -> None:
    """A handoff may replace a handoff, and nothing else: one slip must not cost a workspace, an export or a key."""
    start = container.write([(sums.SUMS_NAME, b"")])[: 30 + len(sums.SUMS_NAME)]
    name = slice(30, None)
    found = start_of(out, len(start), "review.handoff.zip")
    if found is not None and (found[:4] != start[:4] or found[name] != start[name]):
        raise TargetError(f"{safe_text(str(out))} is there and is no handoff; it was left as it is. Name another file.")


def start_of(out: Path, size: int, example: str) -> bytes | None:
    """The first bytes of the regular file that ``out`` would replace; ``None`` where there is none."""
    with target_errors(out):
        if out.is_dir():
            raise TargetError(f"{safe_text(str(out))} is a folder; name a file, for example {example}.")
        if out.exists() and (out.is_symlink() or not out.is_file()):
            raise TargetError(f"{safe_text(str(out))} is not a regular file; name another one.")
        if not out.exists():
            return None
        with out.open("rb") as stream:
            return stream.read(size)


def _checked(cases: Cases, terms: Terms) -> Terms:
    """``terms`` with the whole id and the number of the handoff that is withdrawn."""
    if not terms.withdraws:
        return terms
    wanted = terms.withdraws.lower()
    known = cases.store.connection.execute("SELECT seq, id, kind FROM handoff ORDER BY seq").fetchall()
    found = [(seq, name, kind) for seq, name, kind in known if name.startswith(wanted)] if len(wanted) >= 8 else []
    if len(found) != 1:
        raise UsageError(
            "this review has given out no handoff of that id; --withdraw takes the id, or its first eight characters."
        )
    seq, name, kind = found[0]
    if kind == WITHDRAWAL:
        raise UsageError(f"handoff {seq} is itself a withdrawal; sign a new handoff instead.")
    if not terms.reason:
        raise UsageError("a withdrawal needs a reason: --reason TEXT.")
    return replace(terms, withdraws=name, withdraws_seq=seq)


def _enter(cases: Cases, signer: Signer, reviewer: str, terms: Terms) -> tuple[int, bool]:
    """The number of this handoff; its journal entry is made unless nothing has changed since the last one."""
    seq, log_seq = _last(cases)
    plain = {"key": fingerprint(signer.public), **_plain_terms(terms)}
    if seq and _is_unchanged(cases, log_seq, plain, _texts(signer, reviewer, terms)):
        return seq, True
    return _append_entry(cases, signer, reviewer, terms), False


def _is_unchanged(cases: Cases, log_seq: int, plain: Mapping[str, str], texts: Mapping[str, str]) -> bool:
    """Whether the journal ends with the entry of a handoff, and it says the same of key, terms and names."""
    connection = cases.store.connection
    if log_seq != journal.head(connection)[0]:
        return False
    (entry,) = journal.entries(connection, "seq = ?", (log_seq,))
    return {name: entry.body[name] for name in plain} == plain and entry.texts == texts


def _plain_terms(terms: Terms) -> dict[str, str]:
    """What the journal says of the terms in clear."""
    return {"expires": terms.expires_at, "withdraws": terms.withdraws}


def _texts(signer: Signer, reviewer: str, terms: Terms) -> dict[str, str]:
    """What the journal marks with a salt: who, for whom, why."""
    texts = {"by": reviewer, "principal": signer.principal, "audience": terms.audience, "reason": terms.reason}
    return {name: text for name, text in texts.items() if text}


def _append_entry(cases: Cases, signer: Signer, reviewer: str, terms: Terms) -> int:
    """Enter the next handoff into the journal and return its number."""
    connection = cases.store.connection
    last = connection.execute("SELECT seq, id FROM handoff ORDER BY seq DESC LIMIT 1").fetchone()
    seq = int(last[0]) + 1 if last else 1
    fields = {"handoff": seq, "key": fingerprint(signer.public), "previous": last[1] if last else ""}
    journal.append(cases.store, "handoff", fields | _plain_terms(terms), _texts(signer, reviewer, terms))
    return seq


def _known_id(connection: sqlite3.Connection, seq: int) -> str:
    return str(connection.execute("SELECT id FROM handoff WHERE seq = ?", (seq,)).fetchone()[0])


@without_collecting()
def build_members(
    cases: Cases, seq: int, signer: Signer, reviewer: str, terms: Terms = _PLAIN, progress: Progress = nobody
) -> tuple[list[tuple[str, Content]], list[tuple[str, str]], dict[str, Any]]:
    """The content members in order, (row id, idempotency key) of what is ready, and the statement.

    The journal's last entry is this handoff's.
    """
    stages = Stages(progress, cases.counts().rows, *_COSTS)
    connection = cases.store.connection
    rows, groups = Rows.empty(), as_file(build_groups(cases, seq))
    drawing, tally = Drawing(rows, groups), Tally()
    ready = []
    for built in build_rows(cases, seq, stages.next()):
        row = rows.write(built)
        drawing.add(row)
        tally.add(row)
        if row["status"] == READY:
            ready.append((row["row_id"], row["idempotency_key"]))
    ready += [(row["row_id"], row["idempotency_key"]) for row in groups if row["status"] == READY]
    entries, head = journal.head(connection)
    salts = dict(connection.execute("SELECT field, hex(salt) FROM log_text WHERE seq = ?", (entries,)).fetchall())
    last = connection.execute("SELECT seq, id FROM handoff WHERE seq < ? ORDER BY seq DESC LIMIT 1", (seq,)).fetchone()
    statement = build_statement(
        cases,
        tally,
        seq=seq,
        previous={"seq": last[0], "id": last[1]} if last else None,
        created_at=str(journal.entries(connection, "seq = ?", (entries,))[0].body["at"]),
        reviewer={
            "principal": signer.principal,
            "name": reviewer,
            "key": fingerprint(signer.public),
            "salts": {name: salt.lower() for name, salt in salts.items()},
        },
        log={
            "entries": entries,
            "head": head.hex(),
            "genesis": journal.genesis(cases.store.meta("workspace_id")).hex(),
        },
        terms=terms,
    )
    contents = render_content(statement, rows, drawing, stages.next())
    contents["log.jsonl"] = _lines(body for (body,) in connection.execute("SELECT body FROM log ORDER BY seq"))
    contents["policy.toml"] = cases.policy_text().encode()
    return content_members(contents), ready, statement


def content_members(contents: Mapping[str, Content]) -> list[tuple[str, Content]]:
    """The content in the order of the archive."""
    staged = sorted(name for name in contents if name.startswith(STAGED))
    groups = [GROUPS] if GROUPS in contents else []
    return [(name, contents[name]) for name in (*CONTENT, *groups, *staged)]


def render_content(
    statement: Mapping[str, Any], rows: Rows, drawing: Drawing, progress: Progress = nobody
) -> dict[str, Content]:
    """Statement, rows and groups of duplicates in their one form, and what follows from them alone.

    ``drawing`` has been told of every row.
    """
    groups = drawing.groups
    return {
        "handoff.json": canonical.dumps(statement) + b"\n",
        "rows.jsonl": memoryview(rows.data),
        **({GROUPS: memoryview(groups.data)} if groups else {}),
        **drawing.whole(statement, progress),
    }


def groups_in(members: Mapping[str, Content]) -> Rows:
    """The groups of duplicates of a handoff."""
    return Rows(members.get(GROUPS, b""), GROUPS)


def as_file(rows: Iterable[Row]) -> Rows:
    """Rows as they stand in the handoff, to be read from there."""
    found = Rows.empty()
    for row in rows:
        found.write(row)
    return found


def _lines(parts: Iterable[bytes]) -> bytes:
    return b"".join(part + b"\n" for part in parts)
