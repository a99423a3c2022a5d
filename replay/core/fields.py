"""Packed rows of numbers, as the header names their fields and as numpy sees them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from replay.core.errors import FormatError
from replay.core.format import MAX_ROW_BYTES
from replay.core.plain import expect, sequence

if TYPE_CHECKING:
    import numpy as np

Fields = tuple[tuple[str, str], ...]  # (name, type such as "u2") of each field of a packed row
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_TYPE = re.compile(r"([iu][1248]|f[48])\Z")


def check_fields(fields: Any, what: str) -> Fields:
    """`[[name, type]...]` as fields of a packed little-endian row. Raises FormatError for what cannot be one."""
    expect(isinstance(fields, list | tuple) and len(fields) <= 256, f"up to 256 {what} fields", fields)
    for part in fields:
        name, kind = sequence(list(part) if isinstance(part, tuple) else part, 2, f"{what} field")
        expect(isinstance(name, str) and bool(_NAME.match(name)), f"the name of an {what} field", name)
        expect(isinstance(kind, str) and bool(_TYPE.match(kind)), "a type such as u2 or f4", kind)
    expect(len({name for name, _ in fields}) == len(fields), f"{what} fields of different names", fields)
    size = bytes_of(tuple((name, kind) for name, kind in fields))
    expect(size <= MAX_ROW_BYTES, f"an {what} row of up to {MAX_ROW_BYTES} bytes", size)
    return tuple((name, kind) for name, kind in fields)


def fields_of(dtype: np.dtype[Any] | None, what: str = "input") -> Fields:
    """The fields of a packed row of little-endian numbers as the header names them; none for None. Raises FormatError for any other
    dtype."""
    fields = []
    for name in (dtype.names or ()) if dtype is not None else ():
        part = dtype[name]  # type: ignore[index]
        if part.kind not in "iuf" or part.shape or part.newbyteorder("<") != part:
            raise FormatError(f"{what} field {name!r} is {part}; a recording holds little-endian integers and floats")
        fields.append((name, f"{part.kind}{part.itemsize}"))
    if dtype is not None and dtype_of(check_fields(fields, what)) != dtype:
        raise FormatError(f"the {what} dtype {dtype} is not a packed row of number fields")
    return tuple(fields)


@lru_cache(maxsize=64)
def bytes_of(fields: Fields) -> int:
    """Of a packed row."""
    return sum(int(kind[1]) for _, kind in fields)


@lru_cache(maxsize=64)
def dtype_of(fields: Fields) -> np.dtype[Any]:
    import numpy as np

    return np.dtype([(name, f"<{kind}") for name, kind in fields])


def floats_of(fields: Fields) -> list[str]:
    return [name for name, kind in fields if kind[0] == "f"]


def nan_in(rows: np.ndarray[Any, np.dtype[np.void]], floats: list[str]) -> str | None:
    """The first of these fields in which a row has NaN, which is equal to nothing."""
    return next((name for name in floats if (rows[name] != rows[name]).any()), None)
