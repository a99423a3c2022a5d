"""The mixer as the program finds it: silent, and in the program's time. A sound that begins is an event of the match.

No audio device is opened: its thread would run in the machine's time, and would not survive a fork.
"""

from __future__ import annotations

import os
import sys
import wave
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import pygame

from replay.games.pygame.inside.stage import Stage

_RATE = 44_100
_BYTES_PER_SECOND = 16_000  # of compressed music, nearly; only its length is wanted


def install(stage: Stage) -> None:
    """Replace `pygame.mixer`, `pygame.mixer.music` and the sounds of `pygame.sndarray`."""
    mixer = Mixer(stage)
    stage.on_tick.append(mixer.tick)
    music = _module("pygame.mixer_music", Music(mixer), Music.NAMES)
    names = {name: getattr(mixer, name) for name in Mixer.NAMES}
    module = ModuleType("pygame.mixer", pygame.__doc__)
    module.__dict__.update(
        names, music=music, Sound=_bound(Sound, mixer), Channel=mixer.channel, SoundType=Sound, ChannelType=Channel
    )
    module.__dict__["__path__"] = []
    pygame.mixer = sys.modules["pygame.mixer"] = module
    pygame.mixer_music = sys.modules["pygame.mixer_music"] = sys.modules["pygame.mixer.music"] = music
    sounds = ModuleType("pygame.sndarray")
    sounds.__dict__.update(
        make_sound=lambda array: module.__dict__["Sound"](array=array),
        array=_samples,
        samples=_samples,
        use_arraytype=lambda name: None,
        get_arraytype=lambda: "numpy",
        get_arraytypes=lambda: ("numpy",),
    )
    pygame.sndarray = sys.modules["pygame.sndarray"] = sounds


def _module(name: str, owner: Any, names: tuple[str, ...]) -> Any:
    module = ModuleType(name)
    module.__dict__.update({name: getattr(owner, name) for name in names})
    return module


def _bound(kind: type[Sound], mixer: Mixer) -> type[Sound]:
    return type("Sound", (kind,), {"_mixer": mixer, "__module__": "pygame.mixer"})


class Mixer:
    """Channels in the program's time."""

    NAMES = tuple(
        "init pre_init quit get_init stop pause unpause fadeout set_num_channels get_num_channels set_reserved find_channel"
        " get_busy get_sdl_mixer_version".split()
    )

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.is_open = False
        self.channels = [Channel(self) for _ in range(8)]

    def now(self) -> int:
        return self.stage.now_ns

    def tick(self) -> None:
        for channel in self.channels:
            channel.tick()

    def init(self, *_: Any, **__: Any) -> None:
        self.is_open = True

    def pre_init(self, *_: Any, **__: Any) -> None:
        """What is asked for, nobody hears."""

    def quit(self) -> None:
        self.is_open = False
        self.stop()

    def get_init(self) -> tuple[int, int, int] | None:
        return (_RATE, -16, 2) if self.is_open else None

    def stop(self) -> None:
        for channel in self.channels:
            channel.stop()

    def pause(self) -> None:
        for channel in self.channels:
            channel.pause()

    def unpause(self) -> None:
        for channel in self.channels:
            channel.unpause()

    def fadeout(self, time: int) -> None:
        for channel in self.channels:
            channel.fadeout(time)

    def set_num_channels(self, count: int) -> None:
        self.channels = (self.channels + [Channel(self) for _ in range(count)])[:count]

    def get_num_channels(self) -> int:
        return len(self.channels)

    def set_reserved(self, count: int) -> int:
        return count

    def channel(self, index: int) -> Channel:
        return self.channels[index]

    def find_channel(self, force: bool = False) -> Channel | None:
        free = next((channel for channel in self.channels if not channel.get_busy()), None)
        return free or (self.channels[0] if force and self.channels else None)

    def get_busy(self) -> bool:
        return any(channel.get_busy() for channel in self.channels)

    def get_sdl_mixer_version(self, linked: bool = True) -> tuple[int, int, int]:
        return 2, 8, 0


class Sound:
    """A sound that is not heard. Its length is that of the file, as far as that can be told without playing it."""

    _mixer: Mixer

    def __init__(self, file: Any = None, *, buffer: Any = None, array: Any = None) -> None:
        self._volume = 1.0
        source = file if file is not None else buffer if buffer is not None else array
        self.name, self._seconds, self._raw = _described(source)

    def play(self, loops: int = 0, maxtime: int = 0, fade_ms: int = 0) -> Channel | None:
        channel = self._mixer.find_channel()
        if channel is not None:
            channel.play(self, loops, maxtime)
        return channel

    def stop(self) -> None:
        for channel in self._mixer.channels:
            if channel.get_sound() is self:
                channel.stop()

    def fadeout(self, time: int) -> None:
        self.stop()

    def set_volume(self, value: float) -> None:
        self._volume = min(max(float(value), 0.0), 1.0)

    def get_volume(self) -> float:
        return self._volume

    def get_num_channels(self) -> int:
        return sum(channel.get_sound() is self for channel in self._mixer.channels)

    def get_length(self) -> float:
        return self._seconds

    def get_raw(self) -> bytes:
        return self._raw


