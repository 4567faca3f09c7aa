"""How long a handoff takes to seal and to verify, how big it is, and how much memory checking it needs.

    python -m tests.benchmarks.handoff [ROWS]        (default: 10,000)

Prints one line per figure, beside the goal where there is one.  Only ratios carry over to another machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.factory import ANN, Bench, appointment, signer, trust_in

CONTACTS = 2_500
GOALS = {"hash, sign and pack": "goal 0.05 s", "verify": "goal 0.5 s"}


def main() -> None:
    """Make a review, decide all of it, seal it, and verify it in a process of its own."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        os.environ["CRM_TUI_DATA_DIR"] = str(Path(name) / "data")
        bench = review_of(rows, Path(name))
        timed_seal(bench)
        timed_verify(bench.folder)


def review_of(rows: int, folder: Path) -> Bench:
    """One appointment in ten belongs to another contact than it says; every row is approved."""
    bench = Bench(folder)
    contacts = [
        {**ANN, "close_contact_id": f"CLOSE-{n + 1}", "ghl_contact_id": f"GHL-{n + 1}", "email": f"p{n}@one.test",
         "phone": f"+1202555{n:04d}"}
        for n in range(min(rows, CONTACTS))
    ]  # fmt: skip
    events = [
        appointment(
            f"APT-{n}",
            close_contact_id=f"CLOSE-{(n + (n % 10 == 0)) % len(contacts) + 1}",
            email=f"p{n % len(contacts)}@one.test",
        )
        for n in range(rows)
    ]
    start = time.perf_counter()
    bench.events(contacts=contacts, appointments=events)
    told(f"load {rows:,} rows", time.perf_counter() - start)
    start = time.perf_counter()
    with bench.open() as review, review.decisions.together():
        for record_id in review.cases.ids():
            review.decisions.approve(record_id, token=review.cases.case(record_id).options[0].token)
    told("decide them as one set", time.perf_counter() - start)
    return bench


def timed_seal(bench: Bench) -> None:
    """Seal the review; then hash, sign and pack its members once more, alone."""
    from crm_tui.handoff import container, sums
    from crm_tui.handoff.keys import HANDOFF_NAMESPACE
    from crm_tui.handoff.seal import seal

    key = signer(bench.folder)
    start = time.perf_counter()
    with bench.open() as review:
        seal(review.cases, bench.folder / "h.zip", key, "Rita Reviewer")
    told("seal, all of it", time.perf_counter() - start)
    data = (bench.folder / "h.zip").read_bytes()
    members = [(member.name, bytes(member.data)) for member in container.read(data)[2:]]
    start = time.perf_counter()
    listed = sums.render(members)
    signature = key.sign(HANDOFF_NAMESPACE, listed)
    container.write([(sums.SUMS_NAME, listed), (sums.SIGNATURE_NAME, signature), *members])
    told("hash, sign and pack", time.perf_counter() - start)
    print(f"{'size':<28} {len(data) / 1e6:9.1f} MB")
    for name, content in sorted(members, key=lambda item: -len(item[1]))[:4]:
        print(f"  {name:<26} {len(content) / 1e6:9.1f} MB")
    trust = trust_in(key).lines[0]
    (bench.folder / "allowed_signers").write_text(f'{trust.principal} namespaces="crm-tui-handoff-v1" {trust.public}\n')


def timed_verify(folder: Path) -> None:
    """Verify in a new process, so that its peak of memory is its own."""
    subprocess.run([sys.executable, "-m", __spec__.name, "--verify", str(folder)], check=True)


def verify_alone(folder: Path) -> None:
    """What the new process does."""
    from crm_tui.handoff import trust
    from crm_tui.handoff.verify import read_handoff, verify

    known = trust.load(folder / "allowed_signers", None)
    start = time.perf_counter()
    data = read_handoff(folder / "h.zip")
    before = peak_memory()
    found = verify(data, known, now=datetime.now(UTC))
    told("verify", time.perf_counter() - start)
    print(f"{'peak memory of verify':<28} {peak_memory():9.0f} MB ({before:.0f} MB with the file read)")
    assert found.counts["outstanding"] == 0


def peak_memory() -> float:
    """Megabytes that this process has held at most; Linux keeps the parent's figure in ``getrusage`` across a start."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def told(what: str, seconds: float) -> None:
    """One figure."""
    print(f"{what:<28} {seconds:9.3f} s   {GOALS.get(what, '')}".rstrip(), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--verify"]:
        verify_alone(Path(sys.argv[2]))
    else:
        main()
