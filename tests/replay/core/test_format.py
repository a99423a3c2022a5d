import contextlib
import zlib

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import COUNTER, random_inputs

from replay import CutError, FormatError, NewerFormatError, Player, Recording
from replay.core import format as fmt
from replay.core.commands import pack_commands, unpack_commands
from replay.core.encoding import InputEncoder, changes, decode_inputs
from replay.core.fields import fields_of
from replay.core.records import CRASHED, STOPPED, Crash, End, Header, InputChunk, Marker, Snapshot, difference


def header(**changes):
    facts = {
        "id": bytes(range(16)),
        "game": "counter",
        "rules": 1,
        "ticks_per_second": 60,
        "seed": 2**64 - 1,
        "config": {"map": "plaza", "limit": -5},
        "players": (Player("Ann"), Player("Ben", "bot:hunter")),
        "input_fields": fields_of(COUNTER.input_dtype),
        "session": b"nonce",
        "chunk_ticks": 60,
        "group_ticks": 600,
        "created_ms": 1_700_000_000_000,
        "parent": (bytes(16), 77),
        "events": fields_of(COUNTER.event_dtype),
        "event_kinds": COUNTER.event_kinds,
        "made_with": {"engine": "1.0", "clean": True},
    }
    return Header(**(facts | changes))


def encode(encoder, rows, commands=0):
    """The encoded inputs, the number of input events and what is written with them, in one go."""
    work = encoder.encode_in_pieces(rows, commands)
    while True:
        try:
            next(work)
        except StopIteration as done:
            encoder.written = done.value[2]
            return done.value


# A recording of format 1, byte for byte: nothing writes it any more, and it is read for ever.
GOLDEN_1 = bytes.fromhex(
    "895245504c41590d0a1a0a48cc0000008da6666f726d617401a26964c410000102030405060708090a0b0c0d0e0fa467616d65a7636f756e7465"
    "72a572756c657301b07469636b735f7065725f7365636f6e643ca473656564cfffffffffffffffffa6636f6e66696782a36d6170a5706c617a61"
    "a56c696d6974fba7706c61796572739192a3416e6ea568756d616ea5696e7075749292a26478a2693292a7627574746f6e73a27531ab6368756e"
    "6b5f7469636b7303ab67726f75705f7469636b7306a763726561746564cf0000018bcfe56800a6706172656e74c03e66664f530b000000930028"
    "c4066360200e0000f1707cd5491f000000950003c40b6364fccdc0f09fe13f2300c403616263c408000000000000008065acf62f6d0e00000092"
    "02ab666972737420626c6f6f643f30bfa74519000000940303c408000000000000008081a677696e6e6572a3416e6ef7ebe01c"
)
# The same of format 2. If this changes, FORMAT_VERSION has to change with it, and old files must still be read.
GOLDEN_2 = bytes.fromhex(
    "895245504c41590d0a1a0a486601000083a6666f726d617402a5747275746889a467616d65a7636f756e746572a572756c657301b07469636b73"
    "5f7065725f7365636f6e643ca473656564cfffffffffffffffffa6636f6e66696782a36d6170a5706c617a61a56c696d6974fba7706c61796572"
    "739192a3416e6ea568756d616ea5696e7075749292a26478a2693292a7627574746f6e73a27531a773657373696f6ec4056e6f6e6365aa737461"
    "72745f7469636b00a56e6f74657389a26964c410000102030405060708090a0b0c0d0e0fa763726561746564cf0000018bcfe56800a670617265"
    "6e74c0ab6368756e6b5f7469636b7303ab67726f75705f7469636b7306ab70726f6f665f7469636b7301a66576656e74739492a47469636ba269"
    "3492a46b696e64a2753192a56163746f72a2753192a6616d6f756e74a26934ab6576656e745f6b696e647392a57072657373a46c75636ba96d61"
    "64655f7769746882a6656e67696e65a3312e30a5636c65616ec3ecd42c17530c000000940028c0c4066360200e00007b14bd0e49370000009700"
    "03c40b6364fccdc0f09fe13f2300c403616263c4100000000000000080000000000000004004c40d9193010081a46d6f7665a2653409e1006e53"
    "0d00000094032900c4076360200e280200f02a25346d0e0000009202ab666972737420626c6f6f641d7d8caf4549000000970304c40800000000"
    "00000080c408000000000000004081a677696e6e6572a3416e6ea76372617368656493b15a65726f4469766973696f6e4572726f72c403000000"
    "919200a26535ce33bad7"
)


