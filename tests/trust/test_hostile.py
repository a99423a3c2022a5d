"""Every bad input that a loader meets, by name, with the error it has to give. Checksums are right unless they are the point."""

import contextlib
import os
import re
import struct
import time
import zlib
from pathlib import Path

import msgpack
import numpy as np
import pytest
from damage import of_kind, put_together, take_apart
from talk import TALK, record_talk
from toys import BANK, COUNTER

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
from replay.core.records import difference
from replay.find.edit import clip

H, INPUTS, S, M, E = fmt.KIND_HEADER, fmt.KIND_INPUTS, fmt.KIND_SNAPSHOT, fmt.KIND_MARKER, fmt.KIND_END


SLOTS = {  # of format 1, where another number goes for today's
    INPUTS: "first count encoded digests hashes input_events commands".split(),
    S: "tick size base data".split(),
    E: "ticks version hash events_hash result how crash".split(),
}
SLOTS_1 = {**SLOTS, S: "tick size data".split(), E: "ticks version hash result".split()}


def format_of(chunks):
    return msgpack.unpackb(chunks[0][1])["format"]


def header(change):
    """The header with some fields changed, wherever the format has them; a function gets the old value."""

    def make(chunks):
        value = msgpack.unpackb(chunks[0][1])
        parts = [value, value.get("truth", value), value.get("notes", value)]
        for name, new in change.items():
            part = next((part for part in parts if name in part), value)
            part[name] = new(part[name]) if callable(new) else new
        return [(H, msgpack.packb(value)), *chunks[1:]]

    return make


def raw_header(old, new):
    def make(chunks):
        assert old in chunks[0][1]
        return [(H, chunks[0][1].replace(old, new, 1)), *chunks[1:]]

    return make


def raw_format(new):
    """Other bytes for the number of the format."""
    return lambda chunks: raw_header(b"\xa6format" + bytes([format_of(chunks)]), b"\xa6format" + new)(chunks)


def one_more(pair):
    """The header's map begins with one more key and value, as bytes."""
    return lambda chunks: [(H, bytes([chunks[0][1][0] + 1]) + pair + chunks[0][1][1:]), *chunks[1:]]


def payload(kind, content, number=0):
    """A chunk of a kind (by default the first) with another payload; a function gets the old one, unpacked."""

    def make(chunks):
        index = [index for index, chunk in enumerate(chunks) if chunk[0] == kind][number]
        new = msgpack.packb(content(msgpack.unpackb(chunks[index][1]))) if callable(content) else content
        return [*chunks[:index], (kind, new), *chunks[index + 1 :]]

    return make


def item(kind, name, new, number=0):
    """One value of a payload changed, by the name of its slot."""

    def make(chunks):
        index = (SLOTS_1 if format_of(chunks) == 1 else SLOTS)[kind].index(name)

        def edited(value):
            value = value + [b""] * (index + 1 - len(value))
            value[index] = new(value[index]) if callable(new) else new
            return value

        return payload(kind, edited, number)(chunks)

    return make


def extra(kind, content, at=1):
    return lambda chunks: [*chunks[:at], (kind, content), *chunks[at:]]


def both(*changes):
    def make(chunks):
        for change in changes:
            chunks = change(chunks)
        return chunks

    return make


def without(kind):
    return lambda chunks: [chunk for chunk in chunks if chunk[0] != kind]


def nested_result(value):
    """An end whose result is nested as deep as MessagePack reads."""
    result = 0
    for _ in range(500):
        result = [result]
    return [*value[:3], result] if len(value) == 4 else [*value[:4], result, *value[5:]]


def other_inputs(old):
    """Somebody pressed something, and held it."""
    return fmt.deflate(b"\1" + bytes(len(zlib.decompress(old, -zlib.MAX_WBITS)) - 1))


def other_state(value):
    return [*value[:-1], fmt.deflate(b"\1" * value[1])]


NAN, TRUE = float("nan"), True

