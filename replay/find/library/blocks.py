"""What can be searched for in matches, numbers and events, column by column: a block of columns holds thousands of matches.

A match goes in as one row (`replay_fresh`). Once there are many, they become a block: a column for each number and each kind of
event. Of a match that is taken out of a block again, a row says so (`replay_stale`), until the block is made anew.

Everything that writes runs inside a transaction of its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import msgpack
import numpy as np
import sqlalchemy as sa

from replay.find.library.columns import Array, Whole, distinct, pack, unpack
from replay.find.library.tables import blocks, columns, fresh, stale
from replay.find.library.words import enter, insert_tuples

NUMBER, EVENT = 0, 1  # what a column is of
BLOCK_MATCHES = 4096  # of small blocks that hold so many, one is made
FRESH_MATCHES = 128  # fewer can be read one by one
_LOCK = 0x7265706C6162  # "replab"
_NOBODY, _NO_ITEM = -1, 0
ALL = (0, 2**63 - 1)
_EMPTY: Whole = np.zeros(0, np.int64)


class Numbers(NamedTuple):
    """Of one name, or of several: whose, and what. In the order of matches and seats."""

    recording: Whole
    seat: Whole
    value: Array


class Happened(NamedTuple):
    """Events of one kind, or of several, in the order of matches and what happened in them. place: among the events of its tick.

    actor, target: seats, or -1. item: the number of a word, or 0. amount: 0 where there is none, which `has_amount` says.
    """

    recording: Whole
    tick: Whole
    place: Whole
    actor: Whole
    target: Whole
    item: Whole
    amount: Whole
    has_amount: Whole


_FIELDS: tuple[type[Numbers] | type[Happened], ...] = (Numbers, Happened)
Row = tuple[int, int, int, int | None, int | None, int | None, int | None]  # kind, tick, place, actor, target, item, amount


# --- in ---


def put_in(connection: sa.Connection, recording_id: int, numbers: Iterable[tuple[int, int, float]], events: Iterable[Row]) -> None:
    """A match of which nothing is there. numbers: rows of name, seat, value. events: in order; all words by their numbers."""
    by_name: dict[int, tuple[list[int], list[float]]] = {}
    for name, seat, value in numbers:
        seats, values = by_name.setdefault(name, ([], []))
        seats.append(seat)
        values.append(int(value) if value.is_integer() else value)
    data = msgpack.packb([[[name, *each] for name, each in by_name.items()], list(map(list, zip(*events, strict=True)))])
    insert_tuples(connection, fresh, [(recording_id, data)])


def placed(events: Iterable[tuple[int, tuple[int, int | None, int | None, int | None, int | None]]]) -> Iterator[Row]:
    """Events in order, each its tick and what else there is of it, as rows."""
    last, place = -1, 0
    for tick, (kind, actor, target, item, amount) in events:
        last, place = tick, place + 1 if tick == last else 0
        yield kind, tick, place, actor, target, item, amount


def take_out(connection: sa.Connection, recording_id: int) -> None:
    """A match, if it is there."""
    if connection.execute(sa.delete(fresh).where(fresh.c.recording_id == recording_id)).rowcount:
        return
    _lock(connection)
    if connection.execute(sa.delete(fresh).where(fresh.c.recording_id == recording_id)).rowcount:
        return
    may_hold = sa.and_(blocks.c.first_id <= recording_id, blocks.c.last_id >= recording_id)
    for block_id, members in connection.execute(sa.select(blocks.c.id, blocks.c.members).where(may_hold)).all():
        is_it = (stale.c.block_id == block_id, stale.c.recording_id == recording_id)
        is_stale = connection.scalar(sa.select(stale.c.block_id).where(*is_it))
        if is_stale is None and recording_id in unpack(members, [0])[0]:
            connection.execute(sa.insert(stale), {"block_id": block_id, "recording_id": recording_id})


def gather(connection: sa.Connection) -> None:
    """Make a block of what is fresh, if it is so many matches; and of small blocks a large one, if they are enough for it."""
    if (connection.scalar(sa.select(sa.func.count()).select_from(fresh)) or 0) < FRESH_MATCHES:
        return
    _lock(connection)
    rows = sorted(tuple(row) for row in connection.execute(sa.delete(fresh).returning(fresh.c.recording_id, fresh.c.data)))
    for start in range(0, len(rows), BLOCK_MATCHES):
        part = rows[start : start + BLOCK_MATCHES]
        members = np.array([recording_id for recording_id, _ in part], np.int64)
        write(connection, members, _columns_of(_Match(recording_id, *msgpack.unpackb(data)) for recording_id, data in part))
    gone = sa.select(sa.func.count()).where(stale.c.block_id == blocks.c.id).scalar_subquery()
    left = {
        block: (matches, matches - count)
        for block, matches, count in connection.execute(sa.select(blocks.c.id, blocks.c.matches, gone))
    }
    small = [block for block, (matches, there) in left.items() if there < BLOCK_MATCHES // 2]
    half = [block for block in small if left[block][1] * 2 <= left[block][0]]
    is_enough = sum(left[block][1] for block in small) >= BLOCK_MATCHES
    if together := small if is_enough else half:
        _join(connection, together)


def _join(connection: sa.Connection, ids: list[int]) -> None:
    """Make one block of several, without what is stale."""
    there, members, held = Searchable(connection), list[Array](), dict[tuple[int, int], list[Array]]()
    for block_id, packed in connection.execute(sa.select(blocks.c.id, blocks.c.members).where(blocks.c.id.in_(ids))):
        members += [each[~np.isin(each, there.gone(block_id))] for each in unpack(packed, [0])]
    are_theirs = columns.c.block_id.in_(ids)
    for what, name in connection.execute(sa.select(columns.c.what, columns.c.name_id).where(are_theirs).distinct()).all():
        held[what, name] = there.columns(what, [name], range(len(_FIELDS[what]._fields)), are_theirs)
    for table in (columns, stale):
        connection.execute(sa.delete(table).where(table.c.block_id.in_(ids)))
    connection.execute(sa.delete(blocks).where(blocks.c.id.in_(ids)))
    write(connection, np.sort(np.concatenate(members)), held)


def write(connection: sa.Connection, members: Whole, held: Mapping[tuple[int, int], list[Array]]) -> None:
    """A block of these matches. held: its columns, by what they are of and the name."""
    if not len(members):
        return
    row = {"first_id": int(members[0]), "last_id": int(members[-1]), "matches": len(members), "members": pack([members])}
    block_id = enter(connection, blocks, row)
    packed = [(what, name, block_id, len(distinct(each[0])), pack(each)) for (what, name), each in held.items() if len(each[0])]
    insert_tuples(connection, columns, packed)


def _lock(connection: sa.Connection) -> None:
    """Of those who move matches between rows and blocks, one at a time; whoever writes to an SQLite file is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


