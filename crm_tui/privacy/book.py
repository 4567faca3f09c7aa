"""The redaction book: the secret key of the pseudonyms, and the short ones that it has given out.

With the book, what is redacted next month matches what was redacted today; without it nobody can link a pseudonym to
a person again.  Short pseudonyms are listed in it: only 10,000,000 possible phone numbers lie in area code 555, so a
keyed hash alone would soon give two people the same one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from crm_tui.errors import InputError, TargetError
from crm_tui.files import PRIVATE_FILE, data_dir, private_folder, read_file, write_atomic
from crm_tui.text import safe_text

SCHEMA = "crm-tui/redaction-book/v1"
KEY_BYTES = 32
AREA_CODE = "555"
_MOST_BYTES = 1 << 30
_ATTEMPTS = 10_000
_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


class Book:
    """Keyed pseudonyms.  The same text of the same kind has the same one as long as the book is kept."""

    def __init__(self, key: bytes, given: dict[str, str] | None = None) -> None:
        self.key = key
        self._given = given or {}
        self._taken = set(self._given.values())

    def digest(self, kind: str, text: str) -> bytes:
        """32 bytes that nobody can compute without the key."""
        return hmac.new(self.key, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()

    def letters(self, kind: str, text: str, length: int) -> str:
        """At most 64 consonants: no digit that could pass for a number, no vowel that could make a word."""
        return self.digest(kind, text).hex().translate(_LETTERS)[:length]

    def digits(self, kind: str, text: str, length: int) -> str:
        """At most 60 digits, the first of them not 0."""
        number = int.from_bytes(self.digest(kind, text), "big")
        return str(number % (9 * 10 ** (length - 1)) + 10 ** (length - 1))

    def given(self, kind: str, text: str, draw: Callable[[str], str]) -> str:
        """A short pseudonym that no other text is given: ``draw`` makes one of a seed."""
        name = self.digest(kind, text).hex()[:32]
        if name not in self._given:
            drawn = (draw(f"{text}\0{attempt}") for attempt in range(_ATTEMPTS))
            free = next((one for one in drawn if one not in self._taken), None)
            if free is None:
                raise InputError("there are more people than short pseudonyms for them; redact with another --book.")
            self._given[name] = free
            self._taken.add(free)
        return self._given[name]

    def phone(self, e164: str) -> str:
        """A possible number in area code 555, ten digits, that no other number is given."""
        return self.given("phone", e164, lambda seed: AREA_CODE + self.digits("line", seed, 8)[1:])

    def to_bytes(self) -> bytes:
        """The file; the same book gives the same bytes."""
        content = {"schema": SCHEMA, "key": self.key.hex(), "given": dict(sorted(self._given.items()))}
        return json.dumps(content, indent=0).encode() + b"\n"


def default_book_path() -> Path:
    """Beside keys and workspaces, in the user data folder."""
    return data_dir() / "redaction" / "book.json"


@contextmanager
def open_book(path: Path) -> Iterator[Book]:
    """The book at ``path``, a new one when there is none; what it learns is on disk when the block has ended well.

    Raises ``InputError`` for a file that is no book and ``TargetError`` when it is in use or cannot be written.
    """
    folder = private_folder(path.parent)
    lock = FileLock(folder / f".{path.name[:60]}.lock", mode=PRIVATE_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise TargetError(
            f"another crm-tui redacts with {safe_text(str(path))}; wait until it has finished."
        ) from error
    except OSError as error:
        reason = error.strerror or "the system refuses"
        raise TargetError(f"cannot write beside {safe_text(str(path))}: {reason}. Choose another place.") from error
    with lock:
        book = _read(path) if path.exists() else Book(secrets.token_bytes(KEY_BYTES))
        yield book
        write_atomic(path, book.to_bytes())


def _read(path: Path) -> Book:
    try:
        found = json.loads(read_file(path, _MOST_BYTES))
        key, given = found["key"], found["given"]
        good = found["schema"] == SCHEMA and re.fullmatch("[0-9a-f]{64}", key) is not None
        good = good and all(re.fullmatch("[0-9A-Za-z_:.#-]{1,100}", one) for one in given.values())
        good = good and len(set(given.values())) == len(given)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        good = False
    if not good:
        raise InputError(f"{safe_text(str(path))} is no redaction book, or is damaged; name another one with --book.")
    return Book(bytes.fromhex(key), given)
