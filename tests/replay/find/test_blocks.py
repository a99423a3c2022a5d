"""What can be searched for lies in blocks of columns: it is what was put in, whatever was gathered, joined and taken out since."""

import random

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from native_toy import INPUT, TOY
from shelf import dump, fill, find

from replay import Playback, Recorder, Recording
from replay.core.verify import verify_open
from replay.find.library import Library, blocks
from replay.find.library.columns import pack, unpack
from replay.find.library.database import writing
from replay.find.library.facts import Facts
from replay.find.library.tables import columns, fresh, stale

NAMES, KINDS, SEATS = (1, 2, 3), (4, 5), 3
FIELDS = ("tick", "place", "actor", "target", "item", "amount", "has_amount")


@given(st.lists(st.integers(-(2**63), 2**63 - 1)), st.lists(st.floats(allow_nan=False)))
def test_columns_come_out_as_they_went_in(whole, floats):
    arrays = [np.array(whole, np.int64), np.array(floats, np.float64)]
    for at, array in enumerate(arrays):
        (again,) = unpack(pack(arrays), [at])
        assert again.astype(array.dtype).tobytes() == array.tobytes()


def test_columns_that_are_none_are_refused(monkeypatch):
    with pytest.raises((ValueError, EOFError)):
        unpack(pack([np.arange(100)])[:-5], [0])
    with pytest.raises(ValueError, match="none"):
        unpack(pack([np.arange(3), np.arange(4)]), [0, 1])
    monkeypatch.setattr("replay.find.library.columns._MOST_BYTES", 99)
    with pytest.raises(ValueError, match="none"):
        unpack(pack([np.arange(100)]), [0])


def made_up(chance):
    """Numbers and events of a match: rows as they are put in, and dicts as they come out."""
    numbers = [(name, seat, chance.choice([0.0, 3.0, 0.25, -7.125, 1 / 3])) for name in NAMES for seat in range(SEATS)]
    numbers = [row for row in numbers if chance.random() < 0.8]
    ticks = sorted(chance.choices(range(9), k=chance.randrange(12)))
    whats = [
        (
            chance.choice(KINDS),
            *(chance.choice([None, 0, 2]) for _ in range(2)),
            chance.choice([None, 9]),
            chance.choice([None, -5, 2**40]),
        )
        for _ in ticks
    ]
    return numbers, list(blocks.placed(zip(ticks, whats, strict=True)))


def held_by(connection):
    """By match: numbers and events, as they are read."""
    there = blocks.Searchable(connection)
    held = {}
    for name in NAMES:
        its = there.numbers([name])
        for match, seat, value in zip(*(column.tolist() for column in its), strict=True):
            held.setdefault(match, ([], []))[0].append((name, seat, value))
    both = there.events(KINDS)
    order = [(match, tick, place) for match, tick, place in zip(*(column.tolist() for column in both[:3]), strict=True)]
    assert order == sorted(order) and len(set(order)) == len(order)
    for kind in KINDS:
        for match, *row in zip(*(column.tolist() for column in there.events([kind])), strict=True):
            tick, place, actor, target, item, amount, has_amount = row
            who = (None if seat < 0 else seat for seat in (actor, target))
            held.setdefault(match, ([], []))[1].append((kind, tick, place, *who, item or None, amount if has_amount else None))
    return {match: (sorted(numbers), sorted(events, key=lambda row: row[1:3])) for match, (numbers, events) in held.items()}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_there_is_what_was_put_in_and_not_taken_out(location, tmp_path, monkeypatch, seed):
    monkeypatch.setattr(blocks, "FRESH_MATCHES", 3)
    monkeypatch.setattr(blocks, "BLOCK_MATCHES", 8)
    chance, expected, shapes = random.Random(seed), {}, set()
    with Library(location, tmp_path, find) as library:
        for number in range(60):
            with writing(library._engine) as connection:
                if expected and chance.random() < 0.3:
                    match = chance.choice(list(expected))
                    blocks.take_out(connection, match)
                    del expected[match]
                else:
                    match = chance.choice([number + 1, *({*range(number)} - expected.keys() - {0})])  # a new one, or one again
                    numbers, events = made_up(chance)
                    blocks.put_in(connection, match, numbers, events)
                    expected[match] = (sorted(numbers), events)
                if chance.random() < 0.5:
                    blocks.gather(connection)
                assert held_by(connection) == {match: each for match, each in expected.items() if any(each)}
                there = blocks.Searchable(connection)
                some = chance.choice(list(expected) or [1])
                assert set(there.numbers(NAMES, (some, some)).recording.tolist()) <= {some}
                counts = [connection.scalar(sa.select(sa.func.count()).select_from(each)) for each in (fresh, blocks.blocks, stale)]
                shapes.add(tuple(map(bool, counts)))
                assert counts[1] <= 60 / 4 and counts[2] <= 60
    assert (True, True, True) in shapes  # all three were read at once


