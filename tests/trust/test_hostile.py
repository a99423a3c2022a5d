"""Every bad input that a loader meets, by name, with the error it has to give. Checksums are right unless they are the point."""

import os
import struct
import time

import msgpack
import numpy as np
import pytest
from damage import put_together, take_apart
from toys import BANK

from replay import (
    CutError,
    FormatError,
    NewerFormatError,
    Playback,
    Recording,
    ReplayError,
    UnverifiableError,
    find_game,
    verify,
)
from replay.cli.commands import replay as command_line
from replay.cli.common import run
from replay.core import format as fmt

H, INPUTS, S, M, E = fmt.KIND_HEADER, fmt.KIND_INPUTS, fmt.KIND_SNAPSHOT, fmt.KIND_MARKER, fmt.KIND_END


def header(change):
    """The header with one field changed; a function gets the old value."""

    def make(chunks):
        value = msgpack.unpackb(chunks[0][1])
        for name, new in change.items():
            value[name] = new(value[name]) if callable(new) else new
        return [(H, msgpack.packb(value)), *chunks[1:]]

    return make


def raw_header(old, new):
    return lambda chunks: [(H, chunks[0][1].replace(old, new, 1)), *chunks[1:]]


def payload(kind, content):
    """The first chunk of a kind with another payload; a function gets the old one, unpacked."""

    def make(chunks):
        index = next(number for number, chunk in enumerate(chunks) if chunk[0] == kind)
        new = msgpack.packb(content(msgpack.unpackb(chunks[index][1]))) if callable(content) else content
        return [*chunks[:index], (kind, new), *chunks[index + 1 :]]

    return make


def item(kind, index, new):
    return payload(kind, lambda value: [*value[:index], new(value[index]) if callable(new) else new, *value[index + 1 :]])


def extra(kind, content, at=1):
    return lambda chunks: [*chunks[:at], (kind, content), *chunks[at:]]


NAN, TRUE = float("nan"), True

