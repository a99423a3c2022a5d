"""Whatever door one leaves a recorder by, every stepped tick is kept, nothing is written into what is not its file, and what cannot
be recorded is said at once."""

import gc
import logging
import os
import shutil
import threading
import time
import warnings
from pathlib import Path

import games
import numpy as np
import pytest
from games import inputs_for
from toys import COUNTER, random_inputs

from replay import CutError, FormatError, Player, Recorder, Recording, ReplayError, UsageError, Verdict, verify
from replay.core.errors import MachineError, RulesError
from replay.core.game import state_hash

ROWS = random_inputs(COUNTER, 400, 2)


def recorder(path, game=COUNTER, **options):
    return Recorder(path, game, **({"seed": 3, "players": ["Ann", "Ben"]} | options))


def kept(path, ticks, how, game=COUNTER):
    """The file holds these ticks, says how it ended, and verifies."""
    with Recording(path) as recording:
        assert (recording.ticks, recording.state) == (ticks, "complete")
        assert recording.end.how == how
        assert (recording.inputs(0, ticks) == ROWS[:ticks]).all()
    return verify(path, game)


# --- leaving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [RuntimeError, KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit])
@pytest.mark.parametrize("ticks", [0, 1, 59, 60, 61, 119, 120, 150])
def test_leaving_by_an_exception_keeps_every_stepped_tick(path, door, ticks):
    with pytest.raises(door), recorder(path) as running:
        for row in ROWS[:ticks]:
            running.step(row)
        raise door
    assert kept(path, ticks, "stopped").is_ok
    assert running.state == "sealed"


def test_leaving_the_end_of_the_block_finish_and_close_say_how_it_ended(path, tmp_path):
    for name, leave, how in (("f", "finish", "finished"), ("c", "close", "stopped")):
        running = recorder(tmp_path / name)
        running.step(ROWS[0])
        getattr(running, leave)()
        getattr(running, leave)()  # twice is as once
        assert kept(tmp_path / name, 1, how).is_ok
    with recorder(path) as running:
        running.step(ROWS[0])
    assert kept(path, 1, "finished").is_ok


