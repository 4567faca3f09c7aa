"""Mail of a Takeout: exact spans, and nothing lost however a file is damaged."""

from __future__ import annotations

import gzip
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.errors import InputError
from crm_tui.intake import mail_limits, mbox
from crm_tui.intake.formats import named, open_sources, parse, records
from crm_tui.intake.source import Record, Skipped
from crm_tui.systems.lists import addresses

FIXTURES = Path(__file__).parent.parent / "systems" / "fixtures" / "gmail"
MAILS = sorted(FIXTURES.glob("*.mbox"))
LINE = b"From 1457861861978585811@xxx Wed May 20 10:00:14 +0000 2026\r\n"
_FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def read(path: Path) -> list[Record]:
    """The records, after it was seen that they and what is left out are the file, and that each reads again."""
    (source,) = open_sources(path).sources
    skipped: list[Skipped] = []
    found = list(records(source, skipped))
    spans = sorted([(one.offset, one.raw) for one in found] + [(one.offset, one.raw) for one in skipped])
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    assert b"".join(raw for _, raw in spans) == content
    for record in found:
        assert content.count(b"\n", 0, record.offset) + 1 == record.first_line
        if record.cells is not None:
            assert parse(record.raw, source) == record.cells
            assert "".join(named(source)(record.cells).values()).encode()
    return found


def mail(tmp_path: Path, content: bytes) -> Record:
    path = tmp_path / "one.mbox"
    path.write_bytes(LINE + content)
    (record,) = read(path)
    return record


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
@_FILES
@given(st.data())
def test_a_file_that_is_cut_anywhere_gives_every_byte_back(path: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    cut = tmp_path / "cut.mbox"
    cut.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        assert read(cut)
    except InputError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
@_FILES
@given(st.integers())
def test_junk_anywhere_loses_no_byte_and_crashes_nothing(path: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 40)):
        at = chance.randrange(len(LINE), len(content))
        content[at : at + chance.randint(0, 3)] = chance.choice(
            (b"\0", b"\xff", b"--", b"=?", b'"', b"\n\n", b"(", b":", b";")
        )
    junk = tmp_path / "junk.mbox"
    junk.write_bytes(content)
    assert read(junk)


def test_a_gzip_of_mail_is_the_same_mail(tmp_path: Path) -> None:
    packed = tmp_path / "mail.mbox.gz"
    packed.write_bytes(gzip.compress(MAILS[0].read_bytes()))
    assert [one.cells for one in read(packed)] == [one.cells for one in read(MAILS[0])]


def test_an_empty_file_is_one_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mbox"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        open_sources(empty)


def test_blank_lines_before_the_first_mail_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "late.mbox"
    path.write_bytes(b"\r\n\r\n" + MAILS[0].read_bytes())
    assert len(read(path)) == len(read(MAILS[0]))


def test_a_header_of_a_table_that_starts_with_from_is_no_mail() -> None:
    assert not mbox.sniff(b"From Name,From Email\nAnn,ann@one.test\n")


def test_parts_within_parts_without_end_are_refused_in_words(tmp_path: Path) -> None:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000))
    record = mail(tmp_path, b"From: ann@one.test\r\n" + parts)
    assert record.cells is None and "without end" in record.problem


def test_more_parts_than_any_mail_has_are_refused_in_words(tmp_path: Path) -> None:
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * (mbox.PART_LIMIT + 1)
    record = mail(tmp_path, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n")
    assert record.cells is None and "parts" in record.problem


def test_headers_without_end_are_refused_in_words(tmp_path: Path) -> None:
    record = mail(tmp_path, b"To: " + b"a@b.test,\r\n " * (mail_limits.HEADER_LIMIT // 10) + b"\r\n\r\nx")
    assert record.cells is None and "headers of over 1 MB" in record.problem


def test_a_mail_longer_than_gmail_takes_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "MESSAGE_LIMIT", 1 << 20)
    path = tmp_path / "long.mbox"
    path.write_bytes(LINE + b"From: ann@one.test\r\n\r\n" + (b"x" * 76 + b"\r\n") * 20_000)
    (source,) = open_sources(path).sources
    with pytest.raises(InputError, match="a message of over 1 MB in line 1;"):
        list(records(source))


@pytest.mark.parametrize("charset", ["zlib", "idna", "unicode_escape", "utf-7", "nothing", "utf-16", '"'])
def test_a_charset_is_never_a_way_to_anything_else(tmp_path: Path, charset: str) -> None:
    head = f"From: ann@one.test\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    record = mail(tmp_path, head.encode() + b"+2AA- \\x41 hello\xff")
    assert record.cells is not None


_NAME = st.sampled_from(
    ["", "Ann ", '"Archer, Ann" ', '"a@b.test" ', "Ann (home) ", "=?utf-8?q?J=C3=A4ne?= ", "Ann. B "]
)
_ADDRESS = st.sampled_from(
    ["ann@one.test", "a.n+t@one.test", "o'b@two.test", "käthe@one.test", '"a b"@one.test', "x@y"]
)
_MAILBOX = st.tuples(_NAME, _ADDRESS, st.booleans()).map(
    lambda one: f"{one[0]}<{one[1]}>" if one[2] or one[0].strip() else one[1]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(_MAILBOX, min_size=1, max_size=4), st.sampled_from([", ", ",", " , ", "; "]))
def test_the_short_way_to_addresses_tells_what_the_library_tells(boxes: list[str], joint: str) -> None:
    text = joint.join(boxes)
    with pytest.MonkeyPatch.context() as patch:
        short = _told(text)
        patch.setattr("crm_tui.systems.lists._plain_addresses", lambda line: [])
        assert short == _told(text)


def _told(text: str) -> object:
    try:
        return addresses(text)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("text", ["(" * 100_000, "a " * 100_000, "=?utf-8?q?a?= " * 20_000, '"' * 99_999, "<" * 9_999])
def test_a_hostile_list_of_addresses_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(ValueError, match="no list of addresses"):
        addresses(text)
    assert time.process_time() - start < 2


def test_a_mail_to_thousands_is_read() -> None:
    text = ", ".join(f'"Doe, Jane {n}" <jane{n}@one.test>' for n in range(5_000))
    told = addresses(text)
    assert isinstance(told, str)
    assert re.fullmatch(r"(?:jane\d+@one\.test(?:; )?){5000}", told)