# name: (what is done to the chunks, the error, words in it)
REFUSED = {
    "no chunk": (lambda c: [], CutError, "inside a chunk"),
    "no header": (lambda c: c[1:], FormatError, "expected the header first"),
    "the header not first": (lambda c: [c[1], c[0], *c[2:]], FormatError, "expected the header first"),
    "a newer format": (header({"format": 2}), NewerFormatError, "written in format 2"),
    "format 0": (header({"format": 0}), FormatError, "format version"),
    "a format that is a list of lists of lists": (
        raw_header(b"\xa6format\x01", b"\xa6format" + b"\x91" * 1000 + b"\1"),
        FormatError,
        "format version",
    ),
    "a header that is a list": (payload(H, b"\x90"), FormatError, "a map of header fields"),
    "a header of a million nested lists": (payload(H, b"\x91" * 60_000), FormatError, "MessagePack"),
    "a header of 2^32-1 fields in 5 bytes": (payload(H, b"\xdf\xff\xff\xff\xff"), FormatError, "MessagePack"),
    "a header with a field too many": (header({"more": 1}), FormatError, "the header fields"),
    "a header with a key twice": (raw_header(b"\x8d\xa6format", b"\x8e\xa6format\x01\xa6format"), FormatError, "duplicate key"),
    "a header with a byte behind it": (lambda c: [(H, c[0][1] + b"\0"), *c[1:]], FormatError, "MessagePack"),
    "a key that is a list": (raw_header(b"\x8d\xa6format", b"\x8e\x90\x01\xa6format"), FormatError, "MessagePack"),
    "bad UTF-8 in a name": (raw_header(b"player 0", b"player \xff"), FormatError, "MessagePack"),
    "an ext type": (raw_header(b"\xa6format\x01", b"\xa6format\xd4\x01\x00"), FormatError, "MessagePack"),
    "a time as a number": (raw_header(b"\xa6format\x01", b"\xa6format\xd6\xff\0\0\0\0"), FormatError, "MessagePack|format version"),
    "a float where an integer belongs": (header({"rules": 1.0}), FormatError, "rules"),
    "NaN": (header({"seed": NAN}), FormatError, "seed"),
    "True as a number": (header({"rules": TRUE}), FormatError, "found True"),
    "no players": (header({"players": []}), FormatError, "1 to 64 players"),
    "65 players": (header({"players": [["x", "human"]] * 65}), FormatError, "1 to 64 players"),
    "-1 players": (header({"players": -1}), FormatError, "1 to 64 players"),
    "True as a player": (header({"players": [TRUE]}), FormatError, "player"),
    "a nameless player": (header({"players": [["", "human"]]}), FormatError, "name and kind"),
    "a name of a kilobyte": (header({"players": [["x" * 1000, "human"]]}), FormatError, "up to 200 characters"),
    "a nameless game": (header({"game": ""}), FormatError, "game"),
    "a seed below 0": (header({"seed": -1}), FormatError, "seed"),
    "an id too short": (header({"id": b"1"}), FormatError, "id"),
    "300 settings": (header({"config": {str(number): 1 for number in range(300)}}), FormatError, "256 settings"),
    "a setting that is a list": (header({"config": {"a": [1]}}), FormatError, "setting 'a'"),
    "no ticks a second": (header({"ticks_per_second": 0}), FormatError, "ticks_per_second"),
    "chunks of no ticks": (header({"chunk_ticks": 0}), FormatError, "chunk_ticks"),
    "chunks of 16 million ticks": (header({"chunk_ticks": 16_000_000}), FormatError, "chunk_ticks"),
    "groups that are no whole chunks": (header({"group_ticks": 61}), FormatError, "a multiple of chunk_ticks"),
    "groups of gigabytes": (
        header({"group_ticks": 36_000, "input": [[f"f{n}", "u8"] for n in range(100)]}),
        FormatError,
        "bytes of inputs",
    ),
    "a date that no calendar has": (header({"created": 2**53}), FormatError, "created"),
    "a parent that is a text": (header({"parent": "x"}), FormatError, "parent"),
    "inputs of floats": (header({"input": [["a", "f4"]]}), FormatError, "an integer type"),
    "inputs of objects": (header({"input": [["a", "O"]]}), FormatError, "an integer type"),
    "input fields of one name": (header({"input": [["a", "u1"], ["a", "u1"]]}), FormatError, "different names"),
    "input fields named by code": (header({"input": [["__import__('os')", "u1"]]}), FormatError, "the name of an input field"),
    "no input fields": (header({"input": []}), FormatError, "1 to 256 input fields"),
    "rows of kilobytes": (header({"input": [[f"f{n}", "u8"] for n in range(200)]}), FormatError, "an input row"),
}
DAMAGING = {
    "two headers": (lambda c: [c[0], *c], "a second header"),
    "an unknown kind that is needed": (extra(ord("Q"), b""), "unknown kind 'Q'"),
    "a kind that is no letter": (extra(0, b""), "unknown kind"),
    "ticks that go back": (item(INPUTS, 0, 1), "expected them from 0"),
    "ticks that overlap": (lambda c: [*c[:3], c[2], *c[3:]], "expected them from 60"),
    "ticks that leave a gap": (lambda c: [*c[:2], *c[3:]], "expected them from 0"),
    "a tick below 0": (item(INPUTS, 0, -1), "first tick"),
    "ticks beyond 2^31": (item(INPUTS, 0, 2**31), "first tick"),
    "16 million ticks in a few bytes": (item(INPUTS, 1, 16_000_000), "tick count"),
    "True as a tick": (item(INPUTS, 0, TRUE), "found True"),
    "a float as a tick": (item(INPUTS, 0, 0.0), "found 0.0"),
    "a list of 2^32-1 in 5 bytes": (payload(INPUTS, b"\xdd\xff\xff\xff\xff"), "MessagePack"),
    "8 million empty lists": (payload(INPUTS, b"\xdd\0\x7f\xff\xf0" + b"\x90" * 0x7FFFF0), "MessagePack"),
    "lists in lists of five": (payload(INPUTS, b"\x95" * 1000 + b"\x90" * 4000), "MessagePack"),
    "a million nested lists": (payload(INPUTS, b"\x91" * 1_000_000), "MessagePack"),
    "nested lists that fit": (payload(INPUTS, b"\x95\0" + b"\x91" * 1000 + b"\0\xc4\0\xc4\0\xc4\0"), "lists and maps"),
    "a map where a list belongs": (payload(INPUTS, b"\x80"), "5 values"),
    "a byte behind the payload": (lambda c: [*c[:2], (INPUTS, c[2][1] + b"\0"), *c[3:]], "MessagePack"),
    "inputs that are a text": (item(INPUTS, 2, "x"), "encoded inputs"),
    "a digest too few": (item(INPUTS, 3, lambda old: old[:-1]), "digests"),
    "half a hash": (item(INPUTS, 4, b"1234"), "hash"),
    "a snapshot of another tick": (item(S, 0, 1), "a snapshot of tick 1"),
    "a snapshot that claims 4 GB": (item(S, 1, 2**32 - 1), "state size"),
    "a snapshot twice": (lambda c: [*c[:2], c[1], *c[2:]], "a snapshot of tick 0"),
    "a marker behind the last tick": (extra(M, msgpack.packb([1, "x"])), "a marker at tick 1"),
    "a marker without a text": (extra(M, msgpack.packb([0, ""])), "marker"),
    "a marker of ten thousand letters": (extra(M, msgpack.packb([0, "x" * 4000])), "up to 200 characters"),
    "an end of other ticks": (item(E, 0, 7), "the end claims 7 ticks"),
    "a result nested too deep": (payload(E, b"\x94\x00\x00\xc4\x0812345678" + b"\x91" * 1000 + b"\0"), "8 levels deep"),
    "a result that is not finite": (item(E, 3, NAN), "a finite number"),
    "inputs behind the end": (lambda c: [*c, c[2]], "behind the end"),
    "a second end": (lambda c: [*c, c[-1]], "behind the end"),
}
BEHIND = {
    "a bomb for inputs": (item(INPUTS, 2, fmt.deflate(bytes(10**8))), "does not hold exactly"),
    "a bomb for a snapshot": (item(S, 2, fmt.deflate(bytes(10**8))), "does not hold exactly"),
    "inputs cut off": (item(INPUTS, 2, lambda old: old[:-2]), "compressed data"),
    "bytes behind the inputs": (item(INPUTS, 2, lambda old: old + b"\0"), "does not hold exactly"),
    "inputs that are noise": (item(INPUTS, 2, b"\xff" * 9), "compressed data"),
    "a snapshot of another size": (item(S, 1, 17), "does not hold exactly"),
}
DIVERGING = {
    "an edited hash": (item(INPUTS, 4, bytes(8)), "differs"),
    "an edited digest": (item(INPUTS, 3, lambda old: old[:-1] + bytes([old[-1] ^ 1])), "differs"),
    "edited inputs": (item(INPUTS, 2, fmt.deflate(b"\1" + bytes(60 * 8 - 1))), "differs"),
    "an edited result": (item(E, 3, {"balance": 10**9}), "the claimed result differs"),
    "an edited count of input events": (item(E, 1, lambda old: old + 1), "input events"),
    "an edited final hash": (item(E, 2, bytes(8)), "the final state differs"),
    "a snapshot of another state": (item(S, 2, fmt.deflate(b"\1" * 16)), "starts differently"),
}
ELSEWHERE = {
    "a game called os": (header({"game": "os"}), "needs the game 'os', which is not installed"),
    "a game called ../x": (header({"game": "../x"}), "needs the game '../x', which is not installed"),
    "a game called by a terminal's name": (header({"game": "\x1b[31m"}), "which is not installed"),
}


