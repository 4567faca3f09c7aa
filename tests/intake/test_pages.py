"""Captured pages of a list: whether they are all of it (X20)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crm_tui.cli import run
from crm_tui.intake.formats import noted, open_sources
from crm_tui.intake.json_text import parse
from crm_tui.intake.pages import Page, gaps, is_failure, page
from crm_tui.systems.paths import Value

CONTACT = {"id": "101", "properties": {"email": "ann@one.test"}, "createdAt": "x", "updatedAt": "x", "archived": False}


def value(of: object) -> Value:
    return parse(json.dumps(of).encode())


@pytest.mark.parametrize(
    ("envelope", "more"),
    [
        ({"meta": {"nextPageUrl": "https://x.test/?startAfterId=1"}}, True),
        ({"meta": {"nextPageUrl": None}}, False),
        ({"paging": {"next": {"after": "103"}}}, True),
        ({"results": []}, None),
        ({"has_more": True}, True),
        ({"has_more": False}, False),
        ({"additional_data": {"pagination": {"more_items_in_collection": True}}}, True),
        ({"additional_data": {"next_cursor": None}}, False),
        ({"done": False, "nextRecordsUrl": "/services/data/x"}, True),
        ({"done": True}, False),
        ({"info": {"more_records": False}}, False),
        ({"@odata.nextLink": "https://x.test/contacts"}, True),
    ],
)
def test_each_vendor_says_in_its_own_way_whether_more_follows(envelope: object, more: bool | None) -> None:
    assert page(value(envelope), 1).more is more


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([], ()),
        ([Page(2, more=False)], ()),
        ([Page(2, more=True), Page(1, more=False)], ()),
        ([Page(2, more=True), Page(1)], ()),
        ([Page(2, more=True), Page(1, more=True)], ("the last page is missing: each page says that more follow",)),
        ([Page(2, more=True, total=3), Page(1, more=False, total=3)], ()),
        ([Page(2, more=True, total=348)], ("2 of 348 records are here",)),
        ([Page(100)], ("it has exactly 100 records, the most of a page, and names no next page",)),
        ([Page(7, limit=7)], ("it has exactly 7 records, the most of a page, and names no next page",)),
        ([Page(100, limit=500)], ()),
        ([Page(100, more=False)], ()),
        ([Page(10, start=0, more=True), Page(5, start=10, more=False)], ()),
        (
            [Page(10, start=0, more=True), Page(5, start=20, more=False)],
            ("the records from 10 to 19 are missing",),
        ),
        ([Page(5, start=20, more=False)], ("the records from 0 to 19 are missing",)),
    ],
)
def test_a_gap_is_put_into_words(pages: list[Page], said: tuple[str, ...]) -> None:
    assert gaps(pages) == said


def test_an_error_answer_in_the_place_of_a_page_is_one() -> None:
    for answer in ({"statusCode": 429, "message": "slow"}, {"status": "error"}, {"error": "x"}, {"success": False}):
        assert is_failure(value(answer))
    for other in ({"status": "ok"}, {"statusCode": 200}, {"error": None}, {"type": "NewThing"}, []):
        assert not is_failure(value(other))
    assert gaps([Page(1, more=False)], failed=True) == ("an error answer stands in the place of a page",)


def written(folder: Path, **pages: object) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{name}.json" for name in pages]
    for path, content in zip(paths, pages.values(), strict=True):
        path.write_text(json.dumps(content))
    return paths


def test_a_folder_of_pages_is_looked_at_as_one_list(tmp_path: Path) -> None:
    first = {"contacts": [{"id": "A" * 20, "locationId": "L", "email": "ann@one.test"}], "meta": {"total": 2}}
    second = {"contacts": [{"id": "B" * 20, "locationId": "L", "email": "bob@two.test"}], "meta": {"total": 2}}
    paths = written(tmp_path / "dump", one=first, two=second)
    (alone,) = open_sources(paths[0]).sources
    assert alone.notes == ("incomplete_snapshot: 1 of 2 records are here",)
    assert not any(one.notes for one in noted([source for path in paths for source in open_sources(path).sources]))


def test_rows_load_and_json_say_that_a_dump_is_no_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(
        tmp_path / "dump",
        one={"results": [CONTACT], "paging": {"next": {"after": "102"}}},
        two={"status": "error", "message": "rate limit"},
    )
    missing = "incomplete_snapshot: the last page is missing: each page says that more follow"
    assert run(["rows", str(tmp_path / "dump" / "one.json")]) == 0
    assert f"note: {missing}" in capsys.readouterr().out
    assert run(["load", str(tmp_path / "dump"), "-w", str(tmp_path / "X.crm")]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "incomplete" in line]
    failure = "incomplete_snapshot: an error answer stands in the place of a page"
    assert told == [f"note: one.json: {missing}", f"note: one.json: {failure}"]
