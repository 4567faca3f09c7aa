"""``report.html``: the handoff for people who will not open a terminal, on one page that needs nothing else.

A pure function of the statement and the rows, so that a verifier draws it again and compares every byte.  No script,
no external reference; a policy in the page forbids the browser both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from crm_tui.classify.times import shown_time
from crm_tui.handoff import outline
from crm_tui.handoff.html import Html, Part, data, joined, tag
from crm_tui.handoff.outline import NO_ROWS, Outline
from crm_tui.handoff.report_cards import card, listed, plain_table
from crm_tui.handoff.report_style import POLICY, STYLE
from crm_tui.handoff.row_file import Row, Some
from crm_tui.handoff.rows import ERROR, OUTSTANDING, READY, REJECTED
from crm_tui.handoff.view_words import boundary
from crm_tui.text import counted, safe_text

Statement = Mapping[str, Any]

REPORT_START = b"<!doctype html>\n"
CARDS = 500
"""Rows of one section shown with their evidence; further ones are in the CSV views and in ``rows.jsonl``."""
LINES = 5_000
"""Rows of one section listed in a table."""

_WORDS = {READY: "ready", REJECTED: "rejected", OUTSTANDING: "outstanding", ERROR: "errors"}


def render_report(statement: Statement, found: Outline, alike: Outline = NO_ROWS, *, masked: bool = False) -> bytes:
    """The page.  ``masked`` says on it that persons were made unrecognisable (``masking.masked``)."""
    title = f"Handoff {statement['seq']} of {statement['workspace_name']}"
    sections = [section for section in _sections(statement, found, alike) if section]
    contents = [tag("li", tag("a", name, href=f"#{key}"), f" {note}".rstrip()) for key, name, note, _ in sections]
    body = [
        tag("a", "Skip to the content", class_="skip", href="#content"),
        tag(
            "div",
            *_head(statement, title, masked=masked),
            tag("nav", tag("ul", *contents, class_="contents"), aria_label="Contents"),
            tag("main", *(_section(*section) for section in sections), id="content"),
            _foot(statement),
            class_="page",
        ),
    ]
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", safe_text(title, 200)),
        tag("style", Html(STYLE)),
    ]
    page = tag("html", tag("head", *head), "\n", tag("body", *body), lang="en")
    return REPORT_START + f"{page}\n".encode()


Section = tuple[str, str, str, list[Part]]
"""(anchor, title, note beside it in the contents, what stands in it)."""


def _section(key: str, title: str, note: str, parts: Sequence[Part]) -> Html:
    own_page = "own-page" if key == "overrides" else ""
    heading = tag("h2", title, " ", tag("span", note, class_="quiet small"), id=f"{key}-title")
    return tag("section", heading, *parts, id=key, class_=own_page, aria_labelledby=f"{key}-title")


def _sections(statement: Statement, found: Outline, alike: Outline) -> list[Section | None]:
    # Each row stands in one section only.
    apart = {*found.overridden.numbers, *found.asked.numbers}

    def standing(queue: str, *statuses: str) -> Some:
        return Some(found.rows, [one for status in statuses for one in found.in_order(status, queue, apart).numbers])

    cards = partial(_cards, version=found.version)
    return [
        cards("overrides", "Protected fields overridden", found.overridden, _OVERRIDES),
        cards("conflicts", "Conflicts that were decided", standing("conflict", READY, REJECTED), _CONFLICTS),
        cards("questions", "Questions for the client", found.asked, _QUESTIONS),
        cards("outstanding", "Conflicts that are outstanding", standing("conflict", OUTSTANDING), _OUTSTANDING),
        cards("duplicates", "Records that may be the same", _alike(alike), _DUPLICATES),
        _table("ledger-open", "Ready rows that nobody has approved yet", standing("ledger", OUTSTANDING)),
        _table("ledger", "Rows on which every key agreed", standing("ledger", READY)),
        _table("ledger-rejected", "Ready rows that were rejected", standing("ledger", REJECTED)),
        _repaired(found.repaired),
        _table("gone", "Approved, but no longer in the latest files", found.gone),
        _table("errors", "Rows that could not be judged", found.in_order(ERROR)),
        ("next", "Next steps for the importer", "", _next_steps(found)),
        ("scope", "What this review covers", "", _scope(statement)),
        ("boundary", "What was not done", "", _boundary(statement, found.version)),
        ("check", "How to check this file", "", _how_to_check(statement)),
    ]


def _boundary(statement: Statement, version: int) -> list[Part]:
    return [tag("ul", *(tag("li", line) for line in boundary(statement, version)))]


def _alike(alike: Outline) -> Some:
    """What was decided first, then what is open; a group that another one has taken in is not shown."""
    open_ones = [one for one in alike.in_order(OUTSTANDING).numbers if alike.rows[one]["in_latest_load"]]
    return Some(alike.rows, [*alike.in_order(READY).numbers, *alike.in_order(REJECTED).numbers, *open_ones])


_DUPLICATES = (
    "Merging is a plan (staged/…-merge-plan.csv) for a person, who does it in the system itself; it cannot be undone."
)
_CONFLICTS = "Each row was held because its keys or values disagreed. A person chose; the column chosen is tinted."
_OVERRIDES = (
    "The policy protects these fields. Each of these rows changes one all the same, with a reason that was typed."
)
_QUESTIONS = "These wait for an answer. Until then nothing is to be written for them."
_OUTSTANDING = "Nobody has decided these yet. Nothing is to be written for them."


def _cards(key: str, title: str, rows: Sequence[Row], words: str, version: int) -> Section | None:
    if not rows:
        return None
    parts: list[Part] = [tag("p", words, class_="quiet")] if words else []
    parts += [card(row, key, version) for row in rows[:CARDS]]
    return (key, title, f"({len(rows):,})", [*parts, *_more(rows, CARDS)])


def _table(key: str, title: str, rows: Sequence[Row]) -> Section | None:
    if not rows:
        return None
    return (key, title, f"({len(rows):,})", [listed(rows[:LINES], title), *_more(rows, LINES)])


def _repaired(rows: Sequence[Row]) -> Section | None:
    """What a reviewer typed over cells of the files; the rows themselves stand in the section of their queue."""
    if not rows:
        return None
    title = "Cells typed over by the reviewer"
    lines = [
        (row["event_id"] or "row without id", one["label"], one["was"], one["value"], one["by"], one["reason"])
        for row in rows[:LINES]
        for one in row["repairs"]
    ]
    head = ("row", "cell", "the file says", "what counts", "by", "reason")
    return ("repaired", title, f"({len(rows):,})", [plain_table(title, head, lines), *_more(rows, LINES)])


def _more(rows: Sequence[Row], shown: int) -> list[Part]:
    if len(rows) <= shown:
        return []
    text = f"{shown:,} of {len(rows):,} are shown here; all of them are in the CSV files and in rows.jsonl."
    return [tag("p", text, class_="more")]


def _head(statement: Statement, title: str, *, masked: bool) -> list[Html]:
    reviewer, withdrawn = statement["reviewer"], statement["withdraws"]
    kind = "" if statement["complete"] else "warn"
    lines = [outline.finished(statement)]
    if withdrawn:
        kind = "bad"
        lines.insert(0, f"It withdraws handoff {withdrawn['seq']}. Import nothing from either.")
    facts: list[tuple[str, Part]] = [
        ("Reviewed by", joined([data(reviewer["name"]), " · ", data(reviewer["principal"])])),
        ("Signed with the key", tag("code", data(reviewer["key"]))),
        ("Claimed time", data(shown_time(statement["created_at"]))),
        ("Meant for", data(statement["audience"])),
        ("No import by a program after", data(shown_time(statement["expires_at"]))),
        ("Merged from", joined([data(f"{one['seq']} by {one['principal']}") for one in statement["parents"]], ", ")),
        ("Withdrawn because", data(withdrawn["reason"]) if withdrawn else ""),
    ]
    listed_facts = [tag("dt", name) + tag("dd", value) for name, value in facts if value]
    masked_note = tag(
        "div",
        tag("p", "Masked edition: e-mails, phones and free text are replaced, the same one always by the same sign."),
        class_="banner warn",
    )
    return [
        tag(
            "header",
            tag("h1", data(title, 200)),
            tag("p", "No CRM write was executed. Every row says what somebody else may write.", class_="quiet"),
            tag("div", *(tag("p", line) for line in lines), class_=f"banner {kind}".strip()),
            *([masked_note] if masked else []),
            tag("dl", *map(Html, listed_facts), class_="facts"),
        ),
        _tiles(statement["counts"]),
    ]


def _tiles(counts: Mapping[str, int]) -> Html:
    parts = [(status, _WORDS[status], counts[_WORDS[status]]) for status in (READY, REJECTED, OUTSTANDING, ERROR)]
    tiles = [tag("li", tag("strong", f"{number:,}"), words) for words, number in [("rows", counts["rows"])]]
    tiles += [tag("li", tag("strong", f"{number:,}"), words) for _, words, number in parts]
    bars, left = [], 0
    total = max(counts["rows"], 1)
    for status, _, number in parts:
        # Whole thousandths, so that the page is the same on any machine.
        width = number * 1000 // total
        bars.append(tag("rect", x=str(left), y="0", width=str(width), height="10", class_=status))
        left += width
    said = ", ".join(f"{number:,} {words}" for _, words, number in parts)
    bar = tag(
        "svg", *bars, viewBox="0 0 1000 10", preserveAspectRatio="none", class_="bar", role="img", aria_label=said
    )
    keys = [tag("li", _swatch(status), words) for status, words, _ in parts]
    return tag("div", tag("ul", *tiles, class_="tiles"), bar, tag("ul", *keys, class_="key small quiet"))


def _swatch(status: str) -> Html:
    square = tag("rect", width="10", height="10", class_=status)
    return tag("svg", square, viewBox="0 0 10 10", class_="bar", aria_hidden="true")


def _next_steps(found: Outline) -> list[Part]:
    writes = found.writes()
    if not writes:
        return [tag("p", "Nothing is to be written.")]
    lines = [(write.system, write.operation, write.object, f"{write.rows:,}") for write in writes]
    rules = [
        "Take only rows with status ready, each once: its idempotency key says which.",
        "Take the exact values from rows.jsonl. The CSV files and this page are for reading.",
        "Write only where the value from before still holds; else ask.",
        outline.WHEN_REFUSED,
    ]
    return [
        plain_table("What each system is to be given", ("system", "do", "what", "rows"), lines),
        tag("ul", *(tag("li", rule) for rule in rules)),
    ]


def _scope(statement: Statement) -> list[Part]:
    policy = statement["policy"]
    files = [(item["name"], item["role"], f"{item['rows']:,}", item["sha256"]) for item in statement["inputs"]]
    slices = [
        (one["slice_id"], one["trigger"], one["match_policy"], one["review_queue"], one["rows"])
        for one in statement["slices"]
        if "trigger" in one
    ]
    parts: list[Part] = [plain_table("Files", ("file", "role", "rows", "SHA-256"), files)]
    if slices:
        head = ("slice", "trigger", "match policy", "review queue", "rows")
        parts.append(plain_table("Slices", head, slices))
    rules = joined(["Rules: policy ", data(policy["name"]), ", version ", data(policy["version"]), ", SHA-256 ",
                    tag("code", data(policy["sha256"]))])  # fmt: skip
    return [*parts, tag("p", rules)]


def _how_to_check(statement: Statement) -> list[Part]:
    warning = (
        "A page says nothing about itself: whoever can change it can change this text too. Get these steps from the"
        " sender by another way, and compare the key's fingerprint by voice."
    )
    who = statement["reviewer"]["principal"]
    steps = (
        "crm-tui verify H.handoff.zip\n\n"
        "# or with what Linux and macOS have (macOS: shasum -a 256 -c SHA256SUMS)\n"
        "unzip -qq -o H.handoff.zip -d out\n"
        f"ssh-keygen -Y verify -f allowed_signers -I {safe_text(who)} -n crm-tui-handoff-v1 \\\n"
        "    -s out/SHA256SUMS.sig < out/SHA256SUMS\n"
        "(cd out && sha256sum --strict -c SHA256SUMS)"
    )
    return [
        tag("p", warning),
        tag("pre", steps, tabindex="0", role="region", aria_label="Commands"),
        tag(
            "p",
            counted(statement["log"]["entries"], "entry", "entries"),
            " of the decision log belong to this handoff; the last one's hash is ",
            tag("code", statement["log"]["head"]),
            ".",
        ),
    ]


def _foot(statement: Statement) -> Html:
    tool = statement["tool"]
    text = (
        f"Made by {tool['name']} {tool['version']}, handoff {statement['seq']} of review {statement['workspace_id']}."
    )
    return tag("footer", tag("p", data(text)))
