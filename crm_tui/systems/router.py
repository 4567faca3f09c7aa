"""Which table a payload is of: the declaration with the most conditions that it meets (``Payload.when``).

Pure functions over parsed payloads; ``intake`` finds the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from crm_tui.systems import TABLES, carrier, header_name, recognise, staged_for
from crm_tui.systems.declare import Table
from crm_tui.systems.paths import Every, Member, Path, Step, Value, compiled, reached, text_of
from crm_tui.systems.unknown import PAYLOADS

CARRIED = "its names are the table's fields as Zapier flattens them"
STAGED = "it has the exact columns of a file that updates such records, and the form of their ids"
_BODIES = (("headers", "body"), ("headers", "content"), ("zap_id", "data_out"))
"""Beside what a captured request keeps its body (n8n, RequestBin, webhook.site), and a run of a Zap its output."""
_N8N_ITEM = frozenset(("json", "binary", "pairedItem"))
_LISTS = (
    "requests",
    "operations",
    "events",
    "items",
    "records",
    "results",
    "contacts",
    "data",
    "entry",
    "entries",
    "messages",
)
"""Where an envelope keeps a list of payloads that tell by themselves what they are."""


class Routed(NamedTuple):
    """What a payload is."""

    table: Table
    inside: tuple[Step, ...] = ()
    """Where the payloads lie in one that only wraps them; ``table`` then says nothing."""
    text: bool = False
    """Whether what lies there is JSON within a JSON text."""
    carried: bool = False
    """Whether its members are the table's fields as a carrier flattens them (``systems/carrier.py``)."""


class Check(NamedTuple):
    """One condition of a declaration."""

    path: str
    words: frozenset[str]
    where: Path
    first: frozenset[str]
    """The members of the payload of which at least one must be there."""

    def met(self, payload: Value) -> bool:
        """Whether the payload has the path, with one of the words there if there are any."""
        found = self.where.texts(payload, payload)
        if found is None:
            return False
        return not self.words or any(text.lower() in self.words for text in found)

    @property
    def said(self) -> str:
        """``type is contactupdate``, ``data.id is there``."""
        return f"{self.path} is {' or '.join(sorted(self.words))}" if self.words else f"{self.path} is there"


class Candidate(NamedTuple):
    """One declared payload, ready to be compared."""

    table: Table
    checks: tuple[Check, ...]
    weight: tuple[int, int]
    """How telling the conditions are: how many, and how many of them name words."""

    def fits(self, payload: dict[str, Value]) -> bool:
        """Whether every condition is met."""
        return all(not check.first.isdisjoint(payload) and check.met(payload) for check in self.checks)


def candidates(tables: Iterable[Table]) -> tuple[Candidate, ...]:
    """The declared payloads, the most telling first."""
    found = [_candidate(table, tuple(_checks(table))) for table in tables if table.payload and table.payload.when]
    return tuple(sorted(found, key=lambda one: one.weight, reverse=True))


def _candidate(table: Table, checks: tuple[Check, ...]) -> Candidate:
    return Candidate(table, checks, (len(checks), sum(bool(check.words) for check in checks)))


def _checks(table: Table) -> Iterator[Check]:
    if table.payload is None:
        return
    for path, words in table.payload.when.items():
        yield _check(path, words)
    if table.payload.each and table.payload.each not in table.payload.when:
        yield _check(table.payload.each, ())


def _check(path: str, words: Iterable[str]) -> Check:
    where = compiled(path)
    return Check(path, frozenset(word.lower() for word in words), where, where.covers)


@cache
def _declared() -> tuple[Candidate, ...]:
    return candidates(TABLES.values())


@lru_cache(maxsize=4096)
def _possible(members: frozenset[str]) -> tuple[Candidate, ...]:
    """The declared payloads that an object with these members may be; payloads of a kind have the same."""
    return tuple(one for one in _declared() if not any(check.first.isdisjoint(members) for check in one.checks))


def route(payload: Value, declared: tuple[Candidate, ...] | None = None) -> Routed:
    """What a payload is: of a table, a wrapper of others, or of ``unknown-payload``."""
    if isinstance(payload, list):
        return Routed(PAYLOADS, (Every(),))
    if not isinstance(payload, dict):
        return Routed(PAYLOADS)
    table = _fitting(payload, _possible(frozenset(payload)) if declared is None else declared)
    if table is not None:
        return Routed(table)
    return _wrapper(payload, declared) or _flat(payload)


def _fitting(payload: dict[str, Value], declared: tuple[Candidate, ...]) -> Table | None:
    """The most telling declaration that fits; of equals, the one that finds most of its columns."""
    best: list[Candidate] = []
    for candidate in declared:
        if best and candidate.weight < best[0].weight:
            break
        if candidate.fits(payload):
            best.append(candidate)
    if len(best) < 2:
        return best[0].table if best else None
    return max(best, key=lambda one: _columns_found(one.table, payload)).table


def _columns_found(table: Table, payload: dict[str, Value]) -> int:
    record: Value = payload
    if table.payload and table.payload.each:
        records = reached((record,), each_steps(table)) or [{}]
        record = records[0]
    paths = (compiled(column.path) for column in table.columns if column.path)
    return sum(path.texts(record, payload) is not None for path in paths)


