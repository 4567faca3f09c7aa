"""The written handoff: ``SUMMARY.md`` for people, and ``README.txt`` that says how to check the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from crm_tui.handoff import outline
from crm_tui.handoff.merge_plan import losers, plan_name
from crm_tui.handoff.outline import Outline
from crm_tui.handoff.repaired import repair_words
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.rows import READY, REJECTED
from crm_tui.handoff.staged import shortfalls_of
from crm_tui.handoff.view_words import boundary
from crm_tui.systems import label
from crm_tui.text import counted, one_of, safe_text

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def plain(text: str, limit: int = 300) -> str:
    """Untrusted text inside Markdown: hidden characters visible, markup escaped."""
    drawn = safe_text(text, limit)
    # Most text holds no markup, and to look for some costs a tenth of replacing none.
    return _MARKDOWN.sub(r"\\\1", drawn) if _MARKDOWN.search(drawn) else drawn


def render_summary(
    statement: Mapping[str, Any], found: Outline, decided: Sequence[str], short: Sequence[Row], alike: Outline
) -> Iterator[bytes]:
    """``SUMMARY.md`` line by line: scope, boundary, counts, decisions by rule, overrides, what is outstanding, next
    steps.

    ``decided`` holds the ``decided_line`` of each row; ``short`` are the ready rows of which the destination does not
    take everything, or of which something is filled in; ``alike`` are the groups of duplicates.
    """
    return (f"{line}\n".encode() for line in _lines(statement, found, decided, short, alike))


def _lines(
    statement: Mapping[str, Any], found: Outline, decided: Sequence[str], short: Sequence[Row], alike: Outline
) -> Iterator[str]:
    yield from _head(statement)
    yield from _scope(statement)
    yield from ("## Boundary: what was not done", "", *(f"- {line}" for line in boundary(statement, found.version)), "")
    yield from _counts(statement)
    yield from _by_rule(found)
    yield from _decided(found, decided)
    yield from _listed("Protected fields overridden", found.overridden, outline.reasons)
    yield from _listed("Contacts chosen by the reviewer, not among the candidates", found.outside, outline.reasons)
    yield from _listed("Values edited by the reviewer: neither source", found.edited, _edited)
    yield from _listed("Cells typed over by the reviewer: not what the file says", found.repaired, repair_words)
    yield from _listed("Questions for the client", found.asked, lambda row: row["decision"]["question"])
    yield from _listed("Outstanding", found.in_order("outstanding"), partial(_open, version=found.version))
    yield from _duplicates(alike)
    yield from _listed("Error rows", found.in_order("error"), lambda row: row["issue"])
    yield from _listed("Ready, but no longer in the latest files", found.gone, _gone)
    yield from _listed("Lost on the way, or filled in", short, partial(shortfalls_of, version=found.version))
    yield from _next_steps(found, alike)
    yield from _inputs(statement)


def _edited(row: Row) -> str:
    return ", ".join(outline.edited_fields(row))


def _gone(row: Row) -> str:
    return f"{row['state']}, but the latest files of its kind do not have it any more"


def _head(statement: Mapping[str, Any]) -> list[str]:
    reviewer = statement["reviewer"]
    finished = outline.finished(statement)
    return [
        f"# Handoff {statement['seq']} of {plain(statement['workspace_name'])}",
        "",
        f"Reviewed by {plain(reviewer['name'])} ({plain(reviewer['principal'])});"
        f" claimed time {statement['created_at']}.",
        finished if statement["complete"] else f"**{finished}**",
        *_terms(statement),
        "",
    ]


def _terms(statement: Mapping[str, Any]) -> list[str]:
    withdrawn = statement["withdraws"]
    lines = [
        f"It merges handoff {parent['seq']} by {plain(parent['principal'])} (`{parent['id']}`)."
        for parent in statement["parents"]
    ]
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


def _scope(statement: Mapping[str, Any]) -> list[str]:
    """What the review covers: the files, the policy, the slices."""
    policy = statement["policy"]
    lines = [
        f"- {plain(item['name'])}: {counted(item['rows'], 'row')} ({item['role']})" for item in statement["inputs"]
    ]
    slices = [one for one in statement["slices"] if "trigger" in one]
    lines += [
        f"- slice {plain(one['slice_id'])}: trigger {plain(one['trigger'])}, match policy {plain(one['match_policy'])},"
        f" review queue {plain(one['review_queue'])}; {one['rows']} rows"
        for one in slices
    ]
    lines.append(f"- rules: policy {plain(policy['name'])}, version {plain(policy['version'])}")
    return ["## Scope", "", *lines, ""]


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


def _by_rule(found: Outline) -> list[str]:
    lines = [
        f"| {plain(one.rule)} | {plain(one.words)} | {one.ready} | {one.rejected} | {one.outstanding} | {one.error} |"
        for one in found.by_rule()
    ]
    head = ["| rule | in words | ready | rejected | outstanding | error |", "|---|---|---:|---:|---:|---:|"]
    return ["## Decisions by rule", "", *head, *lines, ""]


def _named(row: Row) -> str:
    return f"{plain(row['event_id']) or 'row without id'} ({plain(row['noun'])}, {plain(outline.place(row))})"


def _decided(found: Outline, decided: Sequence[str]) -> Iterator[str]:
    numbers = [*found.in_order(READY).numbers, *found.in_order(REJECTED).numbers]
    if not numbers:
        yield from ("## Decided", "", "Nothing is decided.", "")
        return
    yield from ("## Decided", "", "| row | decision | by | at |", "|---|---|---|---|")
    yield from map(decided.__getitem__, numbers)
    yield ""


def decided_line(row: Row) -> str:
    """What was decided on a row, as a line of a table; ``""`` for one that is neither ready nor rejected."""
    if row["status"] == READY:
        words = f"{row['operation']} {plain(row['target_id'])}".strip()
    elif row["status"] == REJECTED:
        words = f"rejected: {plain(row['decision']['reason'])}"
    else:
        return ""
    return f"| {_named(row)} | {words} | {plain(row['decision']['by'])} | {row['decision']['at']} |"


def _open(row: Row, version: int) -> str:
    said = outline.disputes(row, version)
    return f"{row['issue']}; {'reviewers disagree: ' + '; '.join(said) if said else row['state']}"


def _listed(title: str, rows: Sequence[Row], words: Callable[[Row], str]) -> Iterator[str]:
    if rows:
        yield from (f"## {title}", "")
        for row in rows:
            yield f"- {_named(row)}: {plain(words(row))}"
        yield ""


def _duplicates(alike: Outline) -> list[str]:
    """What was decided on records that may be the same."""
    if not alike.rows:
        return []
    told = [
        f"- {_named(row)}: keep {plain(row['target_id'])}, merge {plain(one_of(losers(row), 'and'))} into it;"
        f" {plain(row['decision']['by'])}, {row['decision']['at']}"
        for row in alike.in_order(READY)
    ]
    told += [
        f"- {_named(row)}: not the same ({plain(row['decision']['reason'])}); {plain(row['decision']['by'])},"
        f" {row['decision']['at']}"
        for row in alike.in_order("rejected")
    ]
    left = [row for row in alike.in_order("outstanding") if row["in_latest_load"]]
    told += [f"- {_named(row)}: asked: {plain(row['decision']['question'])}" for row in alike.asked]
    if left:
        told.append(f"- {counted(len(left), 'group')} of records that may be the same: not decided")
    return ["## Duplicates", "", *told, ""]


def _next_steps(found: Outline, alike: Outline) -> list[str]:
    lines: list[str] = []
    for system, group in groupby(found.writes(), key=lambda write: write.system):
        lines += [f"### {system}", ""]
        lines += [f"- {counted(write.rows, 'row')} to {write.operation} ({write.object})" for write in group]
        lines += [
            "- Import what is in `staged/` (`staged/index.jsonl` says which row is where), or take the exact values of"
            " rows with status `ready` from `rows.jsonl`; each once (`idempotency_key`), and only where the values of"
            " `before` still hold. `staged/inverse-…` takes it back.",
            "",
        ]
    if lines:
        lines += [f"- {outline.WHEN_REFUSED}", ""]
    for system in dict.fromkeys(row["target"] for row in alike.in_order(READY)):
        lines += [
            f"- Duplicates: a person merges them in {label(system)} itself, by `{plan_name(system)}`; a merge cannot be"
            " undone, so look at each record again before.",
            "",
        ]
    return ["## Next steps for the importer", "", *(lines or ["- Nothing to write.", ""])]


def _inputs(statement: Mapping[str, Any]) -> list[str]:
    policy = statement["policy"]
    return [
        "## Inputs",
        "",
        *(f"- {plain(item['name'])}: SHA-256 `{item['sha256']}`" for item in statement["inputs"]),
        f"- policy {plain(policy['name'])} {plain(policy['version'])}: SHA-256 `{policy['sha256']}`",
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

rows.jsonl holds the exact values.  The CSV files beside it are views for people; do not import them.

staged/ holds what each system takes: import files with exactly its headers, lists of requests where it takes no file,
the same the other way round (inverse-...), and index.jsonl, which says for every row where it is, how it is taken back
and what the system does not take.  Never open an import file in a spreadsheet and save it: ids and phones would break.
No CRM write was executed.
"""
