"""What decides how a match comes out, beside its recording: the sources of its rules and of the engine, the interpreter, the
libraries. Two runs of one fingerprint give the same verdict, so that one of them can be spared.

It errs to one side only: what may matter counts, whether it does or not. Of the folder of the rules that is every file, because
rules read levels and tables; of the other modules that a game has loaded, those outside of the standard library and of installed
packages; of installed packages the names and versions of all.
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from replay.core.game import Game

MOST_FILES, MOST_BYTES = 20_000, 256 * 2**20  # of a game's folder; to look through more each time would spare nothing
_ENGINE = Path(__file__).parent.parent
_ROOMS = ("core", "native", "games")  # of the engine: what a simulation runs on
_PLACES = [Path(path) for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts") if (path := sysconfig.get_path(name))]
_INSTALLED = tuple({f"{place}{os.sep}" for path in _PLACES for place in (path, path.resolve())})
_NOT_RULES = ("__pycache__", "node_modules", "build", "dist", "htmlcov")
_IMPORTED_NS = time.time_ns()

Facts = tuple[int, int, int]  # of a file: size, time of change, number


class Fingerprint(NamedTuple):
    """digest: 64 hexadecimal digits. files: those of the game, as they were when they were read. newest_ns: when the last of them,
    or of the engine's, was changed."""

    digest: str
    files: dict[str, Facts]
    newest_ns: int

    def is_of_this_process(self) -> bool:
        """Whether what this process has loaded is what was read: nothing was changed since the process began, and no module was
        loaded since from a file that was not read."""
        return (
            self.newest_ns < _began_ns()
            and all(_facts(path) == facts for path, facts in self.files.items())
            and self.files.keys() >= _loaded()
        )


def fingerprint_of(game: Game) -> Fingerprint | None:
    """The fingerprint of a game and of this environment; None where it cannot be told: rules in no file, or among too many."""
    rules = game if isinstance(game, type) else type(game)
    source = getattr(game, "source", None)  # of a program, which runs in a process of its own
    home = Path(source) if source is not None else home_of(rules.__module__)
    if home is None or rules.__module__ == "__main__":
        return None
    try:
        names = sorted({*_loaded(), *parts_of(home, is_program=source is not None)})
        digest = blake2b(digest_size=32)
        digest.update(repr((environment(), rules.__module__, rules.__qualname__, game.name, game.rules)).encode())
        files = {}
        for name in names:
            files[name] = _facts(name)
            data = Path(name).read_bytes()
            digest.update(f"\0{os.path.relpath(name, home.parent)}\0{len(data)}\0".encode(errors="surrogateescape") + data)
    except (OSError, ValueError):  # files that come and go, or too many of them
        return None
    newest = max([_engine()[1], *(changed for _, changed, _ in files.values())])
    return Fingerprint(digest.hexdigest(), files, newest)


def environment() -> tuple[str, ...]:
    """The engine, the interpreter, the machine's kind, and every installed package with its version."""
    flags = f"{sys.flags.optimize} {os.environ.get('REPLAY_ENGINE', '')}"
    return (_engine()[0], sys.version, sys.platform, platform.machine(), *_machine(), flags, *_packages(tuple(sys.path)))


@cache
def _engine() -> tuple[str, int]:
    """The engine's sources in one hash, and when the last of them was changed."""
    digest, newest = blake2b(), 0
    for path in sorted(path for room in _ROOMS for path in (_ENGINE / room).rglob("*.py")):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
        newest = max(newest, path.stat().st_mtime_ns)
    return digest.hexdigest(), newest


@cache
def _machine() -> tuple[str, ...]:
    """What floats depend on beyond the kind of machine: the library of functions, and the processor's model."""
    facts = []
    with suppress(OSError, ValueError, AttributeError):
        facts.append(str(os.confstr("CS_GNU_LIBC_VERSION")))
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        facts += [line.strip() for line in file.read(4096).splitlines() if line.startswith(("model name", "CPU part"))][:1]
    return tuple(facts)


