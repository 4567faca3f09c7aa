"""The look of ``report.html``, from ``report.css``, and what a browser may do with the page."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")

_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; script-src 'none'; img-src 'none'; connect-src 'none';"
    " base-uri 'none'; form-action 'none'"
)
"""Draw it with this one sheet, and nothing else: no script, no picture, no request."""
