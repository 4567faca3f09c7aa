"""Make the golden handoffs of the present version, which every later one has to accept.

    python -m tests.handoff.golden.make

Each folder ``v1``, ``v2`` … is named for the ``VIEWS_VERSION`` that drew its handoffs; run this after raising that
number.  The keys are made for these tests and believed by nobody else.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from crm_tui.handoff import keys
from crm_tui.handoff.keys import COUNTERSIGN_NAMESPACE, HANDOFF_NAMESPACE
from crm_tui.handoff.merge import merge
from crm_tui.handoff.seal import seal
from crm_tui.handoff.sign_off import Wish, sign_off
from crm_tui.handoff.trust import Trust, parse
from crm_tui.handoff.verify import Verified, verify
from crm_tui.workspace.load import load
from tests.factory import SAMPLE, Bench
from tests.handoff.test_golden import NOW, PRESENT, told
from tests.handoff.test_repaired import repair_one
from tests.handoff.test_seal_verify import decide_all, decide_some

REVIEWER = "Rita Reviewer"


def main() -> None:
    """Write the folder of ``VIEWS_VERSION``; one that is there is never touched."""
    if PRESENT.exists():
        raise SystemExit(f"{PRESENT.name} is there already; raise VIEWS_VERSION first")
    with tempfile.TemporaryDirectory() as name:
        os.environ["CRM_TUI_DATA_DIR"] = name
        made = Path(name)
        folder = made / PRESENT.name
        folder.mkdir()
        rita, ola = (_key(made, person) for person in ("rita@example.test", "ola@client.test"))
        lines = [
            keys.allowed_signers_line(rita.principal, rita.public, (HANDOFF_NAMESPACE,)),
            keys.allowed_signers_line(ola.principal, ola.public, (COUNTERSIGN_NAMESPACE,)),
        ]
        trust = Trust(parse("".join(f"{line}\n" for line in lines).encode()))
        (folder / "allowed_signers").write_text("".join(f"{line}\n" for line in lines))
        shutil.copy(made / "rita_ed25519", folder / "test_key_ed25519")
        _write(folder, made, rita, ola, trust)
        accepted = {path.name: told(_accepted(path, trust)) for path in sorted(folder.glob("*.zip"))}
        (folder / "accepted.json").write_text(json.dumps(accepted, indent=1, sort_keys=True) + "\n")
        shutil.copytree(folder, PRESENT)


def _key(folder: Path, principal: str) -> keys.FileSigner:
    return keys.new_key(folder / f"{principal.partition('@')[0]}_ed25519", principal)


def _accepted(path: Path, trust: Trust) -> Verified:
    return verify(path.read_bytes(), trust, now=NOW)


def _write(folder: Path, made: Path, rita: keys.FileSigner, ola: keys.FileSigner, trust: Trust) -> None:
    loaded = Bench(made)
    load(loaded.workspace, sorted(SAMPLE.glob("*.csv")), reviewer=REVIEWER, clock=loaded.clock)
    reviews = (("partial.zip", decide_some), ("complete.zip", decide_all), ("repaired.zip", repair_one))
    for name, decide in reviews:
        bench = Bench(made / name)
        bench.folder.mkdir()
        shutil.copy(loaded.workspace, bench.workspace)
        with bench.open(REVIEWER) as review:
            decide(review)
            seal(review.cases, folder / name, rita, REVIEWER)
    complete = (folder / "complete.zip").read_bytes()
    wish = Wish("client", "approve", comment="seen")
    (folder / "signed-off.zip").write_bytes(sign_off(complete, trust, ola, wish, NOW))
    partial = (folder / "partial.zip").read_bytes()
    merge(partial, complete, folder / "merged.zip", trust, rita, REVIEWER, NOW)


if __name__ == "__main__":
    main()
