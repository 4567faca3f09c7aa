"""Where bytes come from: a plain file, a gzip, a member of a zip; streamed, within limits, no temporary files."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from crm_tui.errors import InputError
from crm_tui.text import safe_text

PLAIN, GZIP, ZIP = "", "gzip", "zip"

FREE = 8 << 20
"""Bytes that any compressed file may expand to, whatever its size."""
RATIO = 200
"""Beyond ``FREE``: how many times its compressed size a file may be.  CSV reaches 20, a bomb 1,000."""
EXPANDED_LIMIT = 4 << 30
"""Bytes that a compressed file may expand to at most."""
DIRECTORY_LIMIT = 16 << 20
"""Bytes of the list of members of a zip: about 200,000 of them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A thing that can be opened again and again for the same bytes."""

    path: Path
    """The file on disk."""
    container: str
    """``""``, ``gzip`` or ``zip``: how the bytes are packed in it."""
    bound: int
    """Bytes that it can hold at most."""
    packed: int
    """Bytes that it takes on disk."""
    member: str = ""
    """Name within the zip, as written there."""
    info: zipfile.ZipInfo | None = field(default=None, compare=False, repr=False)
    """The member as the list of the zip has it: that list is read once, and not for each of its members."""

    @property
    def name(self) -> str:
        """``export.csv``, ``export.csv.gz``, ``archive.zip!folder/export.csv``."""
        return f"{self.path.name}!{self.member}" if self.member else self.path.name

    @property
    def shown(self) -> str:
        """The path as an error message may show it, with the member."""
        return safe_text(f"{self.path}!{self.member}" if self.member else str(self.path))

    def open(self) -> BinaryIO:
        """The content from its start; raises ``InputError``, as each ``read`` of it does."""
        return cast("BinaryIO", _Content(self, _opened(self)))

    def head(self, size: int = 64 << 10) -> bytes:
        """At most the first ``size`` bytes of the content; raises ``InputError``."""
        with self.open() as stream:
            return stream.read(size)


class _Content(io.BufferedIOBase):
    """An open origin: every fault of disk, archive or compression is a sentence, and no bomb goes off."""

    def __init__(self, origin: Origin, stream: IO[bytes]) -> None:
        super().__init__()
        self._origin = origin
        self._stream = stream
        self._left = _allowed(origin)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        try:
            block = self._stream.read(size)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError) as error:
            raise _failed(self._origin, error) from error
        self._left -= len(block)
        if self._left < 0:
            raise too_big(self._origin.shown)
        return block

    def close(self) -> None:
        self._stream.close()
        super().close()


def _allowed(origin: Origin) -> int:
    """Bytes that may be read: of a plain file all, of a packed one what no bomb keeps to."""
    if origin.container == PLAIN:
        return 1 << 62
    return min(EXPANDED_LIMIT, max(FREE, RATIO * origin.packed))


def too_big(shown: str) -> InputError:
    """What is said of a bomb."""
    return InputError(f"{shown} expands to far more than an export would; unpack it yourself and look at it first.")


def plain(path: Path) -> Origin:
    """The file as it lies on disk; raises ``InputError`` for what is no regular file."""
    # Opening a pipe would wait for ever, so the file is looked at first.
    if not path.is_file():
        raise InputError(f"{safe_text(str(path))} is not a file that can be read; check the path.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _failed(Origin(path, PLAIN, 0, 0), error) from error
    return Origin(path, PLAIN, size, size)


def gunzipped(origin: Origin) -> Origin:
    """The content of a plain file that is a gzip."""
    whole = Origin(origin.path, GZIP, 0, origin.packed)
    return Origin(whole.path, GZIP, _allowed(whole), whole.packed)


def zip_members(origin: Origin) -> list[zipfile.ZipInfo]:
    """The directory of a plain file that is a zip; raises ``InputError``."""
    try:
        with _Directory(origin.path) as stream, zipfile.ZipFile(stream) as archive:
            return archive.infolist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise _failed(Origin(origin.path, ZIP, 0, 0), error) from error


class _Directory(io.FileIO):
    """A zip file that does not let its list of members take all memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > DIRECTORY_LIMIT:
            raise zipfile.BadZipFile("the list of members is too long")
        return super().read(size)


class _Listed(zipfile.ZipFile):
    """A zip of which the list of members is known."""

    def _RealGetContents(self) -> None:  # noqa: N802
        """Read no list again."""


def _opened(origin: Origin) -> IO[bytes]:
    try:
        file = _Directory(origin.path)
        try:
            if origin.container == GZIP:
                return cast("IO[bytes]", _Owning(cast("IO[bytes]", gzip.GzipFile(fileobj=file)), file))
            if origin.container == ZIP:
                archive = _Listed(file) if origin.info else zipfile.ZipFile(file)
                return cast("IO[bytes]", _Owning(archive.open(origin.info or origin.member), file))
        except BaseException:
            file.close()
            raise
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, ValueError) as error:
        raise _failed(origin, error) from error
    return file


class _Owning(io.BufferedIOBase):
    """A stream within a file that closes the file too."""

    def __init__(self, stream: IO[bytes], file: io.FileIO) -> None:
        super().__init__()
        self._stream = stream
        self._file = file

    def read(self, size: int | None = -1, /) -> bytes:
        return self._stream.read(-1 if size is None else size)

    def close(self) -> None:
        self._stream.close()
        self._file.close()
        super().close()


def _failed(origin: Origin, error: Exception) -> InputError:
    shown = origin.shown
    if isinstance(error, NotImplementedError):
        return InputError(f"{shown} is packed in a way that is not read here; unpack it and load the files.")
    if origin.container == GZIP and isinstance(error, (gzip.BadGzipFile, EOFError, zlib.error)):
        return InputError(f"{shown} is a damaged gzip ({_fault(error)}); export it or fetch it again.")
    if origin.container == ZIP and not isinstance(error, OSError):
        return InputError(f"{shown} is a damaged zip ({_fault(error)}); export it or fetch it again.")
    reason = getattr(error, "strerror", None) or "the system refuses"
    return InputError(f"{shown} cannot be read: {reason}; check the file and its rights.")


def _fault(error: Exception) -> str:
    """What is wrong with an archive, in our words: the library's may hold bytes of the file."""
    said = str(error)
    faults = {
        "end-of-stream": "it is cut off",
        "Not a gzipped file": "other bytes follow its end",
        "CRC": "its check sum does not fit",
        "Bad magic number": "its members are not where its list says",
        "overlap": "its members overlap",
        "list of members": "its list of members is too long",
        "not a zip file": "its list of members is missing or cut off",
    }
    return next((ours for theirs, ours in faults.items() if theirs in said), "its data cannot be unpacked")
