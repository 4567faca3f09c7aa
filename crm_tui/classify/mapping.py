"""A staged row in the words of its destination: the cells of an import file, or requests, and what gets lost.

Pure: the same staged row gives the same cells, lines, losses and defaults, for the sentence on screen, for the file in
the handoff and for the verifier that makes it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from crm_tui.classify.body import aimed, as_json, as_number, as_path, put
from crm_tui.classify.compare import listed
from crm_tui.classify.mapped_row import Filled, Line, Loss, Mapped
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import Kind, Role, Table
from crm_tui.systems.fields import FIELDS, Type, field_type
from crm_tui.systems.imports import TARGET, TARGET_NUMBER, USER, VALUE, Form, ImportFile, Imports, Part, Request, Slot
from crm_tui.systems.names import split_name
from crm_tui.systems.spellings import spelled
from crm_tui.text import runs_as_formula

_PARTS_OF_EVENT = {
    Role.EVENT_ID: "@event",
    Role.CHANNEL: "@channel",
    Role.ACTIVITY_TYPE: "@type",
    Role.TEXT: "@text",
    Role.TIME: "@time",
    Role.STATUS: "@status",
}
"""How a slot names the columns of an event that stand for no field of the canonical model."""

_NAMES = ("first_name", "last_name")
_ALL_NAMES = frozenset(("name", *_NAMES))


class _Ask(NamedTuple):
    """A part of a staged row that is one object of the destination."""

    object: str
    operation: Outcome
    values: Mapping[str, str]
    before: Mapping[str, str | None]
    target_id: str


def mapped(staged: Staged, table: Table, *, files: bool = True) -> tuple[Mapped, ...]:
    """The staged row of a record of ``table`` as its destination takes it: one part, or the contact and then the event.

    ``files=False`` = as requests only, where the destination has requests.
    """
    if staged.operation is Outcome.NO_WRITE:
        return ()
    what = (staged.destination, staged.object, staged.operation, staged.target_id)
    return _remembered(what, tuple(staged.values.items()), tuple(staged.before.items()), table, files)


@lru_cache(maxsize=64)
def _remembered(
    what: tuple[str, str, Outcome, str],
    values: tuple[tuple[str, str], ...],
    before: tuple[tuple[str, str | None], ...],
    table: Table,
    files: bool,
) -> tuple[Mapped, ...]:
    """A row's sentence, notes and files each ask for the same, one soon after the other."""
    system, thing, operation, target_id = what
    said = dict(values)
    # An event's own values have none from before; the handoff lists that, and means the same.
    whole = _Ask(thing, operation, said, {**dict.fromkeys(said), **dict(before)}, target_id)
    return tuple([_mapped(ask, system, files=files) for ask in _asks(whole, table)])


def inverse(staged: Staged) -> Staged | None:
    """The row that takes an update back; ``None`` where nothing that it writes has a known value from before."""
    if staged.operation is not Outcome.UPDATE:
        return None
    values = {name: text for name, text in staged.before.items() if text is not None and name in staged.values}
    return replace(staged, values=values, before={name: staged.values[name] for name in values}) if values else None


def irreversible(staged: Staged) -> tuple[str, ...]:
    """The fields written for which no value from before is known, or all of them where a record is made."""
    return tuple(name for name in staged.values if staged.before.get(name) is None)


def _asks(whole: _Ask, table: Table) -> Iterator[_Ask]:
    """The objects of a staged row; a new contact with an event is the contact, and then the event on it."""
    event: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    parts = _parts_of_event(table)
    for name, text in whole.values.items():
        part = parts.get(name, "")
        if part:
            event.setdefault(part, []).append(text)
        else:
            values[name] = text
    joined = {name: "\n".join(texts) for name, texts in event.items()}
    if not event or whole.operation is not Outcome.CREATE:
        yield whole._replace(values=values | joined)
        return
    yield _Ask("contact", Outcome.CREATE, values, {}, "")
    operation = Outcome.UPSERT if table.kind is Kind.APPOINTMENT else Outcome.APPEND
    yield _Ask(table.kind.value, operation, joined, {}, "")


