"""The stage that a program plays on: its time, what it is told, and where its ticks end.

A tick ends where a program waits: in `Clock.tick`, `time.wait`, `sleep`, `event.wait`. A loop that never waits ends its ticks at
the flip; one that does not even draw, but asks again and again for time or events, at the 10,000th question. At the end of a tick
the process takes orders, until one of them is to run on; nothing that it does there can the program see.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import random
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable
from typing import Any

import msgpack
import pygame
import xxhash

from replay.games.pygame.inputs import attributes_of

FRAME_NS = 1_000_000_000 // 60  # of a program that asks for no rate
_FLIPS_WITHOUT_WAITING = 8  # several flips of one frame are one tick, as long as the program waits in between
_QUESTIONS = 10_000
_MAX_RISKS = 20
_open = open
_MASKS = (0xFF0000, 0xFF00, 0xFF) if sys.byteorder == "little" else None
_fork = getattr(os, "fork", None)
_exit, _kill, _listdir, _unlink, _rmdir, _sleep = os._exit, os.kill, os.listdir, os.unlink, os.rmdir, time.sleep  # the machine's
_TIDIES = 20  # times that it looks whether the engine is gone


class Stage:
    """now_ns: the program's time since it began. queue: events that it has not read. ended: None while it runs.

    on_input: called with (name, attributes) of each event from outside, before it is queued. on_tick: called at the end of a tick.
    proofs: give bytes of what, beside the screen, decides the future.
    """

    def __init__(self, connect: Callable[[str], Any], folder: str, token: str, engine: int) -> None:
        self.now_ns = 0
        self.queue: deque[pygame.event.Event] = deque()
        self.ended: list[str] | None = None
        self.on_input: list[Callable[[str, dict[str, Any]], None]] = []
        self.on_tick: list[Callable[[], None]] = []
        self.proofs: list[Callable[[], bytes]] = []
        self.look: dict[str, Any] = {}
        self.last_screen: pygame.Surface | None = None  # of a display that was quit
        self._connect, self._folder, self._engine = connect, folder, engine
        self._begin(token)
        self._main_thread = threading.get_ident()
        self._emitted: list[tuple[str, Any]] = []
        self._risks: dict[str, None] = {}
        self._told: dict[str, Any] = {}
        self._flips = self._questions = 0
        self._proves = self._draws = False  # at the end of this tick, without being asked
        self.is_serving = True  # in the engine's own code, and not in the program's

    def _begin(self, token: str) -> None:
        """As the process that the engine knows by this token."""
        self._connection, self._token = self._connect(token), token
        self._pid = os.getpid()
        self._canvas: mmap.mmap | None = None
        self._forked: list[int] = []

    # --- what the program does ---

    @property
    def is_main_thread(self) -> bool:
        """Of the process that the engine speaks with: one that the program forks itself lives in the machine's time."""
        return threading.get_ident() == self._main_thread and not self.is_child

    @property
    def is_child(self) -> bool:
        """In a process that the program has forked."""
        return os.getpid() != self._pid

    def wait(self, ns: int) -> None:
        """The program waits for so long; ticks end on the way, each about a frame long."""
        if not self.is_main_thread:
            return
        if ns <= 0:  # asyncio.sleep(0): it does not wait, and its flips may still be all that ends its ticks
            self.question()
            return
        self._flips = 0
        count = max(round(ns / FRAME_NS), 1)
        for number in range(count):
            self.end_tick(ns * (number + 1) // count - ns * number // count)

    def end_frame(self, ns: int) -> None:
        """`Clock.tick`: exactly one tick, however long."""
        if self.is_main_thread:
            self._flips = 0
            self.end_tick(ns)

    def flip(self) -> None:
        if not self.is_main_thread:
            return
        self._flips += 1
        if self._flips > _FLIPS_WITHOUT_WAITING:
            self.end_tick(FRAME_NS)

    def question(self) -> None:
        """The program asks for the time or for events; one that only does so is waiting."""
        if self.is_main_thread and not self.is_serving:
            self._questions += 1
            if self._questions >= _QUESTIONS:
                self.end_tick(FRAME_NS)

    def emit(self, kind: str, data: Any) -> None:
        """An event of the match: proved, shown on the seek bar, never recorded."""
        self._emitted.append((kind, data))

    def risk(self, text: str) -> None:
        """Something that may differ the next time, in words."""
        if len(self._risks) < _MAX_RISKS:
            self._risks.setdefault(text)

    def post(self, event: pygame.event.Event) -> None:
        self.queue.append(event)

    # --- the end of a tick ---

    def end_tick(self, ns: int) -> None:
        self.is_serving = True
        self.now_ns += ns
        self._questions = 0
        for call in self.on_tick:
            call()
        self._report()
        self._serve()
        self.is_serving = False

    def play_dead(self, ended: list[str]) -> None:
        """The program is over; its last picture stays. Does not return."""
        if self.is_child:
            _exit(0)
        self.is_serving, self.ended = True, ended
        self.emit("over", {})
        while True:
            self._report()
            self._serve()
            self.queue.clear()

    def _report(self) -> None:
        look = {key: value for key, value in self.look.items() if self._told.get(key, self) != value}
        self._told.update(look)
        self._send(
            [
                self.now_ns,
                self._emitted,
                self.ended,
                look,
                self._proof() if self._proves else None,
                self._draw() if self._draws else None,
            ]
        )
        self._emitted = []

    def _serve(self) -> None:
        """Do as told, until told to run the next tick."""
        while True:
            try:
                name, *arguments = msgpack.unpackb(self._connection.recv_bytes())
            except (EOFError, OSError):  # nobody needs this process any more
                _tidy(self._engine, self._folder)
                _exit(0)
            if name == "run":
                commands, self._proves, self._draws = arguments
                for command in commands:
                    self._take(command)
                return
            if name == "proof":
                self._connection.send_bytes(self._proof())
            elif name == "screen":
                self._send(self._draw())
            elif name == "fork":
                self._fork(*arguments)
            elif name == "risks":
                self._send(list(self._risks))

    def _take(self, command: Any) -> None:
        try:
            name, attributes = attributes_of(command)
            for call in self.on_input:
                call(name, attributes)
            self.queue.append(pygame.event.Event(getattr(pygame, name), attributes))
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):  # a stranger's; the program never sees it
            self.risk("its recording holds an event that is none")

    def _send(self, value: Any) -> None:
        try:
            self._connection.send_bytes(msgpack.packb(value))
        except OSError:  # as in `_serve`
            _exit(0)

    # --- what it is asked ---

    def _surface(self) -> pygame.Surface | None:
        surface = pygame.display.get_surface() if pygame.display.get_init() else None
        return surface or self.last_screen

    def _proof(self) -> bytes:
        digest = xxhash.xxh3_128()
        surface = self._surface()
        if surface is not None:
            digest.update(repr((surface.get_size(), surface.get_bitsize())).encode())
            digest.update(surface.get_buffer())  # type: ignore[arg-type]
        digest.update(self.now_ns.to_bytes(8, "little"))
        digest.update(repr(self.ended).encode())
        version, numbers, gauss = random.getstate()
        digest.update(array("I", numbers).tobytes() + repr((version, gauss)).encode())
        if get_state := getattr(sys.modules.get("numpy.random"), "get_state", None):  # a thread may still be loading it
            digest.update(repr(get_state(legacy=False)["state"]).encode())
        for proof in self.proofs:
            digest.update(proof())
        return digest.digest()

    def _draw(self) -> tuple[int, int, int]:
        """Put the picture into memory that the engine sees: through the socket it would take twice as long. Its width, its height,
        and the bytes of a pixel: 4 (blue, green, red, any), as it is in memory mostly, or 3 (red, green, blue)."""
        surface = self._surface() or pygame.Surface((640, 480))
        width, height = surface.get_size()
        is_plain = surface.get_masks()[:3] == _MASKS and surface.get_bytesize() == 4 and surface.get_pitch() == width * 4
        pixels = surface.get_buffer().raw if is_plain else pygame.image.tobytes(surface, "RGB")
        if self._canvas is None or len(self._canvas) < len(pixels):
            with _open(f"{self._folder}/{self._token}", "w+b") as file:  # the machine's, not the program's
                file.truncate(len(pixels))
                self._canvas = mmap.mmap(file.fileno(), len(pixels))
        self._canvas[: len(pixels)] = pixels
        return width, height, 4 if is_plain else 3

    def _fork(self, token: str) -> None:
        """Leave a process behind that is in this very state, and takes orders of its own."""
        threads = threading.active_count() - 1
        if _fork is None or threads:
            self._send(f"it has {threads} threads, which a forked process would not have" if threads else "there is no fork here")
            return
        self._forked = [pid for pid in self._forked if not _is_reaped(pid)]
        state = random.getstate()
        gc.freeze()  # a collection would touch, and so copy, every page that the two share
        pid = _fork()
        if pid == 0:
            random.setstate(state)  # CPython seeds `random` anew in a forked child
            self._connection.close()
            self._begin(token)
        else:
            self._forked.append(pid)
            self._send(pid)


def _is_reaped(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    return True


def _tidy(engine: int, folder: str) -> None:
    """An engine that was killed leaves the folder of its pictures behind."""
    with contextlib.suppress(OSError):
        for _ in range(_TIDIES):
            _kill(engine, 0)  # raises once it is gone
            _sleep(0.05)
        return
    with contextlib.suppress(OSError):
        for name in _listdir(folder):
            _unlink(f"{folder}/{name}")
        _rmdir(folder)