# name: (what is done to the chunks, the error, words in it)
REFUSED = {
    "no chunk": (lambda c: [], CutError, "inside a chunk"),
    "no header": (lambda c: c[1:], FormatError, "expected the header first"),
    "the header not first": (lambda c: [c[1], c[0], *c[2:]], FormatError, "expected the header first"),
    "a newer format": (header({"format": 3}), NewerFormatError, "written in format 3"),
    "the other format's number": (lambda c: header({"format": 3 - format_of(c)})(c), FormatError, "the header fields"),
    "format 0": (header({"format": 0}), FormatError, "format version"),
    "a format that is a list of lists of lists": (
        raw_format(b"\x91" * 1000 + b"\1"),
        FormatError,
        "format version",
    ),
    "a header that is a list": (payload(H, b"\x90"), FormatError, "a map of header fields"),
    "a header of a million nested lists": (payload(H, b"\x91" * 60_000), FormatError, "MessagePack"),
    "a header of 2^32-1 fields in 5 bytes": (payload(H, b"\xdf\xff\xff\xff\xff"), FormatError, "MessagePack"),
    "a header with a field too many": (header({"more": 1}), FormatError, "the header fields"),
    "a header with a key twice": (one_more(b"\xa6format\x01"), FormatError, "duplicate key"),
    "a header with a byte behind it": (lambda c: [(H, c[0][1] + b"\0"), *c[1:]], FormatError, "MessagePack"),
    "a key that is a list": (one_more(b"\x90\x01"), FormatError, "MessagePack"),
    "bad UTF-8 in a name": (raw_header(b"player 0", b"player \xff"), FormatError, "MessagePack"),
    "an ext type": (raw_format(b"\xd4\x01\x00"), FormatError, "MessagePack"),
    "a time as a number": (raw_format(b"\xd6\xff\0\0\0\0"), FormatError, "MessagePack|format version"),
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
    "half a character in a name": (raw_header(b"player 0", b"pla\xed\xa0\x80 0"), FormatError, "MessagePack"),
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
    "inputs of half floats": (header({"input": [["a", "f2"]]}), FormatError, "a type such as"),
    "inputs of objects": (header({"input": [["a", "O"]]}), FormatError, "a type such as"),
    "inputs of texts": (header({"input": [["a", "U4"]]}), FormatError, "a type such as"),
    "input fields of one name": (header({"input": [["a", "u1"], ["a", "u1"]]}), FormatError, "different names"),
    "input fields named by code": (header({"input": [["__import__('os')", "u1"]]}), FormatError, "the name of an input field"),
    "300 input fields": (header({"input": [[f"f{n}", "u1"] for n in range(300)]}), FormatError, "up to 256 input fields"),
    "rows of kilobytes": (header({"input": [[f"f{n}", "u8"] for n in range(200)]}), FormatError, "an input row"),
}
DAMAGING = {
    "two headers": (lambda c: [c[0], *c], "a second header"),
    "an unknown kind that is needed": (extra(ord("Q"), b""), "unknown kind 'Q'"),
    "a kind that is no letter": (extra(0, b""), "unknown kind"),
    "ticks that go back": (item(INPUTS, "first", 1), "expected them from 0"),
    "ticks that overlap": (lambda c: [*c[:3], c[2], *c[3:]], "expected them from 60"),
    "ticks that leave a gap": (lambda c: [*c[:2], *c[3:]], "expected them from 0"),
    "a tick below 0": (item(INPUTS, "first", -1), "first tick"),
    "ticks beyond 2^31": (item(INPUTS, "first", 2**31), "first tick"),
    "16 million ticks in a few bytes": (item(INPUTS, "count", 16_000_000), "tick count"),
    "True as a tick": (item(INPUTS, "first", TRUE), "found True"),
    "a float as a tick": (item(INPUTS, "first", 0.0), "found 0.0"),
    "a list of 2^32-1 in 5 bytes": (payload(INPUTS, b"\xdd\xff\xff\xff\xff"), "MessagePack"),
    "8 million empty lists": (payload(INPUTS, b"\xdd\0\x7f\xff\xf0" + b"\x90" * 0x7FFFF0), "MessagePack"),
    "lists in lists of five": (payload(INPUTS, b"\x95" * 1000 + b"\x90" * 4000), "MessagePack"),
    "a million nested lists": (payload(INPUTS, b"\x91" * 1_000_000), "MessagePack"),
    "nested lists that fit": (payload(INPUTS, b"\x95\0" + b"\x91" * 1000 + b"\0\xc4\0\xc4\0\xc4\0"), "lists and maps"),
    "a map where a list belongs": (payload(INPUTS, b"\x80"), "values"),
    "a byte behind the payload": (lambda c: [*c[:2], (INPUTS, c[2][1] + b"\0"), *c[3:]], "MessagePack"),
    "inputs that are a text": (item(INPUTS, "encoded", "x"), "encoded inputs"),
    "a digest too few": (item(INPUTS, "digests", lambda old: old[:-1]), "digests"),
    "half a hash": (item(INPUTS, "hashes", b"1234"), "hash"),
    "a snapshot of another tick": (item(S, "tick", 1), "a snapshot of tick 1"),
    "a snapshot that claims 4 GB": (item(S, "size", 2**32 - 1), "state size"),
    "a snapshot twice": (lambda c: [*c[:2], c[1], *c[2:]], "a snapshot of tick 0"),
    "a marker behind the last tick": (extra(M, msgpack.packb([1, "x"])), "a marker at tick 1"),
    "a marker without a text": (extra(M, msgpack.packb([0, ""])), "marker"),
    "a marker of ten thousand letters": (extra(M, msgpack.packb([0, "x" * 4000])), "up to 200 characters"),
    "an end of other ticks": (item(E, "ticks", 7), "the end claims 7 ticks"),
    "a result nested too deep": (payload(E, nested_result), "8 levels deep"),
    "a result that is not finite": (item(E, "result", NAN), "a finite number"),
    "inputs behind the end": (lambda c: [*c, c[2]], "after the end"),
    "a second end": (lambda c: [*c, c[-1]], "after the end"),
}
AFTER = {
    "a bomb for inputs": (item(INPUTS, "encoded", fmt.deflate(bytes(10**8))), "does not hold exactly"),
    "a bomb for a snapshot": (item(S, "data", fmt.deflate(bytes(10**8))), "does not hold exactly"),
    "inputs cut off": (item(INPUTS, "encoded", lambda old: old[:-2]), "compressed data"),
    "bytes behind the inputs": (item(INPUTS, "encoded", lambda old: old + b"\0"), "does not hold exactly"),
    "inputs that are noise": (item(INPUTS, "encoded", b"\xff" * 9), "compressed data"),
    "a snapshot of another size": (item(S, "size", 17), "does not hold exactly"),
}
DIVERGING = {
    "an edited hash": (item(INPUTS, "hashes", bytes(8)), "differs"),
    "an edited digest": (item(INPUTS, "digests", lambda old: old[:-1] + bytes([old[-1] ^ 1])), "differs"),
    "edited inputs": (item(INPUTS, "encoded", other_inputs), "differs"),
    "an edited result": (item(E, "result", {"balance": 10**9}), "the claimed result differs"),
    "an edited count of input events": (
        lambda c: both(
            item(E, "version", lambda old: old + 1),
            *([] if format_of(c) == 1 else [item(INPUTS, "input_events", lambda old: old + 1, -1)]),
        )(c),
        "input events",
    ),
    "an edited final hash": (item(E, "hash", bytes(8)), "the final state differs"),
    "a snapshot of another state": (payload(S, other_state), "starts differently"),
}
ELSEWHERE = {
    "a game called os": (header({"game": "os"}), "needs the game 'os', which is not installed"),
    "a game called ../x": (header({"game": "../x"}), "needs the game '../x', which is not installed"),
    "a game called by a terminal's name": (header({"game": "\x1b[31m"}), "which is not installed"),
}


