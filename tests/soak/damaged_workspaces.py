"""Reliability goal 4: a damaged workspace is never opened silently wrong, and never written over."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from random import Random

from crm_tui.cli import run
from crm_tui.files import read_file
from tests.factory import SAMPLE

TRIED = "damaged workspaces"
_MOST = 1 << 26


def trials(folder: Path, lots: Random) -> Iterator[int]:
    """From one bit to half the file; what opens shows the decisions that were there before."""
    whole, damaged = folder / "whole.crm", folder / "damaged.crm"
    (folder / "d.csv").write_text("event_id,choice\nCHG-8801,approve\nAPT-7001,approve\nACT-9101,defer\n")
    assert said("load", str(SAMPLE), "-w", str(whole))[0] == 0
    assert said("decide", "-w", str(whole), "--from", str(folder / "d.csv"))[0] == 0
    code, expected = said("journal", "-w", str(whole), "--json")
    assert code == 0
    good = read_file(whole, _MOST)
    while True:
        data = harmed(good, lots)
        for path in folder.glob("damaged.crm*"):
            path.unlink()
        damaged.write_bytes(data)
        code, shown = said("journal", "-w", str(damaged), "--json")
        assert code in (0, 1, 2)
        assert code or shown == expected, "opened, and shows other decisions"
        if code:
            assert said("load", str(SAMPLE), "-w", str(damaged))[0] in (1, 2), "loaded into, though damaged"
            assert damaged.read_bytes() == data, "written over"
        yield 1


def harmed(good: bytes, lots: Random) -> bytes:
    """One bit, a sector, a swap of two pages, a cut, or zeros to the end."""
    data, at = bytearray(good), lots.randrange(len(good))
    kind = lots.randrange(5)
    if kind == 0:
        data[at] ^= 1 << lots.randrange(8)
    elif kind == 1:
        data[at : at + 512] = lots.randbytes(len(data[at : at + 512]))
    elif kind == 2:
        one, two = (lots.randrange(len(good) // 4096) * 4096 for _ in range(2))
        data[one : one + 4096], data[two : two + 4096] = data[two : two + 4096], data[one : one + 4096]
    elif kind == 3:
        del data[max(at, len(data) // 2) :]
    else:
        data[at:] = bytes(len(data) - at)
    return bytes(data)


def said(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output of a command; no traceback in what it says."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(arguments))
    assert "Traceback" not in err.getvalue() and "unexpected" not in err.getvalue(), err.getvalue()
    return code, out.getvalue()
