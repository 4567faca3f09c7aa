"""Take the pictures of the report in the README, in headless Chromium, from the decided sample.

    pip install -e '.[test]'; python screenshots/report.py

Needs Chromium (Debian: chromium).  The clock stands still, so that the same code draws the same pictures but for the
fingerprint of the key, which is a new one each time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

# (file name, width, dark, height; 0 = the window's)
SHOTS = (("report-light", 1000, False, 1500), ("report-dark", 1000, True, 1500), ("report-narrow", 390, False, 1500))


def main() -> None:
    """Decide the sample, sign it, and draw its report."""
    from crm_tui.handoff import container
    from crm_tui.handoff.seal import seal
    from crm_tui.workspace.cases import Cases
    from crm_tui.workspace.decisions import Decisions
    from crm_tui.workspace.load import load
    from crm_tui.workspace.store import Store
    from tests import browser
    from tests.factory import SAMPLE, Review, Ticking, signer
    from tests.handoff.test_seal_verify import decide_all

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ["CRM_TUI_DATA_DIR"] = str(folder / "data")
        workspace, out, clock = folder / "first-slice.crm", folder / "h.zip", Ticking()
        load(workspace, [SAMPLE], reviewer="Dana", clock=clock)
        with Store.open(workspace, clock=clock) as store:
            cases = Cases(store)
            decide_all(Review(cases, Decisions(cases, "Dana")))
            seal(cases, out, signer(folder, "dana@agency.test"), "Dana")
        members = {member.name: bytes(member.data) for member in container.read(out.read_bytes())}
        report = folder / "report.html"
        report.write_bytes(members["report.html"])
        with browser.chromium(folder) as page:
            for title, width, dark, height in SHOTS:
                page.look(width, dark=dark)
                page.open(report)
                (HERE / f"{title}.png").write_bytes(page.picture(height))
                print(HERE / f"{title}.png")


if __name__ == "__main__":
    main()
