"""``handoff.json``: what the handoff says of itself (handoff.md, "Payload schema")."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import crm_tui
from crm_tui import canonical
from crm_tui.handoff.rows import Tally
from crm_tui.handoff.statement_shape import SCHEMA
from crm_tui.identity.phone import phone_metadata_version
from crm_tui.identity.secrets import mask_secrets
from crm_tui.systems import TABLES
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.stored import SourceRow

RULES_VERSION = "1"
"""Raised whenever the same row could get another verdict."""
VIEWS_VERSION = 3
"""Raised whenever the same rows are drawn, or staged in files, in other bytes; what an earlier one drew still holds."""

PROMISE = "No CRM write was executed."

FULL, PARTIAL, MERGE, WITHDRAWAL = "full", "partial", "merge", "withdrawal"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the sender says of a handoff beyond its rows; part of what is signed."""

    audience: str = ""
    """For whom it is meant: a client, or a receiving system; ``""`` = it does not say."""
    expires_at: str = ""
    """UTC time after which nothing may import it by itself, ``2026-06-30T00:00:00Z``; ``""`` = no limit."""
    withdraws: str = ""
    """Id of the earlier handoff that this one withdraws, or ``""``."""
    reason: str = ""
    """Why it is withdrawn."""
    withdraws_seq: int = 0
    """Number of the handoff withdrawn."""


def kind_of(*, complete: bool, withdraws: object, parents: object) -> str:
    """``withdrawal``, ``merge``, ``full`` or ``partial``."""
    if withdraws:
        return WITHDRAWAL
    if parents:
        return MERGE
    return FULL if complete else PARTIAL


def build_statement(
    cases: Cases,
    tally: Tally,
    *,
    seq: int,
    previous: Mapping[str, Any] | None,
    created_at: str,
    reviewer: Mapping[str, Any],
    log: Mapping[str, Any],
    terms: Terms,
) -> dict[str, Any]:
    """The statement of handoff ``seq``; everything in it comes from the workspace and the journal."""
    inputs = [_input(source) for source in cases.sources.values()]
    inputs.sort(key=lambda item: (item["load"], item["role"], item["name"], item["sha256"]))
    complete = tally.counts["outstanding"] == 0
    withdraws = None
    if terms.withdraws:
        withdraws = {"seq": terms.withdraws_seq, "id": terms.withdraws, "reason": terms.reason}
    return {
        "schema": SCHEMA,
        "workspace_id": cases.store.meta("workspace_id"),
        "workspace_name": cases.store.meta("name"),
        "seq": seq,
        "previous": previous,
        "kind": kind_of(complete=complete, withdraws=withdraws, parents=()),
        "complete": complete,
        "withdraws": withdraws,
        "parents": [],
        "audience": terms.audience,
        "created_at": created_at,
        "expires_at": terms.expires_at,
        "reviewer": reviewer,
        "tool": tool_versions(),
        "default_region": cases.policy.default_region,
        "inputs": inputs,
        "inputs_digest": hashlib.sha256(canonical.dumps(inputs)).hexdigest(),
        "policy": {"name": cases.policy.name, "version": cases.policy.version, "sha256": cases.policy.sha256},
        "slices": slice_outcomes(cases, tally),
        "counts": tally.counts,
        "rows_total": tally.counts["rows"],
        "log": log,
        "statement": PROMISE,
    }


def tool_versions() -> dict[str, str]:
    """What made the handoff, and whose metadata and rules a result depends on."""
    return {
        "name": "crm-tui",
        "version": crm_tui.__version__,
        "rules_version": RULES_VERSION,
        "views_version": str(VIEWS_VERSION),
        "phone_metadata": phone_metadata_version(),
    }


def views_version(statement: Mapping[str, Any]) -> int:
    """The ``VIEWS_VERSION`` that a statement claims; 0 for what can be none."""
    version = str(statement["tool"]["views_version"])
    return int(version) if re.fullmatch("[1-9][0-9]{0,3}", version) else 0


def _input(source: SourceRow) -> dict[str, Any]:
    return {
        "name": source.name,
        "role": source.role,
        "table": source.table_name,
        "load": source.load_seq,
        "sha256": source.sha256,
        "bytes": source.size,
        "rows": source.rows,
        "header_sha256": source.header_sha256,
        "encoding": source.encoding,
        "dialect": {"delimiter": source.delimiter, "line_end": source.line_end},
    }


def slice_outcomes(cases: Cases, tally: Tally) -> list[dict[str, str]]:
    """The first-slice map with its outcome: each row joined by id to the policy's slice and that trigger's counts.

    Slices of the policy that the map lacks follow; a map row without such a slice has blank outcomes.
    """
    of_policy = {one.id: one for one in cases.policy.slices}
    listed = [dict(row) for row in cases.slices()]
    known = {row.get("slice_id", "").strip() for row in listed}
    listed += [{"slice_id": one.id} for one in cases.policy.slices if one.id not in known]
    found = []
    for row in listed:
        kept = {name: mask_secrets(text) for name, text in row.items() if name in TABLES["first-slice-map"].by_name}
        one = of_policy.get(row.get("slice_id", "").strip())
        if one:
            numbers = tally.of_table(one.trigger)
            kept |= {"trigger": one.trigger, "match_policy": one.match_policy, "review_queue": one.review_queue}
            kept |= {name: str(numbers[name]) for name in ("rows", "ledger", "conflicts", "errors")}
        found.append(kept)
    return found
