"""Values of environments as plain data: every space, every bit, and nonsense from a stranger's file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.core.plain import pack_plain, plain, unpack
from replay.games.values import hash_of, plain_of, value_of

spaces = pytest.importorskip("gymnasium.spaces", reason="needs gymnasium (pip install -e '.[test]')")

from toy_envs import bits_of  # noqa: E402

SPACES = {
    "discrete": spaces.Discrete(5, start=-2),
    "box": spaces.Box(-np.inf, np.inf, (2, 3), np.float32),
    "box of doubles": spaces.Box(-1, 1, (4,), np.float64),
    "box of bytes": spaces.Box(0, 255, (2, 2, 3), np.uint8),
    "multi-discrete": spaces.MultiDiscrete([3, 2, 9]),
    "multi-binary": spaces.MultiBinary(7),
    "text": spaces.Text(9),
    "dict": spaces.Dict({"a": spaces.Discrete(3), "b": spaces.Dict({"c": spaces.Box(0, 1, (1,))})}),
    "tuple": spaces.Tuple([spaces.Discrete(3), spaces.Tuple([spaces.MultiBinary(2), spaces.Text(2)])]),
    "sequence": spaces.Sequence(spaces.Box(0, 1, (2,))),
    "one of": spaces.OneOf([spaces.Discrete(3), spaces.Box(0, 1, (2,))]),
}


@pytest.mark.parametrize("name", SPACES)
def test_what_a_space_samples_comes_back_from_the_file_as_it_was(name):
    space = SPACES[name]
    space.seed(1)
    for _ in range(20):
        value = space.sample()
        packed = pack_plain(plain(plain_of(value)))
        back = value_of(unpack(packed, containers=100, items=100))
        assert repr(bits_of(back)) == repr(bits_of(value)) and space.contains(back)


def test_an_array_that_comes_back_can_be_written_to():
    value_of(plain_of(np.zeros(3)))[0] = 1


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=4) | st.binary(max_size=17),
    lambda inner: (
        st.lists(st.sampled_from(["<f4", "<i8", "|u1", "|O", "<U3", "tuple", "list", "dict", "float"]) | inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(PLAIN)
def test_nonsense_is_a_value_or_an_error_of_python(nonsense):
    try:
        value = value_of(nonsense)
    except (ValueError, OverflowError, TypeError):
        return
    assert not (isinstance(value, np.ndarray) and value.dtype.hasobject)


DIFFERENT = [
    0,
    0.0,
    -0.0,
    False,
    None,
    "0",
    np.int8(0),
    np.float32(0),
    np.zeros(1, np.float32),
    np.zeros(1),
    np.zeros((1, 1)),
    np.zeros(0),
    [],
    [[]],
    [0, [0]],
    [[0], 0],
    {},
    {"a": 0},
    {"b": 0},
    np.array([None]),
]


def test_different_values_have_different_hashes_and_equal_ones_the_same():
    hashes = [hash_of(value) for value in DIFFERENT]
    assert len(set(hashes)) == len(DIFFERENT)
    assert hash_of(np.asfortranarray(np.arange(6).reshape(2, 3))) == hash_of(np.arange(6).reshape(2, 3))
    assert hash_of(object()) == hash_of(object())  # by its type: it has no bits to tell
