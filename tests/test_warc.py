"""Records are read whatever is damaged beside them, and what we write is what other tools read."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from crawler.warc import reading
from crawler.warc.capture import Exchange, capture, revisit
from crawler.warc.http_message import message
from crawler.warc.reading import Damage, record_at, records, splits
from crawler.warc.record import Record
from crawler.warc.sources import NoSource, Piece, may_hold, months, pieces, wacz_members
from crawler.warc.writing import Writer

FETCHED = "2026-11-30T10:00:00Z"


def page(number: int) -> bytes:
    return f"<html><body><p>The ferry number {number} left the quay of Puerto Sereno.</p></body></html>".encode() * 9


def captured(number: int):
    exchange = Exchange(
        f"https://quay.example/{number}",
        (("User-Agent", "newscrawler"),),
        200,
        (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"), ("Content-Length", "7")),
        gzip.compress(page(number)),
    )
    return capture(exchange, FETCHED, {"source": "Quay", "timezone": None})


CAPTURES = [captured(number) for number in range(3)]
MEMBERS = [item.members[-item.response :] for item in CAPTURES]
PLAIN = [gzip.decompress(member) for member in MEMBERS]
FIRST, HURT, LAST = MEMBERS


def read(data: bytes) -> list[str]:
    """The last letter of each response's address; what is damaged in brackets."""
    return [f"[{item.why}]" if isinstance(item, Damage) else item.url[-1:] for item in records(data)]


def longer(record: bytes) -> bytes:
    return record.replace(b"Content-Length: ", b"Content-Length: 9", 1)


def shorter(record: bytes) -> bytes:
    return record.replace(b"Content-Length: ", b"Content-Length: 1\r\nX: ", 1)


