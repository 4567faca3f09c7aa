"""The container: what is written reads back, and no other bytes are read at all."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.errors import HandoffRefused
from crm_tui.handoff import container, sums

MEMBERS: list[tuple[str, bytes]] = [
    ("SHA256SUMS", b"sums\n"),
    ("README.txt", b""),
    ("staged/close-contact.csv", b'"id"\r\n'),
]
ARCHIVE = container.write(MEMBERS)
DIRECTORY = ARCHIVE.index(b"PK\x01\x02")

FILE_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
NAMES = st.builds(lambda folder, name: folder + name, st.sampled_from(["", "staged/", "countersign/"]), FILE_NAMES)


def zipped(*entries: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive by the standard library, with our date, mode and system, so that only the attack differs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for entry, data in entries:
            info = entry if isinstance(entry, zipfile.ZipInfo) else zipfile.ZipInfo(entry)
            info.external_attr = info.external_attr or 0o100644 << 16
            info.create_system = 3
            info.compress_type = method
            archive.writestr(info, data)
    return buffer.getvalue()


def raw_zip(names: list[bytes], data: bytes = b"x") -> bytes:
    """Our form with any bytes for names, which the writer itself would refuse."""
    local = central = b""
    for name in names:
        common = (20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0)
        central += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 788, *common, 0, 0, 0, 0o100644 << 16, len(local)) + name
        local += struct.pack("<4s5H3I2H", b"PK\x03\x04", *common) + name + data
    count = len(names)
    return local + central + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(central), len(local), 0)


def patched(data: bytes, offset: int, new: bytes) -> bytes:
    return data[:offset] + new + data[offset + len(new) :]


def code_of(data: bytes) -> str:
    with pytest.raises(HandoffRefused) as caught:
        container.read(data)
    return caught.value.code


def test_the_standard_library_and_we_write_the_same_bytes() -> None:
    assert zipped(*MEMBERS) == ARCHIVE
    assert raw_zip([b"a.txt"]) == container.write([("a.txt", b"x")])


def test_what_is_read_is_a_view_and_needs_no_copy() -> None:
    read = container.read(ARCHIVE)
    assert [(member.name, bytes(member.data)) for member in read] == MEMBERS
    assert all(member.data.readonly for member in read)
    assert container.read(memoryview(bytearray(ARCHIVE)))[0].data.readonly
    assert read[0].data.obj is ARCHIVE


def test_pieces_are_the_archive_and_pass_contents_on_uncopied() -> None:
    content = b"x" * 1000
    pieces = list(container.chunks([("a", content)]))
    assert b"".join(pieces) == container.write([("a", content)])
    assert any(piece is content for piece in pieces)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=40)), max_size=8))
def test_reading_undoes_writing(members: list[tuple[str, bytes]]) -> None:
    try:
        archive = container.write(members)
    except HandoffRefused as error:
        assert error.code in ("zip.name", "zip.duplicate")
        return
    assert [(name, bytes(data)) for name, data in container.read(archive)] == members
    assert container.write(container.read(archive)) == archive


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: ARCHIVE[:70] + tail))
def test_no_other_bytes_are_read(data: bytes) -> None:
    try:
        members = container.read(data)
    except HandoffRefused as error:
        assert error.code.startswith("zip.")
    else:
        assert container.write(members) == data


def test_every_single_bit_flip_is_refused() -> None:
    for position in range(len(ARCHIVE)):
        for bit in range(8):
            flipped = patched(ARCHIVE, position, bytes([ARCHIVE[position] ^ 1 << bit]))
            assert code_of(flipped).startswith("zip."), (position, bit)


def test_every_truncation_insertion_and_deletion_is_refused() -> None:
    for position in range(len(ARCHIVE)):
        assert code_of(ARCHIVE[:position]).startswith("zip.")
        assert code_of(ARCHIVE[:position] + b"\0" + ARCHIVE[position:]).startswith("zip.")
        assert code_of(ARCHIVE[:position] + ARCHIVE[position + 1 :]).startswith("zip.")


def symlink() -> bytes:
    info = zipfile.ZipInfo("a.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((info, b"/etc/passwd"))


def with_gap() -> bytes:
    moved = patched(ARCHIVE, len(ARCHIVE) - 6, struct.pack("<I", DIRECTORY + 3))
    return moved[:DIRECTORY] + b"gap" + moved[DIRECTORY:]


def with_comment() -> bytes:
    return patched(ARCHIVE, len(ARCHIVE) - 2, b"\x02\x00") + b"hi"


def with_descriptor() -> bytes:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    sink = Unseekable()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), b"x")
    return sink.getvalue()


def with_extra() -> bytes:
    info = zipfile.ZipInfo("a.txt")
    info.extra = b"\x00\x70\x02\x00hi"
    return zipped((info, b"x"))


def with_date() -> bytes:
    return zipped((zipfile.ZipInfo("a.txt", (2024, 1, 2, 3, 4, 6)), b"x"))


ATTACKS: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty file", lambda: b"", "zip.not-canonical"),
    ("prepended data", lambda: b"MZ" + ARCHIVE, "zip.not-canonical"),
    ("trailing data", lambda: ARCHIVE + b"\0", "zip.not-canonical"),
    ("archive comment", with_comment, "zip.not-canonical"),
    ("gap before the directory", with_gap, "zip.not-canonical"),
    ("two zips in one file", lambda: ARCHIVE + ARCHIVE, "zip.not-canonical"),
    ("other zip first", lambda: zipped(("a", b"x")) + ARCHIVE, "zip.not-canonical"),
    ("no directory", lambda: ARCHIVE[:DIRECTORY], "zip.not-canonical"),
    ("cd_size 0", lambda: patched(ARCHIVE, len(ARCHIVE) - 10, bytes(4)), "zip.not-canonical"),
    ("local name differs", lambda: patched(ARCHIVE, 30, b"sHA256SUMS"), "zip.not-canonical"),
    ("central name differs", lambda: patched(ARCHIVE, DIRECTORY + 46, b"sHA256SUMS"), "zip.not-canonical"),
    ("wrong CRC", lambda: patched(ARCHIVE, 14, bytes(4)), "zip.not-canonical"),
    ("content changed", lambda: ARCHIVE.replace(b"sums\n", b"sumz\n"), "zip.not-canonical"),
    ("symlink", symlink, "zip.not-canonical"),
    ("other date", with_date, "zip.not-canonical"),
    ("encrypted flag", lambda: patched(ARCHIVE, 6, b"\x01"), "zip.form"),
    (
        "encrypted flag in the directory",
        lambda: patched(ARCHIVE, DIRECTORY + 8, b"\x01"),
        "zip.not-canonical",
    ),
    ("UTF-8 flag", lambda: zipped(("é", b"x")), "zip.form"),
    ("deflated bomb", lambda: zipped(("a", bytes(10**6)), method=zipfile.ZIP_DEFLATED), "zip.form"),
    ("method says deflated", lambda: patched(ARCHIVE, 8, b"\x08"), "zip.form"),
    ("data descriptor", with_descriptor, "zip.form"),
    ("extra field", with_extra, "zip.form"),
    ("sizes differ", lambda: patched(ARCHIVE, 18, b"\x04"), "zip.form"),
    ("content runs past the end", lambda: patched(ARCHIVE, 18, b"\xff\xff\x00\x00" * 2), "zip.form"),
    ("ZIP64 sizes", lambda: patched(ARCHIVE, 18, b"\xff" * 8), "zip.too-big"),
    ("65 members", lambda: zipped(*((f"f{n}", b"") for n in range(65))), "zip.too-many"),
    ("duplicate", lambda: raw_zip([b"a.txt", b"a.txt"]), "zip.duplicate"),
    ("duplicate by case", lambda: raw_zip([b"a.txt", b"A.TXT"]), "zip.duplicate"),
    ("file named like a folder", lambda: raw_zip([b"Staged", b"staged/a.csv"]), "zip.duplicate"),
]


@pytest.mark.parametrize(("attack", "code"), [pytest.param(a, c, id=n) for n, a, c in ATTACKS])
def test_container_attacks(attack: Callable[[], bytes], code: str) -> None:
    assert code_of(attack()) == code


BAD_NAMES = [
    b"../evil", b"..", b"a/../b", b"staged/..",
    b"/etc/passwd", b"\\a", b"a\\b", b"C:a", b"C:\\a", b"a\0b", b"a\x1b[2J",
    b"a\nb", b"a\n", b"a b", b"", b".", b".hidden", b"-rf", b"a.", b"staged/a.", b"a..b", b"staged/", b"a/b/c",
    b"Staged/a",
    b"staged//a", b"con", b"CON.txt", b"nul.tar.gz", b"staged/Com1.csv", b"lpt9", b"aux/a",
    b"prn", "\u0430.txt".encode(),
    b"\xff", b"README\xe2\x80\xae.txt", b"a:stream", b"a*", b"~", b"$HOME", b"a" * 101,
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
def test_bad_names_are_refused_by_reader_and_writer(name: bytes) -> None:
    assert code_of(raw_zip([name])) == "zip.name"
    with pytest.raises(HandoffRefused) as caught:
        container.write([(name.decode("latin-1"), b"")])
    assert caught.value.code == "zip.name"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["conto.csv", "console", "com10", "staged/a-b_c.1.csv", "0", "a" * 100, "x-/y"])
def test_names_that_only_look_bad_are_fine(name: str) -> None:
    assert container.read(container.write([(name, b"x")]))[0].name == name


@pytest.mark.parametrize("names", [["a", "a"], ["a", "A"], ["staged", "staged/a"]])
def test_the_writer_refuses_duplicates_before_the_first_piece(names: list[str]) -> None:
    with pytest.raises(HandoffRefused) as caught:
        container.chunks([(name, b"") for name in names])
    assert caught.value.code == "zip.duplicate"


def test_64_members_are_fine_and_65_are_not() -> None:
    many = [(f"f{number}", b"") for number in range(65)]
    assert len(container.read(container.write(many[:64]))) == 64
    with pytest.raises(HandoffRefused) as caught:
        container.write(many)
    assert caught.value.code == "zip.too-many"


def test_the_size_cap_counts_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_BYTES", len(ARCHIVE))
    assert container.write(MEMBERS) == ARCHIVE
    assert len(container.read(ARCHIVE)) == 3
    monkeypatch.setattr(container, "MAX_BYTES", len(ARCHIVE) - 1)
    assert code_of(ARCHIVE) == "zip.too-big"
    with pytest.raises(HandoffRefused) as caught:
        container.write(MEMBERS)
    assert caught.value.code == "zip.too-big"


CONTENT = [("README.txt", b"hello\n"), ("rows.jsonl", b"{}\n"), ("staged/close-contact.csv", b"")]
SUMS = sums.render(CONTENT)


def sums_code(call: Callable[[], object]) -> str:
    with pytest.raises(HandoffRefused) as caught:
        call()
    return caught.value.code


def test_the_list_is_what_sha256sum_writes() -> None:
    hello = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    assert SUMS.startswith(f"{hello}  README.txt\n".encode())
    entries = sums.parse(SUMS)
    assert [entry.name for entry in entries] == [name for name, _ in CONTENT]
    sums.check(entries, CONTENT)
    sums.check(entries, container.read(container.write(CONTENT)))


def test_the_identity_of_a_handoff_is_the_digest_of_its_list() -> None:
    assert sums.handoff_id(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sums.handoff_id(memoryview(SUMS)) == sums.handoff_id(SUMS)


LINE = SUMS.splitlines(keepends=True)[0]
BAD_LISTS = [
    ("empty", b""),
    ("no final newline", SUMS[:-1]),
    ("CRLF", SUMS.replace(b"\n", b"\r\n")),
    ("binary mark", LINE.replace(b"  ", b" *")),
    ("one space", LINE.replace(b"  ", b" ")),
    ("three spaces", LINE.replace(b"  ", b"   ")),
    ("escaped", b"\\" + LINE),
    ("comment", b"# hi\n" + SUMS),
    ("blank line", SUMS + b"\n"),
    ("upper-case digest", LINE.upper()),
    ("short digest", LINE[1:]),
    ("BSD form", b"SHA256 (a) = " + LINE[:64] + b"\n"),
    ("traversal", LINE[:66] + b"../a\n"),
    ("absolute", LINE[:66] + b"/a\n"),
    ("twice", LINE + LINE),
    ("twice by case", LINE + LINE.replace(b"README", b"readme")),
    ("itself", LINE[:66] + b"SHA256SUMS\n"),
    ("its signature", LINE[:66] + b"SHA256SUMS.sig\n"),
    ("non-ASCII", LINE[:66] + "é\n".encode()),
    ("too many", b"".join(LINE[:66] + b"f%d\n" % number for number in range(65))),
    ("too long", LINE * 1000),
]


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in BAD_LISTS])
def test_lists_off_the_grammar_are_refused(data: bytes) -> None:
    assert sums_code(lambda: sums.parse(data)) == "bundle.sums"


def test_members_must_be_those_of_the_list() -> None:
    entries = sums.parse(SUMS)
    changed = [CONTENT[0], ("rows.jsonl", b"{}"), CONTENT[2]]
    assert sums_code(lambda: sums.check(entries, CONTENT[:2])) == "bundle.missing"
    assert sums_code(lambda: sums.check(entries, [*CONTENT, ("evil.csv", b"")])) == "bundle.extra"
    assert sums_code(lambda: sums.check(entries, CONTENT[::-1])) == "bundle.sums"
    assert sums_code(lambda: sums.check(entries, changed)) == "bundle.digest"
    assert sums_code(lambda: sums.render([("SHA256SUMS", b"")])) == "bundle.sums"
