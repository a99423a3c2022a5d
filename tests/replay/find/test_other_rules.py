"""Recordings of older rules are judged and counted by these rules, in another process, as if they had been indexed there."""

import io
import json
import math
import sys

import pytest
from damage import record
from shelf import RACE, Presses, Race, dump, fill, find
from user_repository import Repository

from replay import ReplayError, UnverifiableError
from replay.core.errors import MachineError
from replay.find.library import Library, elsewhere
from replay.prove.reference import Reference, reference, remote

RULES = """
from typing import NamedTuple

from replay import PlainGame
from replay.read.readmodel import Table
from mine import GOLD


class Purse:
    name, version = "purse", 3

    def __init__(self, match, names):
        self.names, self.gold = names, [0] * len(names)

    def observe(self, events, match):
        for tick, kind, data in events:
            self.gold[data["actor"]] += data["amount"]

    def result(self):
        return Table([{"name": name, "purse": gold} for name, gold in zip(self.names, self.gold)], player="name")


class Held(NamedTuple):
    left: bool = False
    right: bool = False


class Walk(PlainGame):
    players, Input, event_kinds, unindexed_kinds = 2, Held, ("gold", "step"), ("step",)
    projections = {"purse": Purse}

    @staticmethod
    def unique_keys(players, config, created_ms):
        return [f"{players[0].name} {created_ms}"]

    def start(self, config):
        self.x, self.gold = [0, 0], [0, 0]

    def step(self, inputs):
        for player, held in enumerate(inputs):
            self.x[player] += held.right - held.left
            self.emit("step", actor=player, amount=0)
            if held.right and self.x[player] % 3 == 1:
                self.gold[player] += GOLD
                self.emit("gold", actor=player, item=["coin", "bar"][player], amount=GOLD)

    def result(self):
        return {"winners": [int(self.gold[1] > self.gold[0])], "reason": "gold"}
"""
RULES_2 = RULES.replace("    players, Input", "    rules = 2\n    players, Input")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A recording by rules 1, indexed by these; and one that does not agree with them. Here, by now, are rules 2."""
    repository = Repository(tmp_path_factory.mktemp("user") / "project", RULES)
    repository.commit(5)
    (repository.folder / "shelf").mkdir()
    record = ["record", "walk:Walk", "--random", "150", "--player", "Ann", "--player", "Ben", "--seed"]
    assert repository.replay(*record, "3", "-o", "shelf/3.replay")[0] == 0
    code, out = repository.replay("index", "shelf", "--library", "there.sqlite")
    assert code == 0 and "1 new" in out, out
    (repository.folder / "src" / "mine.py").write_text("GOLD = 6\n")
    assert repository.replay(*record, "5", "-o", "shelf/5.replay")[0] == 0
    (repository.folder / "src" / "walk.py").write_text(RULES_2)
    repository.commit(7)
    return repository


def held(repository, name):
    """What a library holds of the recording that agrees, and the entries of all."""
    with Library(repository.folder / name) as library:
        held, entries = dump(library), library.find(sort="file")
        names = ("facts", "replay_numbers", "replay_events", "replay_players", "replay_recordings")
        return {name: [row for row in held[name] if entries[0].identity in repr(row)] for name in names}, entries


def test_they_are_in_the_library_as_if_they_had_been_indexed_by_their_own_rules(repository):
    expected, (there,) = held(repository, "there.sqlite")
    index = ["index", "shelf", "--library", "here.sqlite"]
    code, out = repository.replay(*index)
    assert code == 0 and out.count("unverifiable: needs walk rules 1; installed: walk rules 2") == 2
    code, out = repository.replay(*index, "--reference", "recorded")
    assert "2 updated" in out and out.count("diverged: ") == 1, out
    found, (here, other) = held(repository, "here.sqlite")
    assert found == expected and len(found["replay_events"]) > 10 and "purse=3" in repr(found["replay_recordings"])
    assert (here.verdict, here.winners, here.outcome) == (there.verdict, there.winners, there.outcome) and there.verdict == "ok"
    assert other.verdict == "diverged" and not other.winners
    assert "2 known" in repository.replay(*index, "--reference", "recorded")[1]  # nobody is asked again
    assert "2 known" in repository.replay(*index)[1]
    assert held(repository, "here.sqlite") == (found, [here, other])  # and there they stay


# --- what comes back is data ---

GOOD = {
    "rules": ["race", 1],
    "verdict": "ok",
    "message": "",
    "versions": {"presses": 1},
    "counted": {
        "result": {"winners": [0], "reason": "sum"},
        "projections": {"presses": [1, {"players": [{"name": "Ann", "presses": 3}, {"name": "Ben", "presses": 4}]}, True]},
        "events": [[0, "press", 0, None, "coin", 3], [9, "luck", 1, 0, None, None]],
        "keys": ["Ann"],
    },
}


class Told:
    """A reference that says what a test wants."""

    def __init__(self, told):
        self._told = told

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def of(self, recording, game):
        return self

    def facts(self, path):
        if isinstance(self._told, Exception):
            raise self._told
        return self._told


def gone(name):
    raise UnverifiableError(f"needs {name}")


@pytest.fixture
def indexed(tmp_path, monkeypatch):
    """A function: index a recording whose game is not here by a reference that says so, and give its entry and the library."""
    (path,) = fill(tmp_path / "shelf", 1, ticks=80)

    def index(told):
        monkeypatch.setattr(elsewhere, "References", lambda named: Told(told))
        library = Library(tmp_path / "library.sqlite", find_game=gone)
        (outcome,) = library.index([path], reference="anything")
        with library:
            return outcome, library.find()[0], dump(library)

    return index


def changed(path, value):
    """GOOD with another value at a path."""
    copy = {**GOOD, "counted": dict(GOOD["counted"])}
    there = copy
    for name in path[:-1]:
        there = there[name]
    there[path[-1]] = value
    return copy


def test_what_a_reference_says_is_taken_if_it_can_be(indexed):
    outcome, entry, held = indexed(GOOD)
    assert (outcome.status, outcome.verdict, entry.winners, entry.outcome) == ("new", "ok", ("Ann",), "sum")
    assert len(held["replay_events"]) == 2 and len(held["replay_numbers"]) == 2 and RACE.name in repr(held["replay_recordings"])


EVENTS, PROJECTIONS = ("counted", "events"), ("counted", "projections")


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {name: value for name, value in GOOD.items() if name != "versions"},
        changed(("verdict",), "splendid"),
        changed(("verdict",), ["ok"]),
        changed(("message",), "x" * 5000),
        changed(("message",), "\ud800"),
        changed(("rules",), ["race"]),
        changed(("versions",), {"two words": 1}),
        changed(("versions",), {"presses": "1"}),
        changed(("counted",), []),
        changed(("counted", "result"), [1]),
        changed(("counted", "keys"), [1]),
        changed(EVENTS, {}),
        changed(EVENTS, [[0, "press"]]),
        changed(EVENTS, [[-1, "press", 0, 0, None, 0]]),
        changed(EVENTS, [[80, "press", 0, 0, None, 0]]),
        changed(EVENTS, [[0, 7, 0, 0, None, 0]]),
        changed(EVENTS, [[0, "press", 0, 0, "x" * 300, 0]]),
        changed(EVENTS, [[0, "press", 0, 0, "\udfff", 0]]),
        changed(PROJECTIONS, {"presses": [1, {"players": 3}, True]}),
        changed(PROJECTIONS, {"presses": [1, {"players": [3, 4]}, True]}),
        changed(PROJECTIONS, {"presses": [-1, {}, False]}),
        changed(PROJECTIONS, {"presses": [1, {"players": [{"presses": 10**400}, {}]}, True]}),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_it_is_kept(indexed, told):
    outcome, entry, held = indexed(told)
    assert outcome.verdict == entry.verdict == "unverifiable" and "the reference says what cannot be: " in outcome.message
    assert not held["replay_events"] and not held["replay_numbers"] and not entry.winners


def test_seats_and_amounts_that_no_match_has_are_left_out(indexed):
    outcome, _, held = indexed(changed(EVENTS, [[0, "press", 9, "x", 7, math.inf], [1, "press", True, 1, None, 10**30]]))
    assert outcome.verdict == "ok" and len(held["replay_events"]) == 2
    assert not any("10000000000" in repr(row) or "inf" in repr(row) for row in held["replay_events"])


def test_a_machine_that_fails_there_is_no_verdict_and_asked_again(indexed):
    assert indexed(MachineError("no memory"))[0].verdict == "environment"
    assert indexed(GOOD)[0].verdict == "ok"


def test_rules_that_are_not_those_of_the_recording_either_are_named(indexed):
    assert indexed(changed(("rules",), ["race", 2]))[0].message == (
        "needs race rules 1; the reference has race rules 2; name the revision or environment that has them"
    )


class Race2(Race):
    rules = 2


@pytest.mark.parametrize(
    ("named", "words"),
    [("nothing-such", "is no interpreter, and no revision of"), ("/nowhere/python", "--reference takes the path of a Python")],
)
def test_a_reference_that_is_none_is_said_with_what_to_do(tmp_path, named, words):
    paths = fill(tmp_path / "shelf", 1, ticks=80)
    with Library(tmp_path / "library.sqlite", find_game=lambda name: Race2()) as library:
        (outcome,) = library.index(paths, reference=named)
        assert outcome.verdict == "unverifiable" and words in outcome.message
        assert [each.status for each in library.index(paths)] == ["known"]
        assert [each.status for each in library.index(paths, reference=named)] == ["known"]  # asked again, and no wiser


def test_a_recording_elsewhere_is_not_handed_to_a_version_that_may_know_no_urls(tmp_path):
    memory = pytest.importorskip("fsspec", reason="needs fsspec: pip install 'deterministic-replay[cluster]'").filesystem("memory")
    (path,) = fill(tmp_path / "shelf", 1, ticks=80)
    memory.pipe("/other-rules/a.replay", path.read_bytes())
    with Library(tmp_path / "library.sqlite", find_game=lambda name: Race2()) as library:
        (outcome,) = library.index(["memory://other-rules/a.replay"], reference=sys.executable)
    assert outcome.verdict == "unverifiable" and outcome.message.endswith("copy it to a file first")


def test_every_process_that_indexes_asks_the_reference(tmp_path, monkeypatch):
    monkeypatch.setattr("replay.find.library.working._BATCH", 1)
    for number in range(2):
        record(tmp_path / f"{number}.replay", ticks=20)  # of a game that `find` does not know, nor the other environment
    with Library(tmp_path / "library.sqlite", find_game=find) as library:
        outcomes = list(library.index([tmp_path], jobs=2, reference=sys.executable))
    assert len(outcomes) == 2 and all(f"the reference {sys.executable} says: " in outcome.message for outcome in outcomes)


def told_of(path, game, monkeypatch):
    """What the other process says of a recording, asked in this one."""
    monkeypatch.setattr("replay.find_game", lambda name: game, raising=False)
    answers = io.BytesIO()
    remote.facts({"path": str(path)}, answers)
    head, _, rest = answers.getvalue().partition(b"\n")
    assert head == b"{}" and int.from_bytes(rest[:8], "little") == len(rest) - 8
    return json.loads(rest[8:])


def test_a_projection_that_stumbles_over_a_match_costs_the_facts_alone(tmp_path, monkeypatch, indexed):
    class Stumbling(Presses):
        def result(self):
            raise KeyError("presses")

    class Unsteady(Race):
        projections = {"presses": Stumbling}  # noqa: RUF012

    (path,) = fill(tmp_path / "one", 1, ticks=80)
    told = told_of(path, Unsteady(), monkeypatch)
    assert told["counted"] is None and told["verdict"] == "ok"
    outcome, _, held = indexed(told)
    assert outcome.verdict == "ok" and not held["replay_events"] and "presses=1" in repr(held["replay_recordings"])


def test_numbers_in_records_are_told_by_the_names_that_the_game_has_for_them(tmp_path, monkeypatch):
    class Named(Race):
        event_names = {"actor": ("Ann",)}  # noqa: RUF012
        unindexed_kinds = ("luck",)

    (path,) = fill(tmp_path / "one", 1, ticks=80)
    events = told_of(path, Named(), monkeypatch)["counted"]["events"]
    assert {actor for _, _, actor, *_ in events} == {"Ann", 1} and {kind for _, kind, *_ in events} == {"press"}


def test_a_machine_that_fails_while_it_counts_is_told(tmp_path, monkeypatch):
    class Full(Presses):
        def observe(self, events, match):
            raise MemoryError

    class Heavy(Race):
        projections = {"presses": Full}  # noqa: RUF012

    (path,) = fill(tmp_path / "one", 1, ticks=80)
    with pytest.raises(MemoryError):
        told_of(path, Heavy(), monkeypatch)


def test_more_facts_than_are_taken_are_refused(tmp_path, monkeypatch):
    (path,) = fill(tmp_path / "shelf", 1, ticks=80)
    with Reference(None) as asked:
        monkeypatch.setattr(reference, "_MAX_FACTS_BYTES", 10)
        monkeypatch.setattr(asked, "ask", lambda line: b"{}\n")
        monkeypatch.setattr(asked, "read", lambda size: (11).to_bytes(8, "little"))
        with pytest.raises(ReplayError, match="11 bytes, more than the 10 that are taken"):
            asked.facts(path)
