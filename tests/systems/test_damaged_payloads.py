"""Every payload fixture of every system, whole, mixed and damaged: nothing is lost, nothing crashes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake.formats import named, open_sources, records
from tests.systems.systems_support import FIXTURES, records_of

PAYLOADS = sorted([*FIXTURES.glob("*/*.json"), *FIXTURES.glob("*/*.jsonl")])
_NAMES = [f"{path.parent.name}/{path.name}" for path in PAYLOADS]
_DAMAGE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
_JUNK = (b"NaN", b"1e", b"\xff", b'"\\ud800"', b"null", b"[]", b"{}", b'"x"', b"7", b"-", b'{"a":1,"a":2}', b"[[[[")


@pytest.mark.parametrize("path", PAYLOADS, ids=_NAMES)
@_DAMAGE
@given(st.data())
def test_a_fixture_that_is_cut_anywhere_gives_every_byte_back(path: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    cut = tmp_path / f"cut{path.suffix}"
    cut.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        assert records_of(cut)
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
    rows = records_of(damaged)
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
