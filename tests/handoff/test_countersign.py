"""Sign-offs: a second person's word is bound to one handoff, one key, one purpose, and cannot be borrowed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crm_tui import canonical
from crm_tui.errors import HandoffRefused, UsageError
from crm_tui.handoff import container, countersign, keys
from crm_tui.handoff.keys import COUNTERSIGN_NAMESPACE, HANDOFF_NAMESPACE
from crm_tui.handoff.sign_off import Wish, attached, sign_off, unsigned
from crm_tui.handoff.trust import Trust, parse
from crm_tui.handoff.verify import Receiver, Verified, verify
from tests.factory import signer
from tests.handoff.test_seal_verify import Made, decide_all, decide_some, made, members_of

NOW = datetime(2026, 6, 2, 9, tzinfo=UTC)
FIRST, FIRST_SIG = "countersign/01-ops.json", "countersign/01-ops.json.sig"


class Firm:
    """A signed handoff, the people at the client, and whom the receiver believes for what."""

    def __init__(self, folder: Path) -> None:
        self.handoff: Made = made(folder / "handoff", decide_all)
        self.other: Made = made(folder / "other", decide_some)
        self.ops = signer(folder, "ops@client.test")
        self.owner = signer(folder, "owner@client.test")
        self.stranger = signer(folder, "stranger@else.test")
        self.trust = trust_of(
            (self.handoff.key, HANDOFF_NAMESPACE),
            (self.other.key, HANDOFF_NAMESPACE),
            (self.ops, COUNTERSIGN_NAMESPACE),
            (self.owner, COUNTERSIGN_NAMESPACE),
        )

    def signed(self, *by: tuple[keys.FileSigner, Wish]) -> bytes:
        data = self.handoff.data
        for key, wish in by:
            data = sign_off(data, self.trust, key, wish, NOW)
        return data

    def verify(self, data: bytes, *roles: str, **options: Any) -> Verified:
        return verify(data, self.trust, now=NOW, receiver=Receiver(roles=roles), **options)

    def code(self, data: bytes, *roles: str, **options: Any) -> str:
        try:
            self.verify(data, *roles, **options)
        except HandoffRefused as error:
            assert "\n" not in str(error)
            return error.code
        return "accepted"


def trust_of(*lines: tuple[keys.FileSigner, str]) -> Trust:
    text = "".join(keys.allowed_signers_line(key.principal, key.public, (purpose,)) + "\n" for key, purpose in lines)
    return Trust(parse(text.encode()))


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    return Firm(tmp_path_factory.mktemp("firm"))


YES = Wish("ops", "approve", comment="seen it with [Dana]")


def test_a_sign_off_is_shown_and_the_handoff_keeps_its_id(firm: Firm) -> None:
    data = firm.signed((firm.ops, YES))
    found = firm.verify(data, "ops")
    assert found.handoff_id == firm.handoff.done.handoff_id
    (one,) = found.sign_offs
    assert (one.principal, one.role, one.verdict) == ("ops@client.test", "ops", "approve")
    assert one.line == "ops@client.test as ops: approve: seen it with [Dana]"
    assert data[: len(firm.handoff.data) // 2] == firm.handoff.data[: len(firm.handoff.data) // 2]


def test_two_people_sign_one_after_the_other(firm: Firm) -> None:
    data = firm.signed((firm.ops, YES), (firm.owner, Wish("ops", "approve")))
    assert [one.principal for one in firm.verify(data, "ops:2").sign_offs] == ["ops@client.test", "owner@client.test"]
    assert list(members_of(data))[-4:] == [
        FIRST, FIRST_SIG, "countersign/02-ops.json", "countersign/02-ops.json.sig"]  # fmt: skip


def test_exceptions_are_named_to_people_and_stop_programs(firm: Firm) -> None:
    rows = [json.loads(line) for line in members_of(firm.handoff.data)["rows.jsonl"].splitlines()]
    by_id = next(row["row_id"] for row in rows if row["event_id"] == "CHG-8802")
    data = firm.signed((firm.ops, Wish("ops", "approve_except", ("APT-7002", by_id), "ask me first")))
    found = firm.verify(data)
    assert any("leaves out" in item and "APT-7002" in item and "CHG-8802" in item for item in found.warnings)
    assert firm.code(data, require_complete=True) == "countersign.except"
    assert firm.code(firm.signed((firm.ops, YES)), require_complete=True) == "accepted"


@pytest.mark.parametrize(
    "wish",
    [
        Wish("Ops", "approve"),
        Wish("", "approve"),
        Wish("a/b", "approve"),
        Wish("ops", "maybe"),
        Wish("ops", "approve", ("APT-7002",)),
        Wish("ops", "approve_except"),
        Wish("ops", "approve_except", ("NO-SUCH-ROW",)),
    ],
)
def test_a_wish_that_cannot_be_is_a_wrong_usage(firm: Firm, wish: Wish) -> None:
    with pytest.raises(UsageError):
        firm.signed((firm.ops, wish))


# Attacks


def put(firm: Firm, text: bytes, signature: bytes, name: str = FIRST) -> bytes:
    """A file with a sign-off that nobody checked."""
    members = list(members_of(firm.handoff.data).items())
    return container.write([*members, (name, text), (f"{name}.sig", signature)])


def said(firm: Firm, **changes: Any) -> bytes:
    statement = json.loads(unsigned(firm.handoff.data, firm.trust, "ops@client.test", YES, NOW))
    return canonical.dumps(statement | changes) + b"\n"


def signed_by(firm: Firm, key: keys.FileSigner, purpose: str = COUNTERSIGN_NAMESPACE, **changes: Any) -> bytes:
    text = said(firm, **changes)
    return put(firm, text, key.sign(purpose, text))


def rejected(firm: Firm) -> bytes:
    return firm.signed((firm.ops, Wish("ops", "reject", comment="wrong client")))


def moved(firm: Firm) -> bytes:
    trust = Trust((*firm.trust.lines,))
    elsewhere = members_of(sign_off(firm.other.data, trust, firm.ops, YES, NOW))
    return put(firm, elsewhere[FIRST], elsewhere[FIRST_SIG])


def moved_to_a_signature_made_anew(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, reviewer_signature_sha256="0" * 64)


def changed(firm: Firm) -> bytes:
    text = said(firm)
    return put(firm, text.replace(b"seen it", b"read it"), firm.ops.sign(COUNTERSIGN_NAMESPACE, text))


def unsigned_one(firm: Firm) -> bytes:
    return container.write([*members_of(firm.handoff.data).items(), (FIRST, said(firm))])


def without_statement(firm: Firm) -> bytes:
    signature = firm.ops.sign(COUNTERSIGN_NAMESPACE, said(firm))
    return container.write([*members_of(firm.handoff.data).items(), (FIRST_SIG, signature)])


def twice_by_one_key(firm: Firm) -> bytes:
    text = said(firm, role="client")
    members = list(members_of(firm.signed((firm.ops, YES))).items())
    name = "countersign/02-client.json"
    return container.write([*members, (name, text), (f"{name}.sig", firm.ops.sign(COUNTERSIGN_NAMESPACE, text))])


def by_the_reviewer(firm: Firm) -> bytes:
    text = said(firm, principal="alice@example.test")
    return put(firm, text, firm.handoff.key.sign(COUNTERSIGN_NAMESPACE, text))


def by_a_stranger(firm: Firm) -> bytes:
    return signed_by(firm, firm.stranger, principal="stranger@else.test")


def in_another_name(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, principal="owner@client.test")


def for_another_purpose(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, HANDOFF_NAMESPACE)


def another_role_in_the_name(firm: Firm) -> bytes:
    text = said(firm)
    return put(firm, text, firm.ops.sign(COUNTERSIGN_NAMESPACE, text), "countersign/01-owner.json")


def another_number(firm: Firm) -> bytes:
    text = said(firm)
    return put(firm, text, firm.ops.sign(COUNTERSIGN_NAMESPACE, text), "countersign/02-ops.json")


def another_schema(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, schema="crm-tui/countersign/v2")


def another_field(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, also="x")


def number_as_comment(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, comment=7)


def unknown_verdict(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, verdict="approve all")


def exceptions_beside_a_plain_yes(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, except_rows=["row-0"])


def exceptions_that_are_no_rows(firm: Firm) -> bytes:
    return signed_by(firm, firm.ops, verdict="approve_except", except_rows=["row-0"])


def not_canonical(firm: Firm) -> bytes:
    text = json.dumps(json.loads(said(firm))).encode() + b"\n"
    return put(firm, text, firm.ops.sign(COUNTERSIGN_NAMESPACE, text))


def not_json(firm: Firm) -> bytes:
    return put(firm, b"yes\n", firm.ops.sign(COUNTERSIGN_NAMESPACE, b"yes\n"))


def a_list(firm: Firm) -> bytes:
    return put(firm, b"[]\n", firm.ops.sign(COUNTERSIGN_NAMESPACE, b"[]\n"))


def another_file_in_the_folder(firm: Firm) -> bytes:
    members = list(members_of(firm.signed((firm.ops, YES))).items())
    return container.write([*members, ("countersign/readme.txt", b"x")])


def before_the_content(firm: Firm) -> bytes:
    members = list(members_of(firm.signed((firm.ops, YES))).items())
    return container.write([*members[:2], *members[-2:], *members[2:-2]])


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (rejected, "countersign.rejected"),
        (moved, "countersign.moved"),
        (moved_to_a_signature_made_anew, "countersign.moved"),
        (changed, "sig.invalid"),
        (unsigned_one, "countersign.unsigned"),
        (without_statement, "countersign.unsigned"),
        (twice_by_one_key, "countersign.twice"),
        (by_the_reviewer, "trust.namespace"),
        (by_a_stranger, "trust.unknown-key"),
        (in_another_name, "trust.principal"),
        (for_another_purpose, "sig.namespace"),
        (another_role_in_the_name, "countersign.form"),
        (another_number, "countersign.form"),
        (another_schema, "countersign.form"),
        (another_field, "countersign.form"),
        (number_as_comment, "countersign.form"),
        (unknown_verdict, "countersign.form"),
        (exceptions_beside_a_plain_yes, "countersign.form"),
        (exceptions_that_are_no_rows, "countersign.form"),
        (not_canonical, "json.not-canonical"),
        (not_json, "json.syntax"),
        (a_list, "countersign.form"),
        (another_file_in_the_folder, "countersign.unsigned"),
        (before_the_content, "zip.not-canonical"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_attacks_on_sign_offs(firm: Firm, attack: Callable[[Firm], bytes], code: str) -> None:
    assert firm.code(attack(firm)) == code


def test_a_reviewer_believed_for_both_still_cannot_sign_off(firm: Firm) -> None:
    both = Trust((*firm.trust.lines, *trust_of((firm.handoff.key, COUNTERSIGN_NAMESPACE)).lines))
    with pytest.raises(HandoffRefused) as refused:
        verify(by_the_reviewer(firm), both, now=NOW)
    assert refused.value.code == "countersign.reviewer"
    with pytest.raises(HandoffRefused):
        sign_off(firm.handoff.data, both, firm.handoff.key, YES, NOW)


def test_the_clients_key_cannot_issue_a_handoff(firm: Firm) -> None:
    members = members_of(firm.handoff.data)
    members["SHA256SUMS.sig"] = firm.ops.sign(HANDOFF_NAMESPACE, members["SHA256SUMS"])
    assert firm.code(container.write(list(members.items()))) == "trust.namespace"


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        ((), "accepted"),
        (("ops",), "accepted"),
        (("ops:1",), "accepted"),
        (("ops:2",), "countersign.missing"),
        (("owner",), "countersign.missing"),
        (("ops", "owner"), "countersign.missing"),
    ],
)
def test_required_roles(firm: Firm, roles: tuple[str, ...], code: str) -> None:
    assert firm.code(firm.signed((firm.ops, YES)), *roles) == code
    assert firm.code(firm.handoff.data, *roles) == ("countersign.missing" if roles else "accepted")


@pytest.mark.parametrize("role", ["", "Ops", "ops:x", "ops:-1", ":2"])
def test_a_role_that_cannot_be_is_a_wrong_usage(firm: Firm, role: str) -> None:
    with pytest.raises(UsageError):
        firm.verify(firm.handoff.data, role)


def test_a_handoff_that_does_not_hold_is_not_signed_off(firm: Firm) -> None:
    data = bytearray(firm.handoff.data)
    data[-60] ^= 1
    with pytest.raises(HandoffRefused):
        sign_off(bytes(data), firm.trust, firm.ops, YES, NOW)
    with pytest.raises(HandoffRefused):
        sign_off(firm.handoff.data, Trust(()), firm.ops, YES, NOW)


def test_a_no_is_kept_in_the_file_and_stops_who_verifies_it(firm: Firm) -> None:
    data = rejected(firm)
    assert FIRST in members_of(data)
    with pytest.raises(HandoffRefused, match="wrong client"):
        firm.verify(data)


def test_no_more_than_the_limit(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(countersign, "MAX_SIGN_OFFS", 1)
    with pytest.raises(UsageError, match="at most 1"):
        firm.signed((firm.ops, YES), (firm.owner, YES))


def test_somebody_without_crm_tui_signs_with_ssh_keygen(firm: Firm, tmp_path: Path) -> None:
    keygen = shutil.which("ssh-keygen")
    if keygen is None:
        pytest.skip("OpenSSH is not installed")
    text = unsigned(firm.handoff.data, firm.trust, "ops@client.test", YES, NOW)
    (tmp_path / "01-ops.json").write_bytes(text)
    key = next(firm.handoff.bench.folder.parent.rglob("ops_ed25519"))
    command = [keygen, "-Y", "sign", "-f", str(key), "-n", "crm-tui-countersign-v1", "01-ops.json"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    signature = (tmp_path / "01-ops.json.sig").read_bytes()
    data = attached(firm.handoff.data, firm.trust, text, signature, NOW)
    assert data == firm.signed((firm.ops, YES))


def test_what_is_taken_in_has_to_hold(firm: Firm) -> None:
    text = said(firm, handoff_id="0" * 64)
    with pytest.raises(HandoffRefused) as refused:
        attached(firm.handoff.data, firm.trust, text, firm.ops.sign(COUNTERSIGN_NAMESPACE, text), NOW)
    assert refused.value.code == "countersign.moved"
