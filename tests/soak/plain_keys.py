"""Phones and e-mails of a plain shape are read without their libraries, and no differently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import phonenumbers

from crm_tui.identity import email
from tests.identity.test_email import accepted_by_library, written_addresses
from tests.identity.test_phone import by_library, national_plan_of, shapes_of, stable

TRIED = "numbers and addresses of any shape"
_ADDRESSES = 100


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """Each trial is some numbers of one region and some addresses; what is decided without a library agrees with it."""
    email.normalise("\u00e9@x.test")  # so that the library's list of special names is as this program sets it
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    while True:
        region, number = lots.choice(regions), 0
        for text in shapes_of(region, lots):
            number += 1
            if not text.startswith("+"):
                found = national_plan_of(region).national("".join(filter(str.isdigit, text)))
                assert found is None or found == stable(by_library(text, region)), (region, text)
        for address in written_addresses(_ADDRESSES, lots):
            expected = address.strip().lower()
            assert email.normalise(address)[0] == (expected if accepted_by_library(expected) else ""), address
        yield number + _ADDRESSES
