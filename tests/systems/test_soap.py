"""Outbound messages of Salesforce: each notification is a row; entities and other XML are refused."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake.explained import reasons
from crm_tui.intake.formats import open_sources, records
from tests.factory import Bench
from tests.systems.systems_support import FIXTURES, judged, records_of, writes

MESSAGE = FIXTURES / "salesforce" / "outbound-message.xml"
NASTY = FIXTURES / "salesforce" / "outbound-message-nasty.xml"
_FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


def test_each_notification_of_a_message_is_judged_by_what_it_tells(bench: Bench) -> None:
    cases = judged(bench, "salesforce/outbound-message.xml")
    assert cases["04l5e000000NoteAAA"].verdict.rule == "no_write"
    assert writes(cases["04l5e000000NoteBAA"]) == {"city": "Dallas"}
    assert cases["04l5e000000NoteCAA"].noun == "Salesforce outbound message of a lead"


def test_a_notification_that_is_sent_again_is_the_same_one_and_what_is_damaged_is_an_error_row(bench: Bench) -> None:
    rules = [case.verdict.rule for case in judged(bench, "salesforce/outbound-message-nasty.xml").values()]
    assert sorted(rules) == ["cleared_field", "duplicate_event", "unknown_event", *["unreadable"] * 3]


def test_a_message_says_why_it_is_what_it_is() -> None:
    contacts, _ = open_sources(MESSAGE).sources
    assert reasons(contacts)[0] == ("salesforce-contact-messages: Notification is there and sObject.type is contact")


def test_a_message_that_comes_into_a_watched_folder_is_taken(tmp_path: Path) -> None:
    from crm_tui.workspace.watch import STILL, Arrivals

    arrivals = Arrivals(tmp_path)
    (tmp_path / "message.xml").write_bytes(MESSAGE.read_bytes())
    assert arrivals.look(0).sources == []
    assert len(arrivals.look(STILL).sources) == 2


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ('<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">', "declares a document type or entities"),
        ('<!ENTITY a SYSTEM "file:///etc/hostname">', "declares a document type or entities"),
        ('<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;', "declares a document type or entities"),
    ],
)
def test_entities_are_refused_in_words_and_nothing_is_opened(tmp_path: Path, declared: str, said: str) -> None:
    path = tmp_path / "message.xml"
    start = '<?xml version="1.0" encoding="UTF-8"?>'
    path.write_text(MESSAGE.read_text().replace(start, f"{start}<!DOCTYPE x [{declared}]>"))
    with pytest.raises(InputError, match=said) as refused:
        open_sources(path)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'<?xml version="1.0"?><svg/>', "is XML, but no outbound message of Salesforce"),
        (b'<?xml version="1.0" encoding="UTF-16"?><x><Notification></Notification></x>', "another encoding than UTF-8"),
        (b"<s:Envelope><Notification>" + b" " * (8 << 20), "is XML of over 8 MB"),
    ],
)
def test_other_xml_is_refused_in_words(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "message.xml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        open_sources(path)


@pytest.mark.parametrize(
    "notification",
    [
        "<Notification>" + "<a>" * 100_000 + "</a>" * 100_000 + "</Notification>",
        "<Notification><sObject>" + "<a>1</a>" * 100_000 + "</sObject></Notification>",
        "<Notification><sObject " + " ".join(f'a{at}="1"' for at in range(100_000)) + "/></Notification>",
        "<Notification>" * 50_000,
    ],
    ids=["deep", "wide", "attributes", "never closed"],
)
def test_a_hostile_notification_is_an_error_row_within_seconds(tmp_path: Path, notification: str) -> None:
    path = tmp_path / "message.xml"
    path.write_text(f"<?xml version='1.0'?><x>{notification}</x>")
    start = time.process_time()
    try:
        found = [record.problem for source in open_sources(path).sources for record in records(source, [])]
    except InputError as error:
        found = [str(error)]
    assert all(found)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("path", [MESSAGE, NASTY], ids=lambda path: path.name)
@_FILES
@given(st.integers())
def test_junk_anywhere_loses_no_byte_and_crashes_nothing(path: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(60, len(content))
        content[at : at + chance.randint(0, 3)] = chance.choice(
            (b"\0", b"\xff", b"<", b"/>", b"&a;", b"]]>", b'"', b"")
        )
    junk = tmp_path / "junk.xml"
    junk.write_bytes(content)
    try:
        assert records_of(junk)
    except InputError as error:
        assert str(error).endswith(".")


def test_the_order_of_elements_changes_no_cell(tmp_path: Path) -> None:
    lines = MESSAGE.read_text().splitlines(keepends=True)
    start = next(at for at, line in enumerate(lines) if "sf:Id" in line)
    turned = tmp_path / "turned.xml"
    turned.write_text("".join([*lines[:start], *reversed(lines[start : start + 6]), *lines[start + 6 :]]))
    (one, _), (other, _) = open_sources(MESSAGE).sources, open_sources(turned).sources
    assert [record.cells for record in records(one)] == [record.cells for record in records(other)]
