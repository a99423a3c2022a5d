"""Games that break what is asked of them in small ways: each is served right, or told so by one error of ours; none is recorded as
something that did not happen."""

import random

import games
import numpy as np
import pytest
from games import KEYS, inputs_for

from replay import Playback, Recorder, Recording, ReplayError, Verdict, verify
from replay.core.records import Header, Player
from replay.core.simulation import Simulation

TICKS = 130


def record(path, game, given, **options):
    with Recorder(path, game, **({"seed": 5, "players": ["Ann", "Ben"]} | options)) as recorder:
        seen = [recorder.match.seen()]
        for row, commands in given:
            recorder.step(row, commands)
            seen.append(recorder.match.seen())
    return seen


def test_a_game_that_uses_up_its_config_is_begun_with_the_same_one_every_time(path):
    class Hungry(games.Silent):
        def new_match(self, seed, players, config):
            config = config if isinstance(config, dict) else dict(config)
            speed = config.pop("speed", 0)
            config.setdefault("later", 1)
            return super().new_match(seed + speed, players, config)

    game, mine = Hungry(), {"speed": 7}
    seen = record(path, game, inputs_for(game, TICKS), config=mine)
    assert mine == {"speed": 7}
    with Recording(path) as recording:
        assert recording.header.config == {"speed": 7}
        playback = Playback(game, recording, use_snapshots=False)
        for tick in (TICKS, 0, 60, 1):
            playback.seek(tick)
            assert playback.match.seen() == seen[tick]
    assert verify(path, game).is_ok and verify(path, game).is_ok


