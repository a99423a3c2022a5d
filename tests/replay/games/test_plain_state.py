"""What a state may be, what it may not, and what a stranger can make of its bytes."""

import copy
import functools
import random
import struct
import threading
import types
import weakref
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from pathlib import Path

import msgpack
import numpy as np
import pygame
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from plain_games import Ball, Holder, Mood, Point, Shot, Square, World

from replay.games.plain import SeededRandom
from replay.prove.conformance.given import random_inputs


def held(value, game=Holder):
    match = game(1)
    match.box.value = value
    return match


def again(match):
    """Another match, in the state that this one saved."""
    other = type(match)(99, match.player_count)
    other.load(match.save())
    return other


def exact(value):
    """A value so that two are equal only if they are the same to the last bit, in type and in order."""
    if isinstance(value, float):
        return "float", struct.pack("<d", value)
    if isinstance(value, np.ndarray):
        return "array", value.dtype.str, value.shape, value.flags.c_contiguous, value.flags.f_contiguous, value.tobytes()
    if isinstance(value, np.generic):
        return type(value), value.tobytes()
    if isinstance(value, dict):
        return "dict", [(exact(key), exact(item)) for key, item in value.items()]
    if isinstance(value, list | tuple | deque):
        return type(value), [exact(item) for item in value], getattr(value, "maxlen", None)
    if isinstance(value, Ball | Square | Shot):
        return type(value), [(name, exact(getattr(value, name))) for name in type(value).__match_args__]
    return type(value), value


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.sampled_from(Mood)
    | st.builds(Point, st.integers(), st.integers())
)
KEYS = st.recursive(LEAVES | st.builds(Square, st.integers(), st.integers()), lambda inner: st.tuples(inner, inner), max_leaves=3)
ARRAYS = npst.arrays(
    st.sampled_from(["<i4", ">i8", "u1", "?", "<f4", "<f8", "<c8", "S3", "<U2", [("a", "<i2"), ("b", "<f8", (2,))]]),
    npst.array_shapes(min_dims=0, min_side=0),
    elements={"allow_nan": False},
)
VALUES = st.recursive(
    LEAVES | ARRAYS | st.binary().map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.builds(deque, st.lists(inner, max_size=3), st.none() | st.integers(3, 5))
        | st.builds(Ball, inner, inner, inner, inner)
        | st.builds(Shot, inner, inner)
    ),
    max_leaves=12,
)


