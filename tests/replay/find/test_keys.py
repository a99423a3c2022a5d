"""Keys that no two matches may share: of those who ask for one at once, one gets it, and the others write nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from damage import record
from patience import PATIENCE_SECONDS, soon
from shelf import RACE
from toys import random_inputs

from replay import Recorder, UsageError
from replay.find.library import KeyTakenError, Library
from replay.find.library.tables import keys

HERE = Path(__file__).parents[1]


class Ranked(type(RACE)):
    """One match for each pair of players."""

    name = "ranked"

    def unique_keys(self, players, config, created_ms):
        return ["pair " + " ".join(sorted(player.name for player in players))] if config.get("ranked") else []


RANKED = Ranked()
CONFIG = {"map": "duel", "ranked": 1}


@pytest.fixture
def library(location, tmp_path):
    with Library(location, tmp_path, lambda name: RANKED) as library:
        yield library


def play(path, names=("Ann", "Ben"), config=CONFIG, seed=1):
    with Recorder(path, RANKED, seed=seed, players=list(names), config=config) as recorder:
        for row in random_inputs(RANKED, 30, 2, seed):
            recorder.step(row)
    return path


def reserved(library):
    with library._engine.connect() as connection:
        return connection.execute(sa.select(keys.c.key, keys.c.recording_id.is_not(None))).all()


def test_a_key_is_reserved_then_kept_and_nobody_else_gets_it(library, tmp_path):
    with library.reserve(RANKED, ["Ann", "Ben"], CONFIG) as reservation:
        with pytest.raises(KeyTakenError, match="pair Ann Ben"):
            library.reserve(RANKED, ["Ben", "Ann"], CONFIG)
        assert reserved(library) == [("pair Ann Ben", False)]
        assert reservation.keep(play(tmp_path / "a.replay")).verdict == "ok"
    assert reserved(library) == [("pair Ann Ben", True)]
    with pytest.raises(KeyTakenError):
        library.reserve(RANKED, ["Ann", "Ben"], CONFIG)
    with library.reserve(RANKED, ["Ann", "Cem"], CONFIG), library.reserve(RANKED, ["Ann", "Ben"], {"map": "duel"}):
        pass  # other keys, or none


def test_what_is_not_kept_is_released(library):
    with pytest.raises(ZeroDivisionError), library.reserve(RANKED, ["Ann", "Ben"], CONFIG):
        raise ZeroDivisionError
    assert not reserved(library)
    library.reserve(RANKED, ["Ann", "Ben"], CONFIG, seconds=-1)  # by a process that was killed some time ago
    with library.reserve(RANKED, ["Ann", "Ben"], CONFIG):
        assert len(reserved(library)) == 1


def test_a_match_that_took_no_reservation_is_refused_and_in_no_list(library, tmp_path):
    library.add(play(tmp_path / "a.replay"))
    second = play(tmp_path / "b.replay", seed=2)
    with pytest.raises(KeyTakenError, match="pair Ann Ben"):
        library.add(second)
    (outcome,) = library.index([second])
    assert outcome.status == "refused" and "pair Ann Ben" in outcome.message
    assert [entry.path.name for entry in library.find()] == ["a.replay"]
    with library.reserve(RANKED, ["Ann", "Cem"], CONFIG), pytest.raises(KeyTakenError):
        library.add(play(tmp_path / "c.replay", names=("Ann", "Cem")))
    library.forget(tmp_path / "a.replay")
    assert not reserved(library)
    assert library.add(second).verdict == "ok"


def test_of_files_that_are_entered_together_only_the_refused_one_is_left_out(library, tmp_path):
    paths = [play(tmp_path / "a.replay"), play(tmp_path / "b.replay", seed=2), play(tmp_path / "c.replay", names=("Ann", "Cem"))]
    assert [outcome.status for outcome in library.index(paths)] == ["new", "refused", "new"]
    assert {entry.path.name for entry in library.find()} == {"a.replay", "c.replay"}


def test_a_game_that_gives_no_texts_is_told(library, monkeypatch):
    monkeypatch.setattr(Ranked, "unique_keys", lambda self, players, config, created_ms: [1])
    with pytest.raises(UsageError, match="unique_keys gives texts"):
        library.reserve(RANKED, ["Ann", "Ben"], CONFIG)


def test_a_game_without_keys_reserves_nothing(library, tmp_path):
    with library.reserve(RACE, ["Ann", "Ben"], {}):
        assert not reserved(library)
    record(tmp_path / "plain.replay", RACE)
    assert library.add(tmp_path / "plain.replay")


def contend(location, root, who, count, processes):
    """What each of several processes does at once: the same pairs, in another order. Notes those that it got."""
    import random

    (Path(root) / f"ready-{who}").touch()
    assert soon(lambda: len(list(Path(root).glob("ready-*"))) == int(processes))
    order = list(range(int(count)))
    random.Random(who).shuffle(order)
    with Library(location, root, lambda name: RANKED) as library:
        for number in order:
            names = (f"A{number}", f"B{number}")
            try:
                with library.reserve(RANKED, names, CONFIG) as reservation:
                    reservation.keep(play(Path(root) / f"{number}-{who}.replay", names, seed=int(who)))
            except KeyTakenError:
                continue
            with (Path(root) / f"got-{who}").open("a") as file:
                print(number, file=file)


def gained(path):
    return path.read_text().split() if path.exists() else []


@pytest.mark.slow
def test_of_several_processes_each_key_goes_to_one_and_losers_write_nothing(location, tmp_path):
    processes, count = 4, 25
    script = "import sys; sys.path.insert(0, sys.argv[1]); import test_keys; test_keys.contend(*sys.argv[2:])"
    places = [str(Path(__file__).parent), str(HERE), str(HERE.parent), str(HERE.parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, places[0], location, str(tmp_path), str(who), str(count), str(processes)],
            env=environment,
        )
        for who in range(processes)
    ]
    assert [process.wait(2 * PATIENCE_SECONDS) for process in started] == [0] * processes
    got = [(int(line), who) for who in range(processes) for line in gained(tmp_path / f"got-{who}")]
    assert sorted(number for number, _ in got) == list(range(count))
    written = sorted(path.name for path in tmp_path.glob("*.replay"))
    assert written == sorted(f"{number}-{who}.replay" for number, who in got)
    with Library(location, tmp_path, lambda name: RANKED) as library:
        assert sorted(entry.path.name for entry in library.find()) == written and len(reserved(library)) == count
