"""Instant replay: the last seconds of a match that goes on, from memory."""

import os

import pytest
from plain_games import Pong, World
from toys import BANK, COUNTER, random_inputs

from replay import PlainGame, Playback, Recorder, Recording, RingRecorder, UsageError
from replay.core.errors import CutError, RulesError
from replay.core.game import state_hash
from replay.prove.conformance.given import random_inputs as bit_patterns


class Fragile(PlainGame):
    def step(self, commands):
        self.said = [data for _, data in commands]
        if "boom" in self.said:
            raise LookupError(self.tick)


def ring_of(game, ticks):
    """A ring after some ticks, and the hash of every state on the way."""
    ring = RingRecorder(game, seconds=3, seed=7, players=["a", "b"], group_seconds=1)
    hashes = {0: state_hash(ring.match)}
    for row in random_inputs(game, 1000, 2)[:ticks]:
        ring.step(row)
        hashes[ring.tick] = state_hash(ring.match)
    return ring, hashes


@pytest.mark.parametrize("ticks", [0, 1, 59, 60, 61, 500])
def test_what_is_shown_again_is_what_was_played(ticks):
    ring, hashes = ring_of(COUNTER, ticks)
    states = [state_hash(match) for match in ring.again(seconds=2)]
    assert states == [hashes[tick] for tick in range(max(ticks - 120, 0), ticks + 1)]


def test_half_the_speed_shows_every_state_twice_and_double_every_other():
    ring, hashes = ring_of(COUNTER, 300)
    slow = [state_hash(match) for match in ring.again(seconds=1, speed=0.5)]
    assert slow == [hashes[240 + index // 2] for index in range(121)]
    assert [state_hash(match) for match in ring.again(1, 2)] == [hashes[tick] for tick in range(240, 301, 2)]


def test_more_seconds_than_are_kept_begin_where_the_ring_does():
    ring, hashes = ring_of(COUNTER, 900)
    states = [state_hash(match) for match in ring.again(seconds=100)]
    assert 180 <= len(states) - 1 <= 300 and states[0] == hashes[901 - len(states)]


@pytest.mark.parametrize("game", [Pong, COUNTER])
def test_the_match_goes_on_while_it_is_shown_and_neither_notices_the_other(game):
    alone, expected = ring_of(game, 400)
    ring, _ = ring_of(game, 300)
    again, shown = ring.again(seconds=2), []
    for row in random_inputs(game, 1000, 2)[300:400]:
        shown.append(state_hash(next(again)))
        ring.step(row)
        assert state_hash(ring.match) == expected[ring.tick]
    assert shown == [expected[tick] for tick in range(180, 280)]
    assert alone.match.save() == ring.match.save()


def test_it_touches_no_disk(monkeypatch):
    ring, hashes = ring_of(COUNTER, 200)

    def refuse(*arguments, **options):
        raise AssertionError("the disk was touched")

    for name in ("open", "fsync", "stat"):
        monkeypatch.setattr(os, name, refuse)
    assert state_hash(list(ring.again(1))[-1]) == hashes[200]


def test_a_playback_of_it_goes_anywhere_and_is_proved():
    ring, hashes = ring_of(COUNTER, 500)
    playback = ring.playback()
    start = playback.recording.start_tick
    for tick in (500, start, 400, 399, 499, start + 1):
        playback.seek(tick)
        assert state_hash(playback.match) == hashes[tick]
    assert playback.divergence is None and not playback.warning and playback.recording.lacks_digests is False


def test_what_led_to_a_crash_can_be_shown():
    ring = RingRecorder(Fragile, seconds=5, seed=1, players=["a", "b"])
    for number in range(20):
        ring.step(commands=[(0, number)])
    last = state_hash(ring.match)
    with pytest.raises(RulesError):
        ring.step(commands=[(0, "boom")])
    *_, match = ring.again(2)
    assert state_hash(match) == last and match.said == [19]


def test_nothing_is_shown_at_no_speed():
    ring, _ = ring_of(BANK, 10)
    for seconds, speed in ((0, 1), (1, 0), (-1, 1), (1, float("nan"))):
        with pytest.raises(UsageError, match="speed"):
            ring.again(seconds, speed)


# --- recordings in memory ---


def test_the_bytes_of_a_file_are_a_recording(path):
    with Recorder(path, World, seed=7, players=["Ann"]) as recorder:
        for row in bit_patterns(World, 130, 1):
            recorder.step(row)
    data = path.read_bytes()
    with Recording(data) as ours, Recording(path) as theirs:
        assert (ours.identity(), ours.ticks, ours.state) == (theirs.identity(), 130, "complete")
        playback = Playback(World, ours)
        playback.seek(130)
        assert state_hash(playback.match) == ours.end.hash
    with Recording(data[:-20]) as cut:
        assert isinstance(cut.damage, CutError)
