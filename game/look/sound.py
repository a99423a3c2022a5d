"""What arena sounds like: every sound is computed once with numpy, panned, and quieter with its distance from who listens.

Nothing is ever clipped: the board knows how loud each sound will be in each hundredth of a second to come, and a new one is only as
loud as there is room for. This needs no limiter, which pygame's mixer has no place for, and changes no sound's shape. So a fight of
eight players is loud, and not a wall: what matters comes first, what repeats itself joins, and some room is kept for one's own.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pygame

from replay.watch.model.scene import Camera

from .. import rules

RATE = 44_100
VOICES = 8
Wave = npt.NDArray[np.float64]

_WEAPONS = {rules.BLASTER: "blaster", rules.SHOTGUN: "shotgun", rules.RIFLE: "rifle", rules.LAUNCHER: "launcher"}
_KINDS = {
    rules.HIT: "hit",
    rules.CRITICAL: "critical",
    rules.DEATH: "death",
    rules.PICKUP: "pickup",
    rules.PURCHASE: "purchase",
    rules.EXPLOSION: "explosion",
    rules.MATCH_END: "end",
    rules.DASHED: "dash",
    rules.RELOADING: "reload",
    rules.SPAWN: "spawn",
    rules.REFUSED: "refused",
    rules.STREAKING: "streak",
    rules.CROWN: "crown",
}
# What must be heard when there is more than there is room for; one's own doings count as much as OWN more.
_WORTH = {"go": 9, "beep": 9, "end": 9, "death": 8, "explosion": 8, "crown": 7, "streak": 7, "critical": 6, "purchase": 5,
          "pickup": 4, "hit": 3}  # fmt: skip
_OWN = 4
_WEIGHTY = 5  # what is worth so much may use all the room, like one's own shots
_CROWD_SCALE = 0.7  # of full scale, for what is worth less
# How loud each is at its peak, of full scale: several go together.
_PEAKS = {"explosion": 0.6, "death": 0.5, "end": 0.5, "launcher": 0.42, "shotgun": 0.42, "go": 0.4, "crown": 0.4, "streak": 0.4,
          "critical": 0.34, "blaster": 0.3, "rifle": 0.3, "beep": 0.3, "purchase": 0.3, "pickup": 0.26, "hit": 0.26,
          "refused": 0.24, "dash": 0.22, "reload": 0.32, "spawn": 0.2}  # fmt: skip
_ECHO_SECONDS = 0.05  # the same again within that time joins the first
_BLOCK = RATE // 100
_SLACK_BLOCKS = 3  # a device begins a sound so much later than it is asked to, at most
_LEAST_SHARE = 0.25  # of its loudness: with less room a sound is left out
_FULL_SCALE = 0.98
_HALF_PIXELS = 420  # from who listens: there a sound is half as loud
_FAINTEST = 0.12


def synthesise() -> dict[str, Wave]:
    """All sounds by name, mono, float, each as loud at its peak as _PEAKS says."""
    chance = np.random.default_rng(3)

    def noise(seconds: float) -> Wave:
        return chance.uniform(-1, 1, round(seconds * RATE))

    def fall(seconds: float, speed: float) -> Wave:
        return np.exp(-np.arange(round(seconds * RATE)) / RATE * speed)

    def tone(seconds: float, start: float, stop: float, overtones: float = 0.0) -> Wave:
        steps = round(seconds * RATE)
        phase = np.cumsum(np.geomspace(start, stop, steps)) / RATE * 2 * np.pi
        return (np.sin(phase) + overtones * np.sign(np.sin(phase * 2)) * 0.5) / (1 + overtones * 0.5)

    def soft(sound: Wave, width: int) -> Wave:
        return np.convolve(sound, np.ones(width) / width, "same")

    def chord(notes: tuple[float, ...], each: float, last: float) -> Wave:
        sounds = np.zeros(round((each * len(notes) + last) * RATE))
        for index, note in enumerate(notes):
            sound = tone(last, note, note, 0.3) * fall(last, 7)
            at = round(index * each * RATE)
            sounds[at : at + len(sound)] += sound
        return sounds

    def click(seconds: float, speed: float) -> Wave:
        return soft(noise(seconds), 8) * fall(seconds, speed)

    sounds = {
        "blaster": tone(0.14, 1250, 260, 0.5) * fall(0.14, 24),
        "shotgun": soft(noise(0.26), 4) * fall(0.26, 17) * 1.6 + tone(0.26, 150, 50) * fall(0.26, 14),
        "rifle": soft(noise(0.11), 2) * fall(0.11, 42) + tone(0.11, 420, 120) * fall(0.11, 36),
        "launcher": soft(noise(0.4), 12) * fall(0.4, 9) * 1.8 + tone(0.4, 240, 70) * fall(0.4, 9),
        "hit": tone(0.09, 620, 180, 0.8) * fall(0.09, 40) + noise(0.09) * fall(0.09, 60) * 0.5,
        "critical": tone(0.18, 1250, 280, 0.7) * fall(0.18, 22) + soft(noise(0.18), 4) * fall(0.18, 40) * 0.9,
        "death": tone(0.55, 380, 42, 0.9) * fall(0.55, 6) + soft(noise(0.55), 8) * fall(0.55, 9),
        "explosion": soft(noise(0.9), 22) * fall(0.9, 5) * 3.2 + tone(0.9, 95, 28) * fall(0.9, 5),
        "pickup": chord((660, 990), 0.055, 0.16),
        "purchase": chord((520, 780, 1040), 0.06, 0.2),
        "refused": tone(0.16, 190, 150, 1.2) * fall(0.16, 10),
        "dash": soft(noise(0.2), 9) * np.sin(np.linspace(0, np.pi, round(0.2 * RATE))) * 0.9,
        "reload": np.concatenate([click(0.03, 120), np.zeros(round(0.07 * RATE)), click(0.04, 90)]),
        "spawn": tone(0.3, 240, 900) * np.sin(np.linspace(0, np.pi, round(0.3 * RATE))) * 0.6,
        "streak": chord((523, 659, 784, 1047), 0.08, 0.28),
        "crown": chord((784, 1047, 1319), 0.07, 0.3),
        "beep": tone(0.12, 660, 660, 0.2) * fall(0.12, 12),
        "go": tone(0.4, 990, 990, 0.2) * fall(0.4, 6),
        "end": chord((392, 523, 659, 784), 0.16, 0.9),
    }
    edge = np.minimum(np.arange(2 * RATE) / (0.002 * RATE), 1)
    for name, sound in sounds.items():
        ends = edge[: len(sound)] * edge[: len(sound)][::-1]
        sound = (sound - sound.mean()) * ends
        sounds[name] = sound * _PEAKS[name] / max(np.abs(sound).max(), 1e-9)
    return sounds


class Heard(NamedTuple):
    """A sound that begins now: its channel, and how loud it is left and right, before the volume."""

    name: str
    slot: int
    left: float
    right: float


class _Wanted(NamedTuple):
    """A sound that there may be room for."""

    name: str
    left: float
    right: float
    worth: int
    is_own: bool

    @property
    def rank(self) -> tuple[int, float]:
        """The higher, the sooner: what matters, then what is near."""
        return self.worth, self.left + self.right


class _Voice(NamedTuple):
    """slot: its channel. worth: how much it matters. began: in blocks. loud: how loud at most, by block and side."""

    slot: int
    worth: int
    began: int
    loud: Wave


class Headroom:
    """What the voices that are heard leave of full scale."""

    def __init__(self) -> None:
        self._voices: list[_Voice] = []

    def take(self, now: float, envelope: Wave, left: float, right: float, worth: int) -> tuple[int, float] | None:
        """Room for a sound from `now` (seconds) on: its channel, and which share of its loudness there is room for.

        When all channels are in use it takes that of the sound that matters least, the oldest of several. None if no sound matters
        less, or if there is too little room.
        """
        block = int(now * RATE / _BLOCK)
        self._voices = [voice for voice in self._voices if voice.began + len(voice.loud) > block]
        going, free = self._voices, set(range(VOICES)) - {voice.slot for voice in self._voices}
        slot = min(free, default=-1)
        if not free:
            least = min(going, key=lambda voice: voice.worth)
            if least.worth >= worth:
                return None
            slot, going = least.slot, [voice for voice in going if voice is not least]
        wanted = envelope[:, None] * (left, right)
        used = np.zeros_like(wanted)
        for voice in going:
            rest = voice.loud[max(block - voice.began, 0) :][: len(used)]
            used[: len(rest)] += rest
        room = (_FULL_SCALE if worth >= _WEIGHTY else _CROWD_SCALE) - used
        share = float((room[wanted > 0] / wanted[wanted > 0]).min(initial=1.0))
        if share < _LEAST_SHARE:
            return None
        self._voices = [*going, _Voice(slot, worth, block, wanted * share)]
        return slot, share


def envelope_of(sound: Wave) -> Wave:
    """How loud a sound is at most in each hundredth of a second, with the slack of devices."""
    blocks = -(-len(sound) // _BLOCK) + _SLACK_BLOCKS
    loud = np.zeros((blocks, _BLOCK))
    loud.ravel()[: len(sound)] = np.abs(sound)
    peaks = loud.max(1)
    late = [
        np.concatenate([np.full(blocks_late, peaks[0]), peaks[: blocks - blocks_late]]) for blocks_late in range(_SLACK_BLOCKS + 1)
    ]
    loudest: Wave = np.max(late, axis=0)
    return loudest


class Planner:
    """Decides what is heard, and how loud: `SoundBoard` plays it, a film is mixed of it."""

    def __init__(self, waves: Mapping[str, Wave]) -> None:
        self._envelopes = {name: envelope_of(sound) for name, sound in waves.items()}
        self._headroom = Headroom()
        self._last: dict[tuple[str, bool], float] = {}

    def plan(self, events: npt.NDArray[np.void], camera: Camera, listener: Listener | None, now: float) -> list[Heard]:
        """What of these events is heard, at `now` in seconds of some clock, the weightiest first."""
        wanted: dict[str, _Wanted] = {}
        for event in events:
            name = sound_of(event)
            if name is None:
                continue
            left, right = (1.0, 1.0) if event["kind"] == rules.MATCH_END else loudness(camera, listener, event)
            is_own = listener is not None and listener.player in (event["actor"], event["target"])
            sound = _Wanted(name, left, right, _WORTH.get(name, 1) + (_OWN if is_own else 0), is_own)
            if name not in wanted or sound.rank > wanted[name].rank:
                wanted[name] = sound
        return self._taken(sorted(wanted.values(), key=lambda sound: sound.rank, reverse=True), now)

    def plan_signal(self, name: str, now: float) -> list[Heard]:
        """The same for a sound that comes from nowhere: "beep" or "go"."""
        return self._taken([_Wanted(name, 1.0, 1.0, _WORTH[name], is_own=False)], now)

    def _taken(self, wanted: list[_Wanted], now: float) -> list[Heard]:
        heard = []
        for name, left, right, worth, is_own in wanted:
            # What others do joins what was just heard, one's own joins one's own alone: nobody else's shot hides it.
            earlier = self._last.get((name, True), -1.0), -1.0 if is_own else self._last.get((name, False), -1.0)
            if now - max(earlier) < _ECHO_SECONDS:
                continue
            room = self._headroom.take(now, self._envelopes[name], left, right, worth)
            if room is not None:
                self._last[name, is_own] = now
                slot, share = room
                heard.append(Heard(name, slot, left * share, right * share))
        return heard


class SoundBoard(Planner):
    """Plays events. Without a sound device it is silent, and that is all.

    works: whether there is a device.
    """

    def __init__(self, volume: float = 0.5) -> None:
        self._volume = min(max(volume, 0.0), 1.0)
        self.works = False
        waves = synthesise()
        super().__init__(waves)
        self._sounds: dict[str, pygame.mixer.Sound] = {}
        self._playing: dict[int, Heard] = {}  # by channel: what it was last given
        try:
            if not pygame.mixer.get_init():
                with _silent_stderr():
                    pygame.mixer.init(RATE, -16, 2, 512)
            pygame.mixer.set_num_channels(VOICES)
            for name, sound in waves.items():
                stereo = np.ascontiguousarray(np.repeat((sound * 32_000).astype(np.int16)[:, None], 2, axis=1))
                self._sounds[name] = pygame.sndarray.make_sound(stereo)
            self.works = True
        except (pygame.error, NotImplementedError):
            self._sounds.clear()

    @property
    def volume(self) -> float:
        """0..1. A new one holds for what is being played, too; 0 is mute."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        volume = min(max(volume, 0.0), 1.0)
        if volume == self._volume:
            return
        self._volume = volume
        if self.works:
            for slot, heard in self._playing.items():
                pygame.mixer.Channel(slot).set_volume(heard.left * volume, heard.right * volume)

    def play(self, events: npt.NDArray[np.void], camera: Camera, listener: Listener | None = None) -> list[str]:
        """Sound these events. Returns the names of what is heard, the weightiest first."""
        return self._sound(self.plan(events, camera, listener, time.monotonic()))

    def signal(self, name: str) -> list[str]:
        """A sound that comes from nowhere: "beep" or "go"."""
        return self._sound(self.plan_signal(name, time.monotonic()))

    def _sound(self, heard: list[Heard]) -> list[str]:
        if self.works and self.volume > 0:
            for each in heard:
                channel = pygame.mixer.Channel(each.slot)
                channel.stop()  # one that plays would forget its volume
                channel.set_volume(each.left * self.volume, each.right * self.volume)  # first: not a moment is heard at full scale
                channel.play(self._sounds[each.name])
                self._playing[each.slot] = each
        return [each.name for each in heard]

    def sample(self, volume: float) -> None:
        """Let somebody hear how loud that is."""
        self.volume = volume
        self.signal("beep")

    def stop(self) -> None:
        if self.works:
            pygame.mixer.stop()


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Sound libraries write pages to stderr where there is no device; that there is none need not be said."""
    try:
        stderr = os.dup(2)
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def sound_of(event: np.void) -> str | None:
    """The sound of an event, or None."""
    kind = int(event["kind"])
    return _WEAPONS.get(int(event["item"])) if kind == rules.SHOT else _KINDS.get(kind)


class Listener(NamedTuple):
    """Whose ears these are, and where they are, in world pixels."""

    player: int
    x: float
    y: float


def loudness(camera: Camera, listener: Listener | None, event: np.void) -> tuple[float, float]:
    """How loud an event is left and right, 0..1: by its distance from who listens, or from the middle of the picture if that is
    nobody; what is off the screen is faint."""
    x, y = int(event["x"]), int(event["y"])
    at_x, at_y = camera.to_screen(x, y)
    left, top, width, height = camera.area
    off = max(left - at_x, at_x - left - width, top - at_y, at_y - top - height, 0.0)
    near = 1 / (1 + off / 200)
    if listener is not None:
        far = math.hypot(x - listener.x, y - listener.y) / _HALF_PIXELS
    else:  # from the middle of what is seen: at its corners half as loud
        far = math.hypot(at_x - left - width / 2, at_y - top - height / 2) / max(math.hypot(width, height) / 2, 1)
    near *= 1 / (1 + far * far)
    near = max(near, _FAINTEST)
    side = min(max((at_x - left) / max(width, 1), 0.0), 1.0)
    return near * min(1.0, 2 * (1 - side)) ** 0.5, near * min(1.0, 2 * side) ** 0.5
