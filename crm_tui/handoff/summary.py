"""The written handoff: ``SUMMARY.md`` for people, and ``README.txt`` that says how to check the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from crm_tui.handoff.rows import Row
from crm_tui.systems import label
from crm_tui.text import counted, safe_text

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")

BOUNDARY = (
    "No CRM write was executed; every row here says what somebody else may write.",
    "No contact was created, no record deleted or merged.",
    "No phone call, text message, e-mail or payment was triggered.",
    "Nothing is promised about the availability of Close, GHL, Copper or any other system's API.",
)


def plain(text: str, limit: int = 300) -> str:
    """Untrusted text inside Markdown: hidden characters visible, markup escaped."""
    return _MARKDOWN.sub(r"\\\1", safe_text(text, limit))


def render_summary(statement: Mapping[str, Any], rows: Sequence[Row]) -> bytes:
    """``SUMMARY.md``: scope, counts, decisions, overrides, what is outstanding, next steps, boundary."""
    parts = [
        *_head(statement),
        *_counts(statement),
        *_decided(rows),
        *_overrides(rows),
        *_outstanding(rows),
        *_missing(rows),
        *_next_steps(rows),
        *_inputs(statement),
        "## What was not done",
        "",
        *(f"- {line}" for line in BOUNDARY),
        "",
    ]
    return "\n".join(parts).encode()


def _head(statement: Mapping[str, Any]) -> list[str]:
    reviewer = statement["reviewer"]
    complete = "It is complete: every row that needs a person has been decided."
    partial = f"**It is partial: {counted(statement['counts']['outstanding'], 'row')} still wait for a person.**"
    return [
        f"# Handoff {statement['seq']} of {plain(statement['workspace_name'])}",
        "",
        f"Reviewed by {plain(reviewer['name'])} ({plain(reviewer['principal'])});"
        f" claimed time {statement['created_at']}.",
        complete if statement["complete"] else partial,
        *_terms(statement),
        "",
    ]


def _terms(statement: Mapping[str, Any]) -> list[str]:
    withdrawn = statement["withdraws"]
    lines = []
    if withdrawn:
        lines.append(
            f"**It withdraws handoff {withdrawn['seq']} (`{withdrawn['id']}`): {plain(withdrawn['reason'])}."
            " Import nothing from either.**"
        )
    if statement["audience"]:
        lines.append(f"It is meant for {plain(statement['audience'])}.")
    if statement["expires_at"]:
        lines.append(f"No program may import it after {statement['expires_at']}.")
    return [part for line in lines for part in ("", line)]


def _counts(statement: Mapping[str, Any]) -> list[str]:
    counts = statement["counts"]
    return [
        "## Counts",
        "",
        "| rows | ledger | conflicts | errors | ready | rejected | outstanding |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        "| {rows} | {ledger} | {conflicts} | {errors} | {ready} | {rejected} | {outstanding} |".format(**counts),
        "",
    ]


def _named(row: Row) -> str:
    place = f"{row['source']['file']} line {row['source']['line']}"
    return f"{plain(row['event_id']) or 'row without id'} ({plain(row['noun'])}, {plain(place)})"


def _in_order(rows: Sequence[Row], status: str) -> list[Row]:
    found = (row for row in rows if row["status"] == status)
    return sorted(found, key=lambda row: (row["source"]["file"], row["source"]["line"], row["row_id"]))


def _missing(rows: Sequence[Row]) -> list[str]:
    gone = [row for row in _in_order(rows, "ready") if not row["in_latest_load"]]
    if not gone:
        return []
    lines = [f"- {_named(row)}: approved, but the latest files of its kind do not have it any more" for row in gone]
    return ["## Ready, but no longer in the latest files", "", *lines, ""]


def _decided(rows: Sequence[Row]) -> list[str]:
    ready = _in_order(rows, "ready")
    by_rule = Counter(row["rule"] for row in rows if row["status"] in ("ready", "rejected"))
    lines = ["## Decided", ""]
    if not by_rule:
        return [*lines, "Nothing has been decided yet.", ""]
    lines += [f"- {rule}: {counted(number, 'row')}" for rule, number in sorted(by_rule.items())]
    lines += ["", "| row | decision | by | at |", "|---|---|---|---|"]
    lines += [
        f"| {_named(row)} | {row['operation']} {plain(row['target_id'])} | {plain(row['decision']['by'])} |"
        f" {row['decision']['at']} |"
        for row in ready
    ]
    rejected = _in_order(rows, "rejected")
    lines += [
        f"| {_named(row)} | rejected: {plain(row['decision']['reason'])} | {plain(row['decision']['by'])} |"
        f" {row['decision']['at']} |"
        for row in rejected
    ]
    return [*lines, ""]


def _overrides(rows: Sequence[Row]) -> list[str]:
    overrides = [row for row in rows if row["decision"] and row["decision"]["override"] and row["status"] == "ready"]
    if not overrides:
        return []
    lines = [f"- {_named(row)}: {plain(row['decision']['reason'])}" for row in overrides]
    return ["## Protected fields overridden", "", *lines, ""]


def _outstanding(rows: Sequence[Row]) -> list[str]:
    waiting = _in_order(rows, "outstanding")
    if not waiting:
        return []
    lines = [f"- {_named(row)}: {plain(row['issue'])}; {row['state']}" for row in waiting]
    return ["## Outstanding", "", *lines, ""]


def _next_steps(rows: Sequence[Row]) -> list[str]:
    writes = [row for row in rows if row["status"] == "ready" and row["operation"] != "no-write"]
    by_system = Counter((label(row["target"]), row["operation"], row["object"]) for row in writes)
    lines = [
        f"- {system}: {counted(number, 'row')} to {operation} ({thing}). Take only rows with status `ready`,"
        " exact values from `rows.jsonl`, and only where the values of `before` still hold."
        for (system, operation, thing), number in sorted(by_system.items())
    ]
    return ["## Next steps for the importer", "", *(lines or ["- Nothing to write."]), ""]


def _inputs(statement: Mapping[str, Any]) -> list[str]:
    lines = [
        f"- {plain(item['name'])}: {counted(item['rows'], 'row')}, SHA-256 `{item['sha256']}`"
        for item in statement["inputs"]
    ]
    policy = statement["policy"]
    return [
        "## Inputs",
        "",
        *lines,
        f"- policy {plain(policy['name'])} {plain(policy['version'])}: SHA-256 `{policy['sha256']}`",
        "",
    ]


README = b"""HOW TO CHECK THIS HANDOFF

Get these steps from the sender by another way (engagement letter, web page): a README inside an unchecked file is
only what its maker wrote.  You need OpenSSH, unzip and sha256sum, and a file "allowed_signers" with the line of the
person you trust, whose fingerprint you have compared by voice.

  unzip -qq -o H.handoff.zip -d out
  ssh-keygen -Y verify -f allowed_signers -I NAME@HOST -n crm-tui-handoff-v1 -s out/SHA256SUMS.sig < out/SHA256SUMS
  (cd out && sha256sum --strict -c SHA256SUMS)
  diff <(unzip -Z1 H.handoff.zip | grep -v ^countersign/ | sort) \\
       <({ cut -c67- out/SHA256SUMS; echo SHA256SUMS; echo SHA256SUMS.sig; } | sort)

All four must succeed; the last one must print nothing.  Before an automatic import use: crm-tui verify H.handoff.zip

rows.jsonl holds the exact values.  The CSV files are views for people; do not import them and do not save them back.
No CRM write was executed.
"""
