"""The policy of a review: TOML over the shipped defaults, checked by a model.

``default_policy.toml`` is the one place where defaults stand and are explained; a user's file is laid over it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from functools import cached_property
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from crm_tui.errors import PolicyError
from crm_tui.model import Outcome
from crm_tui.systems import SYSTEMS, TABLES
from crm_tui.text import one_of, safe_text

Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Route(_Model):
    """What a row of one table may do, and where."""

    destination: Word
    """System that the rows are staged for."""
    outcome: Literal[Outcome.UPSERT, Outcome.UPDATE, Outcome.APPEND]
    object: Literal["appointment", "contact", "activity"]


class Slice(_Model):
    """One trigger, one match policy, one review queue (seed 001, acceptance check 4)."""

    id: Line
    trigger: Word
    """Name of the table whose rows the slice reviews."""
    match_policy: Line
    review_queue: Line


class FieldRules(_Model):
    """Which canonical fields a plain key must not overwrite."""

    protected: frozenset[Word]
    identity: frozenset[Word]


class AppointmentRules(_Model):
    """Words allowed as appointment status."""

    statuses: tuple[Word, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """The words as compared."""
        return frozenset(plain_word(word) for word in self.statuses)


class ActivityRules(_Model):
    """Activity types that need no note."""

    types: tuple[Word, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """The words as compared."""
        return frozenset(plain_word(word) for word in self.types)


class ClaimWords(_Model):
    """First words of a claim, by the kind of operation that they ask for (requirements X30)."""

    append: frozenset[Word]
    upsert: frozenset[Word]
    create: frozenset[Word]
    other: frozenset[Word]
    hold: frozenset[Word]
    payment: frozenset[Word]

    @model_validator(mode="after")
    def _one_meaning(self) -> ClaimWords:
        seen: dict[str, str] = {}
        for kind in ("append", "upsert", "create", "other", "hold"):
            for word in getattr(self, kind):
                if word in seen:
                    raise ValueError(f"the word {word!r} stands under {seen[word]} and under {kind}")
                seen[word] = kind
        return self

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Word → kind."""
        kinds = ("append", "upsert", "create", "other", "hold")
        return {word: kind for kind in kinds for word in getattr(self, kind)}


class Policy(_Model):
    """The rules of a review; every default stands, explained, in ``default_policy.toml``."""

    name: Line
    version: Line
    default_region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    routes: dict[str, Route]
    slices: tuple[Slice, ...]
    fields: FieldRules
    appointments: AppointmentRules
    activities: ActivityRules
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
        for name in _judged():
            if name not in self.routes:
                raise ValueError(f"routes.{name} is missing")
        triggers = [one.trigger for one in self.slices]
        for trigger in triggers:
            if trigger not in TABLES or not TABLES[trigger].kind.judged:
                raise ValueError(f"slices: trigger {trigger!r} is no table; known are {one_of(_judged(), 'and')}")
        if len(set(triggers)) != len(triggers) or len({one.id for one in self.slices}) != len(self.slices):
            raise ValueError("slices: every slice has an id and a trigger of its own")
        return self


def _judged() -> list[str]:
    return [name for name, table in TABLES.items() if table.kind.judged]


_SEPARATORS = re.compile(r"[\s_\-]+")


def plain_word(text: str) -> str:
    """A word as the policy compares it: lower case, without blanks, dashes and underscores."""
    return _SEPARATORS.sub("", text).lower()


def default_policy_text() -> str:
    """The shipped policy, as TOML."""
    return (resources.files("crm_tui.classify") / "default_policy.toml").read_text(encoding="utf-8")


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
