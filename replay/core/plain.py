"""Plain data as MessagePack, read with every limit said, and checks that say what was expected and what was found."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgpack

from replay.core.errors import FormatError

MAX_TEXT = 200  # characters of a name, a marker or any other short text


def pack_plain(value: Any) -> bytes:
    return bytes(msgpack.packb(value, use_bin_type=True))


def pack_sorted(value: Any) -> bytes:
    """`value` with the keys of every map sorted, so that equal data gives equal bytes."""
    return pack_plain(_sorted(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def _no_duplicates(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def unpack(payload: bytes, *, containers: int = 1, items: int = 7) -> Any:
    """One value, in which at most `containers` lists and maps of at most `items` items each are made.

    Both limits hold while reading: a byte is enough to ask for a list, five for one of 2**32 items.
    """
    size = len(payload)
    left = containers

    def counted(container: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError(f"more than {containers} lists and maps")
        return container

    try:
        return msgpack.unpackb(
            payload,
            list_hook=counted,
            object_pairs_hook=lambda pairs: counted(_no_duplicates(pairs)),
            max_str_len=size,
            max_bin_len=size,
            max_array_len=items,
            max_map_len=items,
            max_ext_len=0,
        )
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise FormatError(f"the payload is not the MessagePack expected: {str(error) or type(error).__name__}") from None


def unexpected(what: str, found: object) -> FormatError:
    if isinstance(found, list | dict):  # what is in it may be nested deeper than can be shown
        shown = f"a {'map' if isinstance(found, dict) else 'list'} of {len(found)}"
    else:
        shown = repr(found[:60] if isinstance(found, str | bytes) else found)
    return FormatError(f"expected {what}, found {shown if len(shown) <= 60 else shown[:57] + '...'}")


def expect(condition: bool, what: str, found: object) -> None:
    if not condition:
        raise unexpected(what, found)


def integer(value: Any, low: int, high: int, what: str) -> int:
    if type(value) is not int or not low <= value <= high:
        raise unexpected(f"{what} in {low}..{high}", value)
    return value


def text(value: Any, what: str, limit: int = MAX_TEXT, empty: bool = False) -> str:
    expect(
        isinstance(value, str) and len(value) <= limit and (empty or bool(value)) and is_sound(value),
        f"{what}: text of up to {limit} characters",
        value,
    )
    return str(value)


def binary(value: Any, lengths: Iterable[int], what: str) -> bytes:
    if type(value) is not bytes or len(value) not in lengths:
        raise unexpected(f"{what}: {' or '.join(map(str, lengths))} bytes", value)
    return value


def sequence(value: Any, lengths: int | tuple[int, ...], what: str) -> list[Any]:
    lengths = (lengths,) if isinstance(lengths, int) else lengths
    if type(value) is not list or len(value) not in lengths:
        raise unexpected(f"{what}: {' or '.join(map(str, lengths))} values", value)
    return value


def plain(value: Any, depth: int = 8) -> Any:
    """`value` if it is plain data: nothing, booleans, integers, finite floats, text, bytes, lists and maps with text keys."""
    expect(depth > 0, "plain data, at most 8 levels deep", value)
    if isinstance(value, dict):
        for key, item in value.items():
            text(key, "a key of plain data", empty=True)
            plain(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            plain(item, depth - 1)
    elif isinstance(value, float):
        expect(math.isfinite(value), "a finite number", value)
    elif isinstance(value, str):
        expect(is_sound(value), "text without half a character", value)
    elif isinstance(value, int):
        expect(-(2**63) <= value < 2**64, "a whole number of 64 bits", value)
    else:
        expect(value is None or isinstance(value, bytes), "plain data", value)
    return value


def is_sound(value: str) -> bool:
    """Whether text can be written: a lone surrogate, half a character, cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def own_copy(data: Any) -> Any:
    """Plain data that nobody else holds."""
    if isinstance(data, list):
        return [own_copy(item) for item in data]
    return {key: own_copy(item) for key, item in data.items()} if isinstance(data, dict) else data