def test_rows_are_read_only_while_recording_as_they_are_when_read_back(path):
    class Writing(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def take(self, row, commands):
                row["buttons"] = 0
                super().take(row, commands)

    with pytest.raises(ReplayError, match="read-only"):
        record(path, Writing(), inputs_for(games.Silent(), TICKS))
    assert verify(path, Writing()).verdict in (Verdict.OK, Verdict.INCOMPLETE)


def test_a_game_that_keeps_the_rows_it_was_given_finds_them_unchanged(path):
    class Keeping(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            before = None

            def take(self, row, commands):
                if self.before is not None:
                    super().take(self.before, commands)  # yesterday's view, looked at today
                super().take(row, commands)
                self.before = row

            def save(self):
                return super().save() + (b"" if self.before is None else self.before.tobytes())

            def load(self, saved):
                super().load(saved[:16])
                self.before = np.frombuffer(saved[16:], KEYS) if len(saved) > 16 else None

    game = Keeping()
    record(path, game, inputs_for(game, TICKS))
    assert verify(path, game).is_ok


def test_a_game_that_uses_up_its_commands_is_given_them_whole_every_time(path):
    class Hungry(games.CommandsOnly):
        class match(games.CommandsOnly.match):  # noqa: N801
            def take(self, row, commands):
                super().take(row, commands)
                for _, data in commands:
                    if isinstance(data, dict):
                        self.value = games.mixed(self.value, data.pop("pay"))
                    elif isinstance(data, list):
                        data.clear()

    game = Hungry()
    given = inputs_for(game, TICKS)
    kept = [[(player, repr(data)) for player, data in commands] for _, commands in given]
    seen = record(path, game, given)
    assert [[(player, repr(data)) for player, data in commands] for _, commands in given] == kept  # the caller's are the caller's
    with Recording(path) as recording:
        playback = Playback(game, recording, use_snapshots=False)
        for tick in (TICKS, 0, TICKS, 61, 3, 100):
            playback.seek(tick)
            assert playback.match.seen() == seen[tick]
        assert not playback.warning and playback.divergence is None
        commands = recording.commands(0, TICKS)
    assert [(player, repr(data)) for _, player, data in commands] == [pair for tick in kept for pair in tick]
    assert verify(path, game).is_ok


def test_commands_are_the_callers_to_change_afterwards(path):
    game, say = games.CommandsOnly(), {"pay": 5}
    with Recorder(path, game, seed=5, players=["a"]) as recorder:
        for tick in range(70):
            say["pay"] = tick
            recorder.step(commands=[(0, say)])
    with Recording(path) as recording:
        assert [data for _, _, data in recording.commands(0, 70)] == [{"pay": tick} for tick in range(70)]
    assert verify(path, game).is_ok


BAD_EVENTS = {
    "an array without ticks": lambda tick: np.zeros(2, [("kind", "u1")]),
    "an array without fields": lambda tick: np.zeros(2),
    "a number": lambda tick: 5,
    "text": lambda tick: "boom",
    "pairs": lambda tick: [(tick, "hit")],
    "objects as data": lambda tick: [(tick, "hit", object())],
    "a set as data": lambda tick: [(tick, "hit", {1, 2})],
    "keys of two types": lambda tick: [(tick, "hit", {1: 2, "a": 3})],
    "half a character": lambda tick: [(tick, "hit", "\ud800")],
    "a number beyond 64 bits": lambda tick: [(tick, "hit", 2**64)],
    "itself": lambda tick: [(tick, "hit", _endless())],
    "text as a tick": lambda tick: [("now", "hit", 1)],
}


def _endless():
    data = []
    data.append(data)
    return data


@pytest.mark.parametrize("what", BAD_EVENTS)
def test_events_that_cannot_be_proved_are_one_error_of_ours_when_recorded_and_verified(path, tmp_path, what):
    class Odd(games.ListEvents):
        class match(games.ListEvents.match):  # noqa: N801
            is_odd = False

            def take(self, row, commands):
                super().take(row, commands)
                self.is_odd = self.is_odd or self.tick == 89

            def as_events(self, events):
                was_odd, self.is_odd = self.is_odd, False
                return BAD_EVENTS[what](89) if was_odd else []

    class Quiet(games.ListEvents):
        class match(games.ListEvents.match):  # noqa: N801
            def as_events(self, events):
                return []

    given = inputs_for(Quiet(), TICKS)
    with pytest.raises(ReplayError):
        record(path, Odd(), given)
    with Recording(path) as recording:
        assert recording.ticks == 89  # the whole ticks are kept
    assert verify(path, Quiet()).verdict is not Verdict.UNREADABLE
    other = tmp_path / "other.replay"
    record(other, Quiet(), given)
    # What never ends is stopped by a limit of the interpreter, which is the machine's affair.
    expected = {Verdict.ENVIRONMENT} if what == "itself" else {Verdict.DIVERGED, Verdict.UNVERIFIABLE}
    assert verify(other, Odd()).verdict in expected
    with Recording(other) as recording, pytest.raises(ReplayError):
        Playback(Odd(), recording).step(TICKS)


@pytest.mark.parametrize("number", [np.int64(5), np.float32(0.5), np.bool_(True), (1, 2), b"raw", None, 2.5])
def test_events_of_lists_may_hold_what_one_would_expect_or_are_refused_at_once(path, number):
    class Plain(games.ListEvents):
        class match(games.ListEvents.match):  # noqa: N801
            def as_events(self, events):
                return [(self.tick - 1, "hit", {"amount": number})] if self.tick % 7 == 0 else []

    try:
        record(path, Plain(), inputs_for(Plain(), TICKS))
    except ReplayError:
        with Recording(path) as recording:
            assert recording.ticks == 6
        return
    assert verify(path, Plain()).is_ok


BAD_STATES = {"nothing": None, "text": "state", "a number": 7, "a list": [1, "x"]}


@pytest.mark.parametrize("what", BAD_STATES)
@pytest.mark.parametrize("method", ["save", "proof"])
def test_a_state_that_is_no_bytes_is_one_error_of_ours(path, tmp_path, what, method):
    class Odd(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            pass

    setattr(Odd.match, method, lambda self: BAD_STATES[what])
    with pytest.raises(ReplayError):
        record(path, Odd(), inputs_for(Odd(), TICKS))
    other = tmp_path / "other.replay"
    record(other, games.Silent(), inputs_for(Odd(), TICKS))
    assert not verify(other, Odd()).is_ok


def test_a_state_that_is_a_view_of_what_goes_on_is_copied(path):
    class Sharing(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def __init__(self, seed, players, config):
                super().__init__(seed, players, config)
                self.memory = bytearray(16)

            def save(self):
                self.memory[:] = super().save()
                return memoryview(self.memory)

    game = Sharing()
    seen = record(path, game, inputs_for(game, 700))
    assert verify(path, game).is_ok
    with Recording(path) as recording:
        playback = Playback(game, recording, use_snapshots=False)
        for tick in (700, 60, 0, 601, 600, 59, 1):
            playback.seek(tick)
            assert playback.match.seen() == seen[tick]
        assert not playback.warning


@pytest.mark.parametrize("use_snapshots", [True, False])
def test_a_load_that_forgets_a_part_of_the_state_is_noticed_at_once_even_where_it_lands(path, use_snapshots):
    class Losing(games.Varying):
        class match(games.Varying.match):  # noqa: N801
            def load(self, saved):
                things = self.things
                super().load(saved)
                self.things = things  # as they were: only the rest is loaded

    game = Losing()
    seen = record(path, game, inputs_for(game, 700))
    assert verify(path, game).is_ok
    with Recording(path) as recording:
        for first in (600, 60, 660, 0, 1, 601):
            playback = Playback(game, recording, use_snapshots=use_snapshots)
            playback.step(700)
            for tick in (first, 600, 120, 0, 700):
                playback.seek(tick)
                assert playback.match.seen() == seen[tick], (first, tick)
            assert playback.warning and playback.divergence is None


# --- two ways to the same proof ---------------------------------------------------------------------------------------


class Traced(games.Walk):
    """One call for many ticks, with the states after each; few events, so that whole groups have none."""

    state_dtype = np.dtype([("value", "<u8"), ("tick", "<u8")])
    every = 7

    def events_of(self, tick):
        return super().events_of(tick)[:2] if (self.value >> 50) % self.every == 0 else []

    def trace(self, rows, states):
        parts, ends = [np.zeros(0, games.EVENT)], []
        for index, row in enumerate(rows):
            parts.append(self.advance(row[None]))
            states[index] = np.frombuffer(self.save(), np.uint8)
            ends.append(sum(map(len, parts)))
        return np.concatenate(parts), np.array(ends)


@pytest.mark.parametrize("every", [1, 7, 200])
@pytest.mark.parametrize("group_ticks", [20, 60, 300])
@pytest.mark.parametrize("start", [0, 45])
def test_however_the_ticks_are_cut_into_runs_and_traces_the_proofs_are_the_same(every, group_ticks, start):
    class Whole(games.Level):
        match = type("match", (Traced,), {"every": every})

    class ByTick(games.Level):
        match = type("match", (Traced,), {"every": every, "trace": None})

    fields = (("dx", "i2"), ("buttons", "u1"))
    header = Header(
        "walk", 1, 60, 1, {}, (Player("a"), Player("b")), fields, start_tick=start, chunk_ticks=20, group_ticks=group_ticks
    )
    rows = np.array([row for row, _ in inputs_for(games.Level(), 700, seed=every)])
    begin = b"".join(number.to_bytes(8, "little") for number in (77, start))
    straight = Simulation(ByTick(), header)
    straight.load(begin, start)
    expected = [(straight.hash(), 0)]
    for row in rows:
        straight.run(row[None])
        expected.append((straight.hash(), straight.events_hash))
    chance = random.Random(group_ticks)
    for game in (Whole(), ByTick()):
        for longest in (5, 90, 650):
            simulation, at = Simulation(game, header), 0
            simulation.load(begin, start)
            while at < len(rows):
                stop = min(at + chance.randint(0, longest), len(rows))
                if chance.random() < 0.5:
                    simulation.run(rows[at:stop])
                else:
                    trace = simulation.trace(rows[at:stop])
                    pairs = list(zip(trace.hashes.tolist(), trace.event_hashes.tolist(), strict=True))
                    assert pairs == expected[at + 1 : stop + 1]
                at = stop
                assert simulation.tick == start + at
                assert (simulation.hash(), simulation.events_hash) == expected[at]


def test_a_playback_follows_a_match_that_is_still_recorded(path):
    game = games.RowsAndCommands()
    with Recorder(path, game, seed=5, players=["Ann", "Ben"]) as recorder, Recording(path) as follower:
        seen, playback, chance = [recorder.match.seen()], Playback(game, follower), random.Random(2)
        for row, commands in inputs_for(game, 1400):
            recorder.step(row, commands)
            seen.append(recorder.match.seen())
            follower.refresh()
            if recorder.tick % 29 == 0:
                for tick in (playback.ticks, chance.randint(0, playback.ticks)):
                    playback.seek(tick)
                    assert playback.match.seen() == seen[tick]
            playback.step(3)
            assert playback.match.seen() == seen[playback.tick]
        recorder.finish()
        follower.refresh()
        playback.seek(1400)
        assert playback.match.seen() == seen[1400] and not playback.warning and playback.divergence is None