def golden():
    """The recording of `GOLDEN_1` as format 2 has it: an event in tick 1, a command, and rules that raised in the end."""
    rows = np.zeros((3, 1), np.dtype([("dx", "<i2"), ("buttons", "u1")]))
    rows["dx"] = [[1], [2], [-3]]
    rows["buttons"][1] = 255
    facts = header(players=(Player("Ann"),), chunk_ticks=3, group_ticks=6, parent=None)
    encoded, input_events, _ = encode(InputEncoder(facts), rows, 1)
    commands = pack_commands([(1, 0, {"move": "e4"})], 0)
    crash = Crash("ZeroDivisionError", bytes(3), [[0, "e5"]])
    chunks = [
        (fmt.KIND_HEADER, facts.pack()),
        (fmt.KIND_SNAPSHOT, Snapshot(0, 40, None, fmt.deflate(bytes(40))).pack()),
        (fmt.KIND_INPUTS, InputChunk(0, 3, encoded, b"abc", 2**63, 2**62, input_events, commands).pack()),
        (fmt.KIND_SNAPSHOT, Snapshot(3, 41, 0, fmt.deflate(bytes(40) + b"!")).pack()),
        (fmt.KIND_MARKER, Marker(2, "first blood").pack()),
        (fmt.KIND_END, End(3, input_events, 2**63, 2**62, {"winner": "Ann"}, CRASHED, crash).pack()),
    ]
    data, check = fmt.MAGIC, fmt.MAGIC_CHECK
    for kind, payload in chunks:
        part, check = fmt.write_chunk(kind, payload, check)
        data += part
    return data


def test_the_bytes_of_format_2_do_not_change():
    assert golden() == GOLDEN_2


def test_a_recording_of_format_2_reads_as_it_was_written(path):
    path.write_bytes(GOLDEN_2)
    with Recording(path) as recording:
        assert recording.state == "complete" and recording.ticks == 3 and recording.version == 4
        assert recording.inputs(0, 3)["dx"].tolist() == [[1], [2], [-3]]
        assert recording.commands(0, 3) == [(1, 0, {"move": "e4"})]
        assert recording.snapshot(0) == bytes(40) and recording.snapshot(3) == bytes(40) + b"!"
        assert recording.end.crash == Crash("ZeroDivisionError", bytes(3), [[0, "e5"]])
        assert recording.header.made_with == {"engine": "1.0", "clean": True} and recording.header.session == b"nonce"


def test_a_recording_of_format_1_reads_for_ever(path):
    path.write_bytes(GOLDEN_1)
    with Recording(path) as recording:
        assert recording.state == "complete" and recording.ticks == 3 and recording.version == recording.end.version == 3
        assert recording.inputs(0, 3)["dx"].tolist() == [[1], [2], [-3]]
        assert recording.inputs(0, 3)["buttons"].tolist() == [[0], [255], [0]]
        assert recording.snapshot(0) == bytes(40)
        assert [(marker.tick, marker.text) for marker in recording.markers] == [(2, "first blood")]
        assert recording.end == End(3, 3, 2**63, 0, {"winner": "Ann"})
        assert recording.header.format == 1 and not recording.header.proves_events
        assert recording.header.input_fields == (("dx", "i2"), ("buttons", "u1"))


@pytest.mark.parametrize(
    "record",
    [
        header(),
        header(parent=None, config={}, seed=0, session=b""),
        header(start_tick=1234, proof_ticks=15, events=(), event_kinds=(), made_with={}),
        header(input_fields=()),
        header(input_fields=(("x", "f4"), ("y", "f8"))),
        InputChunk(60, 2, b"xyz", b"ab", 7, None, 5),
        InputChunk(60, 2, b"xyz", b"ab", 7, 9, 5, pack_commands([(61, 0, [1, "x", None])], 60)),
        InputChunk(0, 1, b"", b"", None, None, 0),
        Snapshot(600, 40, None, b"xyz"),
        Snapshot(600, 40, 0, b"xyz"),
        Marker(3, "first blood ✓"),
        End(5, 4, 2**64 - 1, 2**64 - 2, {"winner": "Ann", "scores": [1, 2.5, None, True]}),
        End(5, 4, 1, 2, {}, STOPPED),
        End(5, 4, 1, 2, {}, CRASHED, Crash("KeyError", bytes(6), [[0, {"a": 1}], [1, b"x"]])),
    ],
)
def test_what_a_record_packs_it_unpacks(record):
    assert read_back(type(record), record.pack()) == record


