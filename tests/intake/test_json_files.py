"""JSON and JSON Lines: exact spans, one source a table, and nothing lost however a file is damaged."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake.formats import named, open_sources, parse, records
from crm_tui.intake.source import Record, Skipped

APPOINTMENT = {
    "appointment_id": "APT-1",
    "close_contact_id": "CLOSE-1",
    "email": "ann@one.test",
    "start_at": "2026-06-01T10:00:00Z",
    "status": "scheduled",
    "updated_at": "2026-05-10T10:00:00Z",
    "title": "Call — Ann",
}
SYNC = {
    "entity_type": "contact",
    "operation": "update",
    "data": {"id": 7, "email": "ann@one.test", "company": None, "custom": {"tier": "gold", "n": 1.50}},
    "options": {"force_update": False},
}
BULK = {
    "request_id": "r-1",
    "entity_type": "lead",
    "operation": "merge",
    "data": [{"email": "bob@two.test"}, {"email": "cal@two.test", "first_name": "Cal"}],
    "options": {"skip_validation": True},
}
ACTIVITY = {
    "source": "hubspot",
    "type": "call",
    "id": "A-1",
    "contacts": ["17", "18"],
    "timestamp": "2026-05-01T10:00:00Z",
}
STRANGE = {"type": "NewThing", "id": "x-1", "deep": {"list": [{"a": 1}]}}
N8N = {"headers": {"host": "hooks.one.test"}, "params": {}, "query": {}, "body": SYNC}
IN_TEXT = {"uuid": "1", "method": "POST", "headers": {}, "content": json.dumps([SYNC, BULK])}

MIXED = [SYNC, BULK, ACTIVITY, STRANGE, N8N, APPOINTMENT, IN_TEXT, [ACTIVITY, SYNC]]


def _written(tmp_path: Path, data: bytes | object, name: str = "payloads.json") -> Path:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode())
    return path


def _lines(*values: object) -> bytes:
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


def _read(path: Path) -> dict[str, list[Record]]:
    """Records per table, after it was seen that the sources give the file back and each record reads again."""
    opened = open_sources(path)
    spans: list[tuple[int, bytes]] = []
    found: dict[str, list[Record]] = {}
    for source in opened.sources:
        skipped: list[Skipped] = []
        rows = list(records(source, skipped))
        found[source.table.name] = rows
        spans += [(record.offset, record.raw) for record in rows] + [(span.offset, span.raw) for span in skipped]
        if source.header_raw:
            spans.append((0, source.header_raw))
        for record in rows:
            if record.cells is not None:
                assert parse(record.raw, source, record.context) == record.cells
            assert (record.cells is None) == bool(record.problem)
    content = path.read_bytes()
    whole = b""
    for offset, raw in sorted(set(spans)):
        assert offset == len(whole), "a span overlaps another or leaves a gap"
        whole += raw
    assert whole == content
    return found


def _cells(path: Path) -> list[dict[str, str]]:
    return [
        named(source)(record.cells)
        for source in open_sources(path).sources
        for record in records(source)
        if record.cells is not None
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_mixed_payloads_is_one_source_for_each_table(tmp_path: Path, indent: int | None) -> None:
    path = _written(tmp_path, json.dumps(MIXED, indent=indent).encode())
    assert {name: len(rows) for name, rows in _read(path).items()} == {
        "request-contact": 4,
        "request-lead-bulk": 4,
        "activity-webhook-hubspot": 2,
        "unknown-payload": 1,
        "close-appointments": 1,
    }
    names = [source.name for source in open_sources(path).sources]
    assert names[0] == "payloads.json!request-contact"


def test_json_lines_are_told_from_a_document_and_streamed(tmp_path: Path) -> None:
    path = _written(tmp_path, b"\n" + _lines(*MIXED) + b"\n\n", "payloads.txt")
    assert sum(map(len, _read(path).values())) == 12
    assert {source.format for source in open_sources(path).sources} == {"jsonl"}
    assert [record.first_line for record in _read(path)["close-appointments"]] == [7]


def test_a_record_that_is_alone_in_its_line_takes_the_line(tmp_path: Path) -> None:
    path = _written(tmp_path, b"  " + _lines(SYNC) + _lines(SYNC), "two.jsonl")
    raws = [record.raw for record in _read(path)["request-contact"]]
    assert raws == path.read_bytes().splitlines(keepends=True)


def test_the_cells_of_a_record_are_what_its_columns_and_then_its_other_members_say(tmp_path: Path) -> None:
    (cells,) = _cells(_written(tmp_path, SYNC))
    assert cells == {
        "record": "7",
        "email": "ann@one.test",
        "company": "",
        "fields": "company\ncustom\nemail\nid",
        "operation": "update",
        "force_update": "false",
        "+entity_type": "contact",
        "+data.custom.tier": "gold",
        "+data.custom.n": "1.5",
    }


def test_a_record_of_a_list_has_what_its_envelope_says_for_all(tmp_path: Path) -> None:
    first, second = _cells(_written(tmp_path, BULK))
    assert first == {"email": "bob@two.test", "fields": "email", "operation": "merge", "skip_validation": "true"}
    assert second == {**first, "email": "cal@two.test", "first_name": "Cal", "fields": "email\nfirst_name"}
    assert [record.raw for record in _read(tmp_path / "payloads.json")["request-lead-bulk"]] == [
        b'{"email": "bob@two.test"}',
        b'{"email": "cal@two.test", "first_name": "Cal"}',
    ]


def test_a_flat_list_is_recognised_like_a_header_and_absent_is_not_blank(tmp_path: Path) -> None:
    path = _written(tmp_path, [APPOINTMENT, {**APPOINTMENT, "Title": "", "title": None, "phone": "+15550100001"}])
    first, second = _cells(path)
    assert "phone" not in first
    assert second["phone"] == "+15550100001"
    assert second["title"] == ""


def test_an_unknown_payload_is_a_record_that_names_its_type(tmp_path: Path) -> None:
    (cells,) = _cells(_written(tmp_path, STRANGE))
    assert (cells["event_type"], cells["event_id"], cells["+deep.list"]) == ("NewThing", "x-1", '[{"a":1}]')


def test_a_byte_order_mark_is_kept_and_said(tmp_path: Path) -> None:
    for data in (b"\xef\xbb\xbf" + json.dumps(MIXED).encode(), b"\xef\xbb\xbf" + _lines(*MIXED)):
        path = _written(tmp_path, data)
        _read(path)
        assert {source.encoding for source in open_sources(path).sources} == {"utf-8-sig"}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (b'{"a":1,"a":1}', "has an object that names a member twice"),
        (b'{"a":NaN}', "has NaN, which is no JSON"),
        (b'{"a":"\\ud800"}', "holds half of a surrogate pair"),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "is nested deeper than 64 levels"),
        (b'{"a":1e' + b"9" * 200 + b"}", "has a number of over 100 characters"),
        (b'{"a":"\xff"}', "byte 0xFF at position 7 is not UTF-8"),
        (b'{"a":"' + b"x" * ((1 << 20) + 1) + b'","type":"x"}', "has a text of over 1,048,576 characters"),
        (b'{"a":"' + b"x" * (9 << 20) + b'"}', "is longer than 8 MB"),
    ],
    ids=["twice", "nan", "half", "deep", "digits", "byte", "text", "long"],
)
def test_one_bad_item_is_one_error_and_the_others_are_read(tmp_path: Path, item: bytes, reason: str) -> None:
    good = json.dumps(SYNC).encode()
    documents = [b"[" + good + b"," + item + b"," + good + b"]"]
    if len(item) < 8 << 20:
        documents.append(good + b"\n" + item + b"\n" + good + b"\n")
    for document in documents:
        rows = [record for found in _read(_written(tmp_path, document)).values() for record in found]
        assert [record.problem for record in rows if record.problem] == [reason]
        assert len(rows) == 3


def test_one_bad_item_of_a_page_is_one_error_and_the_others_are_read(tmp_path: Path) -> None:
    data = json.dumps(BULK).encode().replace(b'"Cal"', b"NaN")
    rows = _read(_written(tmp_path, data))["request-lead-bulk"]
    assert [record.problem for record in rows] == ["", "has NaN, which is no JSON"]


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b'{"type":"x"} trailing', ["", "text follows the end of the value"]),
        (b'[{"type":"x"}] []', ["", "text follows the end of the value"]),
        (b'{"type": tru} and more', ["is no JSON at character 10: a value is missing"]),
        (b'[{"type":"x"},]', ["", "a value is missing"]),
        (b'[{"type":"x"} {"type":"y"}]', ["", "a comma or an end is missing"]),
        (b'[{"type":"x"},{"type":', ["", "ends in the middle; the file may be cut off"]),
        (b'[{"type":"x"}', ["", "ends in the middle; the file may be cut off"]),
        (b'{"type":', ["ends in the middle; the file may be cut off"]),
        (b"[", ["ends in the middle; the file may be cut off"]),
        (b"{}", [""]),
        (b"[]", []),
        (b"[1,null]", ["", ""]),
    ],
)
def test_what_is_wrong_around_the_records_is_an_error_row(tmp_path: Path, data: bytes, problems: list[str]) -> None:
    rows = [record for found in _read(_written(tmp_path, data)).values() for record in found]
    assert [record.problem for record in sorted(rows, key=lambda one: one.offset)] == problems


def test_a_document_that_is_too_long_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as stream:
        stream.write(b"[")
        stream.truncate((64 << 20) + 1)
    with pytest.raises(InputError, match=r"is a JSON document over 64 MB; save it as JSON Lines or in parts\.$"):
        open_sources(path)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    for data in (json.dumps(SYNC).encode(), _lines(SYNC, SYNC)):
        path = _written(tmp_path, data)
        (source,) = open_sources(path).sources
        path.write_bytes(data.replace(b"ann", b"bob"))
        with pytest.raises(InputError, match="changed while it was read"):
            list(records(source))


def test_members_without_a_column_are_shown_up_to_a_thousand_and_then_together(tmp_path: Path) -> None:
    payload = {"type": "x", **{f"m{number}": number for number in range(1_500)}}
    (cells,) = _cells(_written(tmp_path, payload))
    assert len(cells) < 1_005
    assert json.loads(cells["+…"])["+m1499"] == "1499"


_BOMBS = {
    "deep": lambda: b"[" * 200_000 + b"]" * 200_000,
    "alternating": lambda: b'{"a":[' * 100_000 + b"1" + b"]}" * 100_000,
    "open": lambda: b"[" * 60_000_000,
    "members": lambda: b"{" + b",".join(b'"%x":1' % number for number in range(1_000_000)) + b"}",
    "envelope": lambda: json.dumps({**BULK, "options": {"force_update": "x" * 50_000}, "data": [{}] * 50_000}).encode(),
    "number": lambda: b"[" + b"9" * 60_000_000 + b"]",
    "text": lambda: b'["' + b"\\u0041" * 10_000_000 + b'"]',
}


@pytest.mark.parametrize("bomb", _BOMBS)
def test_a_bomb_is_put_into_words_within_five_seconds_and_300_mb(tmp_path: Path, bomb: str) -> None:
    path = _written(tmp_path, _BOMBS[bomb]())
    code = (
        "import sys, time; from pathlib import Path\n"
        "from crm_tui.errors import InputError\n"
        "from crm_tui.intake.formats import open_sources, records\n"
        "try: print([r.problem for s in open_sources(Path(sys.argv[1])).sources for r in records(s)])\n"
        "except InputError as error: print(error)\n"
        "print(time.process_time())\n"
        "print(next((line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line), 0))"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    said, seconds, peak = done.stdout.splitlines()
    assert len(said) < 400
    assert "[]" not in said
    assert int(peak) < 300 << 10
    assert float(seconds) < 5


_SOME = st.lists(st.sampled_from(MIXED), min_size=1, max_size=4)
_PROPERTY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@_PROPERTY
@given(_SOME, st.booleans(), st.sampled_from([None, 1]), st.data())
def test_a_file_that_is_cut_anywhere_still_gives_every_byte_back(
    tmp_path: Path, values: list[object], lines: bool, indent: int | None, data: st.DataObject
) -> None:
    content = _lines(*values) if lines else json.dumps(values, indent=indent).encode()
    cut = content[: data.draw(st.integers(1, len(content)))]
    assert _read(_written(tmp_path, cut, "cut.jsonl" if lines else "cut.json"))


@_PROPERTY
@given(_SOME, st.integers())
def test_the_order_of_members_changes_nothing(tmp_path: Path, values: list[object], seed: int) -> None:
    chance = random.Random(seed)

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            names = sorted(value)
            chance.shuffle(names)
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    straight = _cells(_written(tmp_path, [value for value in values if value is not IN_TEXT]))
    other = _cells(_written(tmp_path, shuffled([value for value in values if value is not IN_TEXT])))
    assert sorted(map(sorted, (one.items() for one in straight))) == sorted(map(sorted, (one.items() for one in other)))


@_PROPERTY
@given(_SOME, st.booleans(), st.data())
def test_junk_in_the_place_of_any_value_loses_no_record(
    tmp_path: Path, values: list[object], lines: bool, data: st.DataObject
) -> None:
    junk = data.draw(
        st.sampled_from([b"NaN", b"1e", b"\xff", b'"\\ud800"', b"null", b"[]", b"{}", b'"x"', b"7", b"tru"])
    )
    content = _lines(*values) if lines else json.dumps(values).encode()
    places = [at for at in range(len(content)) if content[at : at + 2] in (b": ", b", ")]
    at = data.draw(st.sampled_from(places)) + 2
    end = next(end for end in range(at, len(content)) if content[end : end + 1] in b",]}\n")
    _read(_written(tmp_path, content[:at] + junk + content[end:], "junk.jsonl" if lines else "junk.json"))


@pytest.mark.parametrize("content", [b"[[],[],[]]", b"[{},[],7]", b"[[[]],[[]],[]]"])
def test_an_item_that_is_nothing_is_an_error_row(tmp_path: Path, content: bytes) -> None:
    path = _written(tmp_path, content)
    assert sum(1 for source in open_sources(path).sources for _ in records(source, [])) == 3


@_PROPERTY
@given(st.binary(min_size=1, max_size=80).map(lambda some: b"{" + some))
def test_any_bytes_are_records_or_one_sentence(tmp_path: Path, content: bytes) -> None:
    try:
        assert _read(_written(tmp_path, content))
    except InputError as error:
        assert str(error).endswith(".")
