"""The Slice tab names the column map of a table, and hides the name when the screen is shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_tui.console.privacy import Privacy
from crm_tui.console.slice_view import slice_lines
from crm_tui.console.theme import DARK, paint_of
from crm_tui.intake.column_map import read_map
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("width", [80, 140])
def test_the_map_of_a_table_is_named_with_what_it_leaves_out(tmp_path: Path, width: int) -> None:
    path = tmp_path / "acme.crm"
    load(path, [FIXTURES / "kontakte-2026.csv"], maps=[read_map(FIXTURES / "kontakte.map.toml")])
    with Store.open(path) as store:
        cases = Cases(store)
        privacy = Privacy(cases)
        text = " ".join(" ".join(line.plain.split()) for line in slice_lines(cases, privacy, width, paint_of(DARK)))
        assert "read as other-contacts by the column map Kontakte; 2 columns left out" in text
        privacy.switch(on=True)
        lines = slice_lines(cases, privacy, width, paint_of(DARK))
        assert not any("Kontakte" in line.plain or "kontakte" in line.plain for line in lines)
