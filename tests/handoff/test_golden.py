"""Handoffs that were made once and checked in are accepted by every later version, with the same result."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import container, keys, redrawn, statement, sums
from crm_tui.handoff.drawing import Drawing
from crm_tui.handoff.keys import HANDOFF_NAMESPACE
from crm_tui.handoff.trust import Trust, parse
from crm_tui.handoff.verify import Verified, verify

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 6, 3, tzinfo=UTC)
HANDOFFS = sorted(GOLDEN.glob("v*/*.zip"))
PRESENT = GOLDEN / f"v{statement.VIEWS_VERSION}"
ADVICE = (
    "the pages or staged files are drawn otherwise: raise VIEWS_VERSION and run python -m tests.handoff.golden.make"
)


def told(found: Verified) -> dict[str, Any]:
    """What of a result must stay the same for ever."""
    return {
        "handoff_id": found.handoff_id,
        "signer": found.signer,
        "seq": found.seq,
        "kind": found.kind,
        "workspace": found.workspace,
        "counts": dict(found.counts),
        "sign_offs": [one.line for one in found.sign_offs],
        "warnings": list(found.warnings),
    }


def trust_of(folder: Path) -> Trust:
    return Trust(parse((folder / "allowed_signers").read_bytes()))


@pytest.mark.parametrize("path", HANDOFFS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_handoff_of_an_earlier_version_is_accepted_with_the_same_result(path: Path) -> None:
    expected = json.loads((path.parent / "accepted.json").read_text())[path.name]
    try:
        assert told(verify(path.read_bytes(), trust_of(path.parent), now=NOW)) == expected
    except HandoffRefused as error:
        pytest.fail(f"{error.code}: {error}" + (f" ({ADVICE})" if error.code.startswith("bundle.") else ""))


def test_the_present_version_has_golden_handoffs() -> None:
    assert {path.name for path in PRESENT.glob("*.zip")} >= {
        "partial.zip",
        "complete.zip",
        "signed-off.zip",
        "merged.zip",
        "repaired.zip",
    }


@pytest.mark.parametrize("folder", sorted({path.parent for path in HANDOFFS}), ids=lambda folder: folder.name)
def test_a_golden_key_signs_the_same_bytes_as_ever(folder: Path, tmp_path: Path) -> None:
    private = tmp_path / "test_key_ed25519"
    private.write_bytes((folder / private.name).read_bytes())
    private.chmod(0o600)
    signer = keys.load_key(private, principal="rita@example.test")
    members = {member.name: bytes(member.data) for member in container.read((folder / "partial.zip").read_bytes())}
    assert signer.sign(HANDOFF_NAMESPACE, members[sums.SUMS_NAME]) == members[sums.SIGNATURE_NAME]


def test_what_an_earlier_version_drew_is_for_people_who_are_told_and_never_for_a_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it will be once this version is the earlier one and a view has other words."""
    data, trust = (PRESENT / "complete.zip").read_bytes(), trust_of(PRESENT)
    assert verify(data, trust, now=NOW, require_complete=True).not_checked == verify(data, trust, now=NOW).not_checked
    drawn = Drawing.pages
    monkeypatch.setattr(redrawn, "VIEWS_VERSION", statement.VIEWS_VERSION + 1)
    assert verify(data, trust, now=NOW, require_complete=True).handoff_id, "what can be compared is compared"
    monkeypatch.setattr(Drawing, "pages", lambda *of: drawn(*of) | {"SUMMARY.md": [b"in other ", b"words"]})
    found = verify(data, trust, now=NOW)
    assert any("an earlier crm-tui drew them" in one for one in found.not_checked)
    with pytest.raises(HandoffRefused) as caught:
        verify(data, trust, now=NOW, require_complete=True)
    assert caught.value.code == "bundle.version"
    monkeypatch.setattr(redrawn, "VIEWS_VERSION", statement.VIEWS_VERSION - 1)
    with pytest.raises(HandoffRefused) as caught:
        verify(data, trust, now=NOW)
    assert caught.value.code == "schema"
