"""Every payload fixture of every system, whole, mixed and damaged: nothing is lost, nothing crashes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake.formats import named, open_sources, parse, records
from crm_tui.intake.source import ABSENT, Skipped
from tests.factory import Bench, csv_bytes
from tests.systems.systems_support import FIXTURES, MAP_HEADER, PEOPLE

PAYLOADS = sorted([*FIXTURES.glob("*/*.json"), *FIXTURES.glob("*/*.jsonl")])
_NAMES = [f"{path.parent.name}/{path.name}" for path in PAYLOADS]
_DAMAGE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
_JUNK = (b"NaN", b"1e", b"\xff", b'"\\ud800"', b"null", b"[]", b"{}", b'"x"', b"7", b"-", b'{"a":1,"a":2}', b"[[[[")


def check(path: Path) -> int:
    """How many records a file has, after it was seen that each of its bytes is accounted for."""
    spans: list[tuple[int, bytes]] = []
    rows = 0
    for source in open_sources(path).sources:
        skipped: list[Skipped] = []
        for record in records(source, skipped):
            rows += 1
            spans.append((record.offset, record.raw))
            if record.cells is not None:
                assert parse(record.raw, source, record.context) == record.cells
                assert ABSENT not in named(source)(record.cells).values()
        spans += [(span.offset, span.raw) for span in skipped]
        spans.append((0, source.header_raw))
    content = path.read_bytes()
    whole = b"".join(raw for _, raw in sorted(set(spans)) if raw)
    assert whole == content
    return rows


@pytest.mark.parametrize("path", PAYLOADS, ids=_NAMES)
@_DAMAGE
@given(st.data())
def test_a_fixture_that_is_cut_anywhere_gives_every_byte_back(path: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    cut = tmp_path / f"cut{path.suffix}"
    cut.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        assert check(cut)
    except InputError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("path", PAYLOADS, ids=_NAMES)
@_DAMAGE
@given(st.data())
def test_junk_in_the_place_of_a_value_loses_no_other_line(path: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    places = [at + 1 for at in range(len(content) - 1) if content[at : at + 1] in (b":", b",", b"[")]
    at = data.draw(st.sampled_from(places))
    end = next((end for end in range(at, len(content)) if content[end : end + 1] in b",]}\n"), len(content))
    damaged = tmp_path / f"junk{path.suffix}"
    damaged.write_bytes(content[:at] + data.draw(st.sampled_from(_JUNK)) + content[end:])
    rows = check(damaged)
    if path.suffix == ".jsonl":
        assert rows >= sum(bool(line.strip()) for line in content.splitlines()) - 1


@pytest.mark.parametrize("path", [path for path in PAYLOADS if "nasty" not in path.name])
@_DAMAGE
@given(st.integers())
def test_the_order_of_members_changes_no_cell(path: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            names = list(value)
            chance.shuffle(names)
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    other = tmp_path / path.name
    texts = (json.dumps(shuffled(json.loads(line, parse_float=str))) for line in lines if line.strip())
    straight = tmp_path / f"straight-{path.name}"
    straight.write_text("\n".join(json.dumps(json.loads(line, parse_float=str)) for line in lines if line.strip()))
    other.write_text("\n".join(texts))
    assert cells(other) == cells(straight)


def cells(path: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """Table and cells of every record; an object that stands in one cell is compared by what it says."""
    found = [
        (source.table.name, sorted((name, _said(text)) for name, text in named(source)(record.cells).items()))
        for source in open_sources(path).sources
        for record in records(source)
        if record.cells is not None
    ]
    return sorted(found)


def _said(text: str) -> str:
    return (
        json.dumps(json.loads(text), sort_keys=True) if text[:1] in ("{", "[") else "; ".join(sorted(text.split("; ")))
    )


def test_a_folder_of_all_payloads_loads_in_one_command_and_every_record_is_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    wanted = {}
    for path, name in zip(PAYLOADS, _NAMES, strict=True):
        put = bench.put(name.replace("/", "-"), path.read_bytes())
        wanted[put.name] = check(put)
    bench.put("contact-map.csv", csv_bytes(MAP_HEADER, PEOPLE))
    assert bench.load(tmp_path / "exports") == ()
    with bench.open() as review:
        found: dict[str, int] = {}
        for name, rows in review.store.connection.execute(
            "SELECT name, COUNT(*) FROM record JOIN source ON source.id = source_id WHERE latest GROUP BY source_id"
        ):
            file = name.partition("!")[0]
            found[file] = found.get(file, 0) + rows
        counts = review.cases.counts()
    assert found == wanted
    assert counts.ledger + counts.conflicts + counts.errors == sum(wanted.values())
