"""Rows as comma separated values, which nobody's spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from replay.read.readmodel import columns_of

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run


def spreadsheet(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines, the first of them with the names of the columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns_of(records), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in record.items()} for record in records)
    return text.getvalue()[:-1].split("\n")


def _cell(value: Any) -> Any:
    """What a spreadsheet shows, and does not run: a name in a recording may be a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
