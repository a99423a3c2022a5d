"""What a process behind the wall may read: Python, what is installed, and the packages that it imports. Nothing else."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from replay.native.library import shared_cache

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store", "/etc/ld.so.cache")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random")
_CODE = (".py", ".pyc", ".so", ".pyd", ".zip", ".egg", ".pth")
_METADATA = (".dist-info", ".egg-info", ".libs")


class Places(NamedTuple):
    """Absolute paths. read: to be read, with all that is beneath. listed: whose names may be seen, to find modules among them."""

    read: list[str]
    listed: list[str]

    def has(self, path: Path) -> bool:
        """Whether a file could be read."""
        real = path.resolve()
        return any(real.is_relative_to(place) for place in self.read)


def places() -> Places:
    """What this process imports from. In a folder of the module path that is nobody's installation, only what can be imported
    counts: what else somebody keeps there - a key, a list of players - is not read."""
    installed = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    read, listed = [*_SYSTEM, *_DEVICES, *sorted(installed)], []
    for entry in dict.fromkeys(sys.path):
        folder = os.path.realpath(entry or os.curdir)
        if any(Path(folder).is_relative_to(place) for place in installed) or Path(folder).is_file():
            read.append(folder)
        else:
            listed.append(folder)
            read += _importable(folder)
    for name, module in list(sys.modules.items()):  # packages that setuptools installed in place
        if name.startswith("__editable__"):
            read += map(os.path.realpath, getattr(module, "MAPPING", {}).values())
    read += [str(folder) for folder in shared_cache()]
    read += [str(folder / "pyproject.toml") for folder in (Path.cwd(), *Path.cwd().parents)]  # it may name the game
    return Places(list(dict.fromkeys(read)), listed)


def _importable(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    is_wanted = entry.name.endswith(_METADATA) or (entry.name.isidentifier() and _has_code(entry.path))
                else:
                    is_wanted = entry.name.endswith(_CODE)
                if is_wanted:
                    yield os.path.realpath(entry.path)
    except OSError:
        return


def _has_code(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(_CODE) for entry in entries)
    except OSError:
        return False
