import gc
import sys
import time

import numpy as np
import pytest
from damage import record
from planted import surroundings
from planted.contract import BUGS
from toys import BANK, COUNTER, Counter, CounterMatch, random_inputs

from replay import ReplayError, UsageError
from replay.prove.conformance import check_game
from replay.prove.conformance.calls import CallRecorder
from replay.prove.conformance.lines import EndlessError, LineTracer
from replay.prove.conformance.promises import CHECKS


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


def game_of(match_class):
    class Broken(Counter):
        match = match_class

    return Broken()


def test_a_game_that_another_process_cannot_import_skips_that_check_and_says_so():
    report = check_game(game_of(CounterMatch), ticks=30)
    assert report.is_ok and "cannot be sent to another process" in report.skipped["other-process"]


def test_a_broken_contract_keeps_no_other_promise_from_being_tried():
    bug = BUGS["an event of no kind"]
    report = check_game(bug.game, ticks=50, checks=set(CHECKS) - {"other-process", "searched-inputs"})
    assert {finding.check for finding in report.findings} == {"contract"}
    assert {"two-runs", "load-run-on", "rollback", "instances"} <= set(report.passed) and "contract" not in report.passed
    both = check_game(surroundings.BUGS["a bug behind another"].game, ticks=60, checks=["other-process"], search_lines=0)
    assert [finding.check for finding in both.findings] == ["contract", "other-process"]


def test_rules_that_write_to_their_inputs_are_given_copies_for_the_other_checks():
    report = check_game(BUGS["rules that write to their inputs"].game, ticks=30, checks=["two-runs", "rollback"])
    assert [finding.check for finding in report.findings] == ["contract"] and report.passed == ["two-runs", "rollback"]


class RaisesAt(CounterMatch):
    last = 40

    def advance(self, inputs):
        if self.state["tick"][0] == self.last:
            raise KeyError("no such map")
        return super().advance(inputs)


def test_rules_that_raise_are_tried_up_to_that_tick():
    report = check_game(game_of(RaisesAt), ticks=60, checks=["two-runs", "batches"])
    assert report.ticks == 40 and report.passed == ["two-runs", "batches"]
    assert [(finding.check, finding.tick) for finding in report.findings] == [("contract", 40)]


def test_where_no_tick_can_be_run_the_others_are_skipped_with_the_reason():
    class Never(RaisesAt):
        last = 0

    report = check_game(game_of(Never), ticks=60)
    assert [finding.check for finding in report.findings] == ["contract"] and not report.passed
    assert set(report.skipped.values()) == {"until the contract holds: no tick can be run"}


def test_a_check_can_be_made_alone_and_must_be_one():
    assert check_game(COUNTER, ticks=20, checks=["batches"]).passed == ["contract", "batches"]
    with pytest.raises(UsageError, match="no check 'batch'"):
        check_game(COUNTER, checks=["batch"])


def test_what_was_not_tried_is_said():
    class Deaf(CounterMatch):
        def __init__(self, seed, players, config):
            super().__init__(0, players, config)

        def advance(self, inputs):
            inputs = inputs.copy()
            inputs["buttons"] = 0
            return super().advance(inputs)

    report = check_game(game_of(Deaf), ticks=50)
    said = [text for kind, text in report.not_tried if kind in ("inputs", "seeds")]
    assert said[0] == "the field 'buttons' changed nothing in 50 ticks"
    assert said[1].startswith("another seed changed nothing: 1, 2, ")
    assert ("abilities", "events that never came: press") in report.not_tried
    kinds = dict(report.not_tried)
    assert "cannot be sent to another process" in kinds["lines"] and "cannot be sent" in kinds["differences"]
    assert "untried  inputs: the field 'buttons'" in str(report)


def test_lines_that_no_run_reached_are_named():
    report = check_game(COUNTER, ticks=30, checks=["searched-inputs"], search_lines=3000)
    lines = next(text for kind, text in report.not_tried if kind == "lines")
    assert lines.startswith("toys.py: never reached: ")


def test_lines_are_seen_with_the_way_there_and_a_tick_without_end_is_ended(monkeypatch):
    def either(number):
        if number:
            return 1
        return 2

    first, before = either.__code__.co_firstlineno, sys.gettrace()
    tracer = LineTracer(lambda file: file == __file__)
    with tracer:
        either(0)
    assert {line - first for file, _, line in tracer.arcs} == {1, 3} and (__file__, first + 1, first + 3) in tracer.arcs
    with tracer:
        either(1)
    assert {line - first for file, _, line in tracer.arcs} == {1, 2, 3}
    monkeypatch.setattr("replay.prove.conformance.lines._LINES_OF_A_TICK", 1000)
    with pytest.raises(EndlessError, match="1,000 lines"), tracer:
        while True:
            either(1)
    assert sys.gettrace() is before


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