@pytest.fixture(autouse=True)
def quickly():
    started = time.process_time()
    yield
    assert time.process_time() - started < 1


def write(path, small, change):
    path.write_bytes(put_together(change(take_apart(small))))
    return path


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what, path, small):
    change, kind, words = REFUSED[what]
    with pytest.raises(kind, match=words) as caught:
        Recording(write(path, small, change))
    assert caught.value.hint and len(str(caught.value)) < 400
    assert verify(path, BANK).verdict in ("unreadable", "incomplete")


@pytest.mark.parametrize("what", DAMAGING)
def test_is_named_and_what_comes_before_plays(what, path, small):
    change, words = DAMAGING[what]
    with Recording(write(path, small, change)) as recording:
        assert recording.state == "damaged" and words in str(recording.damage)
        Playback(BANK, recording).step(recording.ticks + 1)
    assert verify(path, BANK).verdict == "unreadable"


@pytest.mark.parametrize("what", BEHIND)
def test_is_found_behind_a_sound_surface(what, path, small):
    change, words = BEHIND[what]
    with Recording(write(path, small, change)) as recording, pytest.raises(FormatError, match=words):
        recording.inputs(0, 60)
        recording.snapshot(0)
    found = verify(path, BANK)
    assert found.verdict == "unreadable" and words in found.message


@pytest.mark.parametrize("what", DIVERGING)
def test_is_a_divergence(what, path, small):
    change, words = DIVERGING[what]
    found = verify(write(path, small, change), BANK)
    assert found.verdict == "diverged" and words in found.message


@pytest.mark.parametrize("what", ELSEWHERE)
def test_is_unverifiable_and_imports_nothing(what, path, small):
    change, words = ELSEWHERE[what]
    with Recording(write(path, small, change)) as recording, pytest.raises(UnverifiableError, match=words):
        find_game(recording.header.game)
    assert verify(path).verdict == "unverifiable"


