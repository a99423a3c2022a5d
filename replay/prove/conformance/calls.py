"""What Python code calls while it runs that rules must not see: clocks, global randomness, files, the environment, the network."""

from __future__ import annotations

import builtins
import gc
import os
import random
import socket
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

_CLOCKS = frozenset(
    "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns thread_time thread_time_ns "
    "clock_gettime clock_gettime_ns localtime gmtime ctime asctime strftime sleep".split()
)
_SYSTEM = frozenset(
    "urandom getrandom listdir scandir getpid getppid times getloadavg open stat getcwd uname cpu_count getlogin getuid system "
    "fork posix_spawn".split()
)
_FILES = frozenset(["open", "open_code"])
READS = frozenset(["io.open", "io.open_code", "os.open", "os.stat"])
ENTROPY = frozenset(["os.urandom", "os.getrandom"])
ENVIRONMENT, THREAD = "os.environ", "thread.start_new_thread"
IN_NEW_MATCH = READS | {ENVIRONMENT, THREAD}  # which is said, and no fault: there it may be the content of the match
_NAMES = {
    "time": _CLOCKS,
    "posix": _SYSTEM,
    "nt": _SYSTEM,
    "_io": _FILES,
    "io": _FILES,
    "_locale": frozenset(["localeconv", "setlocale", "strcoll", "strxfrm"]),
    "_socket": frozenset(["gethostname", "getaddrinfo", "gethostbyname", "socketpair"]),
    "_posixsubprocess": frozenset(["fork_exec"]),
    "_winapi": frozenset(["CreateProcess"]),
    "_thread": frozenset(["start_new_thread"]),
}
_READS_ENVIRONMENT: Any = type(os.environ).__getitem__
_ENGINE = Path(__file__).parents[2]
_OF_THE_ENGINE = str(_ENGINE / "games"), str(_ENGINE / "native"), str(Path(__file__).with_name("watchdog.py"))
_STANDARD = sysconfig.get_paths()["stdlib"]
_WRITERS = tuple(f"{_STANDARD}{os.sep}{name}" for name in ("logging", "warnings.py"))  # which look at clocks for what they write
_WAITERS = tuple(f"{_STANDARD}{os.sep}{name}" for name in ("threading.py", "queue.py", "concurrent"))  # and for how long they wait


class CallRecorder:
    """While it is entered, notes every call of a clock, of global randomness, of `id` and of the file system, with its call site.
    A context manager; it may be entered again.

    calls: (what was called, where: `rules.py:12 in step`) in order, each place once.

    It uses the interpreter's profiling hook, so that `from time import time` is seen too. That hook does not see Cython, so the
    functions of numpy.random are replaced meanwhile. What compiled code does is not seen; two runs that differ show it. Garbage is
    not collected meanwhile: what others do on that occasion is not the rules' doing.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = sys.getprofile()
        self._random_state = _global_states()
        self._replaced = _numpy_functions()
        for name, function in self._replaced.items():
            setattr(sys.modules["numpy.random"], name, self._noting(name, function))
        self._collects = gc.isenabled()
        gc.disable()
        sys.setprofile(self._see)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        sys.setprofile(self._before)
        if self._collects:
            gc.enable()
        for name, function in self._replaced.items():
            setattr(sys.modules["numpy.random"], name, function)
        if not self.calls:
            for name, state in _global_states().items():
                if state != self._random_state.get(name, state):
                    self.calls.append((f"{name} (its global state changed)", "compiled code"))

    def _noting(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            self._note(f"numpy.random.{name}", sys._getframe(1))
            return function(*args, **kwargs)

        return noted

    def _see(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            what = _suspicious(argument)
        else:
            what = ENVIRONMENT if event == "call" and frame.f_code is _READS_ENVIRONMENT.__code__ else ""
        if what and not (what == "id()" and frame.f_globals.get("__name__") == "copy"):  # which tells copies from originals by it
            self._note(what, frame)

    def _note(self, what: str, frame: FrameType) -> None:
        where = _call_site(frame, _WRITERS + (_WAITERS if what.startswith("time.") else ()))
        if where and (what, where) not in self.calls:
            self.calls.append((what, where))


def _suspicious(function: Any) -> str:
    """The name of a built-in function that reaches for the outside world; empty for all others."""
    name, owner = getattr(function, "__name__", ""), getattr(function, "__self__", None)
    module = getattr(function, "__module__", None) or ""
    if function is builtins.id or function is builtins.input:
        return f"{name}()"
    if name in _NAMES.get(module, ()):
        return f"{'os' if module in ('posix', 'nt') else module.strip('_')}.{name}"
    if isinstance(owner, socket.SocketType):
        return f"socket.{name}"
    if owner is getattr(random, "_inst", random):
        return f"random.{name}"
    if type(owner) is type and owner.__module__ == "datetime" and name in ("now", "utcnow", "today"):
        return f"datetime.{name}"
    return ""


def _call_site(frame: FrameType, others: tuple[str, ...]) -> str:
    """The nearest place that is neither the standard library nor numpy; empty for what is not part of the rules: an import, what
    `others` do for themselves, and what `replay.games` and `replay.native` do, to save a state or to start a program."""
    places = [frame]
    while (outer := places[-1].f_back) is not None:
        places.append(outer)
    files = [place.f_code.co_filename for place in places]
    if any(file.startswith("<frozen importlib") for file in files):
        return ""
    at = next((at for at, file in enumerate(files) if not _is_library(file)), 0)
    if any(file.startswith(others) for file in files[:at]):
        return ""
    place = places[at]
    if place.f_code.co_filename.startswith(_OF_THE_ENGINE):
        return ""
    file = place.f_code.co_filename.replace("\\", "/").split("/")
    return f"{'/'.join(file[-2:])}:{place.f_lineno} in {place.f_code.co_qualname}"


def _is_library(file: str) -> bool:
    return file.startswith("<frozen") or (file.startswith(_STANDARD) and "-packages" not in file) or "-packages/numpy" in file


def _numpy_functions() -> dict[str, Callable[..., Any]]:
    """The functions of `numpy.random` that draw from its hidden global generator."""
    module = sys.modules.get("numpy.random")
    owner = getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)
    if owner is None:
        return {}
    functions = {name: getattr(module, name) for name in dir(module)}
    return {name: function for name, function in functions.items() if getattr(function, "__self__", None) is owner}


def _global_states() -> dict[str, Any]:
    states: dict[str, Any] = {"random": random.getstate()}
    numpy_random = sys.modules.get("numpy.random.mtrand")
    if numpy_random is not None:
        kind, keys, *rest = numpy_random.get_state()
        states["numpy.random"] = (kind, keys.tobytes(), *rest)
    return states
