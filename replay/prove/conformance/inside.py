"""The side of a process that differs: makes the differences, runs the match tick by tick, and answers."""

from __future__ import annotations

import datetime
import locale
import os
import pickle
import platform
import socket
import threading
import time
from collections.abc import Callable
from typing import IO, Any

import msgpack

from replay.core.game import Game, result_of
from replay.core.happened import hashed_by_tick
from replay.prove.conformance.differences import Difference
from replay.prove.conformance.given import Given, arguments
from replay.prove.conformance.straight import state_of

_MATCHES_SECONDS = 2.0
_TICKS_OF_OTHERS = 3
_LATER_SECONDS = 500_000_000
_KEPT = (
    "PYTHON REPLAY_ NUMBA_ NPY_ SDL_ PYGAME_ LD_ DYLD_ XDG_ TMP TEMP SYSTEMROOT WINDIR COMSPEC PATH DISPLAY WAYLAND_ OMP_ TZ LC_ "
    "LANG"
).split()  # variables with which the engine and the libraries work at all, or that are a difference of their own
_LOCALES = ("de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "es_ES.UTF-8", "ru_RU.UTF-8", "de_DE", "German")


def answer(source: IO[bytes], answers: IO[bytes]) -> None:
    """Reads a task, and writes as MessagePack: what could be made different; each state with the hashes of its tick's events; the
    result. Unpickles only what the parent sent."""
    difference, pickled = pickle.load(source)
    facts: dict[str, Any] = {"time zone": hasattr(time, "tzset")}
    for name in difference.changes:
        facts[name] = _CHANGES[name]()
    task = pickle.loads(pickled)
    work: Callable[[], None] = lambda: _run(task, difference, facts, answers)  # noqa: E731
    if difference.in_thread:
        _in_thread(work)
    else:
        work()
    answers.flush()


def _run(task: tuple[Any, ...], difference: Difference, facts: dict[str, Any], answers: IO[bytes]) -> None:
    game, seed, players, config, rows, commands = task
    given = Given(rows, commands)
    if difference.matches:
        facts["matches"] = _other_matches(difference.matches, game, seed, players, config, given)
    answers.write(msgpack.packb(facts))
    match = game.new_match(seed, players, config)
    answers.write(msgpack.packb([state_of(match), []]))
    for tick in range(len(rows)):
        events = match.advance(*arguments(game, *given.between(tick, tick + 1)))
        answers.write(msgpack.packb([state_of(match), _hashes(events)]))
    answers.write(msgpack.packb(result_of(match)))


def _hashes(events: Any) -> list[tuple[int, int]]:
    """None for events that are none: the contract names them."""
    try:
        return [] if events is None else list(hashed_by_tick(events))
    except Exception:
        return []


def _other_matches(most: int, game: Game, seed: int, players: int, config: Any, given: Given) -> int:
    """How many there was time for. Some stay alive. What they raise is not asked: these inputs need not be legal there."""
    end, alive = time.monotonic() + _MATCHES_SECONDS, list[Any]()
    for number in range(most):
        if time.monotonic() > end:
            return number
        try:
            match = game.new_match((seed + 1 + number) % 2**64, players, config)
            alive = [*alive[-9:], match]
            match.advance(*arguments(game, given.rows[:_TICKS_OF_OTHERS], []))
            state_of(match), result_of(match)
        except Exception:
            continue
    return most


def _in_thread(work: Callable[[], None]) -> None:
    raised: list[BaseException] = []

    def whole() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=whole)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


# --- the changes; before a game is imported, because it may look then ---


def _change_date() -> str:
    now, now_ns = time.time, time.time_ns
    moment = datetime.datetime(2040, 2, 29, 23, 59, 58)

    class Day(datetime.date):
        today = classmethod(lambda cls: cls(2040, 2, 29))

    class Moment(datetime.datetime):
        now = classmethod(lambda cls, tz=None: cls(2040, 2, 29, 23, 59, 58, tzinfo=tz))
        utcnow = today = classmethod(lambda cls: cls(2040, 2, 29, 23, 59, 58))

    def later(clock: Callable[[], Any], by: int) -> Callable[[], Any]:
        return lambda: clock() + by

    def of_then(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: function(*(given or [time.time()]))

    strftime = time.strftime
    patched = {
        "time": later(now, _LATER_SECONDS),
        "time_ns": later(now_ns, _LATER_SECONDS * 10**9),
        **{name: of_then(getattr(time, name)) for name in ("localtime", "gmtime", "ctime")},
        "strftime": lambda form, *given: strftime(form, *(given or [time.localtime()])),
    }
    for name, function in patched.items():
        setattr(time, name, function)
    for name, kind in {"date": Day, "datetime": Moment}.items():
        setattr(datetime, name, kind)
    return str(moment)


def _change_environment() -> str:
    for name in set(os.environ):
        if not name.upper().startswith(tuple(_KEPT)):
            del os.environ[name]
    os.environ.update(HOME="/nowhere", USER="nobody", LOGNAME="nobody", HOSTNAME="elsewhere", DEBUG="1")
    return "gone"


def _change_locale() -> str:
    """One with a decimal comma; empty where none is installed, and only Python's module says so."""
    for name in _LOCALES:
        try:
            return locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
    convention: Any = {**locale.localeconv(), "decimal_point": ",", "thousands_sep": ".", "grouping": [3, 0]}
    locale.localeconv = lambda: convention
    return ""


def _change_machine() -> str:
    name = "elsewhere"
    socket.gethostname = platform.node = lambda: name
    os.cpu_count = lambda: 3
    os.getlogin = lambda: "nobody"
    return name


_CHANGES = {"date": _change_date, "environment": _change_environment, "locale": _change_locale, "machine": _change_machine}
