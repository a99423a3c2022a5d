import contextlib
import zlib

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import COUNTER, random_inputs

from replay import CutError, FormatError, NewerFormatError, Player
from replay.core import format as fmt
from replay.core.encoding import InputEncoder, changes, decode_inputs
from replay.core.records import End, Header, InputChunk, Marker, Snapshot


def header(**changes):
    facts = {
        "id": bytes(range(16)),
        "game": "counter",
        "rules": 1,
        "ticks_per_second": 60,
        "seed": 2**64 - 1,
        "config": {"map": "plaza", "limit": -5},
        "players": (Player("Ann"), Player("Ben", "bot:hunter")),
        "input_dtype": COUNTER.input_dtype,
        "chunk_ticks": 60,
        "group_ticks": 600,
        "created_ms": 1_700_000_000_000,
        "parent": (bytes(16), 77),
    }
    return Header(**(facts | changes))


# A recording of format 1, byte for byte. If this changes, FORMAT_VERSION has to change with it, and old files must still be read.
GOLDEN = bytes.fromhex(
    "895245504c41590d0a1a0a48cc0000008da6666f726d617401a26964c410000102030405060708090a0b0c0d0e0fa467616d65a7636f756e7465"
    "72a572756c657301b07469636b735f7065725f7365636f6e643ca473656564cfffffffffffffffffa6636f6e66696782a36d6170a5706c617a61"
    "a56c696d6974fba7706c61796572739192a3416e6ea568756d616ea5696e7075749292a26478a2693292a7627574746f6e73a27531ab6368756e"
    "6b5f7469636b7303ab67726f75705f7469636b7306a763726561746564cf0000018bcfe56800a6706172656e74c03e66664f530b000000930028"
    "c4066360200e0000f1707cd5491f000000950003c40b6364fccdc0f09fe13f2300c403616263c408000000000000008065acf62f6d0e00000092"
    "02ab666972737420626c6f6f643f30bfa74519000000940303c408000000000000008081a677696e6e6572a3416e6ef7ebe01c"
)


def golden():
    rows = np.zeros((3, 1), np.dtype([("dx", "<i2"), ("buttons", "u1")]))
    rows["dx"] = [[1], [2], [-3]]
    rows["buttons"][1] = 255
    facts = header(players=(Player("Ann"),), chunk_ticks=3, group_ticks=6, parent=None)
    chunks = [
        (fmt.KIND_HEADER, facts.pack()),
        (fmt.KIND_SNAPSHOT, Snapshot(0, bytes(40)).pack()),
        (fmt.KIND_INPUTS, InputChunk(0, 3, InputEncoder(facts).encode(rows), b"abc", 2**63).pack()),
        (fmt.KIND_MARKER, Marker(2, "first blood").pack()),
        (fmt.KIND_END, End(3, 3, 2**63, {"winner": "Ann"}).pack()),
    ]
    data, check = fmt.MAGIC, fmt.MAGIC_CHECK
    for kind, payload in chunks:
        part, check = fmt.write_chunk(kind, payload, check)
        data += part
    return data


def test_the_bytes_of_format_1_do_not_change():
    assert golden() == GOLDEN


@pytest.mark.parametrize(
    "record",
    [
        header(),
        header(parent=None, config={}, seed=0),
        InputChunk(60, 2, b"xyz", b"ab", 7),
        InputChunk(0, 1, b"", b"", None),
        Marker(3, "first blood ✓"),
        End(5, 4, 2**64 - 1, {"winner": "Ann", "scores": [1, 2.5, None, True]}),
    ],
)
def test_what_a_record_packs_it_unpacks(record):
    assert type(record).unpack(record.pack()) == record


def test_a_snapshot_comes_back_whole():
    state = bytes(range(256)) * 20
    assert Snapshot.unpack(Snapshot(600, state).pack()) == Snapshot(600, state)


