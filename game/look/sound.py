"""What arena sounds like: every sound is computed once with numpy, panned to where it happened, at most eight at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pygame

from replay.watch.model.scene import Camera

from .. import rules

RATE = 44_100
VOICES = 8
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
}
# What must be heard when there are more than eight at once.
_WORTH = {"end": 9, "death": 8, "explosion": 8, "streak": 7, "critical": 6, "purchase": 5, "pickup": 4, "hit": 3}


def synthesise() -> dict[str, npt.NDArray[np.float64]]:
    """All sounds by name, mono, -1..1, float."""
    chance = np.random.default_rng(3)

    def noise(seconds: float) -> npt.NDArray[np.float64]:
        return chance.uniform(-1, 1, round(seconds * RATE))

    def fall(seconds: float, speed: float) -> npt.NDArray[np.float64]:
        return np.exp(-np.arange(round(seconds * RATE)) / RATE * speed)

    def tone(seconds: float, start: float, stop: float, overtones: float = 0.0) -> npt.NDArray[np.float64]:
        steps = round(seconds * RATE)
        phase = np.cumsum(np.geomspace(start, stop, steps)) / RATE * 2 * np.pi
        return (np.sin(phase) + overtones * np.sign(np.sin(phase * 2)) * 0.5) / (1 + overtones * 0.5)

    def soft(sound: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
        return np.convolve(sound, np.ones(width) / width, "same")

    def chord(notes: tuple[float, ...], each: float, last: float) -> npt.NDArray[np.float64]:
        sounds = np.zeros(round((each * len(notes) + last) * RATE))
        for index, note in enumerate(notes):
            sound = tone(last, note, note, 0.3) * fall(last, 7)
            at = round(index * each * RATE)
            sounds[at : at + len(sound)] += sound
        return sounds

    sounds = {
        "blaster": tone(0.14, 1250, 260, 0.5) * fall(0.14, 24),
        "shotgun": soft(noise(0.26), 4) * fall(0.26, 17) * 1.6 + tone(0.26, 150, 50) * fall(0.26, 14),
        "rifle": soft(noise(0.11), 2) * fall(0.11, 42) + tone(0.11, 420, 120) * fall(0.11, 36),
        "launcher": soft(noise(0.4), 12) * fall(0.4, 9) * 1.8 + tone(0.4, 240, 70) * fall(0.4, 9),
        "hit": tone(0.09, 620, 180, 0.8) * fall(0.09, 40) + noise(0.09) * fall(0.09, 60) * 0.5,
        "critical": tone(0.18, 1400, 300, 1.0) * fall(0.18, 22) + noise(0.18) * fall(0.18, 40) * 0.6,
        "death": tone(0.55, 380, 42, 0.9) * fall(0.55, 6) + soft(noise(0.55), 8) * fall(0.55, 9),
        "explosion": soft(noise(0.9), 22) * fall(0.9, 5) * 3.2 + tone(0.9, 95, 28) * fall(0.9, 5),
        "pickup": chord((660, 990), 0.055, 0.16),
        "purchase": chord((520, 780, 1040), 0.06, 0.2),
        "refused": tone(0.16, 190, 150, 1.2) * fall(0.16, 10),
        "dash": soft(noise(0.2), 6) * np.sin(np.linspace(0, np.pi, round(0.2 * RATE))) * 0.9,
        "reload": np.concatenate([noise(0.03) * fall(0.03, 120), np.zeros(round(0.07 * RATE)), noise(0.04) * fall(0.04, 90)]),
        "spawn": tone(0.3, 240, 900) * np.sin(np.linspace(0, np.pi, round(0.3 * RATE))) * 0.6,
        "streak": chord((523, 659, 784, 1047), 0.08, 0.28),
        "end": chord((392, 523, 659, 784), 0.16, 0.9),
    }
    edge = np.minimum(np.arange(2 * RATE) / (0.002 * RATE), 1)
    for name, sound in sounds.items():
        ends = edge[: len(sound)] * edge[: len(sound)][::-1]
        sounds[name] = sound / max(np.abs(sound).max(), 1e-9) * ends
    return sounds


class SoundBoard:
    """Plays events. Without a sound device it is silent, and that is all.

    works: whether there is a device. volume: 0..1.
    """

    def __init__(self, volume: float = 0.5) -> None:
        self.volume = volume
        self.works = False
        self._sounds: dict[str, pygame.mixer.Sound] = {}
        try:
            if not pygame.mixer.get_init():
                with _silent_stderr():
                    pygame.mixer.init(RATE, -16, 2, 512)
            pygame.mixer.set_num_channels(VOICES)
            for name, sound in synthesise().items():
                stereo = np.ascontiguousarray(np.repeat((sound * 32_000).astype(np.int16)[:, None], 2, axis=1))
                self._sounds[name] = pygame.sndarray.make_sound(stereo)
            self.works = True
        except (pygame.error, NotImplementedError):
            self._sounds.clear()

    def play(self, events: npt.NDArray[np.void], camera: Camera) -> list[str]:
        """Sound these events as heard at the camera; the weightiest first, one of each name, as many as there are voices.
        Returns the names of what is heard."""
        wanted: dict[str, tuple[float, float]] = {}
        for event in events:
            name = sound_of(event)
            if name is not None and name not in wanted:
                wanted[name] = pan(camera, int(event["x"]), int(event["y"])) if event["kind"] != rules.MATCH_END else (1.0, 1.0)
        heard = sorted(wanted, key=lambda name: -_WORTH.get(name, 1))[:VOICES]
        if self.works:
            for name in heard:
                channel = pygame.mixer.find_channel(_WORTH.get(name, 1) >= 7)
                if channel is not None:
                    left, right = wanted[name]
                    channel.play(self._sounds[name])
                    channel.set_volume(left * self.volume, right * self.volume)
        return heard

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


def pan(camera: Camera, x: float, y: float) -> tuple[float, float]:
    """Volumes left and right of something at a point of the world; what is off the screen is faint."""
    at_x, at_y = camera.to_screen(x, y)
    left, top, width, height = camera.area
    side = min(max((at_x - left) / max(width, 1), 0.0), 1.0)
    off = max(left - at_x, at_x - left - width, top - at_y, at_y - top - height, 0.0)
    near = 1 / (1 + off / 200)
    return near * min(1.0, 2 * (1 - side)) ** 0.5, near * min(1.0, 2 * side) ** 0.5
