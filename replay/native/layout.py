"""Records in memory by field names, without numpy: how a library says where its fields are, and how they are read."""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    Field = tuple[str, int, Any, list[int]]  # name, offset, type such as "<i4" or the fields of a record, shape
    Layout = tuple[int, list[Field]]  # bytes of a record, its fields


def layout_of(dtype: np.dtype[Any]) -> Layout:
    """The layout of a structured dtype, as plain data."""
    fields: list[Field] = []
    for name in dtype.names or ():
        part, offset = dtype.fields[name][:2]  # type: ignore[index]
        base, shape = part.subdtype or (part, ())
        kind = layout_of(base) if base.names else f"{'<' if base.itemsize > 1 else ''}{base.kind}{base.itemsize}"
        fields.append((name, int(offset), kind, list(shape)))
    return dtype.itemsize, fields


def dtype_of(layout: Layout) -> np.dtype[Any]:
    """The structured dtype of a packed layout."""
    import numpy as np

    fields = [(name, kind if isinstance(kind, str) else dtype_of(kind), tuple(shape)) for name, _, kind, shape in layout[1]]
    return np.dtype(fields)


_CODES = {
    "i1": "b",
    "u1": "B",
    "<i2": "<h",
    "<u2": "<H",
    "<i4": "<i",
    "<u4": "<I",
    "<i8": "<q",
    "<u8": "<Q",
    "<f4": "<f",
    "<f8": "<d",
}


class Record:
    """A record at `offset` of `memory`: record["field"] is a number, a list, or records again. It reads what is there now."""

    def __init__(self, memory: bytes | bytearray | memoryview, layout: Layout, offset: int = 0) -> None:
        self._memory, self._offset = memory, offset
        self._fields = {name: (at, kind, shape) for name, at, kind, shape in layout[1]}

    def __getitem__(self, name: str) -> Any:
        at, kind, shape = self._fields[name]
        return self._read(self._offset + at, kind, shape)

    def _read(self, at: int, kind: Any, shape: list[int]) -> Any:
        if shape:
            step = kind[0] if not isinstance(kind, str) else int(kind[-1])
            for length in shape[1:]:
                step *= length
            return [self._read(at + index * step, kind, shape[1:]) for index in range(shape[0])]
        if isinstance(kind, str):
            return struct.unpack_from(_CODES[kind], self._memory, at)[0]
        return Record(self._memory, kind, at)