def _described(source: Any) -> tuple[str, float, bytes]:
    """(name, seconds, raw samples if there are some) of what a sound is made of."""
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        if not os.path.exists(path):  # noqa: PTH110
            raise FileNotFoundError(f"No file '{path}' found in working directory '{os.getcwd()}'.")  # noqa: PTH109
        with suppress(wave.Error, EOFError), wave.open(path, "rb") as file:
            return os.path.basename(path), file.getnframes() / (file.getframerate() or 1), b""  # noqa: PTH119
        return os.path.basename(path), os.path.getsize(path) / _BYTES_PER_SECOND, b""  # noqa: PTH119, PTH202
    if hasattr(source, "read"):
        data = source.read()
        return os.path.basename(str(getattr(source, "name", "sound"))), len(data) / _BYTES_PER_SECOND, b""  # noqa: PTH119
    raw = bytes(memoryview(source).cast("B")) if not isinstance(source, bytes) else source
    return "sound", len(raw) / (4 * _RATE), raw


def _samples(sound: Sound) -> Any:
    """The samples of a sound, two channels of 16 bits; silent, where they would have to be decoded."""
    import numpy as np

    raw = sound.get_raw() or bytes(4 * round(sound.get_length() * _RATE))
    return np.frombuffer(raw, np.int16).reshape(-1, 2).copy()


class Channel:
    """A voice. It is busy for as long as its sound would last."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._sound: Sound | None = None
        self._queued: Sound | None = None
        self._until: int | None = None  # None: for ever
        self._paused_at: int | None = None
        self._volume = 1.0
        self._endevent = 0

    def play(self, Sound: Sound, loops: int = 0, maxtime: int = 0, fade_ms: int = 0) -> None:  # noqa: N803
        ns = round(Sound.get_length() * 1e9) * (loops + 1)
        ns = min(ns, maxtime * 1_000_000) if maxtime > 0 else ns
        self._sound, self._queued, self._paused_at = Sound, None, None
        self._until = None if loops < 0 and maxtime <= 0 else self._mixer.now() + ns
        self._mixer.stage.emit("sound", {"name": Sound.name})

    def tick(self) -> None:
        if self._sound is not None and self._paused_at is None and self._until is not None and self._until <= self._mixer.now():
            queued = self._queued
            self.stop()
            if queued is not None:
                self.play(queued)

    def stop(self) -> None:
        if self._sound is not None and self._endevent:
            self._mixer.stage.post(pygame.event.Event(self._endevent))
        self._sound = self._queued = None

    def fadeout(self, time: int) -> None:
        self.stop()

    def pause(self) -> None:
        if self._paused_at is None:
            self._paused_at = self._mixer.now()

    def unpause(self) -> None:
        if self._paused_at is not None and self._until is not None:
            self._until += self._mixer.now() - self._paused_at
        self._paused_at = None

    def queue(self, Sound: Sound) -> None:  # noqa: N803
        if self._sound is None:
            self.play(Sound)
        else:
            self._queued = Sound

    def get_busy(self) -> bool:
        return self._sound is not None

    def get_sound(self) -> Sound | None:
        return self._sound

    def get_queue(self) -> Sound | None:
        return self._queued

    def set_volume(self, *volume: float) -> None:
        self._volume = float(volume[0])

    def get_volume(self) -> float:
        return self._volume

    def set_endevent(self, kind: int = 0) -> None:
        self._endevent = int(kind)

    def get_endevent(self) -> int:
        return self._endevent

    def set_source_location(self, angle: float, distance: float) -> None:
        """Nobody hears where it comes from."""


class Music:
    """`pygame.mixer.music`: one more channel, which plays files."""

    NAMES = tuple(
        "load unload play rewind stop pause unpause fadeout set_volume get_volume get_busy set_pos get_pos queue set_endevent"
        " get_endevent get_metadata".split()
    )

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._channel = Channel(mixer)
        self._kind = _bound(Sound, mixer)
        self._sound: Sound | None = None
        self._began = 0
        mixer.stage.on_tick.append(self._channel.tick)
        for name in ("stop", "pause", "unpause", "fadeout", "set_volume", "get_volume", "get_busy", "set_endevent", "get_endevent"):
            setattr(self, name, getattr(self._channel, name))

    stop: Callable[[], None]

    def load(self, filename: Any, namehint: str = "") -> None:
        self.stop()
        self._sound = self._kind(filename)

    def unload(self) -> None:
        self.stop()
        self._sound = None

    def play(self, loops: int = 0, start: float = 0.0, fade_ms: int = 0) -> None:
        if self._sound is None:
            raise pygame.error("music not loaded")
        self._began = self._mixer.now()
        self._channel.play(self._sound, loops)

    def queue(self, filename: Any, namehint: str = "", loops: int = 0) -> None:
        self._channel.queue(self._kind(filename))

    def rewind(self) -> None:
        self._began = self._mixer.now()

    def set_pos(self, pos: float) -> None:
        """Nobody hears from where on it plays."""

    def get_pos(self) -> int:
        return (self._mixer.now() - self._began) // 1_000_000 if self._channel.get_busy() else -1

    def get_metadata(self, *_: Any, **__: Any) -> dict[str, str]:
        return dict.fromkeys(("title", "album", "artist", "copyright"), "")