def test_a_library_in_blocks_finds_what_one_without_finds(location, tmp_path, monkeypatch):
    paths = fill(tmp_path / "shelf", 8)
    answers = []
    for size in (256, 3):
        monkeypatch.setattr(blocks, "FRESH_MATCHES", size)
        monkeypatch.setattr("replay.find.library.working._BATCH", 3)
        with Library(location, tmp_path, find) as library:
            assert len(list(library.index(paths, rebuild=True))) == 8
            with library._engine.connect() as connection:
                count = connection.scalar(sa.select(sa.func.count()).select_from(columns))
            assert (count > 0) == (size == 3)
            searches = ("presses>=70", "-presses>=70", "player:Ann presses>=70", "presses<60 map:duel", "presses=0")
            found = [[entry.path.name for entry in library.find(search, sort="-presses")] for search in searches]
            moments = [
                library.moments(kind=kind, role=role, at_least=3, within_seconds=1)
                for kind in ("press", "luck")
                for role in (None, "actor")
            ]
            answers.append((dump(library), found, moments))
    assert answers[0] == answers[1] and all(map(len, answers[0][1][:3]))


def test_facts_are_kept_whatever_they_are():
    cells = np.array([[0, 0, 5], [0, -1, 0]])
    data = {"map": cells, "texts": ["0,0,0,0", "\ud800", {"é": None}], "numbers": [1.5, -(2**63), True]}
    facts = Facts.of(Facts({"winners": [1]}, {"a": (1, data), "empty": (2, np.zeros((0, 4), np.int64))}).plain())
    assert facts.result == {"winners": [1]}
    assert facts.projections == {"a": (1, {**data, "map": cells.tolist()}), "empty": (2, [])}
    large = {"number": 2**70, "map": cells}
    assert Facts.of(Facts({}, {"a": (1, large)}).plain()).projections["a"] == (1, {**large, "map": cells.tolist()})
    for nonsense in (
        b"",
        b"\x91\x01",
        b"\xc1",
        Facts({}, {"a": (1, np.zeros((1, 1)))}).plain().replace(b"\x92\x01\x01", b"\x92\xce\x7f", 1),
    ):
        with pytest.raises(ValueError):
            Facts.of(nonsense)


@pytest.mark.parametrize("ticks", [49, 50, 1234])
def test_who_watches_a_verification_sees_what_a_playback_shows_second_by_second(tmp_path, ticks):
    chance = np.random.default_rng(ticks)
    with Recorder(tmp_path / "toy.replay", TOY, seed=3, players=["a", "b"]) as recorder:
        for _ in range(ticks):
            row = np.zeros(2, INPUT)
            row["push"], row["jump"] = chance.integers(-90, 90, 2), chance.integers(0, 40, 2) == 0
            recorder.step(row)
    seen = []
    with Recording(tmp_path / "toy.replay") as recording:
        verification = verify_open(
            recording, TOY, lambda match: (lambda events, match: seen.append((events.tobytes(), match.save())), None)
        )
        playback, shown = Playback(TOY, recording), []
        while not playback.at_end:
            shown.append((playback.step(50 - playback.tick % 50).tobytes(), playback.match.save()))
        assert verification.is_ok and verification.final_hash == playback.simulation.hash()
    assert seen == shown and any(events for events, _ in seen)
