import numpy as np
import pytest
from damage import header_of, of_kind, put_together, record, take_apart
from toys import BANK, COUNTER, Counter, CounterMatch

from replay import Recording, ReplayError, UsageError, Verdict, verify, verify_many
from replay.core import format as fmt
from replay.core.plain import pack_plain, unpack
from replay.core.records import End
from replay.prove.batch import Scope, verify_one

TICKS = 1350  # two groups and a bit, at a snapshot every ten seconds; the last chunk is half a second
PARTS = ("tick", "random", "players.sum", "players.last", "players.luck")


class TamperedMatch(CounterMatch):
    """The same rules but for one tick, at which one part of the state becomes another."""

    at_tick, part = 0, ""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.steps = 0

    def advance(self, inputs):
        pieces = []
        for row in inputs:
            pieces.append(super().advance(row[None]))
            if int(self.state["tick"][0]) == self.at_tick or (self.part == "tick" and self.at_tick == self.steps + 1):
                self.tamper()
            self.steps += 1
        return np.concatenate(pieces)

    def load(self, snapshot):
        super().load(snapshot)
        self.steps = int(self.state["tick"][0])

    def tamper(self):
        name, _, inner = self.part.partition(".")
        if inner:
            self.state[name][inner][0, -1] += 1
        else:
            self.state[name][0] += 1


def tampered(tick, part):
    class Tampered(Counter):
        match = type("Tampered", (TamperedMatch,), {"at_tick": tick, "part": part})

    return Tampered()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("tick", [1, 2, 60, 61, 599, 600, 601, 777, TICKS - 1, TICKS])
def test_a_divergence_in_any_part_at_any_tick_is_located(path, tick, part):
    """By the digest of 8 bits exactly, but for the 1 in 256 in which it agrees by chance: then one tick later at most."""
    record(path, tampered(tick, part), ticks=TICKS, players=3)
    heals = part in ("players.last", "players.luck")  # overwritten at the next tick
    found = verify(path, COUNTER)
    assert found.verdict is Verdict.DIVERGED
    divergence = found.divergence
    assert found.first_bad_tick in (tick, tick + 1) and divergence.last_good_tick == found.first_bad_tick - 1
    assert divergence.what == "state"
    if divergence.field_tick is not None:  # a snapshot follows; what players hold does not outlast their next input
        name, _, inner = part.partition(".")
        guilty = f"{name}[2].{inner}" if inner else name
        assert divergence.field_tick % 600 == 0 and divergence.field_tick >= tick
        if not heals or divergence.field_tick == tick:
            assert guilty in [difference.path for difference in divergence.fields]


def test_the_tick_is_exact_in_all_cases_but_the_one_in_256_that_a_digest_allows(path):
    exact, later = 0, 0
    for tick in range(1, 121):
        path.unlink(missing_ok=True)
        record(path, tampered(tick, "random"), ticks=120, players=1, snapshots=False)
        found = verify(path, COUNTER).first_bad_tick
        exact += found == tick
        later += found == tick + 1
    assert exact + later == 120 and later <= 3


def test_a_hash_that_differs_before_any_digest_is_the_first_bad_tick(path):
    """A digest can agree by chance: then the hash at the end of its chunk is what tells, not a digest of a later one."""
    record(path, COUNTER, ticks=240, players=1, snapshots=False)
    chunks, seen = take_apart(path.read_bytes()), 0
    for number, (kind, payload) in enumerate(chunks):
        if kind == fmt.KIND_INPUTS:
            values, seen = unpack(payload), seen + 1
            part = {2: 4, 3: 3}.get(seen)  # a hash of the second chunk, a digest of the third
            if part:
                values[part] = bytes([values[part][0] ^ 1]) + values[part][1:]
                chunks[number] = (kind, pack_plain(values))
    path.write_bytes(put_together(chunks))
    assert verify(path, COUNTER).first_bad_tick == 120


def test_a_divergence_that_heals_within_a_second_shows_by_default_and_passes_only_the_hurried(path):
    record(path, tampered(90, "players.last"), ticks=180, players=1)
    assert verify(path, COUNTER, every_tick=False).is_ok  # the hash of the second is the same
    found = verify(path, COUNTER)
    assert found.verdict is Verdict.DIVERGED and found.first_bad_tick == 90


