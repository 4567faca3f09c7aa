"""A contact is created only after a scan of where it would be created (X7, X21)."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_duplicate_scan import hubspot

from crm_tui.errors import DecisionRefused
from crm_tui.model import State
from tests.factory import Bench, Review

SALESFORCE = (
    b"Id,FirstName,LastName,Email,Phone,Account.Name,Title,MailingStreet,MailingCity\n"
    b"003000000000001AAA,Ann,Lee,%s,%s,One Ltd,,,\n"
)
MAP = b"hubspot_contact_id,salesforce_contact_id,email,phone\n77,003000000000009AAA,zoe@nine.test,\n"
POLICY = '[destinations]\nhubspot = "salesforce"\n'
NEW = ("5", "Ann", "Lee", "ann@one.test", "+12125550100", "One Ltd")


def loaded(folder: Path, email: bytes, phone: bytes, *, export: bool = True) -> Bench:
    bench = Bench(folder)
    bench.put("map.csv", MAP)
    bench.put("hubspot.csv", hubspot(NEW))
    if export:
        bench.put("salesforce.csv", SALESFORCE % (email, phone))
    assert bench.load(bench.folder / "exports", policy=POLICY) == ()
    return bench


def new_contact(review: Review) -> int:
    (found,) = review.cases.by_event_id("5")
    assert review.cases.case(found).verdict.rule == "unmapped"
    return found


@pytest.mark.parametrize(
    ("email", "phone"), [(b"ANN@one.test", b""), (b"", b"(212) 555-0100"), (b"", b""), (b"ann.lee@home.test", b"")]
)
def test_a_create_takes_a_reason_where_the_destination_may_have_the_contact(
    tmp_path: Path, email: bytes, phone: bytes
) -> None:
    with loaded(tmp_path, email, phone).open() as review:
        number = new_contact(review)
        create = review.cases.option(number, "create")
        assert create
        if email == b"ann.lee@home.test":
            assert not create.doubt, "another e-mail, and nothing else but name and firm: below the threshold"
            return
        assert "Salesforce may have this contact already: 003000000000001AAA." in create.effect
        with pytest.raises(DecisionRefused, match="takes a reason"):
            review.decisions.choose(number, "create")
        review.decisions.choose(number, "create", "a namesake, I have asked")
        review.decisions.approve(number)


def test_where_nobody_resembles_the_contact_a_create_is_a_plain_key(tmp_path: Path) -> None:
    with loaded(tmp_path, b"", b"", export=False).open() as review:
        number = new_contact(review)
        review.decisions.choose(number, "create")
        review.decisions.approve(number)


def test_a_create_is_asked_again_when_a_later_export_has_the_contact(tmp_path: Path) -> None:
    bench = loaded(tmp_path, b"", b"", export=False)
    with bench.open() as review:
        review.decisions.choose(new_contact(review), "create")
        review.decisions.approve(new_contact(review))
    late = bench.put("salesforce.csv", SALESFORCE % (b"ann@one.test", b""))
    assert bench.load(late, policy=POLICY) == ()
    with bench.open() as review:
        assert review.cases.review(new_contact(review)).state is State.STALE
        assert review.cases.counts().left == review.cases.counts().to_decide


def test_an_entry_of_the_map_that_resembles_the_contact_counts_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.put("map.csv", b"hubspot_contact_id,salesforce_contact_id,email,phone,name,company\n"
              b"77,003000000000009AAA,,,Ann Lee,One Ltd\n")  # fmt: skip
    bench.put("hubspot.csv", hubspot(NEW))
    assert bench.load(bench.folder / "exports", policy=POLICY) == ()
    with bench.open() as review:
        create = review.cases.option(new_contact(review), "create")
        assert create and "77 · 003000000000009AAA" in create.doubt