@cache
def _packages(folders: tuple[str, ...]) -> tuple[str, ...]:
    names: set[str] = set()
    for folder in folders:
        with suppress(OSError), os.scandir(folder or os.curdir) as entries:
            names.update(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    return tuple(sorted(names))


def _is_installed(path: str) -> bool:
    """Whether a file or folder is of the standard library or of an installed package."""
    inside = path + os.sep
    return inside.startswith(_INSTALLED) or any(f"{os.sep}{name}{os.sep}" in inside for name in ("site-packages", "dist-packages"))


def home_of(module: str) -> Path | None:
    """The folder of the package that a module belongs to, or the file of one that stands alone; None if it is in no file."""
    top = sys.modules.get(module.partition(".")[0])
    file = getattr(top, "__file__", None)
    if file is None:
        places = list(getattr(top, "__path__", ()))  # a package without an __init__.py
        return Path(places[0]).absolute() if len(places) == 1 else None
    path = Path(file).absolute()
    return path.parent if path.stem == "__init__" else path


def _loaded() -> set[str]:
    """The files of all loaded modules that are of no installed package, nor the engine's."""
    named = [(name, getattr(module, "__file__", None)) for name, module in list(sys.modules.items())]
    files = (_of_a_game(file) for name, file in named if isinstance(file, str) and name != "__main__")
    return {file for file in files if file is not None}


@lru_cache(2**14)
def _of_a_game(file: str) -> str | None:
    """The file of a module as an absolute path; None if it is of an installed package, or the engine's."""
    path = os.path.abspath(file)  # noqa: PTH100
    return None if path.startswith(f"{_ENGINE}{os.sep}") or _is_installed(path) else path


def parts_of(home: Path, *, is_program: bool = False) -> Iterator[str]:
    """Every file that may be part of the rules at `home`: a package, or a file. Raises ValueError for too many."""
    folders = [home.parent if home.is_file() else home]
    if home.is_file() and _is_installed(str(home)):
        yield str(home)
        folders = []
    elif is_program:  # what it imports, no module here tells
        folders += [Path(path) for path in map(os.path.abspath, sys.path) if not _is_installed(path)]
    elif home == _ENGINE:  # something that was not written for it, by an adapter
        folders = [Path(file).parent for file in sorted(_loaded())]
    count = size = 0
    seen: set[str] = set()
    for folder in folders:
        for entry in _walk(str(folder.absolute()), seen):
            count, size = count + 1, size + entry.stat().st_size
            if count > MOST_FILES or size > MOST_BYTES:
                raise ValueError(f"more than {MOST_FILES} files, or {MOST_BYTES} bytes")
            yield entry.path


def _walk(folder: str, seen: set[str]) -> Iterator[os.DirEntry[str]]:
    real = os.path.realpath(folder)
    if real in seen:  # a link that leads back up
        return
    seen.add(real)
    with os.scandir(folder) as found:
        entries = [entry for entry in found if not entry.name.startswith(".") and entry.name not in _NOT_RULES]
    names = [entry.name.lower() for entry in entries]
    holds_recordings = any(name.endswith(".replay") for name in names) and not any(name.endswith(".py") for name in names)
    if holds_recordings or "pyvenv.cfg" in names:  # with what belongs to them: side files, a library; an environment
        return
    for entry in entries:
        if entry.is_dir():
            yield from _walk(entry.path, seen)
        elif entry.is_file() and not entry.name.lower().endswith((".replay", ".pyc")):
            yield entry


def _facts(path: str) -> Facts:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return -1, -1, -1
    return status.st_size, status.st_mtime_ns, status.st_ino


@cache
def _began_ns() -> int:
    """When this process began; where the system does not tell, when this module was imported."""
    try:
        ticks = int(Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19])
        age_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - ticks * 10**9 // os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return _IMPORTED_NS
    return time.time_ns() - age_ns
