"""What is saved and hashed has the same bytes on a machine whose numbers begin with their highest byte.

Played here by arrays in that order, as they are all there; `.ci/emulated` runs the golden recordings on a real one.
"""

import numpy as np
import pytest
from toys import COUNTER, EVENT

from replay.core import happened
from replay.core.game import abilities_of
from replay.games import order
from replay.games.plain.arrays import array_of, pack_array, pack_dtype
from replay.games.values import hash_of, plain_of, value_of

RECORDS = np.array([(1, 2.5)], [("a", "<i4"), ("b", "<f8")])
ARRAYS = [np.arange(6, dtype="<i2").reshape(2, 3), np.array([0.5, -1e300]), np.arange(4, dtype="u1"), RECORDS]


@pytest.fixture
def elsewhere(monkeypatch):
    """`elsewhere()`: from here on this is such a machine."""
    yield lambda: (monkeypatch.setattr(order, "IS_BIG", True), pack_dtype.cache_clear())
    pack_dtype.cache_clear()


@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_arrays_are_saved_and_hashed_alike(array, elsewhere):
    saved, hashed = pack_array(array), hash_of(array)
    elsewhere()
    there = array.astype(array.dtype.newbyteorder(">"))
    assert pack_array(there) == saved
    assert hash_of(there) == hashed
    back = array_of(*saved)
    assert (back == there).all() and pack_array(back) == saved


def test_here_another_order_is_another_array():
    big = ARRAYS[0].astype(">i2")
    assert pack_array(big) != pack_array(ARRAYS[0]) and hash_of(big) != hash_of(ARRAYS[0])
    assert array_of(*pack_array(big)).dtype == big.dtype


def test_numbers_of_an_environment_are_recorded_alike(elsewhere):
    values = [np.float32(1.5), np.array([1, 2], np.int16)]
    saved = [plain_of(value) for value in values]
    elsewhere()
    assert plain_of(values[1].astype(">i2")) == saved[1] and plain_of(values[0]) == saved[0]
    assert value_of(saved[0]) == values[0]


def test_events_that_the_machine_turned_are_hashed_alike(monkeypatch):
    events = np.array([(3, 1, 0, 500), (4, 0, 1, -7)], EVENT)
    here = list(happened.hashed_by_tick(events))
    turned = events.astype(EVENT.newbyteorder(">"))
    abilities = abilities_of(COUNTER)
    monkeypatch.setattr(happened, "_IS_BIG", False)
    assert list(happened.hashed_by_tick(happened.in_order_of_bytes(turned, abilities))) != here  # taken as they are
    monkeypatch.setattr(happened, "_IS_BIG", True)
    assert list(happened.hashed_by_tick(happened.in_order_of_bytes(turned, abilities))) == here
