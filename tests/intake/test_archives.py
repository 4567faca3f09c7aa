"""Gzip and zip: the tables in them like plain files; tricks, damage and bombs refused in a sentence."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from crm_tui.errors import InputError
from crm_tui.intake import origin as origin_module
from crm_tui.intake.archive import content_digests
from crm_tui.intake.formats import open_sources, records
from tests.factory import activities_bytes, activity, appointment, appointments_bytes

APPOINTMENTS = appointments_bytes(appointment("APT-1"), appointment("APT-2"))
ACTIVITIES = activities_bytes(activity("ACT-1"))


def put(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def gzipped(data: bytes) -> bytes:
    """Without the time of day, so that tests have the same names in every process."""
    return gzip.compress(data, mtime=0)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            # Written through ZipInfo, because writestr would make a harmless name of a tricky one.
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = method
            archive.writestr(info, data)
    return stream.getvalue()


def event_ids(path: Path) -> dict[str, list[str]]:
    """Source name → first cell of each of its rows."""
    return {
        source.name: [record.cells[0] for record in records(source) if record.cells]
        for source in open_sources(path).sources
    }


def test_a_gzip_is_read_like_the_file_in_it(tmp_path: Path) -> None:
    path = put(tmp_path, "leads.csv.gz", gzipped(APPOINTMENTS))
    (source,) = open_sources(path).sources
    assert event_ids(path) == {"leads.csv.gz": ["APT-1", "APT-2"]}
    assert (source.sha256, source.size) == (hashlib.sha256(APPOINTMENTS).hexdigest(), len(APPOINTMENTS))
    assert source.header_raw + b"".join(record.raw for record in records(source)) == APPOINTMENTS


def test_a_gzip_of_several_streams_is_one_file(tmp_path: Path) -> None:
    path = put(tmp_path, "leads.gz", gzip.compress(APPOINTMENTS[:70]) + gzip.compress(APPOINTMENTS[70:]))
    assert event_ids(path) == {"leads.gz": ["APT-1", "APT-2"]}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_each_table_of_a_zip_is_a_source(tmp_path: Path, method: int) -> None:
    members = (("b/Activities_001.csv", ACTIVITIES), ("Appointments.CSV", APPOINTMENTS))
    path = put(tmp_path, "backup.zip", zipped(*members, method=method))
    assert event_ids(path) == {
        "backup.zip!Appointments.CSV": ["APT-1", "APT-2"],
        "backup.zip!b/Activities_001.csv": ["ACT-1"],
    }


def test_what_is_no_table_in_a_zip_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    junk = (("__MACOSX/._a.csv", b"\0\5"), (".hidden.csv", b"x"), ("logo.png", b"\x89PNG"), ("sub/", b""))
    data = zipped(*junk, ("a.csv", APPOINTMENTS), ("users.csv", b"shoe_size,age\n9,1\n"))
    opened = open_sources(put(tmp_path, "backup.zip", data))
    assert [source.name for source in opened.sources] == ["backup.zip!a.csv"]
    assert len(opened.problems) == 1
    assert f"{tmp_path}/backup.zip!users.csv has the header of no table" in str(opened.problems[0])
    assert opened.notes == ("backup.zip holds 3 files that no table is looked for in.",)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("../../etc/a.csv", "has a path that leads out of the archive; it was not read"),
        ("/etc/a.csv", "has a path that leads out of the archive"),
        ("x/../a.csv", "has a path that leads out of the archive"),
        ("..\\a.csv", "has a path that leads out of the archive"),
        ("C:\\a.csv", "has a path that leads out of the archive"),
    ],
)
def test_a_member_with_a_tricky_path_is_refused_alone(tmp_path: Path, name: str, sentence: str) -> None:
    opened = open_sources(put(tmp_path, "x.zip", zipped((name, APPOINTMENTS), ("good.csv", ACTIVITIES))))
    assert [source.name for source in opened.sources] == ["x.zip!good.csv"]
    assert [sentence in str(problem) for problem in opened.problems] == [True]


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.csv", APPOINTMENTS)))
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(magic) + flags] |= 1
    with pytest.raises(InputError, match=r"x\.zip!a\.csv is encrypted"):
        open_sources(put(tmp_path, "x.zip", bytes(data)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """Which of the two a program reads is up to the program: a review must not depend on it."""
    opened = open_sources(put(tmp_path, "x.zip", zipped(("a.csv", APPOINTMENTS), ("a.csv", ACTIVITIES))))
    assert opened.sources == ()
    assert len(opened.problems) == 2
    assert all("is there more than once" in str(problem) for problem in opened.problems)


@pytest.mark.parametrize("inner", [gzipped(APPOINTMENTS), zipped(("a.csv", APPOINTMENTS))])
@pytest.mark.parametrize("outer", ["zip", "gz"])
def test_an_archive_within_an_archive_is_refused(tmp_path: Path, inner: bytes, outer: str) -> None:
    data = gzipped(inner) if outer == "gz" else zipped(("inner.zip", inner))
    with pytest.raises(InputError, match="is an archive within an archive; unpack it"):
        open_sources(put(tmp_path, f"x.{outer}", data))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (gzipped(APPOINTMENTS)[:-9], r"damaged gzip \(it is cut off\)"),
        (gzipped(APPOINTMENTS) + b"garbage", r"damaged gzip \(other bytes follow its end\)"),
        (gzipped(APPOINTMENTS)[:-8] + b"\1" * 8, r"damaged gzip \(its check sum does not fit\)"),
        (zipped(("a.csv", APPOINTMENTS))[:-9], r"damaged zip \(its list of members is missing or cut off\)"),
        (zipped(("a.txt.bin", b"x")), "holds no file that can be read here"),
        (zipped(("mimetype", b"x"), ("content.xml", b"x")), "is an OpenDocument file; save it as XLSX or CSV"),
        (
            zipped(("SHA256SUMS", b"x"), ("handoff.json", b"{}"), ("rows.jsonl", b"{}")),
            "is a handoff and no export; crm-tui verify checks it",
        ),
        (b"\0" * 257 + b"ustar" + b"\0" * 400, "is a tar archive; unpack it"),
        (b"Rar!\x1a\x07", "is a RAR archive"),
        (b"\xd0\xcf\x11\xe0", "is an old Excel workbook; save it as XLSX or CSV"),
    ],
)
def test_what_cannot_be_unpacked_is_refused_in_a_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        open_sources(put(tmp_path, "x.bin", data))
    assert str(caught.value).startswith(str(tmp_path)) and str(caught.value).endswith(".")


def test_trailing_nulls_after_a_gzip_are_padding(tmp_path: Path) -> None:
    assert event_ids(put(tmp_path, "x.gz", gzipped(APPOINTMENTS) + b"\0" * 512)) == {"x.gz": ["APT-1", "APT-2"]}


def test_a_member_that_does_not_match_its_check_sum_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.csv", APPOINTMENTS), method=zipfile.ZIP_STORED))
    data[data.index(b"APT-2")] ^= 1
    with pytest.raises(InputError, match=r"damaged zip \(its check sum does not fit\)"):
        open_sources(put(tmp_path, "x.zip", bytes(data)))


def deflated_zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = b"0" * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def bomb_zip(expanded: int, declared: int, members: int = 1) -> bytes:
    """A zip of members that share one stream, each declared to hold ``declared`` bytes."""
    stream = deflated_zeros(expanded)
    name = b"a.csv"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(stream), declared, len(name), 0) + name
    body = local + stream
    listed = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, len(stream), declared, len(one), *[0] * 6) + one
        for one in (b"%d.csv" % number for number in range(members))
    )
    return body + listed + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, members, members, len(listed), len(body), 0)


def bombs() -> Iterable[tuple[str, bytes]]:
    yield "one huge member", bomb_zip(256 << 20, 256 << 20)
    yield "a member that says it is small", bomb_zip(256 << 20, 1000)
    yield "many members over one stream", bomb_zip(32 << 20, 32 << 20, members=1_500)
    yield "a gzip", gzip.compress(b"0" * (256 << 20), 9)


@pytest.mark.parametrize(("what", "data"), [pytest.param(*one, id=one[0]) for one in bombs()])
def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, what: str, data: bytes) -> None:
    with pytest.raises(InputError, match=r"expands to far more|damaged zip"):
        open_sources(put(tmp_path, "bomb.bin", data))


def test_a_list_of_members_that_would_fill_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin_module, "DIRECTORY_LIMIT", 10_000)
    data = zipped(*((f"{number}.csv", b"") for number in range(500)))
    with pytest.raises(InputError, match=r"damaged zip \(its list of members is too long\)"):
        open_sources(put(tmp_path, "x.zip", data))


def test_a_repetitive_export_is_no_bomb(tmp_path: Path) -> None:
    rows = appointments_bytes(*[appointment("APT-1")] * 50_000)
    path = put(tmp_path, "x.gz", gzip.compress(rows, 9))
    assert path.stat().st_size * 100 < len(rows)
    assert sum(1 for _ in records(open_sources(path).sources[0])) == 50_000


def test_the_digests_of_a_file_are_its_own_and_those_of_its_contents(tmp_path: Path) -> None:
    data = zipped(("a.csv", APPOINTMENTS), ("b.csv", ACTIVITIES))
    found = content_digests(put(tmp_path, "x.zip", data))
    assert found == {hashlib.sha256(one).hexdigest() for one in (data, APPOINTMENTS, ACTIVITIES)}
    assert content_digests(put(tmp_path, "y.zip", b"PK\3\4")) == {hashlib.sha256(b"PK\3\4").hexdigest()}