def each_steps(table: Table) -> tuple[Step, ...]:
    """The steps from a payload of the table to its records, for one that has a list of them; else none."""
    if table.payload is None or not table.payload.each:
        return ()
    steps = compiled(table.payload.each).ways[0][0].steps
    return steps if isinstance(steps[-1], Every) else (*steps, Every())


def _wrapper(payload: dict[str, Value], declared: tuple[Candidate, ...] | None) -> Routed | None:
    """What wraps other payloads: a captured request, an item of a workflow, an envelope around a list."""
    if isinstance(payload.get("json"), (dict, list)) and _N8N_ITEM.issuperset(payload):
        return Routed(PAYLOADS, (Member("json"),))
    for beside, name in _BODIES:
        if payload.get(beside) is None:
            continue
        body = payload.get(name)
        if isinstance(body, (dict, list)):
            return Routed(PAYLOADS, (Member(name),))
        if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
            return Routed(PAYLOADS, (Member(name),), text=True)
    for name in _LISTS:
        items = payload.get(name)
        if isinstance(items, list) and items and isinstance(items[0], dict):
            inner = route(items[0], declared)
            if inner.table is not PAYLOADS or inner.inside:
                return Routed(PAYLOADS, (Member(name), Every()))
    return None


def _flat(payload: dict[str, Value]) -> Routed:
    """The table whose header the members of an object without objects in it make, or whose fields they carry."""
    if any(isinstance(value, dict) or (isinstance(value, list) and _has_objects(value)) for value in payload.values()):
        return Routed(PAYLOADS)
    table = _by_names(tuple(payload))
    if table is not None:
        return Routed(table)
    table = carrier.table_of({name: text_of(value) for name, value in payload.items()})
    return Routed(PAYLOADS) if table is None else Routed(table, carried=True)


def _has_objects(value: list[Value]) -> bool:
    return any(isinstance(item, (dict, list)) for item in value)


def is_carried(table: Table, header: Sequence[str]) -> bool:
    """Whether a file with this header has the table's fields as a carrier flattens them, and not its own columns."""
    if table.payload is not None:
        return True
    return bool(table.lacking({header_name(cell) for cell in header})) and staged_for(header) is not table


@lru_cache(maxsize=4096)
def _by_names(names: tuple[str, ...]) -> Table | None:
    return recognise(names)


def explain(payload: Value) -> list[str]:
    """Why a payload is of its table, and what the next best ones lack; nothing of the payload's values."""
    routed = route(payload)
    if routed.inside:
        return [f"wraps other payloads at {_steps_said(routed.inside)}"]
    if routed.carried:
        return [f"{routed.table.name}: {CARRIED}"]
    lines = [f"{routed.table.name}: {_why(routed.table, payload)}"]
    if not isinstance(payload, dict):
        return lines
    for missed, candidate in _near(payload, routed.table):
        lines.append(f"not {candidate.table.name}: {' and '.join(check.said for check in missed)} would have to hold")
    return lines


def explain_header(table: Table, header: Sequence[str]) -> list[str]:
    """Which columns spoke for a table, and what the next best ones lack."""
    if is_carried(table, header):
        return [f"{table.name}: {CARRIED}"]
    names = {header_name(cell) for cell in header}
    if table.lacking(names):
        return [f"{table.name}: {STAGED}"]
    others = [
        (other.lacking(names), other)
        for other in TABLES.values()
        if other is not table and other.payload is None and not other.by_map and other.found_in(names)
    ]
    close = sorted(others, key=lambda pair: (len(pair[0]), -len(pair[1].found_in(names))))[:_NEAREST]
    return [
        f"{table.name}: it knows the columns {', '.join(table.found_in(names))}",
        *(f"not {other.name}: {_lacks(lacking, len(other.found_in(names)))}" for lacking, other in close),
    ]


def _lacks(lacking: tuple[str, ...], known: int) -> str:
    return f"{', '.join(lacking)} would have to be there" if lacking else f"it knows only {known} of the columns"


def conditions(table: Table) -> str:
    """What a payload of a table must have."""
    return f"{table.name}: {_why(table, {})}"


_NEAREST = 2


def _near(payload: dict[str, Value], table: Table) -> list[tuple[list[Check], Candidate]]:
    missing = [
        ([check for check in candidate.checks if not check.met(payload)], candidate)
        for candidate in _declared()
        if candidate.table is not table
    ]
    close = [(missed, one) for missed, one in missing if 0 < len(missed) < len(one.checks)]
    return sorted(close, key=lambda pair: len(pair[0]))[:_NEAREST]


def _why(table: Table, payload: Value) -> str:
    if table is PAYLOADS:
        return "no declaration of any system fits"
    if table.payload is None:
        known = {header_name(name) for name in payload} if isinstance(payload, dict) else set()
        return f"its members are columns: {', '.join(table.found_in(known))}"
    return " and ".join(check.said for check in _checks(table))


def _steps_said(steps: tuple[Step, ...]) -> str:
    return "".join(step.name if isinstance(step, Member) else "[]" for step in steps) or "its root"
