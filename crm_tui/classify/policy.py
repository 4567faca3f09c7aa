"""The policy of a review: TOML over the shipped defaults, checked by a model.

``default_policy.toml`` is the one place where defaults stand and are explained; a user's file is laid over it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from functools import cached_property
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from crm_tui.classify.policy_sections import (
    ActivityRules,
    AppointmentRules,
    ClaimWords,
    FieldRules,
    Line,
    Own,
    PriorityRules,
    Route,
    Section,
    Slice,
    StrategyRules,
    Word,
)
from crm_tui.errors import PolicyError
from crm_tui.identity import email
from crm_tui.identity.keys import OwnSide
from crm_tui.identity.phone import PhoneNormaliser
from crm_tui.model import Outcome
from crm_tui.systems import SYSTEMS, TABLES, header_name
from crm_tui.systems.declare import Kind, Table
from crm_tui.systems.fields import Type, field_type
from crm_tui.text import one_of, safe_text


def _named(accounts: object) -> object:
    """A list of accounts as a table that names no organisation; raises ``ValueError`` for what is neither."""
    if isinstance(accounts, dict):
        return accounts
    if isinstance(accounts, list) and all(isinstance(one, str) for one in accounts):
        return dict.fromkeys(accounts, "")
    raise ValueError('it is a list of accounts, or a table from account to organisation: { ACCOUNT = "NAME" }')


class Policy(Section):
    """The rules of a review; every default stands, explained, in ``default_policy.toml``."""

    name: Line
    version: Line
    default_region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    routes: dict[str, Route]
    destinations: dict[str, Word]
    """System whose rows they are → system that they are staged for, where no route says otherwise."""
    soft_delete_in: frozenset[Word]
    """Systems in which a deletion elsewhere may be staged as a soft-delete (3.20, 3.21)."""
    scopes: dict[str, Annotated[dict[str, Annotated[str, StringConstraints(max_length=80)]], BeforeValidator(_named)]]
    """System → account, location or portal that this review is about → the organisation that it belongs to, ``""``
    where the policy names none; of a system not named, all (3.42, 3.43)."""
    own_fields: dict[str, dict[str, Word]]
    """System → its header or member → what this review calls the field: a canonical name, or one of the client's own
    that goes under the same name to a destination that has such fields (2.16)."""
    own: Own
    keep_columns: Literal["all", "mapped"]
    """Whether the text in columns that nothing here reads is kept (reliability.md, "Privacy": minimised load)."""
    slices: tuple[Slice, ...]
    fields: FieldRules
    strategies: StrategyRules
    appointments: AppointmentRules
    activities: ActivityRules
    priority: PriorityRules
    claims: ClaimWords
    sha256: str = Field(default="", exclude=True)
    """Digest of the policy text as stored; set by ``parse_policy``."""

    @model_validator(mode="after")
    def _names_are_known(self) -> Policy:
        for name, route in self.routes.items():
            if name not in TABLES or not TABLES[name].kind.judged:
                raise ValueError(f"routes.{name}: no such table; known are {one_of(_judged(), 'and')}")
            if route.destination not in SYSTEMS:
                raise ValueError(f"routes.{name}.destination: no such system")
        named = [(f"destinations.{system}", name) for system, to in self.destinations.items() for name in (system, to)]
        named += [
            (f"{section}.{name}", name) for section in ("own_fields", "scopes") for name in getattr(self, section)
        ]
        for key, name in named:
            if name not in SYSTEMS:
                raise ValueError(f"{key}: no such system; known are {one_of(list(SYSTEMS), 'and')}")
        strange = self.priority.known - self.activities.known - {"meeting"}
        if strange:
            raise ValueError(
                f"priority.high: {min(strange)!r} is no activity type that the policy lists under activities"
            )
        if any((self.own.emails, self.own.domains, self.own.phones)):
            # A word there that can never match would let our own number pass for a contact's.
            _ = self.own_side
        triggers = [one.trigger for one in self.slices]
        for trigger in triggers:
            if trigger not in TABLES or not TABLES[trigger].kind.judged:
                raise ValueError(f"slices: trigger {trigger!r} is no table; known are {one_of(_judged(), 'and')}")
        if len(set(triggers)) != len(triggers) or len({one.id for one in self.slices}) != len(self.slices):
            raise ValueError("slices: every slice has an id and a trigger of its own")
        return self

    @cached_property
    def own_names(self) -> dict[str, dict[str, str]]:
        """``own_fields`` with the headers as they are compared."""
        return {
            system: {header_name(cell): name for cell, name in own.items()} for system, own in self.own_fields.items()
        }

    @cached_property
    def own_side(self) -> OwnSide:
        """``own`` as keys are compared; raises ``ValueError`` for what is no address, domain or number."""
        phone = PhoneNormaliser(self.default_region).normalise
        domains = frozenset(
            _usable("domains", f"x@{one.removeprefix('@')}", email.normalise)[2:] for one in self.own.domains
        )
        emails = frozenset(_usable("emails", one, email.normalise) for one in self.own.emails)
        return OwnSide(emails, domains, frozenset(_usable("phones", one, phone) for one in self.own.phones))

    def organisation(self, system: str, scope: str) -> str:
        """The organisation that an account or location belongs to (3.43); ``""`` where the policy names none."""
        return self.scopes.get(system, {}).get(scope, "")

    def route(self, table: Table) -> Route:
        """What a row of the table may do, and where: as the policy routes it, else as its kind allows."""
        found = self._found_routes.get(table)
        if found is None:
            found = self._found_routes[table] = self.routes.get(table.name) or self._by_kind(table)
        return found

    def _by_kind(self, table: Table) -> Route:
        outcome, thing = _BY_KIND[table.kind]
        destination = self.destinations.get(table.system, table.system)
        return Route.model_construct(destination=destination, outcome=outcome, object=thing)

    @cached_property
    def _found_routes(self) -> dict[Table, Route]:
        """The routes that were asked for; every row asks for its own several times."""
        return {}

    def may_go(self, field: str, origin: str, destination: str) -> bool:
        """Whether the policy lets a value of the field go from one system to another at all."""
        rules = self.fields
        return field not in rules.internal and rules.directions.get(field) in (None, f"{origin}->{destination}")

    def is_protected(self, field: str, table: Table) -> bool:
        """Whether a plain key must not overwrite the field with what a row of the table says."""
        rules = self.fields
        if not self.may_go(field, table.system, self.route(table).destination):
            return True
        if field in rules.protected or field_type(field) is Type.CONSENT:
            return True
        return table.kind.is_record and field in rules.record_protected


_BY_KIND = {
    Kind.APPOINTMENT: (Outcome.UPSERT, "appointment"),
    Kind.CHANGE: (Outcome.UPDATE, "contact"),
    Kind.ACTIVITY: (Outcome.APPEND, "activity"),
    Kind.CONTACT: (Outcome.UPDATE, "contact"),
    Kind.LEAD: (Outcome.UPDATE, "contact"),
    Kind.ACCOUNT: (Outcome.NO_WRITE, "contact"),
    Kind.OPPORTUNITY: (Outcome.UPSERT, "opportunity"),
    Kind.DELETION: (Outcome.SOFT_DELETE, "contact"),
    Kind.LIFECYCLE: (Outcome.NO_WRITE, "contact"),
    Kind.UNKNOWN: (Outcome.NO_WRITE, "contact"),
}


def _usable(name: str, text: str, normalise: Callable[[str], tuple[str, str]]) -> str:
    value, note = normalise(text)
    if not value:
        raise ValueError(f"own.{name}: {note or 'blank'}")
    return value


def _judged() -> list[str]:
    return [name for name, table in TABLES.items() if table.kind.judged]


def default_policy_text() -> str:
    """The shipped policy, as TOML."""
    return (resources.files("crm_tui.classify") / "default_policy.toml").read_text(encoding="utf-8")


def shipped_digest() -> str:
    """``sha256`` of the shipped policy with nothing laid over it."""
    return hashlib.sha256(default_policy_text().encode()).hexdigest()


def parse_policy(text: str | None = None, name: str = "policy") -> Policy:
    """The policy that ``text`` (TOML, laid over the shipped one) describes; ``None`` = the shipped one.

    Raises ``PolicyError`` with one sentence that names the file and the key.
    """
    base = tomllib.loads(default_policy_text())
    if text is not None:
        try:
            changes = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"{safe_text(name)} is not TOML: {safe_text(str(error))}.") from error
        except RecursionError as error:
            raise PolicyError(f"{safe_text(name)} is nested too deeply to be a policy.") from error
        base = _laid_over(base, changes)
    digest = hashlib.sha256((default_policy_text() if text is None else text).encode()).hexdigest()
    try:
        return Policy.model_validate(base | {"sha256": digest})
    except ValidationError as error:
        raise PolicyError(f"{safe_text(name)}: {_first_fault(error)}.") from error


def _laid_over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        below = merged.get(key)
        both_tables = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _laid_over(below, value) if both_tables else value  # type: ignore[arg-type]
    return merged


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    known = "no such key" if fault["type"] == "extra_forbidden" else message
    return safe_text(f"{where}: {known}" if where else known, 300)