@lru_cache(maxsize=256)
def _parts_of_event(table: Table) -> Mapping[str, str]:
    """How slots name what an event carries: name as staged → ``@`` name; nothing for a record or a change."""
    if table.kind not in (Kind.APPOINTMENT, Kind.ACTIVITY):
        return {}
    found = {}
    for column in table.columns:
        part = _PARTS_OF_EVENT.get(column.role) or (f"@{column.field}" if column.role is Role.VALUE else "")
        if part:
            found[column.field or column.name] = part
    return found


def _mapped(ask: _Ask, system: str, *, files: bool) -> Mapped:
    """In a file where one takes as much as the requests do, else in requests."""
    imports, file, requests, taken = _taken_in(system, ask.object, ask.operation)
    own = _own_slots(imports, ask) if requests and imports.own else ()
    if own:
        requests = (replace(requests[0], slots=(*requests[0].slots, *own)), *requests[1:])
        taken = taken.union(*(slot.fields for slot in own))
    in_file = _Mapper(ask, system, imports).in_file(file) if file and (files or not requests) else None
    if in_file is not None and not in_file.losses:
        return in_file
    in_requests = _Mapper(ask, system, imports).in_requests(requests, taken) if requests else None
    found = [one for one in (in_file, in_requests) if one is not None]
    if found:
        return min(found, key=lambda one: len(one.losses))
    why = f"has no import of this kind ({ask.object}, {ask.operation})"
    whole = tuple(Loss(name, why) for name in ask.values)
    return Mapped(system, ask.object, ask.operation, ask.target_id, losses=whole)


@lru_cache(maxsize=256)
def _taken_in(
    system: str, thing: str, operation: Outcome
) -> tuple[Imports, ImportFile | None, tuple[Request, ...], frozenset[str]]:
    """What a system takes back, and of it the file and the requests of an object and operation, and the fields that
    those requests take."""
    imports = SYSTEMS[system].imports if system in SYSTEMS else Imports()
    requests = imports.request(thing, operation)
    taken = frozenset[str]().union(*(request.fields for request in requests))
    return imports, imports.file(thing, operation), requests, taken


def _own_slots(imports: Imports, ask: _Ask) -> tuple[Slot, ...]:
    """A place for each field of the client's own, where the destination has such fields."""
    own = (name for name in ask.values if name not in FIELDS and not name.startswith("@"))
    return tuple(Slot(imports.own.format(name), (name,)) for name in own)


