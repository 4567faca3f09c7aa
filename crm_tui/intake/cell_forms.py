"""What the first cells of a column look like: how many are e-mail addresses, phones, times, ids of a known form.

Pure functions; nothing of a value leaves here but counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from crm_tui.identity import email
from crm_tui.identity.phone import PhoneNormaliser
from crm_tui.systems.fields import Type
from crm_tui.systems.record_ids import salesforce
from crm_tui.systems.transforms import TRANSFORMS

Form = Callable[[str], bool]


class Share(NamedTuple):
    """Of how many cells something holds."""

    good: int
    all: int
    """Cells that are not blank."""

    @property
    def most(self) -> bool:
        """Whether it holds of nine in ten, and of any at all."""
        return self.all > 0 and self.good * 10 >= self.all * 9

    @property
    def few(self) -> bool:
        """Whether it holds of fewer than half."""
        return self.all > 0 and self.good * 2 < self.all

    def said(self, what: str) -> str:
        """``8 of 9 are e-mail addresses``."""
        return f"{self.good} of {self.all} are {what}" if self.all else "no values to look at"


def share(cells: Sequence[str], form: Form) -> Share:
    """How many of the cells that are not blank have the form."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return Share(sum(map(form, filled)), len(filled))


def _stepped(name: str) -> Form:
    def form(text: str) -> bool:
        try:
            return bool(TRANSFORMS[name](text))
        except ValueError:
            return False

    return form


def _is_email(text: str) -> bool:
    return "@" in text and any(email.normalise(part)[0] for part in re.split(r"[,;\s]+", text[:1_000]))


# Ids and amounts are digits too: a phone has six of them and nothing but what separates them.
_PHONE = re.compile(r"\+?[0-9()./ \u00a0-]{6,30}(?:(?:x|ext\.?)\s?[0-9]{1,6})?", re.IGNORECASE)


def looks_like_phone(text: str) -> bool:
    """Whether a text may be a phone number of any country; enough where the column is called so."""
    return bool(_PHONE.fullmatch(text)) and sum(map(str.isdigit, text)) > 5


def phone_form(region: str) -> Form:
    """Whether a text is a phone number, written without country code in ``region``; enough where only values speak."""
    read = PhoneNormaliser(region)
    return lambda text: looks_like_phone(text) and bool(read.normalise(text)[0])


_TIME, _NUMBER, _MONEY = _stepped("time"), _stepped("number"), _stepped("money")


def _is_time(text: str) -> bool:
    return _TIME(text) and not text.isdigit()


FORMS: Mapping[Type, tuple[Form, str]] = {
    Type.EMAIL: (_is_email, "e-mail addresses"),
    Type.TIME: (_is_time, "dates or times"),
    Type.DATE: (_is_time, "dates"),
    Type.MONEY: (_MONEY, "amounts"),
    Type.NUMBER: (_NUMBER, "numbers"),
    Type.BOOLEAN: (_stepped("boolean"), "yes or no"),
    Type.CONSENT: (_stepped("boolean"), "yes or no"),
}
"""Type of a field → whether a text may be of it, and how that is said.  Other types may be any text."""


def _is_salesforce_contact(text: str) -> bool:
    return len(text) in (15, 18) and text.startswith("003") and bool(salesforce(text).value)


ID_FORMS: Mapping[str, Form] = {
    "salesforce": _is_salesforce_contact,
    "close": re.compile(r"cont_[A-Za-z0-9]{20,}").fullmatch,  # type: ignore[dict-item]
    "zoho": re.compile(r"zcrm_[0-9]{15,19}").fullmatch,  # type: ignore[dict-item]
}
"""System → whether a text has the form of its contact ids, of those whose form no other system has."""