def test_a_divergence_names_inputs_events_and_states_around_it(path):
    record(path, tampered(590, "random"), ticks=TICKS, players=2)
    found = verify(path, COUNTER).divergence
    assert all(abs(line["tick"] - 590) <= 120 and {"player", "dx", "buttons"} < set(line) for line in found.inputs)
    assert all(abs(line["tick"] - 590) <= 121 for line in found.events) and found.events
    assert len(found.recorded_state) == len(found.computed_state) and found.recorded_state != found.computed_state
    assert "random" in [difference.path for difference in found.fields]


class CountingMatch(CounterMatch):
    def random_draws(self):
        return int(self.state["tick"][0]) * self.state["players"].shape[1]


class Counting(Counter):
    match = CountingMatch


class CountingTampered(Counter):
    match = type("CountingTampered", (TamperedMatch,), {"at_tick": 590, "part": "tick"})


def test_random_numbers_drawn_are_counted_from_the_last_good_tick_which_is_exact_now(path):
    record(path, CountingTampered(), ticks=720, players=2)
    found = verify(path, Counting()).divergence
    assert found.random_draws == {"first_bad_tick": 2, "recorded": 24, "computed": 22}


def test_rules_that_do_not_repeat_themselves_are_called_that_and_the_tick_is_named(path):
    class Hiccup(CounterMatch):
        calls = 0

        def advance(self, inputs):
            Hiccup.calls += 1
            events = super().advance(inputs)
            if Hiccup.calls == 2:
                self.state["random"] += 1
            return events

    class HiccupGame(Counter):
        match = Hiccup

    record(path, COUNTER, ticks=180, players=2)
    found = verify(path, HiccupGame())
    assert found.verdict is Verdict.DIVERGED and found.first_bad_tick in (2, 3)
    assert "do not repeat themselves" in found.hint and "replay check counter" in found.hint


def test_rules_that_raise_are_a_divergence_at_that_tick(path):
    class Raising(CounterMatch):
        def advance(self, inputs):
            if self.state["tick"][0] + len(inputs) > 100:
                raise RuntimeError("boom")
            return super().advance(inputs)

    class RaisingGame(Counter):
        match = Raising

    record(path, COUNTER, ticks=180)
    found = verify(path, RaisingGame())
    assert found.verdict is Verdict.DIVERGED and found.first_bad_tick == 101 and "boom" in found.message


def test_a_part_can_be_verified_and_says_that_it_is_only_a_part(path):
    record(path, COUNTER, ticks=TICKS, players=2)
    found = verify(path, COUNTER, start=700, stop=800)
    assert found.is_ok and (found.start_tick, found.ticks) == (600, 840)
    assert found.message == f"only ticks 600-840 of {TICKS}, believing the snapshot of tick 600"
    assert verify(path, COUNTER, stop=100).message == f"only ticks 0-120 of {TICKS}"
    for start, stop in ((0, TICKS + 1), (5, 4), (-1, 5)):
        with pytest.raises(UsageError, match="not inside"):
            verify(path, COUNTER, start=start, stop=stop)


def test_a_divergence_outside_the_part_is_not_seen_and_inside_it_is(path):
    record(path, tampered(650, "random"), ticks=TICKS, players=2)
    assert verify(path, COUNTER, stop=599).is_ok
    found = verify(path, COUNTER, start=610, stop=700)
    assert found.first_bad_tick == 650 and found.start_tick == 600
    # Believing a snapshot behind the divergence, all that follows is as recorded.
    assert verify(path, COUNTER, start=1250).is_ok


def test_a_recording_over_its_budget_is_unverifiable_and_never_ok(path):
    record(path, COUNTER, ticks=TICKS, players=2)
    found = verify(path, COUNTER, budget_ticks=600)
    assert found.verdict is Verdict.UNVERIFIABLE and "more than the 600 ticks allowed" in found.message and found.ticks == 600
    assert verify(path, COUNTER, budget_seconds=0).verdict is Verdict.UNVERIFIABLE
    assert verify(path, COUNTER, budget_ticks=TICKS, budget_seconds=60).is_ok


def test_what_agreed_before_the_budget_was_spent_is_counted_from_where_it_began(path):
    record(path, COUNTER, ticks=TICKS, players=2)
    assert verify(path, COUNTER, budget_ticks=600).hint.startswith(f"ticks 0-600 of {TICKS} agreed")
    assert verify(path, COUNTER, start=610, budget_ticks=600).hint.startswith(f"ticks 600-1200 of {TICKS} agreed")


