"""A toy game and recordings to fill libraries with. In a module of its own, because processes that index have to import it."""

from __future__ import annotations

import os
from types import MappingProxyType

import numpy as np
from toys import Counter, CounterMatch, random_inputs

from replay import Recorder, UnverifiableError
from replay.read.projection import Fold
from replay.read.readmodel import Table

NAMES = ("Ann", "Ben", "Cem", "Zoë")


class Presses(Fold):
    name = "presses"
    version = 1

    def __init__(self, match, names):
        self.names = list(names)
        self.presses = np.zeros(len(names), np.int64)

    def observe(self, events, match):
        np.add.at(self.presses, events["actor"][events["kind"] == 0], 1)

    def result(self):
        rows = [{"name": name, "presses": int(count)} for name, count in zip(self.names, self.presses, strict=True)]
        return Table(rows, player="name")


class RaceMatch(CounterMatch):
    """The counter with a winner: who has the largest sum."""

    def result(self):
        sums = [int(value) for value in self.state["players"]["sum"][0]]
        best = max(sums)
        return {"winners": [seat for seat, value in enumerate(sums) if value == best], "reason": "sum" if best > 0 else "nothing"}


class Race(Counter):
    name = "race"
    match = RaceMatch
    projections = MappingProxyType({"presses": Presses})


RACE = Race()


def find(name):
    if name != RACE.name:
        raise UnverifiableError(f"needs the game {name!r}, which is not installed")
    return RACE


_made: dict[tuple[int, int], bytes] = {}


def fill(folder, count, ticks=150):
    """`count` recordings of different players, seeds and settings; their paths."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:03}.replay" for number in range(count)]
    for number, path in enumerate(paths):
        if (number, ticks) in _made:
            path.write_bytes(_made[number, ticks])
            continue
        names = [NAMES[(number + seat) % len(NAMES)] for seat in range(2)]
        rows = random_inputs(RACE, ticks + number, 2, number)
        with Recorder(path, RACE, seed=number, players=names, config={"map": ("plaza", "duel")[number % 2]}) as recorder:
            for row in rows:
                recorder.step(row)
        _made[number, ticks] = path.read_bytes()
    return paths


def dump(library):
    """All that a library holds, whatever numbers the rows have got: what two libraries of the same files must agree on."""
    import sqlalchemy as sa

    from replay.find.library.registry import facts_of
    from replay.find.library.tables import configs, files, players, recordings, settings, words

    with library._engine.connect() as connection:
        text = dict(connection.execute(sa.select(words.c.id, words.c.text)).all())
        identity = dict(connection.execute(sa.select(recordings.c.id, recordings.c.identity)).all())
        config = dict(connection.execute(sa.select(configs.c.id, configs.c.config)).all())
        held = {}
        for table in (recordings, files, players):
            rows = []
            for row in connection.execute(sa.select(table)).mappings():
                facts = {name: text.get(value) if name.endswith("_id") else value for name, value in row.items()}
                facts["recording_id"] = identity.get(row.get("recording_id"))
                facts |= {"config_id": config.get(row.get("config_id")), "id": None, "verified_by_id": None}
                rows.append(tuple(sorted(facts.items())))
            held[table.name] = sorted(rows, key=repr)
        held |= searchable(connection, identity)
        held["facts"] = sorted((name, repr(facts_of(connection, number))) for number, name in identity.items())
        names = ((config[row[0]], text[row[1]], text[row[2]]) for row in connection.execute(sa.select(settings)))
        held["settings"] = sorted(names)
    return held


def searchable(connection, identity):
    """All numbers and events that can be searched for, with their matches' names and in their order."""
    from replay.find.library.blocks import Searchable
    from replay.find.library.words import Vocabulary

    there, known = Searchable(connection), Vocabulary.read(connection)
    items = {number: text for text, number in known.of("item").items()} | {0: None}
    numbers, events = [], []
    for text, name in known.of("number").items():
        for match, *row in zip(*(column.tolist() for column in there.numbers([name])), strict=True):
            numbers.append((identity[match], text, *row))
    for text, kind in known.of("kind").items():
        for match, tick, place, actor, target, item, *amount in zip(*map(list, there.events([kind])), strict=True):
            events.append((identity[match], int(tick), int(place), text, int(actor), int(target), items[item], *map(int, amount)))
    return {"replay_numbers": sorted(numbers), "replay_events": sorted(events)}


def index_in_child(location, root, folder):
    """Fork a process that indexes `folder`; its number."""
    child = os.fork()
    if child:
        return child
    try:
        from replay.find.library import Library

        with Library(location, root, find) as library:
            for _ in library.index([folder]):
                pass
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        os._exit(1)


def race_and_kill(location, root, folder, rounds, seed):
    """Round by round: an empty library, two processes index `folder` at once, one of them is killed at a random moment, the other
    one ends; then the library must hold everything once. Prints what was wrong; exits 0 if nothing was."""
    import random
    import signal
    import sys
    import time
    from pathlib import Path

    from replay.find.library import Library
    from replay.find.library.database import writing
    from replay.find.library.registry import remove
    from replay.find.library.tables import files

    chance, expected, longest, killed = random.Random(seed), None, 0.3, 0
    for number in range(rounds + 1):
        with Library(location, root, find) as library, writing(library._engine) as connection:
            remove(connection, [path for (path,) in connection.execute(files.select().with_only_columns(files.c.path))])
        start = time.monotonic()
        first = index_in_child(location, root, Path(folder))
        if number == 0:  # alone: this is what the library has to be, and how long it takes
            assert os.waitpid(first, 0)[1] == 0
            longest = time.monotonic() - start
        else:
            second = index_in_child(location, root, Path(folder))
            time.sleep(chance.uniform(0, longest))
            os.kill(first, signal.SIGKILL)
            killed += os.WIFSIGNALED(os.waitpid(first, 0)[1])
            assert os.waitpid(second, 0)[1] == 0
        with Library(location, root, find) as library:
            held = dump(library)
        expected = expected or held
        if held != expected:
            sys.exit(f"round {number}: the library is not what one process alone makes of the folder")
    assert len(expected["replay_recordings"]) > 1
    print(f"{killed} of {rounds} killed at work")
