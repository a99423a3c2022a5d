"""The sounds of a match, mixed without a device: each begins at the very sample of its tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from replay.watch.model.scene import Scene, Sound
from replay.watch.model.session import Session
from replay.watch.view.look import Look

Samples = np.ndarray[Any, np.dtype[np.float32]]
_GAIN = 0.8  # what loses bytes may overshoot


class _Playing(NamedTuple):
    """samples: all of them. first: where they begin in the mix."""

    samples: Samples
    first: int


class Mix:
    """Adds sounds up, and gives the sum away as far as it is final. Positions are in samples from the beginning.

    As with a device, a channel plays one sound: the next one on it ends it.
    """

    def __init__(self) -> None:
        self._sum: Samples = np.zeros((0, 2), np.float32)
        self._taken = 0
        self._channels: dict[int, _Playing] = {}

    def add(self, position: int, sounds: Sequence[Sound]) -> None:
        """Begin these. position: not before what was taken."""
        for sound in sounds:
            self._end(sound.channel, position)
            samples = sound.wave[:, None].astype(np.float32) * np.array((sound.left, sound.right), np.float32)
            self._room(position, len(samples))[:] += samples
            self._channels[sound.channel] = _Playing(samples, position)

    def cut(self, position: int) -> None:
        """End everything."""
        for channel in list(self._channels):
            self._end(channel, position)

    def take(self, position: int) -> Samples:
        """What sounds up to `position` and was not taken yet, shape (samples, 2), -1..1."""
        count = position - self._taken
        self._room(self._taken, count)
        taken, self._sum, self._taken = self._sum[:count], self._sum[count:], position
        final: Samples = np.clip(taken * np.float32(_GAIN), -1, 1)
        return final

    def _end(self, channel: int, position: int) -> None:
        playing = self._channels.pop(channel, None)
        if playing is not None and (rest := playing.samples[position - playing.first :]).size:
            self._room(position, len(rest))[:] -= rest

    def _room(self, position: int, count: int) -> Samples:
        """The sum from a position on."""
        first = position - self._taken
        if first + count > len(self._sum):
            self._sum = np.concatenate([self._sum, np.zeros((first + count - len(self._sum), 2), np.float32)])
        return self._sum[first : first + count]


class Soundtrack:
    """What is heard of a film that shows a match at its own speed: of every tick, also those that have no picture.

    look: one whose `sample_rate` is not None.
    """

    def __init__(self, session: Session, look: Look, fps: float) -> None:
        self._session, self._look, self._fps = session, look, fps
        self._rate = look.sample_rate or 0
        self._mix = Mix()
        self._heard = 0  # the last tick

    def before(self, number: int, scene: Scene, *, is_cut: bool) -> Samples:
        """The samples from the last picture to picture `number`, which shows `scene`. is_cut: it does not go on from the last."""
        now, ticks_per_second = int(scene.time), self._session.game.ticks_per_second
        if is_cut:
            self._mix.cut(self._position(number))
            self._heard = now
        for tick in range(self._heard + 1, now + 1):
            here = scene if tick == scene.time else self._session.scene(tick, scene.camera, scene.follow)
            position = round((number / self._fps - (scene.time - tick) / ticks_per_second) * self._rate)
            self._mix.add(position, self._look.sounds(self._session.moments.events(tick - 1, tick), here))
        self._heard = now
        return self.until(number)

    def until(self, number: int) -> Samples:
        """All that is left up to where picture `number` begins."""
        return self._mix.take(self._position(number))

    def _position(self, number: int) -> int:
        return round(number / self._fps * self._rate)