class _Mapper:
    """Fills the slots of one file or request with the values of one ask, and keeps what is lost on the way."""

    def __init__(self, ask: _Ask, system: str, imports: Imports) -> None:
        self.ask = ask
        self.system = system
        self.imports = imports
        self.before = dict(ask.before)
        self.losses: dict[str, str] = {}
        self.defaults: list[Filled] = []
        self.notes: list[str] = []

    def in_file(self, file: ImportFile) -> Mapped | None:
        """As one line of an import file; ``None`` where the file cannot say it without a doubt."""
        values = self._named(file.fields)
        self._untaken(values, file.fields)
        cells: dict[str, str] = {file.id_header: self.ask.target_id} if file.id_header else {}
        for slot in file.slots:
            if any(name in values and not values[name] for name in slot.fields) and file.id_header:
                return None  # A blank cell could mean "clear" or "leave alone".
            texts = self._texts(slot, values)
            if texts:
                cells[slot.name] = (slot.separator or slot.joint).join(texts)
        own = len(cells) - bool(file.id_header)
        if not own or (file.one_of and not any(name in cells for name in file.one_of)):
            return None
        if any(runs_as_formula(cell) for cell in cells.values()):
            return None  # A file that somebody opens in a spreadsheet never holds a formula (handoff.md, "CSV").
        return self._result(file=file, cells=cells)

    def in_requests(self, requests: tuple[Request, ...], taken: Set[str]) -> Mapped:
        """As one line for each request that has something to say; ``taken`` are the fields of all of them."""
        values = self._named(taken)
        self._untaken(values, taken)
        lines = (self._line(request, values) for request in requests)
        made = tuple(line for line in lines if line is not None)
        if not made:
            self.defaults.clear()
        return self._result(lines=made)

    def _result(self, **found: Any) -> Mapped:
        ask = self.ask
        return Mapped(
            self.system,
            ask.object,
            ask.operation,
            ask.target_id,
            losses=tuple(Loss(name, why) for name, why in self.losses.items()),
            defaults=tuple(self.defaults),
            notes=tuple(self.notes),
            **found,
        )

    def _named(self, taken: Set[str]) -> dict[str, str]:
        """The values with the name as the destination keeps it: whole, or first and last apart."""
        values = dict(self.ask.values)
        if _ALL_NAMES.isdisjoint(values):
            return values
        own = {name: values[name] for name in _NAMES if name in values}
        apart = not taken.isdisjoint(_NAMES)
        if "name" in taken and not apart:
            self._join_name(values, own)
        elif "name" in values and "name" not in taken and apart:
            self._split_name(values, own)
        return values

    def _join_name(self, values: dict[str, str], own: Mapping[str, str]) -> None:
        if not own:
            return
        joined = " ".join(own[name] for name in _NAMES if own.get(name))
        complete = len(own) == len(_NAMES) or self.ask.operation is Outcome.CREATE
        if "name" not in values and not complete:
            self.losses |= dict.fromkeys(own, "keeps one name, and the other half of it is not known here")
        elif values.setdefault("name", joined) == joined:
            self.notes.append("first name and last name are joined to one name")
            known = [self.before.get(name) for name in _NAMES]
            if "name" not in self.before and None not in known:
                self.before["name"] = " ".join(part for part in known if part)
        else:
            self.losses |= dict.fromkeys(own, "keeps one name, and the row gives it as a whole")
        for name in own:
            del values[name]

    def _split_name(self, values: dict[str, str], own: Mapping[str, str]) -> None:
        whole = values.pop("name")
        if not own:
            values |= split_name(whole)
            before = self.before.get("name")
            if before is not None:
                self.before |= split_name(before)
            self.notes.append("the name is split at its last blank into first name and last name")
        elif whole.split() != " ".join(own[name] for name in _NAMES if own.get(name)).split():
            self.losses["name"] = "keeps first name and last name, and the row gives both apart"

    def _untaken(self, values: Mapping[str, str], taken: Set[str]) -> None:
        for name in values:
            if name.startswith("@") or name in taken or not (values[name] or self.ask.target_id):
                continue
            self.losses[name] = self.imports.cannot.get(name) or _why_untaken(name)

    def _texts(self, slot: Slot, values: Mapping[str, str]) -> list[str]:
        """The texts that fill a slot, spelled as the vendor spells them; none where nothing fills it."""
        present = [name for name in slot.fields if values.get(name)]
        if len(present) == 1 and not slot.step and not slot.only and not _is_list(present[0]):
            return [values[present[0]]]
        if not present:
            return self._filled(slot)
        texts = self._parts(slot, present[0], values) if _is_list(present[0]) else [values[name] for name in present]
        try:
            shown = [spelled(slot.step, text) for text in texts]
        except ValueError as error:
            self.losses |= dict.fromkeys(present, f"does not take its value, which {error}")
            return self._filled(slot)
        if slot.only and any(values[name] != slot.only for name in present):
            self.losses |= dict.fromkeys(present, f"takes only {slot.only} there")
            return []
        if slot.item is not None or slot.form is Form.LIST or slot.separator:
            return shown
        if _is_list(present[0]) and len(shown) > 1:
            self.losses[present[0]] = "has one place for it, and the row has several values"
            return []
        return [slot.joint.join(shown)]

    def _filled(self, slot: Slot) -> list[str]:
        """The default of a slot where a record is made, marked as one (X12b); a record that is there keeps its own."""
        if not slot.default or self.ask.operation is Outcome.UPDATE:
            return []
        self.defaults.append(Filled(slot.name, slot.default))
        return [slot.default]

    def _parts(self, slot: Slot, name: str, values: Mapping[str, str]) -> list[str]:
        """The values of a list, or those that are new, or gone, against the one from before."""
        new = listed(values[name])
        if slot.part is Part.ALL:
            return list(new)
        return list(_without(new, listed(self.before.get(name) or "")))

    def _line(self, request: Request, values: Mapping[str, str]) -> Line | None:
        body: dict[str, Any] = {}
        written: list[str] = []
        blank: list[str] = []
        whole_lists: list[str] = []
        fill_in = dict(request.fill_in)
        for slot in request.slots:
            named = [name for name in slot.fields if name in values]
            if slot.part is Part.REMOVED:
                texts = self._removed(slot)
            elif slot.default or named:
                texts = self._texts(slot, values)
            else:
                continue
            cleared = not texts and self._cleared(slot, named, values)
            if not texts and not cleared:
                continue
            written += named
            if cleared:
                blank += named
            if slot.fill_in:
                fill_in[slot.name] = slot.fill_in
            is_list = slot.item is not None or slot.form is Form.LIST
            if is_list and slot.part is Part.ALL and self.ask.target_id and slot.name not in whole_lists:
                whole_lists.append(slot.name)
            if slot.item is not None:
                put(body, slot.name, [aimed(slot.item, VALUE, text) for text in texts])
            elif cleared:
                put(body, slot.name, [] if slot.form is Form.LIST else request.blank)
            else:
                put(body, slot.name, texts if slot.form is Form.LIST else as_json(slot.form, texts[0]))
        if request.slots and not (body if self.ask.operation is Outcome.CREATE else written):
            return None
        target = self.ask.target_id
        for path, constant in request.constants.items():
            own = aimed(constant, TARGET, target or TARGET)
            put(body, path, aimed(own, TARGET_NUMBER, as_number(target or TARGET)))
        if not target and request.aims:
            fill_in["id"] = "the id of the contact that the request before this one makes"
        return Line(
            method=request.method,
            path=request.path.replace(TARGET, as_path(target) if target else TARGET),
            body=body,
            headers=request.headers,
            before=tuple((name, before) for name, before in self._known(written)),
            fill_in=fill_in,
            read_first=request.read_first,
            whole_lists=tuple(whole_lists),
            cleared=tuple(blank),
        )

    def _removed(self, slot: Slot) -> list[str]:
        """The values of a list that were there and are no longer, as the vendor spells them."""
        gone: list[str] = []
        for name in slot.fields:
            if name in self.ask.values:
                old = listed(self.before.get(name) or "")
                gone.extend(_without(old, listed(self.ask.values[name])))
        return [spelled(slot.step, text) for text in gone]

    def _cleared(self, slot: Slot, present: Sequence[str], values: Mapping[str, str]) -> bool:
        """Whether the slot, whose fields ``present`` have values, is to be made blank in a record that is there."""
        if not self.ask.target_id or slot.part is not Part.ALL:
            return False
        if not present or any(map(values.__getitem__, present)):
            return False
        # A box is ticked or not: no vendor has a blank one.
        if slot.required or slot.only or slot.form is Form.BOOLEAN:
            self.losses |= dict.fromkeys(present, "does not let this field be blank")
            return False
        return True

    def _known(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name in dict.fromkeys(names):
            before = self.before.get(name)
            if before is not None:
                yield name, before


def _without(values: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    known = {other.lower() for other in others}
    return tuple(value for value in values if value.lower() not in known)


def _is_list(name: str) -> bool:
    return field_type(name) is Type.LIST


def _why_untaken(name: str) -> str:
    return USER if name == "owner" else "has no place for it in what it imports"
