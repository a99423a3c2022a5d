"""Bugs put into the loader on purpose: a limit removed, a check skipped. A fuzzer that does not find them proves nothing."""

from __future__ import annotations

import zlib
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest import mock

import msgpack

from replay.core import fields, plain, records
from replay.core import format as fmt
from replay.core.recording import Recording


def no_limit_of_inflating() -> AbstractContextManager[Any]:
    """Compressed data is inflated first and measured afterwards."""

    def inflate(data: bytes, size: int) -> bytes:
        try:
            result = zlib.decompress(data, -zlib.MAX_WBITS)
        except zlib.error as error:
            raise fmt.FormatError(str(error)) from None
        if len(result) != size:
            raise fmt.FormatError("not that size")
        return result

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(fmt, "inflate", inflate))
        stack.enter_context(mock.patch("replay.core.encoding.inflate", inflate))
        return stack.pop_all()


def patched(name: str, function: Any) -> AbstractContextManager[Any]:
    """A function of `plain` replaced where it is defined and where others have taken it from."""
    with ExitStack() as stack:
        for module in (plain, records, fields):
            if hasattr(module, name):
                stack.enter_context(mock.patch.object(module, name, function))
        return stack.pop_all()


def no_limit_of_containers() -> AbstractContextManager[Any]:
    """MessagePack may ask for as many lists and maps as fit in the payload."""

    def unpack(payload: bytes, **limits: int) -> Any:
        try:
            return msgpack.unpackb(payload, object_pairs_hook=plain._no_duplicates, max_ext_len=0)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise fmt.FormatError(str(error)) from None

    return patched("unpack", unpack)


def no_check_of_ticks() -> AbstractContextManager[Any]:
    """A chunk of inputs is taken whatever ticks it is for."""

    def careless(recording: Recording, part: records.InputChunk, place: Any) -> None:
        before = recording._versions[-1] if recording._versions else 0
        recording._versions.append(None if part.input_events is None or before is None else before + part.input_events)
        recording._chunks.append(place)
        recording.has_digests = recording.has_digests or bool(part.digests)
        recording.ticks += part.tick_count

    return mock.patch.object(Recording, "_take_inputs", careless)


def no_check_of_bases() -> AbstractContextManager[Any]:
    """A snapshot may be the difference to anything."""

    def careless(recording: Recording, snapshot: records.Snapshot, place: Any) -> None:
        if snapshot.tick != recording.ticks or snapshot.tick in recording._snapshots:
            raise fmt.FormatError("not its place")
        recording._snapshots[snapshot.tick] = place
        recording.snapshot_ticks.append(snapshot.tick)

    return mock.patch.object(Recording, "_take_snapshot", careless)


def no_check_of_commands() -> AbstractContextManager[Any]:
    """Commands may be of any tick and anybody."""

    def careless(packed: bytes, first_tick: int, tick_count: int, players: int) -> list[Any]:
        if not packed:
            return []
        values = plain.unpack(packed, containers=2**16, items=2**16)
        plain.expect(type(values) is list and bool(values), "commands", values)
        for value in values:
            plain.sequence(value, 3, "command")
            plain.integer(value[0], -(2**31), 2**31, "tick")
            plain.integer(value[1], -(2**31), 2**31, "player")
        return [(first_tick + offset, player, plain.plain(data)) for offset, player, data in values]

    return mock.patch("replay.core.recording.unpack_commands", careless)


def no_limit_of_depth() -> AbstractContextManager[Any]:
    """Plain data may be nested as deep as it can be read, and hold anything."""
    return patched("plain", lambda value, depth=8: value)


def no_count_of_input_events() -> AbstractContextManager[Any]:
    """What the chunks and the seal claim of the stream's version is believed."""

    def careless(verifier: Any, spans: list[Any], rows: Any) -> None:
        verifier.version = verifier.recording.end.version if verifier.recording.end else 0

    return mock.patch("replay.core.verifier.Verifier._count_input_events", careless)


def no_check_of_checksums() -> AbstractContextManager[Any]:
    """Checks are read and not compared."""

    def read(data: bytes, offset: int, previous_check: int) -> fmt.Chunk:
        size = fmt.frame_length(data, offset)
        if not size or offset + size > len(data):
            raise fmt.CutError("the bytes end inside a chunk")
        payload = bytes(data[offset + fmt.FRAME_BYTES : offset + size - fmt.CHECK_BYTES])
        return fmt.Chunk(data[offset], payload, fmt.write_chunk(data[offset], payload, previous_check)[1], offset + size)

    return mock.patch.object(fmt, "read_chunk", read)


def no_check_of_types() -> AbstractContextManager[Any]:
    """`True` passes for 1, and a float for a number."""

    def integer(value: Any, low: int, high: int, what: str) -> Any:
        if not isinstance(value, int | float) or not low <= value <= high:
            raise fmt.FormatError(what)
        return value

    return patched("integer", integer)


def no_bound_of_messages() -> AbstractContextManager[Any]:
    """What was found is shown in full, however deep."""
    return mock.patch.object(plain, "unexpected", lambda what, found: fmt.FormatError(f"expected {what}, found {found!r}"))


PLANTED = {
    bug.__name__.replace("_", " "): bug
    for bug in (
        no_limit_of_inflating,
        no_limit_of_containers,
        no_check_of_ticks,
        no_check_of_bases,
        no_check_of_commands,
        no_limit_of_depth,
        no_count_of_input_events,
        no_check_of_checksums,
        no_check_of_types,
        no_bound_of_messages,
    )
}