def read_back(record, payload, facts=None):
    return record.unpack(payload) if record in (Header, Marker) else record.unpack(payload, facts or header())


def test_commands_come_back_in_order_at_their_ticks():
    commands = [(60, 1, {"say": "hi"}), (60, 0, [1, 2.5, None, b"x"]), (77, 1, "again"), (77, 1, "again")]
    assert unpack_commands(pack_commands(commands, 60), 60, 60, 2) == commands
    assert pack_commands([], 60) == b"" and unpack_commands(b"", 60, 60, 2) == []


HOSTILE_COMMANDS = {
    "of a tick beyond the chunk": [[3, 0, 1]],
    "of a negative tick": [[-1, 0, 1]],
    "that go back": [[2, 0, 1], [1, 0, 1]],
    "of a player too many": [[0, 2, 1]],
    "without data": [[0, 0]],
    "that are no list": {"a": 1},
    "that are none": [],
    "nested too deep": [[0, 0, [[[[[[[[[1]]]]]]]]]]],
    "with a number as key": [[0, 0, {1: 2}]],
    "with NaN": [[0, 0, float("nan")]],
}


@pytest.mark.parametrize("what", HOSTILE_COMMANDS)
def test_commands_are_refused(what):
    with pytest.raises(FormatError):
        unpack_commands(msgpack.packb(HOSTILE_COMMANDS[what]), 0, 3, 2)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_a_difference_of_two_states_of_any_lengths_gives_the_first_back(state, base):
    assert difference(difference(state, base), base) == state


@given(st.lists(st.integers(1, 130), min_size=1, max_size=3), st.integers(1, 5), st.integers(0, 2**32 - 1), st.booleans())
def test_inputs_decode_to_what_was_encoded(counts, players, seed, thorough):
    rows = random_inputs(COUNTER, sum(counts), players, seed)
    encoder = InputEncoder(header(players=(Player("x"),) * players, group_ticks=6000), thorough)
    chunks = [(count, encode(encoder, part)[0]) for count, part in zip(counts, np.split(rows, np.cumsum(counts)[:-1]), strict=True)]
    assert (decode_inputs(chunks, players, rows.dtype) == rows).all()
    assert encoder.written.tick == len(rows)
    assert encoder.written.version == np.count_nonzero(changes(rows, np.zeros(players, rows.dtype)))


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
    with pytest.raises(NewerFormatError, match="format 3"):
        Header.unpack(msgpack.packb(fields | {"format": 3, "something": "new"}))


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
    "fields that are a map": {"input": {}},
    "an object field": {"input": [["a", "O"]]},
    "an object field with a size": {"input": [["a", "O8"]]},
    "a half float field": {"input": [["a", "f2"]]},
    "a long double field": {"input": [["a", "f16"]]},
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
    "a nonce of 65 bytes": {"session": bytes(65)},
    "text as nonce": {"session": "x"},
    "a start beyond 2^31": {"start_tick": 2**31},
    "a negative start": {"start_tick": -1},
    "proofs that do not divide a chunk": {"proof_ticks": 7},
    "no proofs": {"proof_ticks": 0},
    "an object field in the events": {"events": [["a", "O"]]},
    "a number as an event kind": {"event_kinds": [1]},
    "300 event kinds": {"event_kinds": ["x"] * 300},
    "a list as a fact": {"made_with": {"engine": []}},
    "100 facts": {"made_with": {str(i): "x" for i in range(100)}},
    "format 0": {"format": 0},
    "format as text": {"format": "1"},
}


