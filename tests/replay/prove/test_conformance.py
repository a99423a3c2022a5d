import gc
import inspect
import time

import bugs
import numpy as np
import pytest
from damage import record
from toys import BANK, COUNTER, EVENT, Counter, CounterMatch, random_inputs

from replay import ReplayError, UsageError
from replay.prove.conformance import check_game
from replay.prove.conformance.calls import CallRecorder
from replay.prove.conformance.lint import lint_source
from replay.prove.conformance.promises import CHECKS


def findings(game, **options):
    report = check_game(game, **{"ticks": 150, **options})
    return {finding.check: str(finding) for finding in report.findings}


@pytest.mark.parametrize("game", [COUNTER, BANK], ids=lambda game: game.name)
def test_a_sound_game_passes_every_check(game):
    report = check_game(game, ticks=150)
    assert report.passed == [name for name in CHECKS if name not in report.skipped] and report.is_ok
    assert report.skipped == {
        "checkpoint": "the match has no checkpoint() and no restore()",
        "trace": "the match has no trace()",
        "prove": "the match has no prove() and no prove_tick() and no restore()",
    }
    assert report.state_bytes and report.ticks_per_second > 1000 and game.name in str(report)


@pytest.mark.parametrize("name", bugs.BUGS)
def test_a_planted_bug_is_caught_by_the_named_check_which_says_where(name):
    bug = bugs.BUGS[name]
    if bug.check.startswith("lint:"):
        source = inspect.getsource(bug.match)
        messages = {finding.rule: str(finding) for finding in lint_source("import math\n" + source)}
        assert bug.where in messages[bug.check.removeprefix("lint:")]
    else:
        messages = findings(bugs.GAMES[name]())
        assert bug.where in messages[bug.check], messages
        assert "usually:" in messages[bug.check]


def test_the_table_has_twelve_bugs_and_all_checks_that_go_with_every_game_but_the_contract():
    assert len(bugs.BUGS) == 12
    caught_by = {bug.check for bug in bugs.BUGS.values()} - {"lint:float"}
    assert caught_by == set(CHECKS) - {"contract", "other-seeds", "checkpoint", "trace", "prove"}  # see test_conformance_levels.py


def game_of(match_class):
    class Broken(Counter):
        match = match_class

    return Broken()


class ReusedEvents(CounterMatch):
    buffer = np.zeros(1, EVENT)

    def advance(self, inputs):
        super().advance(inputs)
        self.buffer["tick"] = self.state["tick"][0] - 1
        return self.buffer


class WrongTick(CounterMatch):
    def advance(self, inputs):
        super().advance(inputs)
        return np.ones(1, EVENT) if len(inputs) and self.state["tick"][0] > 20 else np.zeros(0, EVENT)


class WrongKind(CounterMatch):
    def advance(self, inputs):
        super().advance(inputs)
        return np.array([(self.state["tick"][0] - 1, 9, 0, 0)], EVENT)


class WrongEvents(CounterMatch):
    def advance(self, inputs):
        super().advance(inputs)
        return []


class TakesAnySnapshot(CounterMatch):
    def load(self, snapshot):
        pass


class RefusesTooLate(CounterMatch):
    def load(self, snapshot):
        self.state["random"] += 1
        super().load(snapshot)


class GrowingState(CounterMatch):
    def save(self):
        return super().save() + bytes(int(self.state["tick"][0]))


class WritesToInputs(CounterMatch):
    def advance(self, inputs):
        inputs["dx"] = 0
        return super().advance(inputs)


