"""Libraries made: compiled in a process of its own, linked where there is a linker, and kept for the next process."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from replay.native.library import (
    CACHE_VARIABLE,
    HOST,
    WASM_TARGET,
    MachineCode,
    NoLibraryError,
    cache_folders,
    is_linked,
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
    path, code = make_library(kernels, HOST)
    if path is not None:
        with suppress(OSError):
            return opened(path, code, kernels)
    return placed(object_of(kernels))


def make_library(kernels: Kernels, target: str) -> tuple[Path | None, bytes]:
    """A library for a target, and where it is kept; None if nowhere. Raises NoLibraryError."""
    from importlib.util import find_spec

    if find_spec("numba") is None:
        raise NoLibraryError("no library came with the game, and numba is not installed", "pip install numba")
    name = library_name(kernels, target)
    for folder in cache_folders(kernels):
        try:
            folder.mkdir(0o700, parents=True, exist_ok=True)
            with _alone(folder / f"{kernels.name}.lock"):
                if (code := sound_code(folder / name, kernels)) is None:  # else another process was quicker
                    code = compiled(kernels, target)
                    _keep(folder / name, code)
                    _prune(folder, kernels)
        except OSError:  # full, read-only, somebody else's, or a file where the folder should be
            continue
        if sound_code(folder / name, kernels) is not None:
            return folder / name, code
    logging.getLogger(kernels.name).warning(
        "the compiled rules cannot be kept; each start compiles them anew. Name a folder of your own: %s=DIR", CACHE_VARIABLE
    )
    return None, compiled(kernels, target)


def object_of(kernels: Kernels, target: str = HOST) -> bytes:
    """The object file of these kernels for a target of `replay.native.compiler`. Raises NoLibraryError if they do not compile."""
    if target == HOST:
        logging.getLogger(kernels.name).info("compiling the rules for this machine, once; this takes 10 to 20 seconds")
    paths = [path or str(Path.cwd()) for path in sys.path if not path or Path(path).exists()]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "replay.native.compiler", kernels.rules_spec, target]
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise NoLibraryError(f"the compiler does not start: {error}", "check the installation of Python") from error
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise NoLibraryError(f"the rules do not compile: {last[0]}", f"see {' '.join(command[1:])}")
    return done.stdout


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
    for kind in ("so", "wasm"):
        mine = sorted(folder.glob(f"{kernels.name}-*.{kind}"), key=lambda path: path.stat().st_mtime, reverse=True)
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
    with open(path, "w") as file:
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
    paths = []
    for target in ("x86_64-linux", WASM_TARGET):
        known = next((code for _, code in libraries(kernels, target)), None)
        code = known or make_library(kernels, target)[1]
        if not is_linked(code):
            raise NoLibraryError(f"there is no linker for {target}", "install lld")
        paths.append(folder / library_name(kernels, target))
        _keep(paths[-1], code)
    return paths


if __name__ == "__main__":  # python -m replay.native.making game.kernels:KERNELS FOLDER
    from importlib import import_module

    module, _, attribute = sys.argv[1].partition(":")
    for path in ship(getattr(import_module(module), attribute), Path(sys.argv[2])):
        print(path)
