"""Is the log whole, the one that was signed, and of this statement?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from crm_tui import canonical
from crm_tui.errors import HandoffRefused
from crm_tui.handoff.log_file import Log, mark
from crm_tui.handoff.statement import PROMISE
from crm_tui.workspace.journal import JUDGING, genesis
from crm_tui.workspace.replay import Entry


def check_log(statement: Mapping[str, Any], log: Log) -> tuple[list[Entry], list[bytes]]:
    """Recompute the chain from its genesis, entry by entry; give the hash of each, and each without its marks.

    The marks of the texts are most of an entry and are read again where one is looked at (``Log.entry``).
    """
    prev = genesis(statement["workspace_id"])
    signed = statement["log"]
    if signed["genesis"] != prev.hex():
        raise HandoffRefused("log.genesis", "the log is not one of this workspace.")
    entries: list[Entry] = []
    heads: list[bytes] = []
    for entry, head in log.links(prev):
        heads.append(head)
        entries.append(Entry(entry.seq, {name: said for name, said in entry.body.items() if name != "texts"}, {}))
    if (len(entries), (heads or [prev])[-1].hex()) != (signed["entries"], signed["head"]):
        raise HandoffRefused("log.head", "the log is not the one that was signed: its end differs.")
    last = log.entry(len(entries)).body if entries else {}
    if last.get("kind") != "handoff" or last.get("handoff") != statement["seq"]:
        raise HandoffRefused("log.head", "the log does not end with this handoff.")
    _check_origin(statement, last)
    _check_terms(statement, entries)
    return entries, heads


def _check_origin(statement: Mapping[str, Any], last: Mapping[str, Any]) -> None:
    """Time, key and predecessor of the handoff are those of its log entry."""
    previous = statement["previous"]
    before = (previous["seq"], previous["id"]) if previous else (statement["seq"] - 1, "")
    if before != (statement["seq"] - 1, last["previous"]) or bool(previous) is not bool(last["previous"]):
        raise HandoffRefused("log.statement", "the handoff before this one is not the one that the log names.")
    reviewer = statement["reviewer"]
    reason = statement["withdraws"]["reason"] if statement["withdraws"] else ""
    named = {
        "by": reviewer["name"],
        "principal": reviewer["principal"],
        "audience": statement["audience"],
        "reason": reason,
    }
    if (
        statement["created_at"] != last["at"]
        or reviewer["key"] != last["key"]
        or any(mark(reviewer["salts"], name, text) != last["texts"].get(name) for name, text in named.items())
    ):
        raise HandoffRefused("log.statement", "time, name or key of the handoff are not those in the log.")
    if statement["statement"] != PROMISE:
        raise HandoffRefused("schema", "the handoff does not promise that no CRM write was executed.")


def _check_terms(statement: Mapping[str, Any], entries: Sequence[Entry]) -> None:
    """Expiry and withdrawal are those of the last log entry, and what is withdrawn is an earlier handoff of the log."""
    last = entries[-1].body
    withdrawn = statement["withdraws"] or {"seq": 0, "id": "", "reason": ""}
    if statement["expires_at"] != last["expires"] or withdrawn["id"] != last["withdraws"]:
        raise HandoffRefused("log.statement", "expiry or withdrawal are not those in the log.")
    handoffs = [entry.body for entry in entries if entry.kind == "handoff"]
    given_out = {(later["handoff"] - 1, later["previous"]) for later in handoffs if later["previous"]}
    if withdrawn["id"] and (withdrawn["seq"], withdrawn["id"]) not in given_out:
        raise HandoffRefused("log.statement", "what it withdraws is no earlier handoff of this review.")
    merged: list[Any] = next((entry.body["parents"] for entry in entries if entry.kind == "merge"), [])
    if statement["parents"] != merged:
        raise HandoffRefused("log.statement", "the handoffs that it merges are not those in the log.")


def check_inputs(statement: Mapping[str, Any], verdicts: str, entries: Sequence[Entry]) -> None:
    """Inputs, policy and counts are those of the loads in the log."""
    if hashlib.sha256(canonical.dumps(statement["inputs"])).hexdigest() != statement["inputs_digest"]:
        raise HandoffRefused("inputs.log", "the digest of the inputs is not that of their list.")
    imports = [entry.body for entry in entries if entry.kind == "import"]
    logged = sorted([body["load"], *one] for body in imports for one in body["inputs"])
    if logged != sorted([item["load"], item["sha256"], item["table"]] for item in statement["inputs"]):
        raise HandoffRefused("inputs.log", "the inputs are not those that the log says were loaded.")
    judged = [entry.body for entry in entries if entry.kind in JUDGING]
    counts = statement["counts"]
    shown = {"ledger": counts["ledger"], "conflict": counts["conflicts"], "error": counts["errors"]}
    if shown != (judged[-1]["counts"] if judged else dict.fromkeys(shown, 0)):
        raise HandoffRefused("rows.counts", "the rows are not as many as the log says were loaded.")
    if judged and judged[-1]["verdicts"] != verdicts:
        raise HandoffRefused("rows.verdict", "the rows are not in the queues that the log says they were judged into.")
    if judged and judged[-1]["policy"] != statement["policy"]["sha256"]:
        raise HandoffRefused("policy.mismatch", "the policy is not the one that the log says was used.")