def say(*commands):
    """The first chunk's commands are these."""
    return item(INPUTS, "commands", msgpack.packb(list(commands)))


def crash_by(*commands):
    """It crashed by these."""
    return item(E, "crash", lambda old: [*old[:2], list(commands)])


def nested(depth, leaf=0):
    return [nested(depth - 1)] if depth else leaf


# What format 2 brought; done to a recording of `talk`: commands, listed events, snapshots every 40 ticks, a crash in the end.
REFUSED_2 = {
    "no truth": (lambda c: payload(H, lambda value: {"format": 2, "notes": value["notes"]})(c), "the header fields"),
    "truth that is a list": (payload(H, lambda value: {**value, "truth": []}), "a map of truth"),
    "notes that are nothing": (payload(H, lambda value: {**value, "notes": None}), "a map of notes"),
    "a seed among the notes": (
        payload(H, lambda value: {**value, "notes": {**value["notes"], "seed": 1}}),
        "the header fields",
    ),
    "no id": (payload(H, lambda value: {**value, "notes": {}}), "the header fields"),
    "a session of 65 bytes": (header({"session": b"x" * 65}), "a session nonce"),
    "a session that is a text": (header({"session": "x"}), "a session nonce"),
    "a session that is a list": (header({"session": [1]}), "a session nonce"),
    "a start before 0": (header({"start_tick": -1}), "start_tick"),
    "a start at True": (header({"start_tick": TRUE}), "start_tick"),
    "a start beyond all ticks": (header({"start_tick": 2**31}), "start_tick"),
    "proofs that do not divide a chunk": (header({"proof_ticks": 7}), "a multiple of proof_ticks"),
    "proofs further apart than chunks": (header({"proof_ticks": 40}), "a multiple of proof_ticks"),
    "proofs every 0 ticks": (header({"proof_ticks": 0}), "proof_ticks"),
    "proofs every 4,000 ticks": (header({"proof_ticks": 4000}), "proof_ticks"),
    "events of objects": (header({"events": [["tick", "O"]]}), "a type such as"),
    "events that are a number": (header({"events": 7}), "event fields"),
    "events of kilobytes": (header({"events": [[f"f{n}", "u8"] for n in range(200)]}), "an event row"),
    "event kinds that are numbers": (header({"event_kinds": [1]}), "an event kind"),
    "an event kind without a name": (header({"event_kinds": [""]}), "an event kind"),
    "300 event kinds": (header({"event_kinds": ["x"] * 300}), "256 event kinds"),
    "made with a list": (header({"made_with": []}), "made_with"),
    "made with 65 facts": (header({"made_with": {str(n): "" for n in range(65)}}), "up to 64 facts"),
    "made with a number": (header({"made_with": {"replay": 2}}), "the fact 'replay'"),
    "made with a map": (header({"made_with": {"replay": {"version": "1"}}}), "the fact 'replay'"),
    "made with a kilobyte": (header({"made_with": {"replay": "x" * 1000}}), "the fact 'replay'"),
    "made with a nameless fact": (header({"made_with": {"": "x"}}), "the name of a fact"),
}
DAMAGING_2 = {
    "inputs of format 1": (payload(INPUTS, lambda value: value[:5]), "6 or 7 values"),
    "inputs of eight values": (payload(INPUTS, lambda value: [*value, b""]), "6 or 7 values|MessagePack"),
    "three hashes": (item(INPUTS, "hashes", bytes(24)), "hashes"),
    "a hash and a half": (item(INPUTS, "hashes", bytes(12)), "hashes"),
    "input events below 0": (item(INPUTS, "input_events", -1), "input events"),
    "input events that nobody counts": (item(INPUTS, "input_events", None), "input events"),
    "True as input events": (item(INPUTS, "input_events", TRUE), "input events"),
    "more input events than can be": (item(INPUTS, "input_events", 2**40), "input events"),
    "commands that are a text": (item(INPUTS, "commands", "x"), "commands"),
    "commands that are a list": (item(INPUTS, "commands", [[0, 0, 1]]), "commands|MessagePack"),
    "digests of another step": (item(INPUTS, "digests", lambda old: old[::2]), "digests"),
    "a snapshot of format 1": (payload(S, lambda value: [*value[:2], value[3]]), "4 values"),
    "a base that does not exist": (item(S, "base", 20, 1), "one of tick 20, which there is not"),
    "a base of the same tick": (item(S, "base", 40, 1), "base tick"),
    "a base of a later tick": (item(S, "base", 80, 1), "base tick"),
    "a base before 0": (item(S, "base", -1, 1), "base tick"),
    "a base at True": (item(S, "base", TRUE, 1), "base tick"),
    "a base that is a text": (item(S, "base", "0", 1), "base tick"),
    "a first snapshot with a base": (item(S, "base", 0), "base tick"),
    "a snapshot of 16 MB and a byte": (item(S, "size", fmt.MAX_STATE_BYTES + 1), "state size"),
    "a snapshot of less than nothing": (item(S, "size", -1), "state size"),
    "an end of other input events than its chunks": (item(E, "version", lambda old: old + 1), "the end claims 39 input events"),
    "an end of format 1": (payload(E, lambda value: value[:4]), "7 values"),
    "an end that nobody knows": (item(E, "how", "won"), "how it ended"),
    "an end that is a list": (item(E, "how", []), "how it ended"),
    "finished, with a crash": (item(E, "how", "finished"), "how it ended"),
    "stopped, with a crash": (item(E, "how", "stopped"), "how it ended"),
    "crashed, without one": (item(E, "crash", None), "how it ended"),
    "finished in a state that nobody knows": (
        payload(E, lambda value: [*value[:2], b"", value[3], None, "finished", None]),
        "hash",
    ),
    "an end with half a hash": (item(E, "hash", b"1234"), "hash"),
    "an end without a hash of the events": (
        payload(E, lambda value: [*value[:3], b"", {}, "finished", None]),
        "events hash",
    ),
    "an end with a number for a hash": (item(E, "events_hash", 0), "events hash"),
    "a crash that is a text": (item(E, "crash", "ZeroDivisionError"), "crash"),
    "a crash of two values": (item(E, "crash", lambda old: old[:2]), "crash"),
    "a crash of no type": (item(E, "crash", lambda old: ["", *old[1:]]), "exception type"),
    "a crash of a kilobyte": (item(E, "crash", lambda old: ["x" * 1000, *old[1:]]), "exception type"),
    "a crash with a row of another size": (item(E, "crash", lambda old: [old[0], b"x", old[2]]), "row"),
    "a crash with a row that is a text": (item(E, "crash", lambda old: [old[0], "", old[2]]), "row"),
    "a crash whose commands are a map": (item(E, "crash", lambda old: [*old[:2], {}]), "commands of the crash"),
    "a crash by a command of three values": (crash_by([130, 0, 1]), "command of the crash"),
    "a crash by a command that is a number": (crash_by(7), "command of the crash"),
    "a crash by a third player": (crash_by([2, "x"]), "player of a command"),
    "a crash by NaN": (crash_by([0, NAN]), "a finite number"),
    "a crash by nine lists in lists": (crash_by([0, nested(9)]), "8 levels deep"),
    "a crash by five thousand lists": (crash_by([0, [[]] * 4095]), "lists and maps|MessagePack"),
    "more commands than a group may hold": (item(INPUTS, "commands", bytes(600_000)), "524,288 bytes of commands in 40 ticks"),
    "more commands in two chunks than a group may hold": (
        item(INPUTS, "commands", bytes(fmt.MAX_GROUP_COMMAND_BYTES), 1),
        "524,288 bytes of commands in 40 ticks",
    ),
    "bytes of rows where a game has none": (item(INPUTS, "encoded", b"x"), "no encoded inputs"),
    "a bomb of rows where a game has none": (item(INPUTS, "encoded", fmt.deflate(bytes(10**6))), "no encoded inputs"),
    "a start without its state": (both(header({"start_tick": 40}), without(S)), "begins at tick 40 without its state"),
    "a start with the state of another tick": (header({"start_tick": 40}), "a snapshot of tick 0 where 40 is next"),
    "a start with the difference to a state": (
        both(header({"start_tick": 40}), item(S, "tick", 40), item(S, "base", 0)),
        "one of tick 0, which there is not",
    ),
    "a start whose inputs begin at 0": (both(header({"start_tick": 40}), item(S, "tick", 40)), "expected them from 40"),
    "a start behind a marker": (
        both(header({"start_tick": 40}), extra(M, msgpack.packb([40, "x"]))),
        "begins at tick 40 without its state",
    ),
    "a start beyond the last tick there can be": (
        both(header({"start_tick": fmt.MAX_TICKS}), item(S, "tick", fmt.MAX_TICKS), item(INPUTS, "first", fmt.MAX_TICKS)),
        "first tick",
    ),
}