@pytest.mark.parametrize("what", HOSTILE_HEADERS)
def test_a_header_is_refused_with(what):
    fields = msgpack.unpackb(header().pack())
    for name, value in HOSTILE_HEADERS[what].items():
        place = next((part for part in (fields["truth"], fields["notes"]) if name in part), fields)
        place[name] = value
    Header.unpack(header().pack())  # it is this change that is refused
    with pytest.raises(FormatError):
        Header.unpack(msgpack.packb(fields))


OLD_FIELDS = msgpack.unpackb(GOLDEN_1[16 : 16 + int.from_bytes(GOLDEN_1[12:16], "little")])


@pytest.mark.parametrize("what", sorted(set(HOSTILE_HEADERS) - {"format 0", "format as text"}))
def test_a_header_of_format_1_is_refused_with(what):
    Header.unpack(msgpack.packb(OLD_FIELDS))
    with pytest.raises(FormatError):  # what only format 2 knows is a field too many
        Header.unpack(msgpack.packb(OLD_FIELDS | HOSTILE_HEADERS[what]))


@pytest.mark.parametrize("part", ["truth", "notes"])
def test_a_header_is_refused_with_a_field_too_many_or_too_few_in(part):
    fields = msgpack.unpackb(header().pack())
    for changed in (fields[part] | {"extra": 1}, {name: fields[part][name] for name in list(fields[part])[1:]}, []):
        with pytest.raises(FormatError):
            Header.unpack(msgpack.packb(fields | {part: changed}))


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
def test_a_payload_of_either_format_is_refused_that_is(what, record):
    with pytest.raises(FormatError):
        read_back(record, HOSTILE_PAYLOADS[what])


@given(st.binary(max_size=200))
def test_random_payloads_raise_nothing_but_format_errors(payload):
    for record in (Header, InputChunk, Snapshot, Marker, End):
        with contextlib.suppress(FormatError):
            read_back(record, payload)


def test_a_result_may_be_plain_data_only_and_not_bottomless():
    deep = []
    for _ in range(20):
        deep = [deep]
    for result in (deep, {"x": float("inf")}, {1: 2}):
        with pytest.raises(FormatError):
            End.unpack(msgpack.packb([0, 0, bytes(8), bytes(8), result, "finished", None]), header())


HOSTILE_ENDS = {
    "another way to end": [0, 0, bytes(8), bytes(8), {}, "exploded", None],
    "a crash without its row": [0, 0, bytes(8), bytes(8), {}, "crashed", None],
    "a crash that is none": [0, 0, bytes(8), bytes(8), {}, "finished", ["KeyError", bytes(6), []]],
    "a crash of a row too short": [0, 0, bytes(8), bytes(8), {}, "crashed", ["KeyError", bytes(5), []]],
    "a crash without a type": [0, 0, bytes(8), bytes(8), {}, "crashed", ["", bytes(6), []]],
    "a crash with a command of nobody": [0, 0, bytes(8), bytes(8), {}, "crashed", ["KeyError", bytes(6), [[2, 1]]]],
    "half a hash": [0, 0, bytes(4), bytes(8), {}, "finished", None],
    "no hash of events": [0, 0, bytes(8), {}, "finished", None],
}


@pytest.mark.parametrize("what", HOSTILE_ENDS)
def test_an_end_is_refused_with(what):
    with pytest.raises(FormatError):
        End.unpack(msgpack.packb(HOSTILE_ENDS[what]), header())


def test_input_dtypes_that_are_not_packed_numbers_are_refused():
    for dtype in (
        np.dtype([("a", ">f4")]),
        np.dtype([("a", "<f2")]),
        np.dtype([("a", ">u2")]),
        np.dtype([("a", "O")]),
        np.dtype([("a", "u1"), ("b", "<u4")], align=True),
        np.dtype([("a", "u1", (3,))]),
        np.dtype("u1"),
    ):
        with pytest.raises(FormatError):
            fields_of(dtype)


def test_floats_are_packed_numbers_since_format_2():
    assert fields_of(np.dtype([("x", "<f4"), ("y", "<f8")])) == (("x", "f4"), ("y", "f8"))
    assert fields_of(None) == ()


def test_run_length_deflate_is_plain_deflate_to_any_reader():
    rows = random_inputs(COUNTER, 60, 2)
    encoded, *_ = encode(InputEncoder(header()), rows)
    assert len(zlib.decompress(encoded, -zlib.MAX_WBITS)) == rows.nbytes
