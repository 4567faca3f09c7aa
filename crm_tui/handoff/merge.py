"""Merging the handoffs of two reviewers of one review into one: the union of their votes, signed by who merges.

Both must come from copies of one workspace with the same loads and the same policy.  The merged handoff has a log of
its own: the loads, a ``merge`` entry that names both parents, every vote with its author's marks, a decision for each
row on which all votes agree, and the handoff.  A row on which they do not is open again and carries both votes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from crm_tui import canonical
from crm_tui.errors import HandoffRefused
from crm_tui.files import write_atomic
from crm_tui.handoff import consistency, container, sums, votes
from crm_tui.handoff.container import Content
from crm_tui.handoff.drawing import Drawing
from crm_tui.handoff.keys import HANDOFF_NAMESPACE, Signer, fingerprint
from crm_tui.handoff.log_file import Log
from crm_tui.handoff.repaired import SINCE_VERSION, logged_repairs
from crm_tui.handoff.row_file import Row, Rows
from crm_tui.handoff.rows import READY, Tally, nothing_staged, row_status
from crm_tui.handoff.seal import as_file, content_members, groups_in, refuse_other_file, render_content
from crm_tui.handoff.statement import MERGE, WITHDRAWAL, tool_versions, views_version
from crm_tui.handoff.trust import Trust
from crm_tui.handoff.verify import verify
from crm_tui.handoff.votes import Vote
from crm_tui.model import Choice, Queue, State
from crm_tui.progress import Progress, Stages, nobody, told
from crm_tui.workspace.blind import KEPT
from crm_tui.workspace.journal import SALT_BYTES, entry_hash, genesis, text_mark
from crm_tui.workspace.replay import Entry

_OF_THE_DECISION = frozenset(("votes", "decision", "status", "state", "contact_key", "evidence", *nothing_staged()))
"""Fields of a row that follow from the decision; all others are the same for every reviewer."""


@dataclass(frozen=True)
class Part:
    """A handoff that holds, taken apart."""

    handoff_id: str
    statement: Mapping[str, Any]
    rows: Mapping[str, Row]
    entries: Sequence[Entry]
    bodies: Sequence[bytes]
    policy: bytes

    @property
    def parent(self) -> dict[str, Any]:
        """How the merged handoff names it."""
        return {
            "id": self.handoff_id,
            "seq": self.statement["seq"],
            "principal": self.statement["reviewer"]["principal"],
            "head": self.statement["log"]["head"],
        }

    @property
    def kept(self) -> list[bytes]:
        """The entries that the merged log takes over: loads, and the repairs that count."""
        repairs = {seq for of_row in logged_repairs(self.entries).values() for seq in of_row}
        pairs = zip(self.bodies, self.entries, strict=True)
        return [body for body, entry in pairs if entry.kind in KEPT or entry.seq in repairs]

    @property
    def leaves_repairs_untold(self) -> bool:
        """Whether a handoff of this version would have to say more of its repairs than this one does."""
        return views_version(self.statement) < SINCE_VERSION and bool(logged_repairs(self.entries))

    def votes(self, row_id: str) -> list[Vote]:
        """The votes on one row: those that it carries already, or what its log says of it."""
        row = self.rows[row_id]
        if self.statement["kind"] == MERGE:
            return list(row["votes"])
        of_row = self._by_row.get(row_id, [])
        decision = row["decision"]
        if not of_row or (decision and decision["action"] in _OF_FIELDS):
            return []
        last = self.entries[decision["log_seq"] - 1] if decision else of_row[-1]
        words = decision or _NO_WORDS
        plain = {key: item for key, item in words.items() if key != "log_seq"}
        told = {"at": str(last.body["at"]), "staged": row["idempotency_key"], "marks": _marks(last)}
        return [{**plain, **told, "replaces": sorted(_name(entry) for entry in of_row if entry is not last)}]

    @cached_property
    def _by_row(self) -> dict[str, list[Entry]]:
        """Row id → every decision about it and every undo of one, in order; notes and repairs decide nothing."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            about = entry
            while about.undoes:
                about = self.entries[about.undoes - 1]
            if about.decides:
                found.setdefault(about.row, []).append(entry)
        return found


_COSTS = (1, 1, 1)
"""Of a merge: checking one handoff and the other, and drawing the merged one."""

_OF_FIELDS = frozenset((Choice.FIELD, Choice.CLEAR_FIELD))
"""Choices of single fields: they say nothing of the row until it is approved."""

