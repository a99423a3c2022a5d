"""Time as the program finds it: it passes where the program waits, and nowhere else.

The calendar begins at 2000-01-01 and as many seconds as the seed says, so that a program which seeds its dice with the time of day
plays another match for another seed.
"""

from __future__ import annotations

import datetime
import selectors
import sys
import time
from typing import Any

import pygame

from replay.games.pygame.inside.stage import FRAME_NS, Stage

_EPOCH_NS = 946_684_800 * 1_000_000_000
_YEARS = 10 * 365 * 86_400


time_module: Any = time
datetime_module: Any = datetime


def install(stage: Stage, seed: int) -> None:
    """Replace the clocks of `time`, `datetime`, `selectors` (asyncio sleeps by it) and `pygame.time`."""
    epoch_ns = _EPOCH_NS + seed % _YEARS * 1_000_000_000

    def since_start() -> int:
        stage.question()
        return stage.now_ns

    def of_day() -> int:
        stage.question()
        return epoch_ns + stage.now_ns

    for name, read in {
        "time": of_day,
        **dict.fromkeys(("monotonic", "perf_counter", "process_time", "thread_time"), since_start),
    }.items():
        setattr(time_module, f"{name}_ns", read)
        setattr(time_module, name, lambda read=read: read() / 1e9)
    time_module.clock_gettime = lambda clock: of_day() / 1e9
    time_module.clock_gettime_ns = lambda clock: of_day()
    real_sleep = time_module.sleep

    def sleep(seconds: float) -> None:
        if stage.is_main_thread and sys._getframe(1).f_globals.get("__name__") != "subprocess":  # that waits for the machine
            stage.wait(round(seconds * 1e9))
        else:
            real_sleep(seconds)

    time_module.sleep = sleep
    _give_today(of_day)
    _install_pygame(stage)
    _install_selectors(stage)


def _give_today(of_day: Any) -> None:
    """Functions that read the clock where no time is given."""
    for name in ("localtime", "gmtime", "ctime"):
        original = getattr(time_module, name)
        setattr(time_module, name, lambda seconds=None, original=original: original(of_day() / 1e9 if seconds is None else seconds))
    strftime, asctime = time_module.strftime, time_module.asctime
    time_module.strftime = lambda text, moment=None: strftime(text, time_module.localtime() if moment is None else moment)
    time_module.asctime = lambda moment=None: asctime(time_module.localtime() if moment is None else moment)

    real_datetime, real_date = datetime_module.datetime, datetime_module.date

    class IsOne(type):
        """A moment that somebody else has made is one, too."""

        def __subclasscheck__(cls, kind: Any) -> bool:
            return issubclass(kind, real[cls]) if cls in real else type.__subclasscheck__(cls, kind)

        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, real[cls]) if cls in real else type.__instancecheck__(cls, value)

    def now(cls: Any, tz: Any = None) -> Any:
        return cls.fromtimestamp(of_day() / 1e9, tz)

    def today(cls: Any) -> Any:
        return cls.fromtimestamp(of_day() / 1e9)

    own = {"now": classmethod(now), "utcnow": classmethod(today), "today": classmethod(today), "__module__": "datetime"}
    datetime_module.datetime = IsOne("datetime", (real_datetime,), own)
    datetime_module.date = IsOne("date", (real_date,), {"today": classmethod(today), "__module__": "datetime"})
    real: dict[type, type] = {datetime_module.datetime: real_datetime, datetime_module.date: real_date}


def _install_pygame(stage: Stage) -> None:
    class Clock:
        """`pygame.time.Clock`: `tick` waits for what is left of the frame, and therefore ends the tick."""

        def __init__(self) -> None:
            self._last = self._before = stage.now_ns

        def tick(self, framerate: float = 0) -> int:
            frame = round(1e9 / framerate) if framerate and framerate > 0 else FRAME_NS
            left = frame - (stage.now_ns - self._last)
            if left > 0:
                stage.end_frame(left)
            else:
                stage.question()
            self._before, self._last = self._last, stage.now_ns
            return self.get_time()

        tick_busy_loop = tick

        def get_time(self) -> int:
            return self._last // 1_000_000 - self._before // 1_000_000

        get_rawtime = get_time

        def get_fps(self) -> float:
            return 1e9 / (self._last - self._before) if self._last > self._before else 0.0

    def wait(milliseconds: int) -> int:
        stage.wait(int(milliseconds) * 1_000_000)
        return int(milliseconds)

    def get_ticks() -> int:
        stage.question()
        return stage.now_ns // 1_000_000

    timers: dict[int, list[Any]] = {}  # event type: event, next time, interval, times left (-1: for ever)

    def set_timer(event: Any, millis: int, loops: int = 0) -> None:
        made = pygame.event.Event(event) if isinstance(event, int) else event
        timers.pop(made.type, None)
        if millis > 0:
            interval = int(millis) * 1_000_000
            timers[made.type] = [made, stage.now_ns + interval, interval, int(loops) or -1]

    def fire() -> None:
        for kind, timer in list(timers.items()):
            while timer[3] and timer[1] <= stage.now_ns:
                stage.post(pygame.event.Event(kind, dict(timer[0].__dict__)))
                timer[1], timer[3] = timer[1] + timer[2], max(timer[3] - 1, -1)
            if not timer[3]:
                del timers[kind]

    stage.on_tick.append(fire)
    module: Any = pygame.time
    package: Any = pygame
    module.Clock = module.ClockType = Clock
    if hasattr(pygame, "Clock"):
        package.Clock = Clock
    module.wait = module.delay = wait
    module.get_ticks, module.set_timer = get_ticks, set_timer


def _install_selectors(stage: Stage) -> None:
    kind: Any = selectors.DefaultSelector
    original = kind.select

    def select(self: Any, timeout: float | None = None) -> Any:
        asks = sys._getframe(1).f_globals.get("__name__", "")
        if not stage.is_main_thread or stage.is_serving or not asks.startswith("asyncio."):  # subprocess waits for the machine
            return original(self, timeout)
        if ready := original(self, 0):
            return ready
        stage.wait(round(timeout * 1e9) if timeout is not None else FRAME_NS)
        return original(self, 0)

    kind.select = select
