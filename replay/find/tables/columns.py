"""Arrow columns of plain data that comes from games: whatever it is, it gets a type, and tables with other types are joined."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from replay.find.tables.schema import TABLES, arrow_type

_WHOLE = range(-(2**63), 2**63)


def array_of(values: Sequence[Any]) -> pa.Array:
    """Numbers and yes or no as such, if they are all of a kind and fit; everything else as text, what is no text in JSON."""
    types = {type(value) for value in values} - {type(None)}
    if not types:
        return pa.nulls(len(values))
    if types == {bool}:
        return pa.array(values, pa.bool_())
    if types == {int} and all(value is None or value in _WHOLE for value in values):
        return pa.array(values, pa.int64())
    if types == {float} or (types == {int, float} and all(value is None or abs(value) <= 2**53 for value in values)):
        return pa.array(values, pa.float64())
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode(errors="replace").decode()  # half of a surrogate pair is in no UTF-8


def table_of(name: str, fixed: Mapping[str, Any], others: Mapping[str, pa.Array], rows: int) -> pa.Table:
    """A table of this name. fixed: of each of its own columns the values, or the one value of all rows. others: the game's."""
    arrays = []
    for column in TABLES[name]:
        value, kind = fixed[column.name], arrow_type(column.type)
        arrays.append(value if isinstance(value, pa.Array) else pa.array(value if type(value) is list else [value] * rows, kind))
    return pa.table(dict(zip([*(column.name for column in TABLES[name]), *others], [*arrays, *others.values()], strict=True)))


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """One table of several. A column of several types becomes one of numbers, or else of text; null where a table lacks it."""
    tables = list(tables)
    types: dict[str, list[pa.DataType]] = {}
    for table in tables:
        for field in table.schema:
            known = types.setdefault(field.name, [])
            if field.type not in known and not pa.types.is_null(field.type):
                known.append(field.type)
    schema = pa.schema([(name, _common(known)) for name, known in types.items()])
    return pa.concat_tables([_as(table, schema) for table in tables])


def _common(types: list[pa.DataType]) -> pa.DataType:
    if len(types) == 1:
        return types[0]
    if not types:
        return pa.null()
    is_number = all(pa.types.is_integer(each) or pa.types.is_floating(each) for each in types)
    return pa.float64() if is_number else pa.string()


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    if table.schema.equals(schema):  # most are: building each anew takes longer than all that follows
        return table
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(len(table), field.type))
            continue
        column = table[field.name]
        if column.type != field.type:
            column = _cast(column, field.type)
        columns.append(column)
    return pa.table(columns, schema=schema)


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_null(column.type) or pa.types.is_floating(kind):
        return column.cast(kind, safe=False)
    return pa.chunked_array([[None if value is None else _text(value) for value in column.to_pylist()]], kind)