_NO_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("option", "source_of_truth", "suggested", "reason", "question", "by", "evidence"), ""),
    "action": votes.UNDONE,
    "override": False,
    "outside": False,
    "picks": [],
    "salts": {},
}
"""What is known of an undo: that it was."""


def _name(entry: Entry) -> str:
    action = votes.UNDONE if entry.undoes else entry.body["choice"]
    return votes.name_of(action, str(entry.body["at"]), entry.body["texts"])


def _marks(entry: Entry) -> list[dict[str, str]]:
    return [{"name": name, "mark": mark} for name, mark in sorted(entry.body["texts"].items())]


def part(data: Content, trust: Trust, now: datetime, progress: Progress = nobody) -> Part:
    """A handoff for merging; it has to hold for who merges."""
    found = verify(data, trust, now=now, progress=progress)
    members = {member.name: member.data for member in container.read(data)}
    statement = consistency.parse_json("handoff.json", members["handoff.json"])
    log = Log(members["log.jsonl"])
    numbers = range(1, len(log) + 1)
    entries, bodies = [log.entry(seq) for seq in numbers], [log.line(seq - 1) for seq in numbers]
    # Of the groups of duplicates, those that are still suggested as they are: a decision on others does not count.
    groups = (row for row in groups_in(members) if row["in_latest_load"])
    by_id = {row["row_id"]: row for row in (*Rows(members["rows.jsonl"]), *groups)}
    return Part(found.handoff_id, statement, by_id, entries, bodies, bytes(members["policy.toml"]))