def as_difference(number, base_number):
    """A snapshot, as it is, written as the difference to an earlier one that is whole."""

    def make(chunks):
        (base_tick, base_size, _, base), (tick, size, _, data) = (
            msgpack.unpackb(of_kind(chunks, S)[each]) for each in (base_number, number)
        )
        changed = difference(fmt.inflate(data, size), fmt.inflate(base, base_size))
        return payload(S, msgpack.packb([tick, size, base_tick, fmt.deflate(changed)]), number)(chunks)

    return make


AFTER_2 = {
    "no commands, and said so": (item(INPUTS, "commands", b"\x90"), "commands"),
    "commands that are a map": (item(INPUTS, "commands", b"\x80"), "commands"),
    "2^32-1 commands in 5 bytes": (item(INPUTS, "commands", b"\xdd\xff\xff\xff\xff"), "MessagePack"),
    "a map of 2^32-1 in a command": (item(INPUTS, "commands", b"\x91\x93\0\0\xdf\xff\xff\xff\xff"), "MessagePack"),
    "a million nested lists": (item(INPUTS, "commands", b"\x91" * 500_000), "MessagePack"),
    "a thousand nested lists": (item(INPUTS, "commands", b"\x91\x93\0\0" + b"\x91" * 900 + b"\0"), "8 levels deep"),
    "nine lists in lists": (say([0, 0, nested(9)]), "8 levels deep"),
    "a command of two values": (say([0, 0]), "command"),
    "a command of four values": (say([0, 0, 1, 2]), "command"),
    "a command that is a number": (say(7), "command"),
    "a command of a third player": (say([0, 2, {}]), "player of a command"),
    "a command of player -1": (say([0, -1, {}]), "player of a command"),
    "a command of True": (say([0, TRUE, {}]), "player of a command"),
    "a command of player 0.0": (say([0, 0.0, {}]), "player of a command"),
    "a command before its chunk": (say([-1, 0, {}]), "tick of a command"),
    "a command after its chunk": (say([20, 0, {}]), "tick of a command"),
    "a command at tick 0.0": (say([0.0, 0, {}]), "tick of a command"),
    "commands out of order": (say([7, 0, {}], [6, 0, {}]), "tick of a command"),
    "NaN in a command": (say([0, 0, {"say": NAN}]), "a finite number"),
    "a command with a number for a key": (say([0, 0, {1: 2}]), "MessagePack|a key"),
    "a command with a key twice": (item(INPUTS, "commands", b"\x91\x93\0\0\x82\xa1a\0\xa1a\0"), "duplicate key"),
    "a command with a key of a kilobyte": (say([0, 0, {"x" * 1000: 1}]), "a key"),
    "a time in a command": (item(INPUTS, "commands", b"\x91\x93\0\0\xd6\xff\0\0\0\0"), "MessagePack|plain data"),
    "bad UTF-8 in a command": (item(INPUTS, "commands", b"\x91\x93\0\0\xa2\xff\xfe"), "MessagePack"),
    "half a character in a command": (item(INPUTS, "commands", b"\x91\x93\0\0\xa3\xed\xa0\x80"), "MessagePack"),
    "a byte after the commands": (item(INPUTS, "commands", lambda old: old + b"\0"), "MessagePack"),
    "half of the commands": (item(INPUTS, "commands", lambda old: old[: len(old) // 2]), "MessagePack"),
    "a difference to a difference": (
        both(as_difference(2, 1), as_difference(1, 0)),
        "is a difference to a difference",
    ),
    "a difference of another size": (item(S, "base", 0, 1), "differs|is not its state"),
    "a difference shorter than its size": (
        both(item(S, "base", 0, 1), item(S, "data", fmt.deflate(bytes(75)), 1)),
        "does not hold exactly",
    ),
    "a difference that is a bomb": (
        both(item(S, "base", 0, 1), item(S, "data", fmt.deflate(bytes(10**8)), 1)),
        "does not hold exactly",
    ),
}
DIVERGING_2 = {
    "an edited hash of the events, at the end": (item(E, "events_hash", bytes(8)), "the events differ from the sealed ones"),
    "an edited hash of the events, in the last chunk": (
        item(INPUTS, "hashes", lambda old: old[:8] + bytes(8), -1),
        "the events differ",
    ),
    "a hash of the events where no group ends": (item(INPUTS, "hashes", lambda old: old + bytes(8)), "events differ|group"),
    "an input event more": (item(INPUTS, "input_events", lambda old: old + 1), "input events"),
    "an input event moved to another chunk": (
        both(item(INPUTS, "input_events", lambda old: old + 1), item(INPUTS, "input_events", lambda old: old - 1, 1)),
        "input events",
    ),
    "a hundred thousand commands": (say(*[[0, 0, None]] * 100_000), "rules raised TypeError"),
    "a hundred thousand lists in a command": (say([0, 0, [[[]] * 200] * 500]), "rules raised TypeError"),
    "a list of a hundred thousand in a command": (say([0, 0, [0] * 100_000]), "rules raised TypeError"),
    "an edited command": (item(INPUTS, "commands", lambda old: old.replace(b"good", b"evil")), "differ"),
    "a command of the other player": (say([2, 1, {"say": "\u6771\u4eac"}]), "differ"),
    "a command less": (
        item(INPUTS, "commands", lambda old: msgpack.packb(msgpack.unpackb(old)[:-1])),
        "differ",
    ),
    "no commands at all": (payload(INPUTS, lambda value: value[:6]), "differ"),
    "another crash": (item(E, "crash", lambda old: ["KeyError", *old[1:]]), "recorded is a KeyError at tick 130"),
    "a crash that does not happen": (crash_by([0, {"say": "hello"}]), "do not raise"),
    "a crash without its command": (item(E, "crash", lambda old: [*old[:2], []]), "do not raise"),
    "a snapshot of another state, as a difference": (
        both(item(S, "base", 0, 1), item(S, "data", fmt.deflate(bytes(76)), 1)),
        "is not its state|differs",
    ),
    "proofs every fifth tick, and digests of every fifth": (
        both(header({"proof_ticks": 5}), *[item(INPUTS, "digests", lambda old: b"\1" * (len(old) // 5), n) for n in range(7)]),
        "differs",
    ),
}
LEGAL_2 = {
    "inputs of floats": both(
        header({"input": [["a", "f4"], ["b", "f8"]]}), payload(E, lambda value: [*value[:5], "stopped", None])
    ),
    "snapshots that are differences to the first": both(as_difference(1, 0), as_difference(2, 0), as_difference(3, 0)),
    "a snapshot that is a difference to the last": as_difference(3, 2),
    "no event fields": header({"events": [], "event_kinds": []}),
    "made with nothing": header({"made_with": {}}),
    "made with the texts of strangers": header({"made_with": {"replay": "\x1b[31m", "commit": "\n::error::", "clean": TRUE}}),
    "a session": header({"session": b"\0" * 64}),
    "no snapshots": without(S),
    "a chunk of an unknown kind that may be skipped": extra(ord("z"), b"\xc1"),
    "a result that nobody knows": item(E, "result", None),
    "an end that is stopped before its crash": payload(E, lambda value: [*value[:5], "stopped", None]),
    "an end in a state that nobody knows": item(E, "hash", b""),
}


@pytest.fixture(autouse=True)
def quickly():
    started = time.process_time()
    yield
    assert time.process_time() - started < 1


def write(path, data, change):
    path.write_bytes(put_together(change(take_apart(data))))
    return path


@pytest.fixture(params=[2, 1], ids=["format 2", "format 1"])
def sound(request, small):
    """The bytes of a sound recording, and its game: today's format, and the one that is read for ever."""
    old = Path(__file__).parent / "landed" / "format1-counter1-snapshots.replay"
    return (small, BANK) if request.param == 2 else (old.read_bytes(), COUNTER)


@pytest.fixture(scope="session")
def talk(tmp_path_factory):
    path = tmp_path_factory.mktemp("talk") / "talk.replay"
    record_talk(path, crash=True, snapshot_seconds=2)
    return path.read_bytes()


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what, path, sound):
    data, game = sound
    change, kind, words = REFUSED[what]
    with pytest.raises(kind, match=words) as caught:
        Recording(write(path, data, change))
    assert caught.value.hint and len(str(caught.value)) < 400
    assert verify(path, game).verdict in ("unreadable", "incomplete")


@pytest.mark.parametrize("what", REFUSED_2)
def test_what_format_2_brought_is_refused(what, path, talk):
    change, words = REFUSED_2[what]
    with pytest.raises(FormatError, match=words) as caught:
        Recording(write(path, talk, change))
    assert caught.value.hint and len(str(caught.value)) < 400
    assert verify(path, TALK).verdict == "unreadable"


@pytest.mark.parametrize("what", DAMAGING)
def test_is_named_and_what_comes_before_plays(what, path, sound):
    data, game = sound
    change, words = DAMAGING[what]
    with Recording(write(path, data, change)) as recording:
        assert recording.state == "damaged" and re.search(words, str(recording.damage))
        Playback(game, recording).step(recording.ticks + 1)
    assert verify(path, game).verdict == "unreadable"


@pytest.mark.parametrize("what", DAMAGING_2)
def test_what_format_2_brought_is_named_and_what_comes_before_plays(what, path, talk):
    change, words = DAMAGING_2[what]
    with Recording(write(path, talk, change)) as recording:
        assert recording.state == "damaged" and re.search(words, str(recording.damage)), recording.damage
        if recording.start_tick and recording.start_tick not in recording.snapshot_ticks:
            with pytest.raises(FormatError, match="its state is not there"):
                Playback(TALK, recording)
        else:
            Playback(TALK, recording).step(recording.ticks + 1)
    assert verify(path, TALK).verdict in ("unreadable", "incomplete")


@pytest.mark.parametrize("what", AFTER)
def test_is_found_under_a_sound_surface(what, path, sound):
    data, game = sound
    change, words = AFTER[what]
    with Recording(write(path, data, change)) as recording, pytest.raises(FormatError, match=words):
        recording.inputs(0, 60)
        recording.snapshot(0)
    found = verify(path, game)
    assert found.verdict == "unreadable" and words in found.message


@pytest.mark.parametrize("what", AFTER_2)
def test_what_format_2_brought_is_found_under_a_sound_surface(what, path, talk):
    change, words = AFTER_2[what]
    with Recording(write(path, talk, change)) as recording:
        assert recording.damage is None
        with contextlib.suppress(FormatError):
            Playback(TALK, recording).seek(recording.ticks)
    found = verify(path, TALK)
    assert found.verdict == ("diverged" if re.search("differs|is not its", found.message) else "unreadable")
    assert re.search(words, found.message), found.message


@pytest.mark.parametrize("what", DIVERGING)
def test_is_a_divergence(what, path, sound):
    data, game = sound
    change, words = DIVERGING[what]
    found = verify(write(path, data, change), game)
    assert found.verdict == "diverged" and re.search(words, found.message), found


@pytest.mark.parametrize("what", DIVERGING_2)
def test_what_format_2_brought_is_a_divergence(what, path, talk):
    change, words = DIVERGING_2[what]
    found = verify(write(path, talk, change), TALK)
    assert found.verdict == "diverged" and re.search(words, found.message), found


@pytest.mark.parametrize("what", LEGAL_2)
def test_what_format_2_allows_is_no_damage(what, path, talk):
    with Recording(write(path, talk, LEGAL_2[what])) as recording:
        assert recording.damage is None, recording.damage
    assert verify(path, TALK).verdict == ("unverifiable" if what == "inputs of floats" else "ok")


@pytest.fixture(scope="session")
def part(tmp_path_factory, small):
    """A clip of the small recording: ticks 70 to 130, from a state of its own."""
    folder = tmp_path_factory.mktemp("part")
    (folder / "small.replay").write_bytes(small)
    with Recording(folder / "small.replay") as recording:
        clip(recording, folder / "part.replay", 70, 130, BANK)
    return (folder / "part.replay").read_bytes()


PARTS = {
    "another state to begin with": (
        payload(S, lambda value: [*value[:3], fmt.deflate(struct.pack("<qq", 1, 70))]),
        "diverged",
        "differ",
    ),
    "no state at all": (payload(S, lambda value: [*value[:3], fmt.deflate(b"")]), "unreadable", "does not hold exactly"),
    "a state of no bytes": (
        payload(S, lambda value: [value[0], 0, None, fmt.deflate(b"")]),
        "unreadable",
        "is not a state of this",
    ),
    "a state of 16 MB": (
        payload(S, lambda value: [value[0], fmt.MAX_STATE_BYTES, None, fmt.deflate(bytes(fmt.MAX_STATE_BYTES))]),
        "unreadable",
        "is not a state of this",
    ),
    "a bomb to begin with": (item(S, "data", fmt.deflate(bytes(10**8))), "unreadable", "does not hold exactly"),
    "the state left out": (without(S), "unreadable|incomplete", "begins at tick 70 without its state|not there"),
    "the inputs of the beginning": (header({"start_tick": 0}), "unreadable", "a snapshot of tick 70 where 0 is next"),
}


@pytest.mark.parametrize("what", PARTS)
def test_a_recording_that_begins_with_a_state_is_held_to_it(what, path, part):
    change, verdict, words = PARTS[what]
    found = verify(write(path, part, change), BANK)
    assert found.verdict in verdict.split("|") and re.search(words, found.message), found
    with contextlib.suppress(ReplayError), Recording(path) as recording:
        Playback(BANK, recording).seek(recording.ticks)


def test_commands_in_a_recording_of_a_game_that_takes_none_are_never_ok(path, small):
    """They would make another match of it, with a receipt of its own, in which nothing is different."""
    talkative = both(
        say([0, 0, "hello"]), item(INPUTS, "input_events", lambda old: old + 1), item(E, "version", lambda old: old + 1)
    )
    assert not verify(write(path, small, talkative), BANK).is_ok


@pytest.mark.parametrize("what", ELSEWHERE)
def test_is_unverifiable_and_imports_nothing(what, path, sound):
    data, _ = sound
    change, words = ELSEWHERE[what]
    with Recording(write(path, data, change)) as recording, pytest.raises(UnverifiableError, match=words):
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
    with Recording(path) as recording, pytest.raises(ReplayError, match="ZeroDivisionError at tick"):
        Playback(Fragile(), recording).seek(150)
    assert verify(path, Fragile()).verdict == "diverged"
