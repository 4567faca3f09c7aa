"""Signatures of the journal's checkpoints, by the key with which handoffs are signed and for a purpose of their own.

A key that takes a passphrase, or that only an agent holds, is not asked for when somebody leaves: then the checkpoint
stands unsigned (handoff.md, "The decision log in SQLite").
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property

from crm_tui.errors import HandoffRefused, SigningKeyError
from crm_tui.files import data_dir
from crm_tui.handoff import sshsig
from crm_tui.handoff.keys import FileSigner, Signer, default_key_path, load_key, read_public
from crm_tui.handoff.sshsig import PublicKey

CHECKPOINT_NAMESPACE = "crm-tui-checkpoint-v1"


class KeyNotary:
    """The notary of this user: with the key just unlocked to sign a handoff, else with the one in the data folder."""

    def __init__(self, signer: Signer | None = None) -> None:
        self._given = signer if isinstance(signer, FileSigner) else None

    @cached_property
    def _signer(self) -> Signer | None:
        if self._given is not None:
            return self._given
        with suppress(SigningKeyError):
            if default_key_path().is_file():
                return load_key(default_key_path(), principal="checkpoint@localhost")
        return None

    @cached_property
    def _own(self) -> frozenset[PublicKey]:
        found = []
        for path in sorted((data_dir() / "keys").glob("*.pub")):
            with suppress(SigningKeyError):
                found.append(read_public(path)[0])
        return frozenset(found)

    def sign(self, message: bytes) -> str:
        """The signature file; ``""`` where no key is at hand without asking for a passphrase."""
        with suppress(SigningKeyError):
            if self._signer is not None:
                return self._signer.sign(CHECKPOINT_NAMESPACE, message).decode("ascii")
        return ""

    def is_own(self, message: bytes, signature: str) -> bool:
        """Whether one of the user's own keys signed; raises ``ValueError`` where the signature does not hold."""
        try:
            return sshsig.verify(signature.encode("ascii"), CHECKPOINT_NAMESPACE, message) in self._own
        except HandoffRefused as error:
            raise ValueError(error.code) from error