@given(VALUES)
@example((1, 1.0, True, -0.0, float("inf"), 2**64, -(2**63) - 1, "", b""))
@example({1.0: "a", "1": "b", b"1": "c", None: "d", (1, ("x",)): "e"})
@example(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
@example(np.float32(0.1))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_saved_comes_back_to_the_last_bit_and_saves_the_same(value):
    match = held(value)
    other = again(match)
    assert exact(other.box.value) == exact(value)
    assert other.save() == match.save()
    assert other.state_fields(match.save()) == match.state_fields(match.save())
    match.box.value = copy.deepcopy(value)  # equal states give equal bytes, however they came to be
    assert again(match).save() == other.save()


def test_a_dict_keeps_its_order_and_attributes_need_none():
    assert held({"a": 1, "b": 2}).save() != held({"b": 2, "a": 1}).save()
    one, other = Holder(1), Holder(1)
    one.first, one.second = 1, 2
    other.second, other.first = 2, 1
    assert one.save() == other.save() and list(again(held({"b": 2, "a": 1})).box.value) == ["b", "a"]


def test_sharing_and_circles_of_any_length_come_back():
    ball, items = Ball(1, 2, 3, 4), [1]
    match = held([ball, ball, items, {"same": items}, Ball(1, 2, 3, 4)])
    match.box.value.append(match.box)  # a circle
    match.box.more["game"] = match
    other = again(match)
    first, second, inner, mapping, third, box = other.box.value
    assert first is second is not third and mapping["same"] is inner and box is other.box and other.box.more["game"] is other
    chain = None
    for number in range(5000):
        chain = Ball(number, 0, 0, chain)
    link, length = again(held(chain)).box.value, 0
    while link is not None:
        link, length = link.dy, length + 1
    assert length == 5000
    assert held([items, items]).save() != held([[1], [1]]).save()  # one list twice is not two lists


def test_everything_in_a_world_comes_back_at_every_tick():
    match = World(3, 2, {"size": 5})
    for row in random_inputs(World, 60, 2, 1):
        match.advance(row[None])
        other = again(match)
        assert other.save() == match.save()
        assert (other.flags.dtype, other.heights.flags.f_contiguous, type(other.scalar)) == (np.bool_, True, np.uint8)
        assert list(other.board) == list(match.board) and other.random is not match.random


def test_matches_share_nothing_after_a_load():
    one = World(3)
    other = again(one)
    other.board["new"], other.grid[0, 0], other.monsters[0].number = 1, 9, 77
    other.random.random()
    assert (
        "new" not in one.board and one.grid[0, 0] == 0 and one.monsters[0].number == 0 and one.random_draws() < other.random_draws()
    )


def test_fields_are_named_by_the_shortest_path_and_are_equal_for_equal_states():
    match = type("Wide", (World,), {"classes": (Twice,)})(3)
    match.shots, match.empty = [Shot(Point(1, 2), match.monsters[0])], Twice()
    fields = match.state_fields(match.save())
    assert fields == again(match).state_fields(match.save())
    assert all(type(value) in (bool, int, float, str) for value in fields.values())
    number = next(index for index, monster in enumerate(match.monsters) if monster is match.monsters[0].enemy)
    expected = {
        "tick": 0, "monsters[0].enemy": f"is monsters[{number}]", "monsters[0].game": "is the match",
        "monsters[0].random": "is random",
        "shots[0].at.y": 2, "shots[0].owner": "is monsters[0]", "grid[1,2]": 0, "flags[0]": False, "names[1]": "bé",
        "trail": "is shared",
        "units.hp[1]": 0, "units.at[0,1]": 0.0, "nothing[3]": "None", "empty": "Twice()", "memory": "0001",
        "board[Mood.CALM]": True, "board[Square]": "king", "board['k']['deep'][1][0]": 2, "random.draws": match.random_draws(),
    }  # fmt: skip
    assert {path: fields[path] for path in expected} == expected


# --- what is refused ---


class Deck(list):
    pass


class Twice:
    pass


@dataclass
class Unnamed:
    x: int = 0


base = np.zeros(9)
REFUSED = {
    "set": ({1}, "is a set, whose order differs from process to process: use a dict"),
    "frozenset": (frozenset([1]), "is a set"),
    "nan": (float("nan"), "is NaN.*use None"),
    "nan array": (np.array([0.0, np.nan]), "has NaN in it"),
    "nan scalar": (np.float32("nan"), "is NaN"),
    "nan in records": (np.array([(1, np.nan)], [("a", "<i4"), ("b", "<f4")]), "has NaN in it .field b."),
    "function": (len, "is code, not data: keep its name"),
    "lambda": (lambda: 0, "is code"),
    "method": (random.Random(1).random, "is code"),
    "partial": (functools.partial(int), "is code"),
    "class": (Ball, "is code"),
    "module": (types, "is code"),
    "generator": ((x for x in ()), "is a generator, whose place cannot be saved"),
    "iterator": (iter([1]), "is a list_iterator, whose place"),
    "random": (random.Random(3), "is a random generator whose state is not saved: use self.random"),
    "numpy random": (np.random.default_rng(3), "use self.random"),
    "another seeded one": (SeededRandom(3), "use self.random"),
    "file": (open(__file__), "TextIOWrapper, not plain data"),  # noqa: SIM115
    "lock": (threading.Lock(), "lock, not plain data"),
    "weak reference": (weakref.ref(Ball), "not plain data"),
    "complex": (1j, "is a builtins.complex"),
    "range": (range(3), "is a builtins.range"),
    "surface": (pygame.Surface((1, 1)), "is a pygame.surface.Surface, not plain data: keep what is drawn out of the rules.*forms"),
    "rect": (pygame.Rect(0, 0, 1, 1), "is a pygame.rect.Rect.*its plain form in Holder.forms"),
    "counter": (Counter("a"), "is a collections.Counter, a dict with more to it: keep a plain dict"),
    "ordered": (OrderedDict(), "a dict with more to it"),
    "default": (defaultdict(list), "a dict with more to it"),
    "list with more": (Deck(), "a list with more to it"),
    "path": (Path("x"), "a class that no module of the game's package names: Holder.classes = .PosixPath,. makes it"),
    "unnamed class": (Unnamed(), "a class that no module of the game's package names: Holder.classes = .Unnamed,."),
    "objects": (np.array([None]), "has the dtype object"),
    "date": (np.array(["2026-01-01"], "M8[D]"), "has the dtype datetime64"),
    "gaps": (np.zeros(2, np.dtype([("a", "u1"), ("b", "<i4")], align=True)), "gaps between their fields"),
    "strides": (base.reshape(3, 3)[:, 0], "is a view of some elements of another array: keep a copy"),
    "matrix": (np.ma.array([1]), "keep a plain array"),
    "row": (np.zeros(1, [("a", "<i4")])[0], "is a numpy.void"),
    "half a character": ("\ud800", "is a text with half a character"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("place", ["box", "list", "attribute"])
def test_what_is_not_data_is_refused_with_its_path_and_what_to_do(what, place):
    value, why = REFUSED[what]
    match = held({"list": [0, value], "box": value}[place]) if place != "attribute" else Holder(1)
    path = {"box": r"self\.box\.value", "list": r"self\.box\.value\[1\]", "attribute": r"self\.own"}[place]
    if place == "attribute":
        match.own = value
    with pytest.raises(TypeError, match=f"{path} .*{why}"):
        match.save()


def test_two_arrays_that_share_their_memory_are_refused():
    grid = np.zeros((2, 3))
    with pytest.raises(TypeError, match=r"self\.box\.value\[1\] shares its memory with another array"):
        held([grid, grid[0]]).save()
    assert again(held([grid, grid])).box.value[0] is not grid
    held([grid, grid[0].copy()]).save()


def test_keys_names_and_attributes_that_cannot_be_are_refused():
    with pytest.raises(TypeError, match=r"self\.box\.value \(a key\) is a set"):
        held({frozenset(): 1}).save()
    for owner, path in ((lambda match: match, "the state"), (lambda match: match.box, r"self\.box")):
        match = Holder(1)
        owner(match).__dict__["not a name"] = 1
        with pytest.raises(TypeError, match=f"{path} has an attribute 'not a name', which is no name"):
            match.save()
    match = Holder(1)
    match.step = 3
    with pytest.raises(TypeError, match=r"self\.step hides step\(\) of PlainGame"):
        match.save()


def test_two_classes_of_one_name_are_refused():
    other = type("Ball", (), {"__module__": __name__})
    game = type("Both", (Holder,), {"classes": (Ball, other)})
    with pytest.raises(TypeError, match="two classes of the game are called so"):
        held(other(), game).save()


def test_classes_and_plain_forms_that_a_game_declares_are_part_of_its_state():
    class Wide(Holder):
        classes = (Unnamed,)
        forms = {pygame.Rect: (tuple, pygame.Rect), pygame.Vector2: (tuple, pygame.Vector2)}  # noqa: RUF012

    box = pygame.Rect(1, 2, 3, 4)
    other = again(held([box, pygame.Vector2(0.1, 2), Unnamed(5), box], Wide))
    assert other.box.value[:3] == [box, pygame.Vector2(0.1, 2), Unnamed(5)] and other.box.value[0] is other.box.value[3]
    assert other.state_fields(other.save())["box.value[0][3]"] == 4
    listed = type("Listed", (Holder,), {"forms": {pygame.Rect: (list, pygame.Rect)}})
    with pytest.raises(TypeError, match="has a plain form with a list in it"):
        held(box, listed).save()


# --- strangers ---


def packed(*things, tick=0, draws=0, key=1, version=1):
    return msgpack.packb([version, tick, key, draws, list(things)])


EMPTY = [0, ""]


def game_with(value):
    return [0, "", "box", value]


STRANGE = {
    "nothing": b"",
    "one byte": b"\xc1",
    "another version": packed(EMPTY, version=2),
    "no things": packed(),
    "a tick below 0": packed(EMPTY, tick=-1),
    "a tick that is true": packed(EMPTY, tick=True),
    "a key of 65 bits": msgpack.packb([1, 0, -1, 0, [EMPTY]]),
    "a class that is not here": packed(game_with([0, 1]), [1, "os.system", "x", 1]),
    "a class of another package": packed(game_with([0, 1]), [1, "Popen"]),
    "a builtin class": packed(game_with([0, 1]), [1, "dict"]),
    "a dataclass without its fields": packed(game_with([0, 1]), [1, "Ball", "x", 1]),
    "a name that hides a method": packed([0, "", "advance", 1]),
    "a name that is a property": packed([0, "", "tick", 1]),
    "a name that is no name": packed([0, "", "\x1b[31m", 1]),
    "a name twice": packed([0, "", "a", 1, "a", 2]),
    "names out of order": packed([0, "", "b", 1, "a", 2]),
    "a name without value": packed([0, "", "a"]),
    "a reference to nowhere": packed(game_with([0, 7])),
    "a reference back": packed(game_with([0, -1])),
    "a thing that nobody holds": packed(EMPTY, [2, 1]),
    "things out of order": packed([0, "", "a", [0, 2], "b", [0, 1]], [2], [2]),
    "two matches": packed(EMPTY, EMPTY),
    "no match first": packed([2, 1]),
    "an unknown tag": packed(game_with([99, 1])),
    "an unknown thing": packed(game_with([0, 1]), [77, 1]),
    "an empty list": packed(game_with([])),
    "a map": packed(game_with({"a": 1})),
    "a small number as a big one": packed(game_with([4, b"\1"])),
    "a float of 32 bits": packed(game_with(1.0)).replace(msgpack.packb(1.0), b"\xca\x3f\x80\0\0"),
    "nan": packed(game_with(float("nan"))),
    "an unhashable key": packed(game_with([0, 1]), [3, [0, 2], 1], [2]),
    "a key twice": packed(game_with([0, 1]), [3, "a", 1, "a", 2]),
    "a key without value": packed(game_with([0, 1]), [3, "a"]),
    "an enum that is not": packed(game_with([3, "Mood", "SAD"])),
    "an enum of no enum": packed(game_with([3, "Ball", "x"])),
    "a tuple of the wrong length": packed(game_with([2, "Point", 1])),
    "objects in an array": packed(game_with([0, 1]), [6, "|O", [1], "C", bytes(8)]),
    "an array of another length": packed(game_with([0, 1]), [6, "<i4", [2**31, 2**31], "C", b"1234"]),
    "an array without end": packed(game_with([0, 1]), [6, "<i4", [2**40, 0], "C", b""]),
    "a shape below 0": packed(game_with([0, 1]), [6, "<i4", [-1, -1], "C", b"1234"]),
    "a bool of 2": packed(game_with([0, 1]), [6, "|b1", [1], "C", b"\2"]),
    "characters beyond the last": packed(game_with([0, 1]), [6, "<U1", [1], "C", b"\xff\xff\xff\xff"]),
    "a dtype of code": packed(game_with([0, 1]), [6, "i4, O", [1], "C", bytes(12)]),
    "a deque that is shorter than it holds": packed(game_with([0, 1]), [4, 1, 1, 2]),
    "lists in lists in lists": packed(game_with(7))[:-1] + b"\x92\x01" * 5000 + b"\0",
    "trailing bytes": packed(EMPTY) + b"\0",
}


def test_bytes_that_save_would_write_are_taken_whoever_made_them():
    match = World(3)
    match.load(packed([0, "", "box", [0, 1]], [1, "Ball", "dx", 0, "dy", 0, "x", 5, "y", 0], tick=9, draws=4))
    assert (match.tick, match.random_draws(), vars(match)) == (9, 4, {"box": Ball(5, 0, 0, 0)})


def test_what_a_module_imports_from_other_packages_is_no_part_of_a_state():
    assert World._classes().by_name.keys() >= {"Ball", "Monster", "Mood", "Shot", "Point", "Square", "Box"}
    assert not World._classes().by_name.keys() & {"Popen", "deque", "Any", "PlainGame", "Enum"}


@pytest.mark.parametrize("what", STRANGE)
def test_bytes_that_save_would_not_write_are_refused_and_change_nothing(what):
    match = World(3)
    match.advance(random_inputs(World, 5, 1))
    before, things = match.save(), dict(vars(match))
    with pytest.raises(ValueError, match="not a state of this match"):
        match.load(STRANGE[what])
    assert match.save() == before and vars(match) == things
    with pytest.raises(ValueError):
        match.state_fields(STRANGE[what])


def test_a_state_of_a_plain_form_that_its_game_refuses_is_refused():
    game = type("Wide", (Holder,), {"forms": {pygame.Rect: (tuple, pygame.Rect)}})
    for form in ([1, 2, 3], "x", [1, [0, 0]]):
        with pytest.raises(ValueError, match="not a state"):
            game(1).load(packed(game_with([0, 1]), [7, "Rect", form]))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_state_is_refused_or_is_a_state(data):
    match = World(3)
    saved = bytearray(match.save())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(saved) - 1))
        saved[at] = data.draw(st.integers(0, 255))
    other = World(4)
    before = other.save()
    try:
        other.load(bytes(saved))
    except ValueError:
        assert other.save() == before
    else:
        assert other.save() == saved
