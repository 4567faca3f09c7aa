"""The scan of a workspace: every record entered twice is found, within its own system and kind, and nothing else."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
from portal import ENTERED, SAMPLES, make_duplicates

from crm_tui.cli import run
from crm_tui.identity.duplicates.scan import Known, domain, suspects
from crm_tui.model import Queue
from crm_tui.workspace.duplicates import scan
from tests.factory import Bench

HUBSPOT = ("Record ID", "First Name", "Last Name", "Email", "Phone Number", "Company Name")


def hubspot(*rows: tuple[str, ...]) -> bytes:
    lines = (",".join(row) for row in (HUBSPOT, *rows))
    return "\n".join(lines).encode()


def _found(bench: Bench, kind: str) -> set[tuple[str, str]]:
    with bench.open() as review:
        name = {record: review.cases.case(record).event_id for record in review.cases.ids()}
        return {
            (min(name[one.first], name[one.second]), max(name[one.first], name[one.second]))
            for group in scan(review.cases)
            if group.population.kind == kind
            for one in group.cluster.matches
        }


def test_every_contact_and_company_that_was_entered_twice_is_found_and_no_other(loaded_portal: Bench) -> None:
    assert _found(loaded_portal, "contact") == ENTERED.same_contacts
    assert _found(loaded_portal, "account") == ENTERED.same_companies


def test_the_sample_is_what_its_generator_writes(tmp_path: Path) -> None:
    make_duplicates.write(ENTERED, tmp_path)
    for name in ENTERED.files:
        assert (tmp_path / name).read_bytes() == (SAMPLES / "duplicates" / name).read_bytes()


def test_the_command_tells_both_scores_and_changes_nothing(
    loaded_portal: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    before = loaded_portal.workspace.read_bytes()
    assert run(["duplicates", "-w", str(loaded_portal.workspace)]) == 0
    text = capsys.readouterr().out
    assert "certain by the same e-mail, phone, name 92% and company; probability" in text
    assert "score 0.60 of 1.00 comparable (60%): phone, name, company; probability" in text
    assert "26 groups of records that may be the same; decide them in the console, or by name" in text
    assert "  DUP-20c966 may be the same:" in text
    assert loaded_portal.workspace.read_bytes() == before


def test_the_json_names_records_factors_and_weights(loaded_portal: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["duplicates", "-w", str(loaded_portal.workspace), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    with loaded_portal.open() as review:
        kept = {review.cases.case(number).event_id for number in review.cases.ids(Queue.DUPLICATE)}
    assert {group["event_id"] for group in told["groups"]} == kept
    three = next(group for group in told["groups"] if len(group["records"]) == 3)
    assert len(three["pairs"]) == 3 and three["complete"]
    assert set(three["records"][0]) == {"row_id", "record_id", "file", "line"}
    pair = three["pairs"][0]
    assert 0.9 < pair["probability"] <= 1 and pair["weights"]["phone"] > 3


def test_records_of_different_kinds_or_systems_are_never_compared(bench: Bench) -> None:
    one = hubspot(("1", "Ann", "Lee", "ann@one.test", "+12125550100", "One"))
    bench.put("hubspot.csv", one)
    bench.put("leads.csv", b"Id,FirstName,LastName,Email,Phone,Company,Status\n"
              b"00Q000000000001AAA,Ann,Lee,ann@one.test,+12125550100,One,Open\n")  # fmt: skip
    other = Bench(bench.folder / "other")
    other.folder.mkdir()
    assert other.load(bench.folder / "exports" / "hubspot.csv", bench.folder / "exports" / "leads.csv") == ()
    with other.open() as review:
        assert len(review.cases.ids()) == 2
        assert scan(review.cases) == []


def test_the_same_record_in_two_files_is_not_its_own_duplicate(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    row = ("1", "Ann", "Lee", "ann@one.test", "+12125550100", "One")
    first, second = bench.put("a.csv", hubspot(row)), bench.put("b.csv", hubspot((*row[:5], "Two")))
    assert bench.load(first, second) == ()
    with bench.open() as review:
        assert scan(review.cases) == []


def test_an_unmapped_record_that_only_resembles_an_entry_of_the_map_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path)
    bench.put("map.csv", b"hubspot_contact_id,salesforce_contact_id,email,phone,name,company\n"
              b"1,003000000000001AAA,,+12125550100,Ann Lee,One Ltd\n")  # fmt: skip
    bench.put("hubspot.csv", hubspot(("2", "Ann", "Lee", "ann@private.test", "", "One Ltd")))
    assert bench.load(bench.folder / "exports") == ()
    assert run(["duplicates", "-w", str(bench.workspace), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["against_map"]
    assert found["record"]["record_id"] == "2"
    assert found["contact"] == "1/003000000000001AAA"
    assert found["score"] == pytest.approx(0.35)


def _known(number: int, **values: str) -> Known:
    return Known(number, values, values.get("email", ""), values.get("phone", ""), frozenset())


def test_a_web_domain_is_to_a_company_what_an_email_is_to_a_person() -> None:
    one = _known(1, company="Acme", website="https://www.Acme.test/about")
    two = _known(2, company="Acme Inc", website="acme.test")
    three = _known(3, company="Acme", website="other.test")
    assert domain("https://www.Acme.test/about") == domain("acme.test") == "acme.test"
    assert [(one.first, one.second) for one in suspects([one, two, three], companies=True)] == []
    exact = _known(4, company="acme", website="acme.test")
    assert [(one.first, one.second) for one in suspects([one, two, exact, three], companies=True)] == [(1, 4)]


def test_an_equal_email_alone_suggests_nobody() -> None:
    people = [_known(number, email="info@x.test", name=name) for number, name in enumerate(("Ann Lee", "Bob Day"))]
    assert suspects(people, companies=False) == []


def test_what_was_kept_apart_is_not_brought_together_by_a_third(loaded_portal: Bench) -> None:
    with loaded_portal.open() as review:
        (three,) = [group for group in scan(review.cases) if len(group.cluster.members) == 3]
        one, two, _ = three.cluster.members
        left = [set(group.cluster.members) for group in scan(review.cases, [(two, one)])]
        assert not any({one, two} <= members for members in left)
        both = [members & set(three.cluster.members) for members in left]
        assert sorted(map(len, filter(None, both))) == [2]
        everyone = scan(review.cases, combinations(three.cluster.members, 2))
        assert not any(set(three.cluster.members) & set(group.cluster.members) for group in everyone)