@pytest.mark.parametrize(
    ("match_class", "message"),
    [
        (ReusedEvents, "the array belongs to the caller"),
        (WrongTick, "an event says tick 1, and tick 20 caused it"),
        (WrongKind, "an event of kind 9; there are 2 kinds"),
        (WrongEvents, "advance() returns list"),
        (TakesAnySnapshot, "load() takes a snapshot of 0 bytes"),
        (RefusesTooLate, "refused a snapshot and changed the match"),
        (GrowingState, "save() gives 65 bytes"),
        (WritesToInputs, "read-only"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_a_broken_contract_is_named_and_the_rest_waits(match_class, message):
    report = check_game(game_of(match_class), ticks=50)
    assert [finding.check for finding in report.findings] == ["contract"] and message in str(report)
    assert len(report.skipped) == len(CHECKS) - 1


class IndexFromInput(CounterMatch):
    def advance(self, inputs):
        table = [1, 2, 3]
        for row in inputs:
            if row["dx"][0] == -1:
                table[row["buttons"][0]]
        return super().advance(inputs)


class LoopsOnInput(CounterMatch):
    def advance(self, inputs):
        while len(inputs) and inputs["dx"][0, 0] == 32767:
            pass
        return super().advance(inputs)


def quiet(rows):
    rows["dx"] %= 100
    return rows


def test_an_input_that_makes_the_rules_raise_is_named_with_the_place():
    rows = quiet(random_inputs(COUNTER, 60, 2))
    message = findings(game_of(IndexFromInput), inputs=rows)["nonsense-inputs"]
    assert "IndexError" in message and "test_conformance.py" in message and "in advance" in message


def test_an_input_that_makes_the_rules_stall_is_named_with_the_place():
    rows = quiet(random_inputs(COUNTER, 60, 2))
    message = findings(game_of(LoopsOnInput), inputs=rows, stall_seconds=0.5)["nonsense-inputs"]
    assert "longer than 0.5 s" in message and "test_conformance.py" in message


def test_a_game_that_another_process_cannot_import_skips_that_check_and_says_so():
    report = check_game(game_of(CounterMatch), ticks=30)
    assert report.is_ok and "cannot be sent to another process" in report.skipped["other-process"]


def test_an_input_field_or_seed_that_changes_nothing_is_noted():
    class Deaf(CounterMatch):
        def __init__(self, seed, players, config):
            super().__init__(0, players, config)

        def advance(self, inputs):
            inputs = inputs.copy()
            inputs["buttons"] = 0
            return super().advance(inputs)

    notes = check_game(game_of(Deaf), ticks=50).notes
    assert notes == ["the input field 'buttons' changed nothing in 50 ticks", "another seed changed nothing"]


def test_the_inputs_of_a_match_can_be_given_and_must_fit():
    rows = random_inputs(COUNTER, 40, 3)
    report = check_game(COUNTER, rows)
    assert (report.ticks, report.players) == (40, 3) and report.is_ok
    with pytest.raises(UsageError, match="shape"):
        check_game(COUNTER, rows[0])
    with pytest.raises(UsageError, match="dtype"):
        check_game(COUNTER, np.zeros((5, 2), "<i4"))


def test_a_game_that_starts_no_match_is_an_error_that_says_why():
    class Picky(Counter):
        def new_match(self, seed, players, config):
            raise ValueError("no map named")

    with pytest.raises(ReplayError, match="no map named"):
        check_game(Picky())


def test_recording_calls_leaves_no_trace(path):
    import random
    import sys
    import time

    before, numpy_before = sys.getprofile(), np.random.rand
    recorder = CallRecorder()
    with recorder:
        random.Random(1).random()  # a generator of one's own is fine
        np.random.default_rng(1).random()
        np.random.rand(2)
        time.monotonic()
    assert sys.getprofile() is before and np.random.rand is numpy_before
    assert [what for what, _ in recorder.calls] == ["numpy.random.rand", "time.monotonic"]
    assert all("test_conformance.py" in where for _, where in recorder.calls)


def test_a_recording_made_by_a_checked_game_verifies(path):
    from replay import verify

    record(path, COUNTER, ticks=70)
    assert verify(path, COUNTER).is_ok


def test_what_others_do_when_garbage_is_collected_is_not_the_rules_doing():
    def watch(phase, info):
        time.perf_counter()

    gc.callbacks.append(watch)
    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        with CallRecorder() as recorder:
            kept = [[number] for number in range(100)]
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(watch)
    assert kept and recorder.calls == [] and gc.isenabled()
