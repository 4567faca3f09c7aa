"""What is worked out once for many rows comes to what each row comes to by itself."""

from __future__ import annotations

import hashlib
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui import canonical
from crm_tui.classify import reading
from crm_tui.classify.event import row_id
from crm_tui.systems import TABLES
from crm_tui.systems.moments import Noted, moment

TEXTS = ("", " ", "a", " b ")


@given(st.text(max_size=40), st.text(max_size=10), st.integers(0, 9))
def test_a_row_id_is_the_digest_of_the_canonical_list_of_its_five_parts(name: str, scope: str, again: int) -> None:
    listed = canonical.dumps(["close", "appointment", scope, name, again])
    expected = f"row-{hashlib.sha256(listed).hexdigest()[:16]}"
    assert row_id("close", "appointment", scope, name, again) == expected


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.valued])
def test_fields_with_one_column_each_are_read_as_those_with_several(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = TABLES[name]
    rows = [
        {column.name: text for column, text in zip(columns, texts, strict=True)}
        for columns in combinations([column for column in table.columns if not column.separator][:12], 2)
        for texts in combinations(TEXTS, 2)
    ]
    normal = [{name: text.strip() for name, text in cells.items()} for cells in rows]
    one_by_one = [reading.values(table, known, cells) for known, cells in zip(normal, rows, strict=True)]
    carried = reading.carried_by
    monkeypatch.setattr(reading, "carried_by", lambda *of: carried(*of)._replace(several=True))
    assert one_by_one == [reading.values(table, known, cells) for known, cells in zip(normal, rows, strict=True)]


@given(st.datetimes().map(lambda time: time.isoformat(timespec="seconds") + "Z"))
def test_a_time_in_the_form_that_is_wanted_stays_as_it_is(text: str) -> None:
    # With two blanks it is not of that form and takes the way of all the others.
    assert moment(text) == moment(text.replace("T", "  ")) == Noted(text)


@pytest.mark.parametrize(
    "text", ["2026-02-30T10:00:00Z", "2026-05-13T24:00:00Z", "2026-05-13T10:60:00Z", "2026-05-13T10:00:60Z"]
)
def test_what_only_has_that_form_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="no date or time"):
        moment(text)
