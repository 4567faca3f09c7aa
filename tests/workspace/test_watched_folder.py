"""What comes into a watched folder is read as the user said."""

from __future__ import annotations

from pathlib import Path

from crm_tui.intake.source import Overrides
from crm_tui.workspace.watch import PATIENCE, Arrivals
from tests.factory import APPOINTMENT_HEADER, appointment


def test_encoding_and_delimiter_that_the_user_names_hold_for_files_that_come_later(tmp_path: Path) -> None:
    row = appointment(title="Größe, Länge")
    lines = (";".join(APPOINTMENT_HEADER), ";".join(row[name] for name in APPOINTMENT_HEADER))
    (tmp_path / "late.csv").write_bytes("\n".join(lines).encode("utf-16-le"))
    plain, told = Arrivals(tmp_path), Arrivals(tmp_path, Overrides(encoding="utf-16-le", delimiter=";"))
    for arrivals in (plain, told):
        assert not arrivals.look(0.0).sources
    (source,) = told.look(PATIENCE).sources
    assert (source.encoding, source.delimiter, source.guessed) == ("utf-16-le", ";", ())