def merge(
    first: Content,
    second: Content,
    out: Path | None,
    trust: Trust,
    signer: Signer,
    reviewer: str,
    now: datetime,
    progress: Progress = nobody,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Write the merged handoff, if ``out`` names a file, and give its statement and rows.

    Raises ``HandoffRefused`` (``merge.*`` and what ``verify`` raises) and ``TargetError``.
    """
    if out is not None:
        refuse_other_file(out)
    stages = Stages(progress, 0, *_COSTS)
    both = (part(data, trust, now, stages.next()) for data in (first, second))
    parts = sorted(both, key=lambda one: one.handoff_id)
    _check_kin(*parts)
    merged = _Merging(parts, signer, reviewer, now)
    if out is not None:
        write_atomic(out, merged.packed(stages.next()))
    return merged.statement, merged.rows


def _check_kin(one: Part, other: Part) -> None:
    """Only what was made from copies of one review can be merged."""
    for name in ("workspace_id", "inputs_digest", "default_region"):
        if one.statement[name] != other.statement[name]:
            raise HandoffRefused("merge.inputs", "the two are not of copies of one review with the same loads.")
    if one.statement["policy"] != other.statement["policy"]:
        raise HandoffRefused("merge.policy", "the two were judged by different policies.")
    if WITHDRAWAL in (one.statement["kind"], other.statement["kind"]):
        raise HandoffRefused("merge.withdrawal", "one of the two is a withdrawal; there is nothing to merge.")
    if any(part.leaves_repairs_untold for part in (one, other)):
        raise HandoffRefused(
            "merge.version", "an earlier crm-tui made one of the two, and cells are typed over in it; sign it anew."
        )
    shorter, longer = sorted((one, other), key=lambda each: len(each.bodies))
    if list(longer.bodies[: len(shorter.bodies)]) == list(shorter.bodies):
        raise HandoffRefused("merge.same", "one of the two goes on from the other: it holds everything already.")
    loads = [part.kept for part in (one, other)]
    judged = [[_judged(p.rows[name]) for name in sorted(p.rows)] for p in (one, other)]
    if loads[0] != loads[1] or judged[0] != judged[1]:
        raise HandoffRefused("merge.inputs", "the two are not of copies of one review with the same loads.")


def _judged(row: Row) -> dict[str, Any]:
    return {name: item for name, item in row.items() if name not in _OF_THE_DECISION}


class _Merging:
    """The merged handoff while it is put together."""

    def __init__(self, parts: Sequence[Part], signer: Signer, reviewer: str, now: datetime) -> None:
        self.parts = parts
        self.signer = signer
        self.at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.texts = {"by": reviewer, "principal": signer.principal}
        self.salts = {name: secrets.token_bytes(SALT_BYTES) for name in self.texts}
        self.seq = max(one.statement["seq"] for one in parts) + 1
        self.parents = [one.parent for one in parts]
        base = parts[0]
        self.log = base.kept
        self.rows: list[dict[str, Any]] = []
        self._write_log()
        self.statement = self._statement()

    def _enter(self, kind: str, fields: Mapping[str, Any]) -> int:
        self.log.append(canonical.dumps({"kind": kind, "at": self.at, **fields}))
        return len(self.log)

    def _write_log(self) -> None:
        marks = {name: text_mark(self.salts[name], text) for name, text in self.texts.items()}
        self._enter("merge", {"parents": self.parents, "texts": marks})
        of_rows = {name: votes.union(*(one.votes(name) for one in self.parts)) for name in sorted(self.parts[0].rows)}
        for name, given in of_rows.items():
            for vote in given:
                self._enter("vote", {**_body(name, vote), "replaces": vote["replaces"]})
        for name, given in of_rows.items():
            winner = votes.settled(given)
            number = self._enter("decide", _body(name, winner)) if winner else 0
            self.rows.append(self._row(name, given, winner, number))
        key = fingerprint(self.signer.public)
        terms = {"expires": "", "withdraws": "", "previous": ""}
        self._enter("handoff", {"handoff": self.seq, "key": key, "texts": marks, **terms})

    def _row(self, name: str, given: list[Vote], winner: Vote | None, number: int) -> dict[str, Any]:
        candidates = [one.rows[name] for one in self.parts]
        if winner is None:
            # What both say of the contact is the row's own; what only one says came with that one's choice.
            told = {row["contact_key"] for row in candidates}
            queue = Queue(candidates[0]["was"])
            return {
                **max(candidates, key=lambda row: len(row["evidence"])),
                **nothing_staged(),
                "contact_key": told.pop() if len(told) == 1 else "",
                "status": row_status(queue, State.PENDING),
                "state": State.PENDING.value,
                "decision": None,
                "votes": given,
            }
        row = next(row for row in candidates if row["decision"] and _said(row["decision"]) == votes.words(winner))
        decision = votes.words(winner)
        first_ready = self.seq if row["status"] == READY else 0
        return {**row, "decision": decision | {"log_seq": number}, "votes": given, "first_ready_seq": first_ready}

    def _statement(self) -> dict[str, Any]:
        head = genesis(self.parts[0].statement["workspace_id"])
        for seq, body in enumerate(self.log, 1):
            head = entry_hash(head, seq, body)
        numbers = Tally(self._split()[0]).counts
        return {
            **self.parts[0].statement,
            "seq": self.seq,
            "previous": None,
            "kind": MERGE,
            "complete": numbers["outstanding"] == 0,
            "withdraws": None,
            "parents": self.parents,
            "audience": "",
            "expires_at": "",
            "created_at": self.at,
            "tool": tool_versions(),
            "counts": numbers,
            "reviewer": {
                "principal": self.signer.principal,
                "name": self.texts["by"],
                "key": fingerprint(self.signer.public),
                "salts": {name: salt.hex() for name, salt in self.salts.items()},
            },
            "log": {**self.parts[0].statement["log"], "entries": len(self.log), "head": head.hex()},
        }

    def _split(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rows, and the groups of duplicates."""
        groups = [row for row in self.rows if row["was"] == Queue.DUPLICATE]
        return [row for row in self.rows if row["was"] != Queue.DUPLICATE], groups

    def packed(self, progress: Progress) -> list[Content]:
        """The signed file in pieces."""
        rows, groups = self._split()
        file = as_file(rows)
        drawing = Drawing(file, as_file(groups))
        for row in told(file, len(file), progress):
            drawing.add(row)
        contents = render_content(self.statement, file, drawing)
        contents["log.jsonl"] = b"".join(body + b"\n" for body in self.log)
        contents["policy.toml"] = self.parts[0].policy
        members = content_members(contents)
        listed = sums.render(members)
        signature = self.signer.sign(HANDOFF_NAMESPACE, listed)
        return list(container.chunks([(sums.SUMS_NAME, listed), (sums.SIGNATURE_NAME, signature), *members]))


def _said(decision: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in decision.items() if key != "log_seq"}


def _body(row_id: str, vote: Vote) -> dict[str, Any]:
    """A vote as the log has it: what the author's own log said, without the texts."""
    marks = {mark["name"]: mark["mark"] for mark in vote["marks"]}
    overrides = {"locked": vote["override"], "outside": vote["outside"]}
    return {"row": row_id, "choice": vote["action"], **overrides, "at": vote["at"], "texts": marks}
