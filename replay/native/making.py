"""Libraries made: compiled in a process of its own, linked where there is a linker, and kept for the next process."""

from __future__ import annotations

import errno
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from replay.core.extras import install
from replay.core.folders import CACHE_VARIABLE
from replay.native.library import (
    HOST,
    WASM_TARGET,
    MachineCode,
    NoLibraryError,
    cache_folders,
    compiler_version,
    is_linked,
    is_safe,
    libraries,
    library_name,
    opened,
    placed,
    sealed,
    sound_code,
)

if TYPE_CHECKING:
    from replay.native.kernels import Kernels

_KEPT = 4  # libraries of one game in one folder; older ones go
_PATIENCE_SECONDS = 120
_LINKERS = ("ld.lld", "cc", "gcc", "clang")
_WASM_LINKERS = ("wasm-ld", *(f"wasm-ld-{version}" for version in range(22, 13, -1)))


def make(kernels: Kernels) -> MachineCode:
    """The machine code of these kernels, made and, where that can be, kept. Raises NoLibraryError."""
    try:
        return opened(make_library(kernels, HOST), kernels)
    except OSError:  # no files in memory, or nothing may be run from them
        return placed(object_of(kernels))


def make_library(kernels: Kernels, target: str) -> bytes:
    """A library for a target, compiled once and kept in the first place that can be used. Raises NoLibraryError."""
    from importlib.util import find_spec

    if find_spec("numba") is None:
        raise NoLibraryError("no library came with the game, and numba is not installed", install("arena"))
    name, reasons = library_name(kernels, target, compiler_version()), []
    code: bytes | None = None
    for folder in cache_folders(kernels):
        try:
            folder.mkdir(0o700, parents=True, exist_ok=True)
            if not is_safe(folder, kernels):
                raise PermissionError(errno.EPERM, "others can write there")
            with _alone(folder / f"{kernels.name}.lock"):
                if (ready := sound_code(folder / name, kernels)) is not None:  # another process was quicker
                    return ready
                tempfile.TemporaryFile(dir=folder).close()  # before the work, not after it
                code = code or compiled(kernels, target)
                _keep(folder / name, code)
                _prune(folder, kernels)
                return code
        except OSError as error:  # full, read-only, somebody else's, or a file where the folder should be
            reasons.append(f"{folder}: {error.strerror or error}")
    logging.getLogger(kernels.name).warning(
        "the compiled rules cannot be kept (%s); each start compiles them anew. Name a folder of your own: %s=DIR",
        "; ".join(reasons) or "there is no place for them",
        CACHE_VARIABLE,
    )
    return code or compiled(kernels, target)


def object_of(kernels: Kernels, target: str = HOST) -> bytes:
    """The object file of these kernels for a target of `replay.native.compiler`. Raises NoLibraryError if they do not compile."""
    if target == HOST:
        logging.getLogger(kernels.name).info("compiling the rules for this machine, once; this takes some seconds, arena 10 to 20")
    paths = [path or str(Path.cwd()) for path in sys.path if not path or Path(path).exists()]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}
    # -P: the working folder comes first only if it does here.
    command = [sys.executable, "-P", "-m", "replay.native.compiler", kernels.rules_spec, target]
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise NoLibraryError(f"the compiler does not start: {error}", "check the installation of Python") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise NoLibraryError(f"the rules do not compile: {_reason(said)}", f"see python {' '.join(command[1:])} > /dev/null")
    return done.stdout


def _reason(said: list[str]) -> str:
    """The line of a traceback that says what is wrong: numba's last one often does not."""
    telling = ("Untyped global name", "Unknown attribute", "No implementation of function", "Cannot unify", "Use of unsupported")
    return next((line.strip() for line in said if any(each in line for each in telling)), said[-1])


def compiled(kernels: Kernels, target: str = HOST) -> bytes:
    """A library: linked, if this machine has a linker; else an object, which LLVM loads."""
    code = object_of(kernels, target)
    return linked(code, target) or code


def linked(code: bytes, target: str = HOST) -> bytes | None:
    """The object as a shared library, or a WebAssembly module; None if there is no linker for it."""
    from shutil import which

    is_wasm = target == WASM_TARGET
    names = _WASM_LINKERS if is_wasm else _LINKERS
    linkers = [path for name in names if (path := which(name))]
    if target == HOST and not sys.platform.startswith("linux"):
        linkers = []
    for linker in linkers:
        with tempfile.TemporaryDirectory() as folder:
            source, product = Path(folder, "rules.o"), Path(folder, "rules.out")
            source.write_bytes(code)
            options = ["--no-entry", "--export-dynamic", "--export=__heap_base", "-O2"] if is_wasm else ["-shared"]
            options += [] if is_wasm or linker.endswith("lld") else ["-nostdlib"]
            try:
                subprocess.run([linker, *options, "-o", product, source], check=True, capture_output=True)
                return product.read_bytes()
            except (OSError, subprocess.CalledProcessError):
                continue
    return None


def _keep(path: Path, code: bytes) -> None:
    """Write it beside its place first: whoever looks finds all of it, or nothing."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed(code))
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _prune(folder: Path, kernels: Kernels) -> None:
    """What older sources left behind goes."""
    ours = re.compile(re.escape(kernels.name) + "-[0-9a-f]{20}-")
    for kind in ("so", "wasm"):
        mine = [path for path in folder.glob(f"*.{kind}") if ours.match(path.name)]
        mine.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in mine[_KEPT:]:
            path.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time. Where the file system knows no locks, all of them: each makes the same library."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)  # somebody's link is not followed
    with os.fdopen(descriptor, "r+b") as file:
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                break
        yield


def ship(kernels: Kernels, folder: Path) -> list[Path]:
    """Write the libraries that a wheel brings along into a folder, which has to end up as `native/` beside the rules: for Linux on
    x86-64, and WebAssembly. Raises NoLibraryError if they do not compile, or there is no linker for them (`lld` has both)."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for target in ("x86_64-linux", WASM_TARGET):
        known = next(libraries(kernels, target), None)
        code = known or make_library(kernels, target)
        if not is_linked(code):
            raise NoLibraryError(f"there is no linker for {target}", "install lld")
        paths.append(folder / library_name(kernels, target))
        _keep(paths[-1], code)
    return paths


if __name__ == "__main__":  # python -m replay.native.making game.kernels:KERNELS FOLDER
    from importlib import import_module

    if len(sys.argv) != 3:
        sys.exit("usage: python -m replay.native.making MODULE:KERNELS FOLDER")
    module, _, attribute = sys.argv[1].partition(":")
    for path in ship(getattr(import_module(module), attribute), Path(sys.argv[2])):
        print(path)
