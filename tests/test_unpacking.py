"""Packed bodies: all that comes out of honest ones, and not more than a bound out of the others."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetching.unpacking import CODINGS, MOST_PARTS, UNPACKERS, Broken, TooLarge, unpack, zstd

TEXT = "Сорок судов ждут на рейде. ".encode() * 50
PACK = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("coding", PACK)
def test_what_was_packed_comes_out(coding):
    assert unpack(PACK[coding](TEXT), [coding], 10_000) == TEXT
    assert unpack(PACK[coding](b""), [coding], 10_000) == b""
    assert unpack(b"", [coding], 10_000) == b""


def test_every_coding_that_we_say_that_we_read_can_be_read():
    assert set(CODINGS) <= set(UNPACKERS) == set(PACK)


def test_codings_come_off_in_the_order_in_which_they_were_put_on():
    assert unpack(brotli.compress(gzip.compress(TEXT)), ["gzip", "br"], 10_000) == TEXT


def test_raw_deflate_is_read_too():
    packer = zlib.compressobj(wbits=-15)
    assert unpack(packer.compress(TEXT) + packer.flush(), ["deflate"], 10_000) == TEXT


@pytest.mark.parametrize("coding", PACK)
def test_what_is_more_than_wanted_is_not_unpacked(coding):
    assert len(unpack(PACK[coding](b" " * 5000), [coding], 5000)) == 5000
    with pytest.raises(TooLarge, match="unpacks to more than"):
        unpack(PACK[coding](b" " * 5001), [coding], 5000)
    assert len(unpack(PACK[coding](b" " * 5001), [coding], 0)) == 5001, "0 means no bound"


def test_bodies_packed_again_and_again_are_not_unpacked():
    with pytest.raises(TooLarge, match="packed 3 times"):
        unpack(gzip.compress(gzip.compress(gzip.compress(TEXT))), ["gzip"] * 3, 10_000)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_few_files_one_after_another_are_one_and_thousands_are_an_attack(coding):
    assert unpack(PACK[coding](TEXT) * 3, [coding], 100_000) == TEXT * 3
    with pytest.raises(TooLarge, match=f"more than {MOST_PARTS} {coding} files"):
        unpack(PACK[coding](b"") * 5000, [coding], 100_000)


def test_a_window_of_128_mb_is_not_made_for_anybody():
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    packer = zstd.ZstdCompressor(options=options)
    with pytest.raises(Broken, match="broken zstd"):
        unpack(packer.compress(TEXT) + packer.flush(), ["zstd"], 10_000)


@pytest.mark.parametrize("coding", PACK)
def test_what_is_not_packed_at_all_is_broken(coding):
    with pytest.raises(Broken, match="broken"):
        unpack(b"<html>not packed</html>", [coding], 10_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_body_that_is_cut_off_gives_what_can_be_read(coding):
    noise = b"".join(zlib.crc32(str(n).encode()).to_bytes(4, "big") for n in range(2000))
    part = unpack(PACK[coding](noise)[:4000], [coding], 10_000)
    assert part and noise.startswith(part)


def test_a_wrong_checksum_is_forgiven_and_garbage_behind_the_file_left_out():
    packed = gzip.compress(TEXT)
    assert unpack(packed[:-8] + b"12345678", ["gzip"], 10_000) == TEXT
    assert unpack(packed + b"\0" * 100, ["gzip"], 10_000) == TEXT


@given(st.sampled_from(sorted(PACK)), st.binary(max_size=300), st.binary(max_size=20), st.integers(0, 400))
def test_damage_is_unpacked_or_refused_and_never_anything_else(coding, content, damage, place):
    packed = PACK[coding](content)
    packed = packed[:place] + damage + packed[place + len(damage) :]
    try:
        assert len(unpack(packed, [coding], 1000)) <= 1000
    except (Broken, TooLarge) as reason:
        assert str(reason)