@given(st.lists(st.integers(1, 130), min_size=1, max_size=3), st.integers(1, 5), st.integers(0, 2**32 - 1), st.booleans())
def test_inputs_decode_to_what_was_encoded(counts, players, seed, thorough):
    rows = random_inputs(COUNTER, sum(counts), players, seed)
    encoder = InputEncoder(header(players=(Player("x"),) * players, group_ticks=6000), thorough)
    chunks = [(count, encoder.encode(part)) for count, part in zip(counts, np.split(rows, np.cumsum(counts)[:-1]), strict=True)]
    assert (decode_inputs(chunks, players, rows.dtype) == rows).all()
    assert encoder.tick == len(rows)
    assert encoder.version == np.count_nonzero(changes(rows, np.zeros(players, rows.dtype)))


def test_changes_are_seen_per_player_and_tick():
    wide = np.dtype([(f"f{number}", "<u8") for number in range(3)])
    for dtype in (COUNTER.input_dtype, wide):
        rows = np.zeros((50, 3), dtype)
        rows[dtype.names[-1]] = np.random.default_rng(1).integers(0, 2, (50, 3))
        before = rows[7].copy()
        expected = [[rows[t, p] != (rows[t - 1, p] if t else before[p]) for p in range(3)] for t in range(50)]
        assert (changes(rows, before) == expected).all()


def test_inflate_makes_nothing_larger_than_promised():
    bomb = fmt.deflate(bytes(50_000_000))
    with pytest.raises(FormatError, match="exactly 100 bytes"):
        fmt.inflate(bomb, 100)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xff", fmt.deflate(b"abc")[:-1], fmt.deflate(b"abc") + b"x", fmt.deflate(b"abcd"), fmt.deflate(b"ab")]
)
def test_inflate_refuses_what_is_cut_longer_shorter_or_trailing(data):
    with pytest.raises(FormatError):
        fmt.inflate(data, 3)


def test_a_chunk_continues_the_check_of_the_one_before():
    first, check = fmt.write_chunk(fmt.KIND_MARKER, b"one", fmt.MAGIC_CHECK)
    second, _ = fmt.write_chunk(fmt.KIND_MARKER, b"two", check)
    assert fmt.read_chunk(second, 0, check).payload == b"two"
    with pytest.raises(FormatError, match="checksum"):
        fmt.read_chunk(second, 0, fmt.MAGIC_CHECK)
    with pytest.raises(CutError):
        fmt.read_chunk(first[:-1], 0, fmt.MAGIC_CHECK)


@pytest.mark.parametrize("length", [2**31, 2**32 - 1, fmt.MAX_PAYLOAD[fmt.KIND_MARKER] + 1])
def test_a_length_over_the_limit_of_its_kind_is_refused_before_anything_is_read(length):
    with pytest.raises(FormatError, match="limit"):
        fmt.frame_length(fmt.KIND_MARKER.to_bytes(1, "little") + length.to_bytes(4, "little"), 0)


def test_a_newer_format_says_so():
    fields = msgpack.unpackb(header().pack())
    with pytest.raises(NewerFormatError, match="format 2"):
        Header.unpack(msgpack.packb(fields | {"format": 2, "something": "new"}))


HOSTILE_HEADERS = {
    "no players": {"players": []},
    "65 players": {"players": [["x", "human"]] * 65},
    "-1 players": {"players": -1},
    "a player without a kind": {"players": [["x"]]},
    "a number for a name": {"players": [[1, "human"]]},
    "an endless name": {"players": [["x" * 100_000, "human"]]},
    "True as rules": {"rules": True},
    "a float as seed": {"seed": 1.0},
    "NaN as seed": {"seed": float("nan")},
    "a negative seed": {"seed": -1},
    "a seed beyond 64 bits": {"seed": None},
    "a float in the config": {"config": {"a": 0.5}},
    "a list in the config": {"config": {"a": [1]}},
    "a config of 1000 settings": {"config": {str(i): i for i in range(1000)}},
    "no input field": {"input": []},
    "an object field": {"input": [["a", "O"]]},
    "an object field with a size": {"input": [["a", "O8"]]},
    "a float field": {"input": [["a", "f8"]]},
    "two fields of one name": {"input": [["a", "u1"], ["a", "u1"]]},
    "a field named like code": {"input": [["__import__('os')", "u1"]]},
    "rows of 2 kB": {"input": [[f"f{i}", "u8"] for i in range(256)]},
    "no ticks in a chunk": {"chunk_ticks": 0},
    "16 million ticks in a chunk": {"chunk_ticks": 16_000_000, "group_ticks": 16_000_000},
    "groups that are no multiple": {"group_ticks": 601},
    "no ticks a second": {"ticks_per_second": 0},
    "a short id": {"id": b"x"},
    "text as id": {"id": "x" * 16},
    "a parent without tick": {"parent": [bytes(16)]},
    "a time beyond all clocks": {"created": 2**60},
    "a field too many": {"extra": 1},
    "format 0": {"format": 0},
    "format as text": {"format": "1"},
}


