"""Sounds, mixed as a device would mix them: never clipped, quieter with distance, what matters first."""

from __future__ import annotations

import os

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"

import numpy as np
import pygame
import pytest
from golden import GOLDEN, RECORDINGS

from game.look import ArenaLook
from game.look.sound import RATE, VOICES, Headroom, Listener, SoundBoard, envelope_of, loudness, synthesise
from game.match import ARENA
from game.rules import CROWN, DEATH, EVENT, EXPLOSION, HIT, LAUNCHER, MATCH_END, RIFLE, SHOT, SPAWN
from game.story import ArenaStory
from replay import Playback, Recording
from replay.watch.model.scene import Camera, Scene
from replay.watch.viewer import Viewer
from replay.watch.window import Window

CAMERA = Camera((0, 0, 1280, 704), 640, 352, 1.0)
BUFFER = 512  # samples that a device asks for at a time: a sound begins at the next ones
WAVES = synthesise()


def events_of(*kinds, tick=0, x=640, y=352, actor=0, target=1, item=RIFLE):
    events = np.zeros(len(kinds), EVENT)
    events["kind"], events["tick"], events["x"], events["y"] = kinds, tick, x, y
    events["actor"], events["target"], events["item"] = actor, target, item
    return events


def mixed(heard, seconds):
    """Left and right at full volume, in the 16 bits of a device but without its limit. heard: (when, Heard)."""
    mix = np.zeros((round((seconds + 3) * RATE), 2), np.int64)
    playing = {}
    for when, each in sorted(heard, key=lambda pair: pair[0]):
        start = -(-round(when * RATE) // BUFFER) * BUFFER
        if each.slot in playing:  # a channel plays one sound: the next one takes its place
            old, ends = playing[each.slot]
            mix[start:ends] -= old[len(old) - (ends - start) :] if ends > start else 0
        wave = (WAVES[each.name] * 32_000).astype(np.int16)[:, None] * np.array([each.left, each.right])
        wave = wave.astype(np.int64)
        mix[start : start + len(wave)] += wave
        playing[each.slot] = (wave, start + len(wave))
    return mix


def clipped(mix):
    return int((np.abs(mix) > 32_767).sum())


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("listener", [None, 0])
def test_no_sample_of_a_golden_match_is_clipped(name, listener):
    with Recording(RECORDINGS / f"{name}.replay") as recording:
        playback, board, heard = Playback(ARENA, recording), SoundBoard(), []
        for tick in range(recording.ticks):
            events = playback.step(1)
            if len(events):
                player = playback.match.state[0]["players"][0]
                ears = None if listener is None else Listener(0, int(player["x"]) / 256, int(player["y"]) / 256)
                heard += [(tick / 60, each) for each in board.plan(events, CAMERA, ears, tick / 60)]
    assert clipped(mixed(heard, recording.seconds)) == 0
    if name == "eight-players":
        assert len(heard) > 300
        assert np.abs(mixed(heard, recording.seconds)).max() > 16_000  # it is not silence that keeps it from clipping


def test_everything_at_once_again_and_again_is_not_clipped_and_without_headroom_it_would_be(monkeypatch):
    kinds = (DEATH, EXPLOSION, CROWN, SHOT, HIT, SPAWN, MATCH_END)

    def heard_of(board):
        return [
            (tick / 60, each)
            for tick in range(120)
            for each in board.plan(events_of(*kinds, tick=tick, item=LAUNCHER), CAMERA, None, tick / 60)
        ]

    assert clipped(mixed(heard_of(SoundBoard()), 2)) == 0
    slots = iter(range(10_000))
    monkeypatch.setattr(Headroom, "take", lambda *_, **__: (next(slots), 1.0))
    assert clipped(mixed(heard_of(SoundBoard()), 2)) > 0


def test_a_sound_is_quieter_with_its_distance_and_lies_on_its_side():
    ears = Listener(0, 640, 352)
    near, far, farther = (sum(loudness(CAMERA, ears, events_of(HIT, x=640 + way)[0])) for way in (0, 300, 600))
    assert near > 1.4 * far > 1.4 * farther > 0
    left, right = loudness(CAMERA, None, events_of(HIT, x=100)[0])
    assert left > 2 * right
    away = Camera((0, 0, 1280, 704), 2000, 352, 1.0)
    assert sum(loudness(away, None, events_of(HIT)[0])) < 0.5 * sum(loudness(CAMERA, None, events_of(HIT)[0]))


def test_one_s_own_come_first_and_the_same_again_at_once_joins():
    board = SoundBoard()
    events = np.concatenate([events_of(DEATH, actor=3, target=4), events_of(HIT, actor=0, target=1)])
    assert [each.name for each in board.plan(events, CAMERA, Listener(3, 640, 352), 0.0)] == ["death", "hit"]
    assert [each.name for each in SoundBoard().plan(events_of(HIT, HIT, HIT), CAMERA, None, 0.0)] == ["hit"]
    assert board.plan(events_of(HIT), CAMERA, None, 0.02) == []
    assert [each.name for each in board.plan(events_of(HIT), CAMERA, None, 0.2)] == ["hit"]


def test_one_s_own_shot_is_heard_though_another_s_was_just_before():
    board, ears = SoundBoard(), Listener(0, 640, 352)

    def heard(actor, now):
        return [each.name for each in board.plan(events_of(SHOT, actor=actor, target=-1), CAMERA, ears, now)]

    assert heard(3, 0.0) == ["rifle"] and heard(4, 0.02) == []
    assert heard(0, 0.03) == ["rifle"] and heard(0, 0.06) == []  # one's own join one's own
    assert heard(3, 0.07) == []  # and what others do joins that


def test_without_a_listener_the_middle_of_the_picture_listens():
    middle, side, corner = (
        sum(loudness(CAMERA, None, events_of(HIT, x=x, y=y)[0])) for x, y in ((640, 352), (640, 20), (1279, 703))
    )
    assert middle == pytest.approx(2.0) and middle > side > corner > 0.2


def test_what_matters_takes_the_place_of_what_matters_least_when_all_voices_are_in_use():
    room, quiet = Headroom(), np.full(100, 0.01)
    worths = [5, 3, *[4] * (VOICES - 3), 3]
    slots = [room.take(0.0, quiet, 1.0, 1.0, worth)[0] for worth in worths]
    assert sorted(slots) == list(range(VOICES))
    assert room.take(0.1, quiet, 1.0, 1.0, 3) is None
    assert [room.take(0.1, quiet, 1.0, 1.0, 9)[0] for _ in range(2)] == [slots[1], slots[-1]]


def test_the_crowd_leaves_room_for_one_s_own():
    room, loud = Headroom(), np.full(10, 0.4)
    assert room.take(0.0, loud, 1.0, 1.0, 1) == (0, 1.0)
    slot, share = room.take(0.0, loud, 1.0, 1.0, 1)
    assert slot == 1 and share == pytest.approx(0.75)  # quieter: 0.7 of full scale is for all that matters little
    assert room.take(0.0, loud, 1.0, 1.0, 1) is None
    assert room.take(0.0, loud, 1.0, 1.0, 5) == (2, pytest.approx(0.7))
    assert room.take(0.0, loud, 0.0, 0.0, 5) == (3, 1.0)  # what is silent needs no room


def test_sounds_are_short_and_balanced_and_end_in_silence():
    for name, wave in WAVES.items():
        assert 0.02 < len(wave) / RATE < 2, name
        assert 0.15 <= np.abs(wave).max() <= 0.6, name
        assert abs(wave[0]) < 0.02 and abs(wave[-1]) < 0.02 and abs(wave.mean()) < 1e-3, name
        envelope = envelope_of(wave)
        peaks = [np.abs(wave[start : start + RATE // 100]).max() for start in range(0, len(wave), RATE // 100)]
        assert (envelope[: len(peaks)] >= np.array(peaks)).all(), name


def test_nothing_is_shrill():
    for name, wave in WAVES.items():
        power, hertz = np.abs(np.fft.rfft(wave)) ** 2, np.fft.rfftfreq(len(wave), 1 / RATE)
        assert (power * hertz).sum() / power.sum() < 3000, name
        assert power[hertz > 6000].sum() / power.sum() < 0.12, name


@pytest.fixture
def channels(monkeypatch):
    """What each channel was told: (channel, "stop" or "play"), or how loud to be, (channel, left, right)."""
    loud = []

    class Channel:
        def __init__(self, slot):
            self.slot = slot

        def stop(self):
            loud.append((self.slot, "stop"))

        def play(self, made):
            loud.append((self.slot, "play"))

        def set_volume(self, left, right):
            loud.append((self.slot, left, right))

    monkeypatch.setattr(pygame.mixer, "Channel", Channel)
    return loud


def audible_board(volume):
    board = SoundBoard(volume)
    board.works, board._sounds = True, dict.fromkeys(WAVES)
    return board


def test_a_volume_holds_at_once_for_what_is_being_played(channels):
    board = audible_board(0.5)
    assert board.signal("beep") == ["beep"]
    board.volume = 0.25
    board.volume = 0.25  # nothing to do
    board.volume = 0.0
    # The volume stands before the sound begins: set after it, a buffer at full scale might be heard.
    assert channels == [(0, "stop"), (0, 0.5, 0.5), (0, "play"), (0, 0.25, 0.25), (0, 0.0, 0.0)]


def test_nothing_is_played_while_it_is_mute_and_volumes_end_at_0_and_1(channels):
    board = audible_board(-1.0)
    assert board.volume == 0.0
    board.signal("go")
    assert channels == []
    board.volume = 7
    assert board.volume == 1.0


@pytest.fixture
def countdown(monkeypatch):
    """A look at a match that begins with three seconds of countdown, and what it was told to signal."""
    with Recording(RECORDINGS / "duel.replay") as recording:
        state = Playback(ARENA, recording).match.state.copy()
        look = ArenaLook(ArenaStory(ARENA, recording.header))
    assert state["starts_at"][0] == 180
    signals = []
    look._sounds = SoundBoard()
    monkeypatch.setattr(look._sounds, "signal", signals.append)

    def hear(ticks):
        signals.clear()
        for tick in ticks:
            state["tick"] = tick
            look.hear(np.zeros(0, EVENT), Scene(CAMERA, state[0], state[0], 0.0, float(tick), np.zeros(0, EVENT), None, {}))
        return list(signals)

    return hear


def test_each_second_of_a_countdown_beeps_and_its_end_says_go(countdown):
    assert countdown(range(1, 400)) == ["beep", "beep", "beep", "go"]


def test_a_countdown_is_heard_once_when_pictures_leave_out_or_repeat_ticks(countdown):
    assert countdown(range(1, 400, 4)) == ["beep", "beep", "beep", "go"]
    assert countdown([tick for tick in range(400) for _ in range(4)]) == ["beep", "beep", "beep", "go"]


def test_a_countdown_that_is_entered_in_the_midst_of_a_second_waits_for_the_next(countdown):
    assert countdown(range(90, 400)) == ["beep", "go"]


def test_a_viewer_sounds_the_countdown_though_nothing_happens_in_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    signals = []
    monkeypatch.setattr(SoundBoard, "signal", lambda self, name: signals.append(name))
    with Window("test", (640, 360), frames=1) as window:
        viewer = Viewer(RECORDINGS / "duel.replay", ARENA)
        viewer.transport.playing = True
        window.show(viewer)
        for _ in range(240):
            window.frame(1 / 60)
        window.show(None)
    assert signals == ["beep", "beep", "beep", "go"]
