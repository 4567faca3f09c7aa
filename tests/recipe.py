"""The check with stock tools, in the README's own words."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def stock_recipe(handoff: str, signer: str) -> str:
    """The README's four lines for this file and this signer, as a script that stops at the first that fails."""
    found = re.search(
        r"<!-- check-linux -->\n```\n(.*?)```\n<!-- /check-linux -->", README.read_text("utf-8"), re.DOTALL
    )
    assert found, "the README has the lines between its marks"
    assert "H.handoff.zip" in found[1] and "NAME@HOST" in found[1]
    return "set -e\n" + found[1].replace("H.handoff.zip", handoff).replace("NAME@HOST", signer)
