"""Every error a user can meet, as one sentence each: what, where, what to do.

The message of a ``CrmTuiError`` is shown as it is (after ``safe_text``), never with a traceback.  It must not
hold a value from an export; file names, line numbers, codes and ids are fine.
"""

from __future__ import annotations

from typing import ClassVar


class CrmTuiError(Exception):
    """Base of all errors of this program.  ``exit_code`` follows the command-line contract."""

    exit_code: ClassVar[int] = 1


class UsageError(CrmTuiError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class InputError(CrmTuiError):
    """An input file cannot be read or is of no known kind; the other files of the same load go on."""

    exit_code = 2


class PolicyError(CrmTuiError):
    """A policy file is unreadable or says something that the model does not allow."""

    exit_code = 2


class WorkspaceError(CrmTuiError):
    """A workspace cannot be opened, made or written; the message names the file and the way out."""

    exit_code = 2


class WorkspaceBusy(WorkspaceError):
    """Another crm-tui has this workspace open for writing."""

    exit_code = 1


class WorkspaceOlder(WorkspaceError):
    """An earlier crm-tui made this workspace; whoever opens it for writing brings it up to date."""


class JournalDamaged(WorkspaceError):
    """The hash chain of the journal, or its projection, does not hold.

    ``code`` is one of ``log.hash``, ``log.link``, ``log.gap``, ``log.text``, ``log.rows``, ``log.projection``,
    ``log.schema``; and, held against what was noted outside the workspace, ``log.truncated`` or ``log.rewritten``.
    """

    exit_code = 1

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TargetError(CrmTuiError):
    """A file or folder that we were told to write cannot be written."""

    exit_code = 2


class DecisionRefused(CrmTuiError):
    """A decision is not open for this row; nothing was recorded."""


class SigningKeyError(CrmTuiError):
    """A signing key cannot be made, read or used."""

    exit_code = 2


class TrustFileError(CrmTuiError):
    """The trust file (OpenSSH ``allowed_signers``) holds a line that we do not accept."""

    exit_code = 2


class TrustRefused(CrmTuiError):
    """A signer is not taken into the trust file; nothing was changed."""


class HandoffRefused(CrmTuiError):
    """A handoff is not accepted.  ``code`` is stable (``bundle.digest``, ``sig.invalid`` …), for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