def frame(kind, length, rest=b""):
    return fmt.MAGIC + struct.pack("<BI", kind, length) + rest


LENGTHS = {
    "a length of 0": (frame(H, 0, bytes(4)), "checksum"),
    "a length of 2^31": (frame(H, 2**31, bytes(100)), "claims 2,147,483,648 bytes; the limit is 65,536"),
    "a length of 2^32-1": (frame(H, 2**32 - 1, bytes(100)), "claims 4,294,967,295 bytes"),
    "a length beyond the rest": (frame(H, 60_000, bytes(100)), "inside a chunk"),
    "a length beyond its kind's limit": (frame(H, 2**16 + 1, bytes(2**17)), "the limit is 65,536"),
    "an unknown kind that claims 4 GB": (frame(ord("z"), 2**32 - 1), "the limit is"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a recording"),
    "a recording through text mode": (fmt.MAGIC.replace(b"\r\n", b"\n") + bytes(200), "is not a recording"),
}


@pytest.mark.parametrize("what", LENGTHS)
def test_a_frame_is_not_believed(what, path):
    data, words = LENGTHS[what]
    path.write_bytes(data)
    with pytest.raises(FormatError, match=words):
        Recording(path)


@pytest.mark.parametrize("size", range(16))
def test_a_few_bytes_are_no_recording(size, path, small):
    path.write_bytes(small[:size])
    with pytest.raises(FormatError, match="is empty" if size == 0 else "cut off|inside a chunk"):
        Recording(path)


def test_a_single_flipped_bit_of_a_length_is_noticed_before_anything_is_allocated(path, small):
    at = len(fmt.MAGIC) + 4
    path.write_bytes(small[:at] + b"\x80" + small[at + 1 :])
    with pytest.raises(FormatError, match="the limit is 65,536"):
        Recording(path)


def test_a_file_that_is_replaced_while_it_is_read_stays_the_old_one(path, small):
    path.write_bytes(small)
    with Recording(path) as recording:
        path.with_name("new").write_bytes(b"something else")
        path.with_name("new").replace(path)
        assert recording.inputs(0, 150).shape == (150, 2)


def test_a_file_that_grows_by_noise_is_damaged_and_one_that_shrinks_is_noticed(path, small):
    path.write_bytes(small[:-40])
    with Recording(path) as recording:
        with open(path, "ab") as file:
            file.write(os.urandom(40))
        recording.refresh()
        assert recording.damage is not None and recording.end is None
    path.write_bytes(small)
    with Recording(path) as recording:
        os.truncate(path, 300)
        with pytest.raises(FormatError):
            recording.inputs(0, 150)


HOSTILE_TEXT = "\x1b[2J\x07\n::error::x\r[bold]\u202e"


@pytest.mark.parametrize(
    "name", ["info", "verify", "show", "cat", "stats", "events", "index --library {0}/l.db", "export -o {0}/x.png"]
)
def test_no_text_of_a_recording_commands_a_terminal_or_a_ci_log(name, path, small, tmp_path, capsys, monkeypatch, installed):
    hostile = header(
        {
            "players": [[HOSTILE_TEXT, HOSTILE_TEXT]] * 2,
            "config": {HOSTILE_TEXT: HOSTILE_TEXT},
        }
    )
    chunks = hostile(take_apart(small))
    write(path, small, lambda _: [*chunks[:-1], (M, msgpack.packb([0, HOSTILE_TEXT])), chunks[-1]])
    command, *options = name.format(tmp_path).split()
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr("sys.argv", ["replay", command, str(path), *options])
    run(command_line, "replay")
    said = capsys.readouterr()
    for letter in "\x1b\x07\r\u202e":
        assert letter not in said.out + said.err
    assert not any(line.startswith("::") for line in (said.out + said.err).splitlines())


def test_rules_that_raise_on_what_a_file_says_are_a_replay_error_for_those_who_play_it(path, small):
    class Fragile(type(BANK)):
        class match(BANK.match):  # noqa: N801
            def advance(self, inputs):
                if inputs["amount"].any():
                    raise ZeroDivisionError("rules")
                return np.zeros(0, BANK.event_dtype)

    path.write_bytes(small)
    with Recording(path) as recording, pytest.raises(ReplayError, match="ZeroDivisionError behind tick"):
        Playback(Fragile(), recording).seek(150)
    assert verify(path, Fragile()).verdict == "diverged"
