"""The kit with games that can do more, and less; and a planted bug for each check that came with the levels."""

import copy
import datetime
import os
import random
import sys
import time

import games
import numpy as np
import pytest
import xxhash
from games import Level, Walk, inputs_for, mixed
from toys import COUNTER, Counter, CounterMatch

from replay.core.happened import folded_on, hashed_by_tick
from replay.prove.conformance import CHECKS, check_game

LOADING = {"save-load-save", "load-run-on", "rollback"}
OWN = {"checkpoint", "trace", "prove"}


class Dear(Level):
    name = "dear"
    proof_ticks = 15

    class match(Walk):  # noqa: N801
        """A proof and a save that are not the same."""

        def proof(self):
            return self.save()[:12]


def skipped(game, **options):
    report = check_game(game, ticks=130, **options)
    assert report.is_ok, report
    return set(report.skipped), report


@pytest.mark.parametrize(
    ("game", "missing", "level"),
    [
        (games.Varying(), OWN, 2),
        (games.Floats(), OWN, 2),
        (games.NoLoad(), OWN | LOADING, 1),
        (games.ProofOnly(), OWN | LOADING, 1),
        (games.Handles(), {"trace", "prove"} | LOADING, 1),
        (games.CommandsOnly(), OWN | {"nonsense-inputs"}, 2),
        (games.RowsAndCommands(), OWN, 2),
        (Dear(), OWN, 2),
        (games.ListEvents(), OWN, 2),
        (games.Silent(), OWN, 2),
        (COUNTER, OWN, 3),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_a_game_of_any_level_is_checked_as_far_as_it_goes_and_told_what_the_next_level_brings(game, missing, level):
    checks, report = skipped(game)
    assert checks == missing and set(report.passed) == set(CHECKS) - missing
    assert report.level == level and str(report).splitlines()[-1].startswith(f"level {level}: ")


def test_what_would_bring_more_is_named():
    def last(game):
        return str(check_game(game, ticks=60)).splitlines()[-1]

    assert last(games.ProofOnly()).endswith("`save()` and `load()` would bring snapshots, seeking and branches")
    assert last(games.NoLoad()).endswith("tick 0; `load()` would bring snapshots, seeking and branches")
    assert "`state_dtype` would bring differences by field" in last(games.Varying())


def test_the_reason_is_said_where_a_check_is_skipped():
    _, report = skipped(games.ProofOnly())
    assert report.skipped["rollback"] == "the match has no save() and no load()"
    assert report.skipped["trace"] == "the match has no trace()"
    assert "takes no rows" in skipped(games.CommandsOnly())[1].skipped["nonsense-inputs"]


# --- a game's own inputs ---


class Legal(Level):
    """Takes only whole moves that lead somewhere else, and says which."""

    name = "legal"
    input_dtype = None

    class match(Walk):  # noqa: N801
        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.moves = 0

        def take(self, row, commands):
            for player, data in commands:
                if data != [self.moves % 64, "to"]:
                    raise ValueError("illegal move")
                self.moves += 1
                self.value = mixed(self.value, player, self.moves)

        def save(self):
            return super().save() + self.moves.to_bytes(4, "little")

        def load(self, saved):
            if len(saved) != 20:
                raise ValueError("not a state")
            super().load(saved[:16])
            self.moves = int.from_bytes(saved[16:], "little")

    def inputs(self, match, rng):
        return None, [(int(rng.integers(match.players)), [match.moves % 64, "to"])] if rng.random() < 0.5 else []


def test_a_game_s_own_inputs_are_legal_moves():
    _, report = skipped(Legal())
    assert not report.notes
    silent = Legal()
    silent.inputs = None
    assert "it takes commands, and none was tried" in skipped(silent)[1].notes[0]


def test_recorded_commands_can_be_given():
    rows = np.zeros((50, 2), games.KEYS)
    commands = [
        (tick, player, data) for tick, (_, said) in enumerate(inputs_for(games.RowsAndCommands(), 50)) for player, data in said
    ]
    assert commands and not skipped(games.RowsAndCommands(), inputs=rows, commands=commands)[1].notes[2:]


class WrongRows(Level):
    def inputs(self, match, rng):
        return np.zeros(2, "<i4")


class Drawing(Legal):
    """To ask for a move makes one."""

    def inputs(self, match, rng):
        match.value += 1
        return None, []


def only(game, check, **options):
    report = check_game(game, **{"ticks": 130, **options})
    messages = {finding.check: str(finding) for finding in report.findings}
    assert check in messages, report
    return messages[check]


def test_inputs_that_cannot_be_recorded_or_change_the_match_are_named():
    assert "inputs have the dtype" in only(WrongRows(), "contract")
    assert "the state changed when inputs() was called" in only(Drawing(), "reading")


# --- planted bugs: trace() ---


class Tracing(CounterMatch):
    def trace(self, rows, states):
        parts, ends, count = [], [], 0
        for at, row in enumerate(rows):
            self.note(states, at, "before")
            parts.append(self.advance(row[None]))
            self.note(states, at, "after")
            count += len(parts[-1])
            ends.append(self.end(count, len(parts[-1])))
        return self.joined(parts), np.array(ends)

    def note(self, states, at, when):
        if when == "after":
            states[at] = np.frombuffer(self.save(), np.uint8)

    def end(self, count, of_tick):
        return count

    def joined(self, parts):
        return np.concatenate(parts)


class TracesEarly(Tracing):
    def note(self, states, at, when):
        if when == "before":
            states[at] = np.frombuffer(self.save(), np.uint8)


class TracesAllButTheLast(Tracing):
    def note(self, states, at, when):
        if when == "after" and at < max(len(states) - 1, 1):
            states[at] = np.frombuffer(self.save(), np.uint8)


class CountsEvents(Tracing):
    def end(self, count, of_tick):
        return of_tick


class LosesEvents(Tracing):
    def joined(self, parts):
        return np.concatenate(parts)[1:]


class RunsTooFar(Tracing):
    def trace(self, rows, states):
        answer = super().trace(rows, states)
        self.advance(rows[-1:])
        return answer


def game_of(match_class, base=Counter):
    return type(match_class.__name__ + "Game", (base,), {"match": match_class})()


def test_a_sound_trace_passes():
    assert "trace" in check_game(game_of(Tracing), ticks=130).passed


@pytest.mark.parametrize(
    ("match_class", "message"),
    [
        (TracesEarly, "trace() writes another state than save() gives"),
        (TracesAllButTheLast, "trace() writes another state"),
        (CountsEvents, "events are of the ticks up to it"),
        (LosesEvents, "the events differ"),
        (RunsTooFar, "after trace() of 1 ticks it differs"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_a_trace_that_is_not_advance_is_named(match_class, message):
    assert message in only(game_of(match_class), "trace")


# --- planted bugs: prove ---


class Proving(CounterMatch):
    def restore(self, handle):
        self.load(handle)

    checkpoint = CounterMatch.save

    def prove(self, rows, begun, folded, group, every):
        parts, proofs, handles = [], [], []
        for at, row in enumerate(rows, begun):
            folded = self.anew(folded) if at % group == 0 else folded
            parts.append(self.advance(row[None]))
            folded = folded_on(folded, dict(hashed_by_tick(parts[-1])).get(at))
            proofs.append((self.hash(), folded))
            if every and self.keeps(at, every):
                handles.append(self.save())
        return np.concatenate(parts), np.array(proofs, np.uint64).reshape(-1, 2), handles

    def prove_tick(self, rows, begun, folded, group):
        events, proofs, _ = Proving.prove(self, rows, begun, folded, group, 0)
        return events, int(proofs[0, 0]), int(proofs[0, 1])

    def hash(self):
        return xxhash.xxh3_64_intdigest(self.save())

    def anew(self, folded):
        return 0

    def keeps(self, at, every):
        return (at + 1) % every == 0


class HashesAnother(Proving):
    def hash(self):
        return xxhash.xxh64_intdigest(self.save())


class NeverBeginsAnew(Proving):
    def anew(self, folded):
        return folded


class KeepsTheTickBefore(Proving):
    def keeps(self, at, every):
        return at % every == 0


class KeepsAll(Proving):
    def keeps(self, at, every):
        return True


class ProvesOneLess(Proving):
    def prove(self, rows, *rest):
        events, proofs, handles = super().prove(rows, *rest)
        return events, proofs[1:], handles


class TellsAnotherTick(Proving):
    def prove_tick(self, rows, begun, folded, group):
        events, proof, told = super().prove_tick(rows, begun, folded, group)
        return events, proof, told ^ (begun == 30)


def test_a_sound_prove_passes_and_makes_level_4():
    report = check_game(game_of(Proving), ticks=130)
    assert "prove" in report.passed and report.level == 4 and report.is_ok


@pytest.mark.parametrize(
    ("match_class", "message"),
    [
        (HashesAnother, "prove() proves another state than save() gives"),
        (NeverBeginsAnew, "prove() folds other events than there are"),
        (KeepsTheTickBefore, "handle"),
        (KeepsAll, "handles where"),
        (ProvesOneLess, "prove() of 1 ticks gives 0 proofs"),
        (TellsAnotherTick, "prove_tick() folds other events than there are"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_a_prove_that_is_not_advance_is_named(match_class, message):
    assert message in only(game_of(match_class), "prove")


# --- planted bugs: checkpoints ---


class Shares(Walk):
    """The handle is the match's own list."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.state = [self.value]

    def take(self, row, commands):
        super().take(row, commands)
        self.state[0] = self.value

    def checkpoint(self):
        return self.state, self.tick

    def restore(self, handle):
        self.value, self.tick = handle[0][0], handle[1]


class Once(Walk):
    """A handle is good for one return."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.table = {}

    def checkpoint(self):
        self.table[self.tick] = self.save()
        return self.tick

    def restore(self, handle):
        self.load(self.table.pop(handle))


class FreesAll(Once):
    def restore(self, handle):
        self.load(self.table[handle])

    def release(self, handle):
        self.table.clear()


class DrawsAtACheckpoint(Once):
    def checkpoint(self):
        self.value = mixed(self.value, 1)
        return super().checkpoint()


@pytest.mark.parametrize(
    ("match_class", "message"),
    [
        (Shares, "restored at tick 120, it is in another state"),
        (Once, "raised KeyError"),
        (FreesAll, "raised KeyError"),
        (DrawsAtACheckpoint, "the state changed when checkpoint() was called"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_a_checkpoint_that_does_not_come_back_is_named(match_class, message):
    assert message in only(game_of(match_class, Level), "checkpoint")


# --- planted bugs: what a run may depend on ---


class SeedOverflows(Walk):
    def __init__(self, seed, players, config):
        super().__init__(int(np.array([seed]).astype("<u8").view("<i8")[0]) if seed < 2**63 else np.int64(seed), players, config)


class RareDice(Walk):
    """A path that the seed 1 never takes: a generator that is in no save()."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.dice = random.Random(seed) if seed > 2**32 else None

    def take(self, row, commands):
        super().take(row, commands)
        if self.dice is not None:
            self.value = mixed(self.value, self.dice.getrandbits(8))


@pytest.mark.parametrize(
    ("match_class", "message"), [(SeedOverflows, "raised OverflowError"), (RareDice, "with the seed 18446744073709551615")]
)
def test_what_only_another_seed_shows_is_found(match_class, message):
    assert message in only(game_of(match_class, Level), "other-seeds")


class Unsaved(Walk):
    """The state is right, and what came out is not in it."""

    longest = 0

    def take(self, row, commands):
        super().take(row, commands)
        self.longest += 1

    def result(self):
        return {"longest": self.longest}


def test_results_are_compared():
    assert "result() is {'longest': " in only(game_of(Unsaved, Level), "load-run-on")


class Timed(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.value = mixed(self.value, int(time.time()) // 10**6)


class ReadsWhereItBegins(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        with open(__file__, "rb") as file:
            self.value = mixed(self.value, len(file.read()))


def test_the_beginning_of_a_match_is_watched_too():
    assert "time.time is called by prove/test_conformance_levels.py" in only(game_of(Timed, Level), "globals")
    report = check_game(game_of(ReadsWhereItBegins, Level), ticks=60)
    assert report.is_ok and any("new_match reads a file" in note for note in report.notes)


class ClearsOnLoad(Walk):
    """What all matches share is emptied by a load, of whichever match."""

    purse = {}  # noqa: RUF012 - the bug

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.purse.setdefault(id(self), 0)

    def take(self, row, commands):
        super().take(row, commands)
        self.purse[id(self)] = self.purse.get(id(self), self.value)
        self.value = mixed(self.value, self.purse[id(self)])

    def load(self, saved):
        super().load(saved)
        ClearsOnLoad.purse.clear()


def test_a_load_of_another_match_that_is_felt_here_is_found():
    assert "beside another match it differs" in only(game_of(ClearsOnLoad, Level), "instances")


class Elsewhere(Level):
    """What decides is told by `where`, so that one class does for all; in this module, for another process to import."""

    def __init__(self, where):
        self.where = where

    def new_match(self, seed, players, config):
        return ElsewhereMatch(seed, self.where)


class ElsewhereMatch(Walk):
    def __init__(self, seed, where):
        super().__init__(seed, 2, {})
        self.where = where

    def take(self, row, commands):
        super().take(row, commands)
        told = {
            "folder": os.getcwd,
            "environment": lambda: os.environ.get("HOME", ""),
            "date": lambda: str(datetime.date.today().year),
            "clock": lambda: str(int(time.time()) // 10**8),
            "optimisation": lambda: str(sys.flags.optimize),
        }[self.where]()
        self.value = mixed(self.value, *told.encode())


@pytest.mark.parametrize("where", ["folder", "environment", "date", "clock", "optimisation"])
def test_a_process_in_another_folder_environment_and_date_shows_what_depends_on_it(where, monkeypatch):
    monkeypatch.setenv("HOME", "of-this-machine")
    assert "computes another state" in only(Elsewhere(where), "other-process")


class RandomEvents(Walk):
    def events_of(self, tick):
        return [(tick, random.randrange(2), 0, 0, 0)]


def test_events_that_differ_while_the_states_agree_are_found():
    message = only(game_of(RandomEvents, Level), "two-runs")
    assert "the events differ" in message


def test_an_event_of_a_list_that_says_another_tick_is_named():
    class Late(games.ListEvents.match):
        def as_events(self, events):
            return [(tick - 1, *rest) for tick, *rest in super().as_events(events)]

    assert "an event says tick" in only(game_of(Late, games.ListEvents), "contract")


def test_a_match_that_proves_nothing_is_refused():
    class Nothing(Walk):
        save = load = None

    assert "neither save() nor proof()" in only(game_of(Nothing, Level), "contract")


class Refusing(Level):
    name = "refusing"

    class match(Walk):  # noqa: N801
        """Gives a checkpoint at the start, and none later."""

        save = load = None

        def proof(self):
            return Walk.save(self)

        def checkpoint(self):
            return None if self.tick else self.proof()

        def restore(self, handle):
            Walk.load(self, handle)


def test_a_match_that_gives_no_more_checkpoints_is_not_asked_to_return():
    report = check_game(Refusing(), ticks=130)
    assert report.is_ok and report.skipped["checkpoint"] == "from tick 1 on the match gives none: it runs again instead"


class DrawsEntropy(Level):
    """What a new match draws from the system, its first tick throws away."""

    name = "draws-entropy"

    class match(Walk):  # noqa: N801
        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.drawn = os.urandom(8)


class BeginsRandom(DrawsEntropy):
    begins_random = True


class DrawsLater(BeginsRandom):
    class match(DrawsEntropy.match):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            self.drawn = os.urandom(8)


def test_entropy_is_for_a_new_match_of_a_game_that_says_so_and_for_nothing_else():
    for game, is_broken in ((DrawsEntropy(), True), (BeginsRandom(), False), (DrawsLater(), True)):
        findings = check_game(game, ticks=60).findings
        assert [finding.check for finding in findings] == ["globals"] * is_broken, game.name


class CopiesThings(Level):
    name = "copies-things"

    class match(Walk):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            self.things = copy.deepcopy([[1], [2]])


def test_copying_is_no_look_at_where_an_object_lies():
    assert check_game(CopiesThings(), ticks=60).is_ok