def test_a_seal_that_claims_no_result_is_not_held_to_one(path):
    record(path, COUNTER, ticks=70)
    chunks = take_apart(path.read_bytes())
    end = End.unpack(of_kind(chunks, fmt.KIND_END)[0], header_of(chunks))
    for result, verdict in ((None, Verdict.OK), ({"sums": [0, 0]}, Verdict.DIVERGED)):
        sealed = End(end.ticks, end.version, end.hash, end.events_hash, result).pack()
        path.write_bytes(put_together([*[chunk for chunk in chunks if chunk[0] != fmt.KIND_END], (fmt.KIND_END, sealed)]))
        assert verify(path, COUNTER).verdict is verdict


# --- many -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        record(tmp_path / f"{number}.replay", tampered(30, "random") if number == 3 else COUNTER, ticks=90, seed=number)
    return sorted(tmp_path.glob("*.replay"))


VERDICTS = [Verdict.DIVERGED if number == 3 else Verdict.OK for number in range(6)]


def test_many_are_verified_in_input_order_in_threads_and_in_processes(folder):
    from concurrent.futures import ThreadPoolExecutor

    class Free(Counter):
        releases_gil = True

    assert [found.verdict for found in verify_many(folder, COUNTER)] == VERDICTS
    assert [found.verdict for found in verify_many(folder, Free(), jobs=2)] == VERDICTS
    in_processes = list(verify_many(folder, COUNTER, jobs=2))
    assert [(found.path, found.verdict) for found in in_processes] == list(zip(folder, VERDICTS, strict=True))
    with ThreadPoolExecutor(3) as pool:
        assert [found.verdict for found in verify_many(folder, COUNTER, executor=pool)] == VERDICTS
        assert pool.submit(int).result() == 0  # the caller's executor is left running


def test_results_come_while_the_list_is_still_read_and_few_are_held(folder):
    from concurrent.futures import ThreadPoolExecutor

    taken = []

    def endless():
        while True:
            taken.append(None)
            yield folder[0]

    with ThreadPoolExecutor(2) as pool:
        results = verify_many(endless(), COUNTER, executor=pool)
        for _ in range(20):
            assert next(results).is_ok
        results.close()
    assert len(taken) <= 20 + 8 * 8 * 2  # eight tasks for each of the two, of eight files


class Crashing(CounterMatch):
    def advance(self, inputs):
        import os

        os._exit(3)


class CrashingGame(Counter):
    match = Crashing


def test_a_worker_that_dies_is_said_and_nothing_behind_it_counts_as_verified(folder):
    with pytest.raises(ReplayError, match="a worker died"):
        list(verify_many(folder, CrashingGame(), jobs=2))


def test_a_file_that_cannot_be_opened_is_unreadable_and_the_next_ones_follow(folder, tmp_path):
    found = list(verify_many([tmp_path / "none.replay", tmp_path, folder[0]], COUNTER))
    assert [one.verdict for one in found] == [Verdict.UNREADABLE, Verdict.UNREADABLE, Verdict.OK]
    assert "No such file" in found[0].message


def test_each_recording_has_its_own_moments(path):
    record(path, COUNTER, ticks=300)
    assert verify_one(path, COUNTER, Scope(stop="50%")).ticks == 180
    with pytest.raises(UsageError):
        verify_one(path, COUNTER, Scope(start="20s"))


def test_other_rules_and_another_game_are_unverifiable(path):
    class Later(Counter):
        rules = 2

    record(path, COUNTER, ticks=90)
    assert verify(path, Later()).verdict is Verdict.UNVERIFIABLE
    assert verify(path, BANK).verdict is Verdict.UNVERIFIABLE
    assert "not installed" in verify(path.rename(path.with_name("x.replay"))).message


def test_a_game_that_does_not_import_is_the_environment_s_fault_and_no_verdict_about_the_match(path, monkeypatch):
    import importlib.metadata
    from importlib.metadata import EntryPoint, EntryPoints

    record(path, COUNTER, ticks=90)
    point = EntryPoint("counter", "no_such_module:GAME", "replay.games")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **kinds: EntryPoints([point]))
    for known in ("_found", "_missing"):  # what other tests found, and what they would
        monkeypatch.setattr(f"replay.core.entrypoints.{known}", {})
    found = verify(path)
    assert found.verdict is Verdict.ENVIRONMENT and "does not load" in found.message


def test_the_states_of_a_diverged_part_are_those_of_the_snapshot_tick(path):
    record(path, tampered(700, "random"), ticks=TICKS, players=2)
    found = verify(path, COUNTER).divergence
    assert found.field_tick == 1200
    with Recording(path) as recording:
        assert found.recorded_state == recording.snapshot(1200)