# --- out ---


class _Match(NamedTuple):
    """Of a match that is fresh. numbers: name, seats, values. events: a list for each of kind, tick, place, actor ..."""

    recording_id: int
    numbers: list[Any]
    events: list[Any]


def _columns_of(matches: Iterable[_Match], only: tuple[int, int] | None = None) -> dict[tuple[int, int], list[Array]]:
    """Of matches in their order, the columns, by what they are of: arrays as in `Numbers` and `Happened`. only: that one."""
    rows: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for match in matches:
        for name, seats, values in match.numbers if only is None or only[0] == NUMBER else ():
            if only is None or only[1] == name:
                rows.setdefault((NUMBER, name), []).extend(zip(repeat(match.recording_id), seats, values))
        for kind, *row in zip(*match.events, strict=True) if only is None or only[0] == EVENT else ():
            if only is None or only[1] == kind:
                rows.setdefault((EVENT, kind), []).append((match.recording_id, *_filled(*row)))
    return {key: _arrays(key[0], list(zip(*its, strict=True))) for key, its in rows.items()}


def _filled(
    tick: int, place: int, actor: int | None, target: int | None, item: int | None, amount: int | None
) -> tuple[int, int, int, int, int, int, bool]:
    """An event with a number in each field."""
    who = (_NOBODY if seat is None else seat for seat in (actor, target))
    return tick, place, *who, item or _NO_ITEM, amount or 0, amount is not None  # type: ignore[return-value]


def _arrays(what: int, lists: Sequence[Sequence[Any]]) -> list[Array]:
    names = _FIELDS[what]._fields
    return [np.array(each, np.float64 if name == "value" else np.int64) for name, each in zip(names, lists, strict=True)]