@pytest.mark.parametrize(
    ("hurt", "arrives"),
    [
        (HURT[: len(HURT) // 2] + b"\xff\x00\xff" + HURT[len(HURT) // 2 + 3 :], False),
        (HURT[: len(HURT) // 2], False),
        (HURT[:-8] + b"1234" + HURT[-4:], False),
        (b"garbage" * 100 + HURT, True),
        (b"\x1f\x8b\x08" * 50 + HURT, True),
        (gzip.compress(longer(PLAIN[1])), True),
        (gzip.compress(shorter(PLAIN[1])), True),
        (gzip.compress(PLAIN[1].replace(b"Content-Length", b"X-Length", 1)), True),
        (gzip.compress(b"WERC" + PLAIN[1][4:]), False),
        (gzip.compress(PLAIN[1][:60]), False),
        (b"", False),
    ],
    ids=[
        "flipped",
        "cut",
        "checksum",
        "garbage",
        "false-starts",
        "long",
        "short",
        "no-length",
        "no-record",
        "head-cut",
        "missing",
    ],
)
def test_a_damaged_member_costs_itself_alone(hurt, arrives):
    found = read(FIRST + hurt + LAST)
    assert [item for item in found if len(item) == 1] == ["0", "1", "2"] if arrives else ["0", "2"]
    assert found[0] == "0" and found[-1] == "2"


@pytest.mark.parametrize(
    "hurt",
    [longer(PLAIN[1]), shorter(PLAIN[1]), PLAIN[1][:60], PLAIN[1][:-100]],
    ids=["long", "short", "head-cut", "cut"],
)
def test_a_damaged_record_of_a_plain_file_costs_itself_alone(hurt):
    assert read(b"".join(PLAIN)) == ["0", "1", "2"]
    found = read(PLAIN[0] + hurt + PLAIN[2])
    assert found[0] == "0" and found[-1] == "2"


def test_a_file_that_is_one_member_is_read_as_well(monkeypatch):
    assert read(gzip.compress(b"".join(PLAIN))) == ["0", "1", "2"]
    monkeypatch.setattr(reading, "LARGEST", len(PLAIN[0]) + 50)
    assert read(gzip.compress(b"".join(PLAIN * 3))) == ["0", "1", "2"] * 3
    video = PLAIN[1].replace(b"Content-Length: ", b"Content-Length: 100000\r\nX: ", 1).partition(b"\r\n\r\n")
    large = video[0] + video[1] + b"x" * 100_000 + b"\r\n\r\n"
    assert read(gzip.compress(PLAIN[0] + large + PLAIN[2])) == ["0", "[a record of 100000 bytes]", "2"]


def test_ranges_share_the_members_out():
    data = b"".join(MEMBERS * 40)
    starts = splits(data, 3 * len(FIRST))
    assert len(starts) > 20 and starts[0] == 0
    shared = [read_range for start, end in zip(starts, [*starts[1:], None], strict=True)
              for read_range in records(data, start, end)]  # fmt: skip
    assert [item.url for item in shared] == [item.url for item in records(data)]
    anywhere = [*records(data, 0, len(FIRST) + 5), *records(data, len(FIRST) + 5)]
    assert [item.url for item in anywhere] == [item.url for item in records(data)]


def test_a_record_is_found_where_it_was_put():
    data = b"junk" + HURT + LAST
    found = record_at(data, 4, len(HURT))
    assert isinstance(found, Record) and found.url == "https://quay.example/1" and found.date == FETCHED
    assert record_at(data, 9, len(HURT)) is None and record_at(data, 10_000_000, 5) is None
    answer = message(found.block)
    assert answer is not None and answer.status == 200 and answer.unpacked() == page(1)


def test_other_tools_read_what_we_write():
    data = b"".join(item.members for item in CAPTURES)
    data += revisit("https://quay.example/0", "2026-12-01T10:00:00Z", FETCHED, CAPTURES[0].digest).members
    theirs = list(ArchiveIterator(io.BytesIO(data), check_digests="raise"))
    read = [(record.rec_type, record.content_stream().read())[0] for record in ArchiveIterator(io.BytesIO(data))]
    assert read == ["request", "metadata", "response"] * 3 + ["revisit"] and len(theirs) == 10
    for record in FastIterator(io.BytesIO(data), parse_http=False):
        assert record.verify_block_digest()
    for record in FastIterator(io.BytesIO(data), record_types=WarcRecordType.response):
        assert record.verify_payload_digest()
    bodies = [
        record.content_stream().read() for record in ArchiveIterator(io.BytesIO(data)) if record.rec_type == "response"
    ]
    assert bodies == [page(number) for number in range(3)]


@pytest.mark.parametrize("packed", [True, False])
def test_what_others_write_is_read(packed):
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=packed)
    chunks = b"5\r\nhello\r\n6;x=1\r\n world\r\n0\r\n\r\n"
    for url, head, body in (
        ("https://quay.example/a", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunks),
        ("https://quay.example/b", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"unpacked already"),
        ("https://quay.example/c", "HTTP/1.1 200\r\nContent-Encoding: br\r\nX-Long: a\r\n b\r\n\r\n", b""),
    ):
        block = io.BytesIO(head.encode() + body)
        writer.write_record(writer.create_warc_record(url, "response", payload=block, length=len(block.getvalue())))
    found = [item for item in records(file.getvalue()) if isinstance(item, Record)]
    answers = [message(item.block) for item in found]
    assert [item.url[-1] for item in found] == ["a", "b", "c"]
    assert [answer.unpacked() for answer in answers if answer] == [b"hello world", b"unpacked already", b""]
    assert answers[2] and answers[2].fields["x-long"] == "a b"


@given(st.binary(max_size=3000), st.integers(0, 3), st.data())
def test_nothing_in_a_file_is_more_than_damage(noise, place, data):
    content = b"".join([*MEMBERS[:place], noise, *MEMBERS[place:]])
    begin = data.draw(st.integers(0, len(content)))
    for found in (*records(content, begin), *records(noise), *records(b"WARC/1.0\r\n" + noise)):
        if isinstance(found, Record) and (answer := message(found.block)):
            answer.unpacked()


@given(st.binary(max_size=300))
def test_any_body_may_be_told_to_be_chunked(body):
    answer = message(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert answer is not None and len(answer.unpacked()) <= len(body)


def test_a_writer_goes_on_behind_what_is_located(tmp_path):
    folder, located = tmp_path / "news.warc", {}

    def writer(largest=10**9):
        return Writer(folder, "crawl", lambda file: located.get(file, 0), largest)

    def inside(file):
        found = list(records((folder / file).read_bytes()))
        assert not [item for item in found if isinstance(item, Damage)]
        return [item.url[-1] for item in found if isinstance(item, Record) and item.kind == "response"]

    first = writer()
    places = [first.append(item.members, "20261130") for item in CAPTURES]
    first.close()
    (file,) = {place.file for place in places}
    with (folder / file).open("ab") as torn:
        torn.write(CAPTURES[0].members[:200])  # a crash in the middle of a record
    located[file] = places[-1].offset + places[-1].length

    again = writer()
    assert again.append(CAPTURES[0].members, "20261130").offset == located[file]
    assert again.append(CAPTURES[1].members, "20261201").file == "crawl-20261201-00000.warc.gz"
    again.close()
    assert inside(file) == [*"0120"] and inside("crawl-20261201-00000.warc.gz") == ["1"]

    full = writer(largest=2000)
    files = [full.append(item.members, "20261202").file[-13:-8] for item in CAPTURES * 2]
    full.close()
    assert files == ["00000", "00000", "00001", "00001", "00002", "00002"]
    assert inside("crawl-20261202-00001.warc.gz") == ["2", "0"]
    located[file] = 2000
    assert writer(largest=2000).append(CAPTURES[0].members, "20261130").file == "crawl-20261130-00001.warc.gz"


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        ("a.warc.gz", Piece("/lists/a.warc.gz")),
        ("/far/a.warc", Piece("/far/a.warc")),
        ("https://files.example/a.warc.gz 5 99", Piece("https://files.example/a.warc.gz", 5, 99)),
        ("crawl-data/CC-NEWS/2026/01/CC-NEWS-20260120134501-00012.warc.gz",
         Piece("https://data.commoncrawl.org/crawl-data/CC-NEWS/2026/01/CC-NEWS-20260120134501-00012.warc.gz")),
        ('example,quay)/1 20261130100000 {"url": "https://quay.example/1", "length": "99", "offset": "5", '
         '"filename": "a.warc.gz"}', Piece("/lists/a.warc.gz", 5, 99)),
        ('{"urlkey": "example,quay)/1", "length": "99", "offset": "5", "filename": "crawl-data/x.warc.gz"}',
         Piece("https://data.commoncrawl.org/crawl-data/x.warc.gz", 5, 99)),
        ("example,quay)/1 20261130100000 https://quay.example/1 text/html 200 ABC - - 99 5 a.warc.gz",
         Piece("/lists/a.warc.gz", 5, 99)),
    ],
)  # fmt: skip
def test_lists_of_many_kinds_name_what_to_read(line, piece):
    listed = f" CDX N b a m s k r M S V g\n\n# ours\n{line}\n".encode()
    assert list(pieces("/lists/index.cdx", listed)) == [piece]
    assert list(pieces("/lists/index.cdx.gz", gzip.compress(listed))) == [piece]


def test_a_line_that_is_no_place_is_named():
    with pytest.raises(NoSource, match=r'list\.txt: line 2 is neither .*: "what is this"'):
        list(pieces("list.txt", b"a.warc.gz\nwhat is this\n"))


def test_archives_are_what_their_names_say():
    assert list(pieces("news.warc.gz")) == [Piece("news.warc.gz")]
    assert list(pieces("https://files.example/news.WARC?key=1")) == [Piece("https://files.example/news.WARC?key=1")]


def test_months_are_those_of_the_calendar():
    listed = [address[-22:-14] for address in months(date(2026, 1, 20), date(2026, 2, 10))]
    assert listed == ["/2026/01", "/2026/02"]
    assert len(months(date(2025, 11, 30), date(2026, 2, 1))) == 4


@pytest.mark.parametrize(
    ("file", "held"),
    [
        ("CC-NEWS-20260119235959-00012.warc.gz", True),  # a file goes on into the next day
        ("CC-NEWS-20260118000000-00012.warc.gz", False),
        ("CC-NEWS-20260211000000-00012.warc.gz", True),
        ("CC-NEWS-20260212000000-00012.warc.gz", False),
        ("crawl-data/CC-NEWS/2026/02/warc.paths.gz", True),
        ("crawl-data/CC-NEWS/2025/12/warc.paths.gz", False),
        ("news.warc.gz", True),
        ("news-20269999.warc.gz", True),
    ],
)
def test_files_are_ruled_out_by_the_day_in_their_name(file, held):
    assert may_hold(file, date(2026, 1, 20), date(2026, 2, 10)) is held


def test_archives_in_a_wacz_are_located(tmp_path):
    path = tmp_path / "saved.wacz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/data.warc.gz", b"".join(MEMBERS))
    ((name, offset, length),) = wacz_members(path)
    assert name == "archive/data.warc.gz"
    assert read(path.read_bytes()[offset : offset + length]) == ["0", "1", "2"]
    with pytest.raises(NoSource, match="cannot be read as WACZ"):
        wacz_members(tmp_path / "gone.wacz")
