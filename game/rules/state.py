"""The state: one packed little-endian record. Nothing outside it can change the future of a match but the inputs and the map.

Every field is declared with the range it may hold; `game.claims` holds a stranger's snapshot against it.
Unused rows (of absent players, of bullets beyond `bullet_count` ...) are all zero: equal states are equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..numbers import (
    BULLETS,
    ENDED_BY_TIME,
    FREE_FOR_ALL,
    FULL,
    GOLD_LIMIT,
    HEIGHT,
    PICKUPS,
    PLAYERS,
    RUNNING,
    SPEED_LIMIT,
    SUBPIXELS,
    TEAMS,
    WIDTH,
)
from .inputs import BUTTONS
from .items import COIN, ENDLESS, LAUNCHER

_TICK = (0, 1 << 30)
_COUNT = (-(1 << 20), 1 << 20)


class Field(NamedTuple):
    name: str
    format: str | np.dtype[np.void]
    range: tuple[int, int] = (0, 0)
    shape: tuple[int, ...] = ()


_RNG = tuple(Field(name, "<i8", (0, (1 << 32) - 1)) for name in ("a", "b", "c", "counter"))

_PLAYER = (
    Field("x", "<i4", (0, WIDTH * SUBPIXELS - 1)),  # of the centre, subpixels
    Field("y", "<i4", (0, HEIGHT * SUBPIXELS - 1)),
    Field("vx", "<i2", (-SPEED_LIMIT, SPEED_LIMIT)),  # subpixels per tick
    Field("vy", "<i2", (-SPEED_LIMIT, SPEED_LIMIT)),
    Field("health", "<i2", (0, FULL)),  # 0 = dead, waiting for respawns_at
    Field("armour", "<i2", (0, FULL)),
    Field("buttons", "<i2", (0, BUTTONS)),  # held during the tick before
    Field("aim_x", "<i2", (-(1 << 15), (1 << 15) - 1)),  # the point, pixels
    Field("aim_y", "<i2", (-(1 << 15), (1 << 15) - 1)),
    Field("order_x", "<i2", (0, WIDTH - 1)),  # where it was sent, pixels; (0, 0), a wall on every map, = nowhere
    Field("order_y", "<i2", (0, HEIGHT - 1)),
    Field("team", "i1", (0, PLAYERS - 1)),  # free-for-all: everyone is a team
    Field("weapon", "i1", (0, LAUNCHER)),
    Field("magazine", "<i2", (0, 999), (LAUNCHER + 1,)),  # rounds, by weapon
    Field("reserve", "<i2", (ENDLESS, 999), (LAUNCHER + 1,)),
    Field("owned", "i1", (0, 1), (LAUNCHER + 1,)),
    Field("gold", "<i2", (0, GOLD_LIMIT)),
    Field("streak", "<i4", _COUNT),
    Field("score", "<i4", _COUNT),
    Field("kills", "<i4", _COUNT),
    Field("deaths", "<i4", _COUNT),
    Field("assists", "<i4", _COUNT),
    Field("can_fire_at", "<i4", _TICK),  # from here on: ticks
    Field("reloaded_at", "<i4", _TICK),  # 0 = not reloading
    Field("dashing_until", "<i4", _TICK),
    Field("can_dash_at", "<i4", _TICK),
    Field("respawns_at", "<i4", _TICK),
    Field("protected_until", "<i4", _TICK),
    Field("assist_until", "<i4", _TICK, (PLAYERS,)),  # by who hurt this player
)
_BULLET = (
    Field("x", "<i4", (0, WIDTH * SUBPIXELS - 1)),
    Field("y", "<i4", (0, HEIGHT * SUBPIXELS - 1)),
    Field("vx", "<i2", (-5000, 5000)),
    Field("vy", "<i2", (-5000, 5000)),
    Field("expires_at", "<i4", _TICK),
    Field("owner", "i1", (0, PLAYERS - 1)),
    Field("weapon", "i1", (0, LAUNCHER)),
)
_PICKUP = (
    Field("x", "<i2", (0, WIDTH - 1)),  # pixels
    Field("y", "<i2", (0, HEIGHT - 1)),
    Field("item", "i1", (0, COIN)),
    Field("amount", "<i2", (0, GOLD_LIMIT)),  # gold of a coin; 0 for the rest
)


def _record(*fields: Field) -> np.dtype[np.void]:
    return np.dtype([(field.name, field.format, field.shape) for field in fields])


RNG, PLAYER, BULLET, PICKUP_ROW = (_record(*fields) for fields in (_RNG, _PLAYER, _BULLET, _PICKUP))

_SCALARS = (
    Field("tick", "<i4", _TICK),
    Field("player_count", "i1", (2, PLAYERS)),
    Field("mode", "i1", (FREE_FOR_ALL, TEAMS)),
    Field("score_limit", "<i2", (1, 999)),
    Field("starts_at", "<i4", _TICK),  # until then a countdown: nobody moves or attacks
    Field("tick_limit", "<i4", _TICK),
    Field("ended", "i1", (RUNNING, ENDED_BY_TIME)),
    Field("bullet_count", "<i2", (0, BULLETS)),
    Field("pickup_count", "<i2", (0, PICKUPS)),
    Field("scores", "<i4", _COUNT, (PLAYERS,)),  # by team
)
_PARTS = {"rng": _RNG, "players": _PLAYER, "bullets": _BULLET, "pickups": _PICKUP}
STATE = _record(
    *_SCALARS,
    Field("rng", RNG),
    Field("players", PLAYER, shape=(PLAYERS,)),
    Field("bullets", BULLET, shape=(BULLETS,)),
    Field("pickups", PICKUP_ROW, shape=(PICKUPS,)),
)


def _place(record: np.dtype[Any], name: str) -> int:
    """Where a field of a record begins, in bytes."""
    assert record.fields is not None
    return record.fields[name][1]


def fields() -> Iterator[tuple[str, Field, int, int, int]]:
    """Every field of a state that holds numbers: name, itself, place of the first, how many rows it has, the bytes of one."""
    for part, declared in {"": _SCALARS, **_PARTS}.items():
        record, start = (STATE[part], _place(STATE, part)) if part else (STATE, 0)
        record, rows = (record.subdtype[0], record.shape[0]) if record.subdtype else (record, 1)
        for field in declared:
            yield f"{part}.{field.name}".lstrip("."), field, start + _place(record, field.name), rows, record.itemsize


def field_table() -> list[tuple[int, ...]]:
    """`fields` in numbers: place, bytes of a value, its least and greatest, rows, bytes of a row, values in a row."""
    table: list[tuple[int, ...]] = []
    for _, field, at, rows, step in fields():
        table.append((at, np.dtype(field.format).itemsize, *field.range, rows, step, field.shape[0] if field.shape else 1))
    return table