@pytest.mark.parametrize("what", HOSTILE_HEADERS)
def test_a_header_is_refused_with(what):
    fields = msgpack.unpackb(header().pack()) | HOSTILE_HEADERS[what]
    with pytest.raises(FormatError):
        Header.unpack(msgpack.packb(fields))


HOSTILE_PAYLOADS = {
    "nothing": b"",
    "an array of 2^32-1 items in 5 bytes": b"\xdd\xff\xff\xff\xff",
    "a map of 2^32-1 items in 5 bytes": b"\xdf\xff\xff\xff\xff",
    "text of 2^32-1 bytes in 5 bytes": b"\xdb\xff\xff\xff\xff",
    "a million nested arrays": b"\x91" * 1_000_000 + b"\xc0",
    "a million nested maps": b"\x81\xa1a" * 1_000_000 + b"\xc0",
    "trailing bytes": msgpack.packb([1, "x"]) + b"\x00",
    "an ext type": b"\xc7\x03\x05abc",
    "a timestamp": b"\xd6\xff\x00\x00\x00\x01",
    "bad UTF-8": b"\x92\x01\xa2\xff\xfe",
    "NaN where an integer belongs": msgpack.packb([float("nan"), "x"]),
    "a float where an integer belongs": msgpack.packb([3.0, "x"]),
    "True where an integer belongs": msgpack.packb([True, "x"]),
    "a map where a list belongs": msgpack.packb({"tick": 1}),
    "duplicate keys": b"\x82\xa1a\x01\xa1a\x02",
    "an unhashable key": b"\x81\x90\x01",
    "a tick beyond 2^31": msgpack.packb([2**31, "x"]),
    "a negative tick": msgpack.packb([-1, "x"]),
    "no text": msgpack.packb([1, ""]),
    "the byte that MessagePack never uses": b"\xc1",
}


@pytest.mark.parametrize("what", HOSTILE_PAYLOADS)
@pytest.mark.parametrize("record", [Header, InputChunk, Snapshot, Marker, End])
def test_a_payload_is_refused_that_is(what, record):
    with pytest.raises(FormatError):
        record.unpack(HOSTILE_PAYLOADS[what])


@given(st.binary(max_size=200))
def test_random_payloads_raise_nothing_but_format_errors(payload):
    for record in (Header, InputChunk, Snapshot, Marker, End):
        with contextlib.suppress(FormatError):
            record.unpack(payload)


def test_a_result_may_be_plain_data_only_and_not_bottomless():
    deep = []
    for _ in range(20):
        deep = [deep]
    for result in (deep, {"x": float("inf")}, {1: 2}):
        with pytest.raises((FormatError, ValueError)):
            End.unpack(msgpack.packb([0, 0, bytes(8), result]))


def test_input_dtypes_that_are_not_packed_integers_are_refused():
    for dtype in (
        np.dtype([("a", "<f4")]),
        np.dtype([("a", ">u2")]),
        np.dtype([("a", "u1"), ("b", "<u4")], align=True),
        np.dtype("u1"),
    ):
        with pytest.raises(FormatError):
            fmt.input_fields(dtype)


def test_run_length_deflate_is_plain_deflate_to_any_reader():
    rows = random_inputs(COUNTER, 60, 2)
    encoded = InputEncoder(header()).encode(rows)
    assert len(zlib.decompress(encoded, -zlib.MAX_WBITS)) == rows.nbytes
