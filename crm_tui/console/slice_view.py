"""The slice tab: what this review covers, by which policy, and what never happens."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from crm_tui.classify.policy import shipped_digest
from crm_tui.console.draw import Lines, clip, labelled, pad, shown
from crm_tui.console.privacy import Privacy
from crm_tui.console.theme import AGREES, NOTHING, Paint
from crm_tui.systems import TABLES, label
from crm_tui.text import counted, one_of
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.summary import sample_kinds

_LABEL = 15
_MEASURE = 118
_LINTS_SHOWN = 200
NEVER = (
    "Nothing is sent: no CRM is written to, no message, call or payment is made, no socket is opened.",
    "No contact is created by itself; a create is a staged row that a person approved.",
    "No source file is changed; every row is kept as it was read.",
)


def slice_lines(cases: Cases, privacy: Privacy, width: int, paint: Paint) -> Lines:
    """The lines of the tab."""
    wide = min(width, _MEASURE)
    blocks = (
        ("Sources", _sources(cases, privacy, wide, paint)),
        ("Useful sample", _sample(cases, wide, paint)),
        ("Policy", _policy(cases, privacy, wide, paint)),
        ("Contact map", _lints(cases, privacy, wide, paint)),
        ("Never happens", _plain(NEVER, wide, paint)),
    )
    lines: Lines = []
    for title, body in blocks:
        lines.extend([Text(""), _title(title, wide, paint), *body])
    return lines


def _title(title: str, width: int, paint: Paint) -> Text:
    rule = "─" * max(0, width - len(title) - 4)
    return Text.assemble(" ", (title, paint.strong), "  ", (rule, paint.faint))


def _plain(sentences: Iterable[str], width: int, paint: Paint) -> Lines:
    lines: Lines = []
    for sentence in sentences:
        lines.extend(labelled("", [shown(sentence, 600)], width, 1, (paint.muted, paint.text)))
    return lines


def _sources(cases: Cases, privacy: Privacy, width: int, paint: Paint) -> Lines:
    if not cases.sources:
        return _plain(["no file is loaded."], width, paint)
    name_width = max(23, min(34, width - 56))
    titles = f"  {pad('file', name_width)} {pad('system', 13)} {pad('kind', 11)}   rows  {pad('encoding', 8)} sha-256"
    lines = [Text(titles, paint.muted)]
    for source in cases.sources.values():
        table = TABLES[source.table_name]
        digest = source.sha256 if width >= 100 + name_width else source.sha256[:8] + "…"
        lines.append(
            Text.assemble(
                ("  " + pad(shown(privacy.file(source.name), 80), name_width) + " ", paint.text),
                (pad(label(table.system), 13) + " ", paint.system(table.system)),
                (pad(source.role, 11) + " ", paint.needs if source.base else paint.text),
                (f"{source.rows:>6,}  ", paint.strong),
                (pad(shown(source.encoding, 20), 8) + " ", paint.muted),
                (digest, paint.muted),
            )
        )
        if source.base:
            said = "older export: what was last agreed; its rows are not judged"
            lines.extend(labelled("", [Text(said, paint.muted)], width, 4, (paint.muted, paint.muted)))
        if source.names:
            left = sum(name.startswith("+") for name in source.names)
            used = privacy.file(source.map_name)
            said = f"read as {table.name} by the column map {used}; {counted(left, 'column')} left out"
            lines.extend(labelled("", [Text(shown(said, 300), paint.muted)], width, 4, (paint.muted, paint.muted)))
        for note in source.notes:
            lines.extend(
                labelled("", [Text(shown(privacy.text(note), 300), paint.needs)], width, 4, (paint.needs, paint.needs))
            )
    return lines


def _sample(cases: Cases, width: int, paint: Paint) -> Lines:
    """Which of the runbook's sample kinds the loaded rows have (seed 001, "Useful sample")."""
    lines: Lines = []
    for text, present in sample_kinds(cases):
        sign, style = (AGREES, paint.saved) if present else (NOTHING, paint.needs)
        body = Text(text if present else f"{text}: absent", paint.text if present else paint.needs)
        lines.extend(labelled(f" {sign}", [body], width, 3, (style, paint.text)))
    return lines


def _policy(cases: Cases, privacy: Privacy, width: int, paint: Paint) -> Lines:
    policy = cases.policy
    shipped = "the shipped policy, " if policy.sha256 == shipped_digest() else ""
    head = f"{shipped}{policy.name} {policy.version} · sha-256 {policy.sha256[:16]}… · region {policy.default_region}"
    lines = _plain([head], width, paint)
    known = {row.get("slice_id", "").strip(): row for row in cases.slices()}
    loaded = {source.table_name for source in cases.sources.values()}
    idle = {one.id: one.trigger for one in policy.slices if one.trigger not in loaded and one.id not in known}
    if idle:
        told = one_of([f"{name} (of {trigger})" for name, trigger in idle.items()], "and")
        lines.extend(_plain([f"slices of it whose kind of file is not loaded: {told}."], width, paint))
    for one in policy.slices:
        if one.id in idle:
            continue
        trigger = TABLES[one.trigger]
        lines.append(Text.assemble("  ", (shown(one.id, 60), paint.strong)))
        facts = [
            ("trigger", f"{trigger.noun} ({one.trigger})"),
            ("match policy", one.match_policy),
            ("review queue", one.review_queue),
        ]
        row = known.pop(one.id, None)
        boundary = row.get("boundary", "").strip() if row else "no row of the first-slice map has this id"
        lines.extend(_facts([*facts, ("boundary", privacy.text(boundary) or NOTHING)], width, paint))
    for name, row in known.items():
        title = (shown(privacy.text(name), 60), paint.strong)
        lines.append(Text.assemble("  ", title, ("  in the map, in no slice of the policy", paint.muted)))
        facts = [("source", row.get("source_pattern", "")), ("boundary", row.get("boundary", ""))]
        lines.extend(_facts([(what, privacy.text(text.strip()) or NOTHING) for what, text in facts], width, paint))
    return lines


def _facts(facts: Iterable[tuple[str, str]], width: int, paint: Paint) -> Lines:
    lines: Lines = []
    for what, text in facts:
        lines.extend(labelled(f"   {what}", [shown(text, 500)], width, _LABEL + 2, (paint.muted, paint.text)))
    return lines


def _lints(cases: Cases, privacy: Privacy, width: int, paint: Paint) -> Lines:
    contacts = cases.contacts
    if not contacts.present:
        return _plain(["no contact map is loaded: every row is held."], width, paint)
    found = [(contact.label or f"line {contact.line}", lint) for contact in contacts.linted() for lint in contact.lints]
    found += [("", lint) for lint in contacts.unreadable]
    lines = _plain([f"{counted(len(contacts), 'contact')}, {counted(len(found), 'finding')}."], width, paint)
    for name, lint in sorted(found, key=lambda pair: not pair[1].holds)[:_LINTS_SHOWN]:
        text = Text(shown(privacy.text(lint.text), 300), paint.text if lint.holds else paint.muted)
        text.append("  holds its rows" if lint.holds else "", paint.needs)
        lines.extend(
            labelled(f"  {clip(shown(privacy.name(name), 60), 22)}", [text], width, 25, (paint.muted, paint.text))
        )
    if len(found) > _LINTS_SHOWN:
        lines.extend(_plain([f"and {len(found) - _LINTS_SHOWN:,} more."], width, paint))
    return lines