class Searchable:
    """What can be searched for, as it is in this transaction. Raises ValueError and the like for nonsense: see `reading`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._fresh: list[_Match] | None = None
        self._stale: dict[int, list[int]] | None = None

    def numbers(self, names: Sequence[int], among: tuple[int, int] = ALL) -> Numbers:
        """Of all these names together. among: the first and the last of the recordings that are wanted."""
        return Numbers(*self._read(NUMBER, names, Numbers._fields, among))

    def numbers_in_parts(self, names: Sequence[int], fields: Sequence[str]) -> Iterator[list[Array]]:
        """These fields of all these names, part by part, which is quicker than all at once: a part is of one name, in the order of
        matches and seats, and a match is in one of them."""
        wanted = [Numbers._fields.index(name) for name in fields]
        for each in self._of_fresh(NUMBER, names):
            yield [each[at] for at in wanted]
        yield from self._of_blocks(NUMBER, names, wanted)

    def events(self, kinds: Sequence[int], fields: Sequence[str] = Happened._fields, among: tuple[int, int] = ALL) -> Happened:
        """Of all these kinds together; only these fields, the others are empty."""
        needed = [name for name in Happened._fields if name in fields or name in ("recording", "tick", "place")[: len(kinds) + 1]]
        read = dict(zip(needed, self._read(EVENT, kinds, needed, among), strict=True))
        return Happened(*(read.get(name, _EMPTY) for name in Happened._fields))

    def count(self, what: int, names: Sequence[int]) -> int:
        """About how many matches have one of these columns."""
        are_these = (columns.c.what == what, columns.c.name_id.in_(names))
        in_blocks = self._connection.scalar(sa.select(sa.func.sum(columns.c.matches)).where(*are_these)) or 0
        return int(in_blocks) + len(self._fresh_matches())

    def _read(self, what: int, names: Sequence[int], fields: Sequence[str], among: tuple[int, int]) -> list[Array]:
        which: tuple[sa.ColumnElement[bool], ...] = ()
        if among != ALL:
            may_hold = sa.select(blocks.c.id).where(blocks.c.first_id <= among[1], blocks.c.last_id >= among[0])
            which = (columns.c.block_id.in_(may_hold),)
        wanted = [_FIELDS[what]._fields.index(name) for name in fields]
        its = [[each[at] for at in wanted] for each in self._of_fresh(what, names)]
        arrays = self.columns(what, names, wanted, *which, more=its)
        is_meant = (arrays[0] >= among[0]) & (arrays[0] <= among[1])
        return arrays if is_meant.all() else [array[is_meant] for array in arrays]

    def columns(
        self,
        what: int,
        names: Sequence[int],
        wanted: Sequence[int],
        *which: sa.ColumnElement[bool],
        more: Sequence[list[Array]] = (),
    ) -> list[Array]:
        """Of all these names together the fields that are wanted, by their numbers, of the columns that fulfil conditions; and
        what `more` has of them."""
        parts = [*more, *self._of_blocks(what, names, wanted, *which)]
        if not parts:
            return [_EMPTY for _ in wanted]
        arrays = [np.concatenate([part[at] for part in parts]) for at in range(len(wanted))]
        if len(names) > 1 or (np.diff(arrays[0]) < 0).any():  # what is of one name is in order in each match
            order = np.lexsort(arrays[: 1 if len(names) == 1 else 2 if what == NUMBER else 3][::-1])
            arrays = [array[order] for array in arrays]
        return arrays

    def _of_blocks(
        self, what: int, names: Sequence[int], wanted: Sequence[int], *which: sa.ColumnElement[bool]
    ) -> Iterator[list[Array]]:
        are_these = (columns.c.what == what, columns.c.name_id.in_(names), *which)
        for block_id, data in self._connection.execute(sa.select(columns.c.block_id, columns.c.data).where(*are_these)):
            arrays = unpack(data, wanted)
            if gone := self.gone(block_id):
                is_there = ~np.isin(arrays[0], gone)
                arrays = [array[is_there] for array in arrays]
            yield arrays

    def _of_fresh(self, what: int, names: Sequence[int]) -> Iterator[list[Array]]:
        for name in names:
            yield from _columns_of(self._fresh_matches(), (what, name)).values()

    def gone(self, block_id: int) -> list[int]:
        """The matches that were taken out of a block."""
        if self._stale is None:
            self._stale = {}
            for block, recording_id in self._connection.execute(sa.select(stale.c.block_id, stale.c.recording_id)):
                self._stale.setdefault(block, []).append(recording_id)
        return self._stale.get(block_id, [])

    def _fresh_matches(self) -> list[_Match]:
        if self._fresh is None:
            rows = self._connection.execute(sa.select(fresh.c.recording_id, fresh.c.data).order_by(fresh.c.recording_id))
            self._fresh = [_Match(recording_id, *msgpack.unpackb(data)) for recording_id, data in rows]
        return self._fresh