@pytest.mark.parametrize("leave", ["finish", "close"])
def test_a_recorder_refuses_after_the_end(path, leave):
    running = recorder(path)
    for row in ROWS[:70]:
        running.step(row)
    getattr(running, leave)()
    before = path.read_bytes()
    for row in ROWS[70:200]:
        with pytest.raises(UsageError, match="sealed; it takes no more ticks"):
            running.step(row)
    assert running.tick == 70 and path.read_bytes() == before
    running.finish()
    running.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_an_interruption_inside_the_rules_keeps_the_whole_ticks_and_seals_no_half_state(path, error):
    class Interrupted(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def take(self, row, commands):
                super().take(row, commands)
                if self.tick == 90:
                    raise error  # half of the tick is done

    given = inputs_for(games.Silent(), 200)
    with pytest.raises(error), recorder(path, Interrupted()) as running:
        for row, _ in given:
            running.step(row)
    with Recording(path) as recording:
        assert recording.ticks == 90 and recording.end.how == "stopped" and recording.end.crash is None
    verification = verify(path, games.Silent())
    assert (verification.verdict, verification.message) == (Verdict.OK, "")


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_what_the_machine_does_not_let_the_rules_do_is_no_crash_of_the_rules(path, error):
    class Full(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def take(self, row, commands):
                super().take(row, commands)
                if self.tick == 90:
                    raise error

    with pytest.raises(MachineError), recorder(path, Full()) as running:
        for row, _ in inputs_for(games.Silent(), 200):
            running.step(row)
    with Recording(path) as recording:
        assert recording.ticks == 90 and recording.end.how == "stopped"
    assert verify(path, games.Silent()).is_ok


def test_rules_that_raise_end_the_recording_even_if_the_caller_goes_on(path):
    refused = 0
    with recorder(path, games.Raising()) as running:
        for row, _ in inputs_for(games.Raising(), 150):
            try:
                running.step(row)
            except RulesError as error:
                assert (error.kind, error.tick) == ("ZeroDivisionError", 100)
                before = path.read_bytes()
            except UsageError as error:
                assert "crashed; it takes no more ticks" in str(error)
                refused += 1
    assert refused == 49 and running.state == "crashed" and path.read_bytes() == before
    with Recording(path) as recording:
        assert (recording.ticks, recording.end.how) == (100, "crashed")
    assert verify(path, games.Raising()).is_ok


def test_an_error_of_the_caller_costs_no_tick(path):
    with recorder(path) as running:
        for tick, row in enumerate(ROWS[:130]):
            if tick % 10 == 0:
                with pytest.raises(UsageError):
                    running.step(row[:1])
            running.step(row)
    assert kept(path, 130, "finished").is_ok


# --- whose file it is -------------------------------------------------------------------------------------------------


def in_child(work):
    """Run `work()` in a forked process; its exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on: threads and fork
        child = os.fork()
    if not child:
        try:
            code = work()
            gc.collect()
            os._exit(code or 0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("does", ["steps", "finishes", "closes", "drops", "marks", "leaves by an exception"])
def test_a_forked_child_touches_nothing_of_its_parents_and_the_parent_goes_on(path, does):
    running = recorder(path)
    for row in ROWS[:90]:
        running.step(row)
    before = path.read_bytes()

    def child():
        nonlocal running
        if does == "steps":
            for row in ROWS[90:300]:
                with pytest.raises(UsageError, match="belongs to the process that made it"):
                    running.step(row)
        elif does == "finishes":
            running.finish()
        elif does == "closes":
            running.close()
        elif does == "drops":
            running = None
        elif does == "marks":
            running.mark("from the child")
        else:
            with pytest.raises(KeyError), running:
                raise KeyError

    assert in_child(child) == 0
    assert path.read_bytes() == before
    for row in ROWS[90:200]:
        running.step(row)
    running.finish()
    assert running.error is None
    assert kept(path, 200, "finished").is_ok


def test_a_forked_child_can_record_a_match_of_its_own(path, tmp_path):
    with recorder(path) as running:
        running.step(ROWS[0])

        def child():
            with recorder(tmp_path / "child.replay") as own:
                for row in ROWS[:70]:
                    own.step(row)

        assert in_child(child) == 0
        running.step(ROWS[1])
    assert kept(path, 2, "finished").is_ok and kept(tmp_path / "child.replay", 70, "finished").is_ok


def test_the_lock_stays_the_parents_after_a_fork(path):
    from replay.core.lock import is_being_recorded

    with recorder(path):
        assert in_child(lambda: 0) == 0
        assert is_being_recorded(path)
    assert not is_being_recorded(path)


def gone(path):
    path.unlink()


def folder_gone(path):
    shutil.rmtree(path.parent)


def replaced(path):
    path.unlink()
    path.write_bytes(b"somebody else's")


def moved_over(path):
    other = path.with_name("other")
    other.write_bytes(b"somebody else's")
    other.replace(path)


@pytest.mark.parametrize("what", [gone, folder_gone, replaced, moved_over])
def test_a_file_that_is_taken_away_while_recording_is_announced_at_once_and_the_match_goes_on(tmp_path, caplog, what):
    folder = tmp_path / "folder"
    folder.mkdir()
    path, told = folder / "match.replay", []
    with recorder(path, on_error=told.append) as running, caplog.at_level(logging.ERROR, "replay"):
        for row in ROWS[:90]:
            running.step(row)
        assert not told and running.error is None
        what(path)
        for row in ROWS[90:190]:  # within the second that is not yet written, and the work on it
            running.step(row)
        assert len(told) == 1 and told[0] is running.error and running.state == "failed"
        assert "the file was deleted" in str(told[0]) or "replaced by another" in str(told[0])
        assert "ticks 0-59 are saved" in str(told[0])
        assert [record.levelname for record in caplog.records] == ["ERROR"] and str(told[0]) in caplog.text
        for row in ROWS[190:300]:
            running.step(row)
        assert running.tick == 300
    assert len(told) == 1
    if path.exists():
        assert path.read_bytes() == b"somebody else's"
    assert in_straight_run(300) == state_hash(running.match)


def in_straight_run(ticks):
    match = COUNTER.new_match(3, 2, {})
    match.advance(ROWS[:ticks])
    return state_hash(match)


@pytest.mark.parametrize("how", ["stepped", "edited", "loaded"])
@pytest.mark.parametrize("at", [30, 60, 90])
def test_a_match_that_is_changed_behind_the_recorders_back_stops_the_recording_and_what_is_kept_is_true(path, caplog, how, at):
    told = []
    with recorder(path, on_error=told.append) as running:
        for row in ROWS[:at]:
            running.step(row)
        if how == "stepped":
            running.match.advance(ROWS[:1])
        elif how == "edited":
            running.match.state["random"] += 1
        else:
            running.match.load(COUNTER.new_match(9, 2, {}).save())
        for row in ROWS[at:300]:
            running.step(row)
        assert len(told) == 1 and "behind the recorder's back" in str(told[0]) and f"at tick {at}" in str(told[0])
    with Recording(path) as recording:
        assert at // 60 * 60 - 60 <= recording.ticks <= at
        assert recording.damage is None or isinstance(recording.damage, CutError)
        assert (recording.inputs(0, recording.ticks) == ROWS[: recording.ticks]).all()
    assert verify(path, COUNTER).verdict in (Verdict.OK, Verdict.INCOMPLETE)  # nothing in it that did not happen


def test_a_callback_that_raises_costs_nothing_but_itself(path):
    def broken(error):
        raise RuntimeError("on purpose")

    with recorder(path, on_error=broken) as running:
        for row in ROWS[:70]:
            running.step(row)
        path.unlink()
        for row in ROWS[70:200]:
            running.step(row)
        assert running.tick == 200 and running.state == "failed"


def test_a_second_recorder_on_the_same_path_is_refused_and_harms_nothing(path):
    with recorder(path) as running:
        for row in ROWS[:70]:
            running.step(row)
        before = path.read_bytes()
        for _ in range(3):
            with pytest.raises(FileExistsError):
                recorder(path)
            gc.collect()
        assert path.read_bytes() == before
        for row in ROWS[70:130]:
            running.step(row)
    assert kept(path, 130, "finished").is_ok


@pytest.mark.parametrize("leave", ["finish", "close"])
def test_a_descriptor_that_is_somebody_elses_after_the_end_is_never_written_to(path, tmp_path, leave):
    running = recorder(path)
    for row in ROWS[:90]:
        running.step(row)
    ours = running._sink._file
    getattr(running, leave)()
    before = path.read_bytes()
    with open(tmp_path / "savegame", "wb", buffering=0) as other:
        assert other.fileno() == ours  # the very same number
        other.write(b"gold")
        for row in ROWS[90:300]:
            with pytest.raises(UsageError):
                running.step(row)
        running.finish()
        running.close()
        del running
        gc.collect()
        other.write(b"!")
    assert (tmp_path / "savegame").read_bytes() == b"gold!" and path.read_bytes() == before


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_recorders_that_are_dropped_warn_keep_their_ticks_and_leave_no_thread_and_no_descriptor(tmp_path):
    gc.collect()
    threads, files = threading.active_count(), open_files()
    paths = [tmp_path / f"{number}.replay" for number in range(300)]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for number, path in enumerate(paths):
            running = recorder(path)
            for row in ROWS[: number % 3]:
                running.step(row)
            del running
        gc.collect()
    mine = [
        warning for warning in told if issubclass(warning.category, ResourceWarning) and "without finish()" in str(warning.message)
    ]
    assert len(mine) == 300 and all(str(path) in str(warning.message) for path, warning in zip(paths, mine, strict=True))
    assert threading.active_count() == threads
    assert open_files() == files
    for number in (0, 1, 2, 299):
        assert kept(paths[number], number % 3, "stopped").is_ok


def test_a_recorder_that_is_dropped_in_the_middle_of_a_seconds_work_keeps_its_ticks(path):
    running = recorder(path)
    for row in ROWS[:60]:
        running.step(row)
    with pytest.warns(ResourceWarning, match="at tick 60 without finish"):
        del running
        gc.collect()
    assert kept(path, 60, "stopped").is_ok


@pytest.mark.parametrize(
    "options", [{"seed": -1}, {"players": []}, {"players": "ab"}, {"config": {"a": 1.5}}, {"session": bytes(65)}]
)
def test_a_recorder_that_could_not_be_made_is_collected_without_a_word(path, options):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            with pytest.raises(ReplayError):
                recorder(path, **options)
        gc.collect()
    assert not told and not path.exists()


# --- what is given ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 5, 2**64 - 1, np.int64(5), np.uint64(2**64 - 1), np.uint8(7)])
def test_a_seed_may_be_any_whole_number_of_64_bits(path, seed):
    with recorder(path, seed=seed) as running:
        running.step(ROWS[0])
    with Recording(path) as recording:
        assert recording.header.seed == int(seed) and type(recording.header.seed) is int
    assert verify(path, COUNTER).is_ok


@pytest.mark.parametrize("seed", [2**64, -1, "7", True, 1.0, None, np.float64(3), np.True_, b"7", 10**400, [5]])
def test_a_seed_is_refused_that_is(path, seed):
    with pytest.raises(UsageError, match="the seed is"):
        recorder(path, seed=seed)
    assert not path.exists()


HALF = "\ud800"
BAD_ARGUMENTS = {
    "players in one text": {"players": "ab"},
    "no players": {"players": []},
    "65 players": {"players": ["x"] * 65},
    "half a character in a name": {"players": ["Ann", HALF]},
    "half a character in a kind": {"players": [Player("Ann", HALF)]},
    "a number as a name": {"players": ["Ann", 5]},
    "nothing as a name": {"players": ["Ann", None]},
    "an empty name": {"players": ["Ann", ""]},
    "a name of a thousand letters": {"players": ["x" * 1000]},
    "no list of players": {"players": None},
    "a number of players": {"players": 2},
    "a setting of 1.5": {"config": {"speed": 1.5}},
    "a setting of nothing": {"config": {"speed": None}},
    "a list as a setting": {"config": {"speed": [1]}},
    "a setting beyond 64 bits": {"config": {"speed": 2**70}},
    "half a character in a setting": {"config": {"map": HALF}},
    "half a character in the name of a setting": {"config": {HALF: 1}},
    "a number as the name of a setting": {"config": {1: 2}},
    "a config that is a list": {"config": [1, 2]},
    "a config that is a number": {"config": 5},
    "257 settings": {"config": {str(number): number for number in range(257)}},
    "a nonce of 65 bytes": {"session": bytes(65)},
    "a nonce of text": {"session": "x"},
    "a parent of a short id": {"parent": (b"x", 1)},
    "a parent before its start": {"parent": (bytes(16), -1)},
    "a parent that is none": {"parent": b"x" * 16},
    "chunks of no length": {"chunk_seconds": 0},
    "chunks of an hour": {"chunk_seconds": 3600},
    "snapshots that do not fall on chunks": {"chunk_seconds": 3, "snapshot_seconds": 10},
    "snapshots of no distance": {"snapshot_seconds": 0},
}


@pytest.mark.parametrize("what", BAD_ARGUMENTS)
def test_one_error_of_ours_and_no_file_for(path, what):
    with pytest.raises(ReplayError):
        recorder(path, **BAD_ARGUMENTS[what])
    assert not path.exists()


def test_no_config_is_an_empty_one_and_whole_numbers_of_numpy_are_settings(path, tmp_path):
    with recorder(path, config=None):
        pass
    with recorder(tmp_path / "two", config={"step": np.int64(2), "map": "ö"}) as running:
        running.step(ROWS[0])
    with Recording(path) as one, Recording(tmp_path / "two") as two:
        assert one.header.config == {} and two.header.config == {"step": 2, "map": "ö"}
    assert verify(tmp_path / "two", COUNTER).is_ok


@pytest.mark.parametrize("now", [-1, -(10**18), 0])
def test_a_clock_before_1970_counts_as_1970(path, monkeypatch, now):
    monkeypatch.setattr(time, "time_ns", lambda: now)
    with recorder(path) as running:
        running.step(ROWS[0])
    monkeypatch.undo()
    with Recording(path) as recording:
        assert recording.header.created_ms == 0
    assert verify(path, COUNTER).is_ok


def test_a_clock_after_the_year_9999_is_no_reason_not_to_record(path, monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 10**21)
    with recorder(path) as running:
        running.step(ROWS[0])
    monkeypatch.undo()
    assert verify(path, COUNTER).is_ok


SMALLER = np.dtype([("dx", "i1"), ("buttons", "u1")])
BAD_ROWS = {
    "of wider fields": np.zeros(2, [("dx", "<i4"), ("buttons", "u1")]),
    "of narrower fields": np.zeros(2, SMALLER),
    "of floats": np.zeros(2, [("dx", "<f4"), ("buttons", "u1")]),
    "of other bytes": np.zeros(2, [("dx", ">i2"), ("buttons", "u1")]),
    "of the fields in another order": np.zeros(2, [("buttons", "u1"), ("dx", "<i2")]),
    "of other names": np.zeros(2, [("dy", "<i2"), ("buttons", "u1")]),
    "of a field more": np.zeros(2, [("dx", "<i2"), ("buttons", "u1"), ("more", "u1")]),
    "of padded fields": np.zeros(2, np.dtype([("dx", "<i2"), ("buttons", "u1")], align=True)),
    "of no fields": np.zeros(2, np.int64),
    "of objects": np.zeros(2, object),
    "of one player": np.zeros(1, COUNTER.input_dtype),
    "of three players": np.zeros(3, COUNTER.input_dtype),
    "of two ticks": np.zeros((2, 2), COUNTER.input_dtype),
    "of one tick in a list": np.zeros((1, 2), COUNTER.input_dtype),
    "that is one row": np.zeros(2, COUNTER.input_dtype)[0],
    "of no dimension": np.zeros((), COUNTER.input_dtype),
    "in a list": [(0, 0), (0, 0)],
    "in tuples": ((0, 0), (0, 0)),
    "that is a number": 0,
    "that is nothing": None,
}


@pytest.mark.parametrize("what", BAD_ROWS)
def test_inputs_are_refused_in_words_that_name_both_sides(path, what):
    with recorder(path) as running:
        running.step(ROWS[0])
        before = running.match.save()
        with pytest.raises(UsageError) as caught:
            running.step(BAD_ROWS[what])
        assert running.tick == 1 and running.match.save() == before
        assert "'<i2'" in str(caught.value) and "(2,)" in str(caught.value) and "got " in str(caught.value)
        running.step(ROWS[1])
    assert kept(path, 2, "finished").is_ok


def test_views_and_read_only_rows_are_rows_and_are_not_kept(path):
    strided = np.zeros(4, COUNTER.input_dtype)
    strided[::2] = ROWS[0]
    row = ROWS[1].copy()
    with recorder(path) as running:
        running.step(strided[::2])
        row.flags.writeable = False
        running.step(row)
        row.flags.writeable = True
        row["dx"] = 77  # what the caller does to its array afterwards is nobody else's business
        for later in ROWS[2:70]:
            running.step(later)
    assert kept(path, 70, "finished").is_ok


@pytest.mark.parametrize("text", ["", "x" * 201, HALF, 5, None])
def test_a_marker_is_refused_at_once_that_could_not_be_read_back(path, text):
    with recorder(path) as running:
        running.step(ROWS[0])
        with pytest.raises(ReplayError):
            running.mark(text)
        running.mark("a good one")
    with Recording(path) as recording:
        assert [marker.text for marker in recording.markers] == ["a good one"]
    assert verify(path, COUNTER).is_ok


BAD_RESULTS = {
    "an object": {"x": object()},
    "NaN": {"x": float("nan")},
    "a number beyond 64 bits": {"x": 2**64},
    "half a character": {"x": HALF},
    "a number as key": {1: 2},
    "a megabyte": {"x": "x" * 2**20},
    "a number of numpy": {"x": np.int64(5)},
    "a list": [("x", 1, 2)],
}


@pytest.mark.parametrize("what", BAD_RESULTS)
def test_a_result_that_cannot_be_sealed_costs_no_tick_and_is_said(path, what):
    class Odd(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def result(self):
                return BAD_RESULTS[what]

    running = recorder(path, Odd())
    for row, _ in inputs_for(Odd(), 90):
        running.step(row)
    with pytest.raises(ReplayError):
        running.finish()
    with Recording(path) as recording:
        assert recording.ticks == 90
    with pytest.raises(KeyError), recorder(path.with_name("other"), Odd()) as running:
        running.step(inputs_for(Odd(), 1)[0][0])
        raise KeyError  # it is this one that is told
    with Recording(path.with_name("other")) as recording:
        assert recording.ticks == 1 and recording.end.how == "stopped"


def test_a_state_that_is_too_large_for_a_snapshot_is_said_before_there_is_a_file_and_recorded_without(path):
    class Huge(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def save(self):
                return super().save() + bytes(2**24)

            def load(self, saved):
                super().load(saved[:16])

            def proof(self):
                return super().save()

    with pytest.raises(FormatError, match="a state of 16,777,232 bytes") as caught:
        recorder(path, Huge())
    assert caught.value.hint == "record it with snapshots=False"
    assert not path.exists()
    with recorder(path, Huge(), snapshots=False) as running:
        for row, _ in inputs_for(Huge(), 70):
            running.step(row)
    assert verify(path, Huge()).is_ok


def test_a_state_that_grows_too_large_on_the_way_ends_the_snapshots_and_not_the_recording(path, caplog):
    class Growing(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def save(self):
                return super().save() + bytes(2**24 if self.tick >= 500 else 0)

            def load(self, saved):
                super().load(saved[:16])

            def proof(self):
                return super().save()

    with recorder(path, Growing()) as running:
        for row, _ in inputs_for(Growing(), 1300):
            running.step(row)
        assert running.error is None
    assert "from tick 600 on states are too large" in caplog.text
    with Recording(path) as recording:
        assert recording.snapshot_ticks == [0] and recording.state == "complete"
    assert verify(path, Growing()).is_ok
