"""Entry points of installed packages: like `importlib.metadata`, whose import takes longer than to verify a match."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class EntryPoint(NamedTuple):
    """A name that an installed package has given to something of its own: MODULE:ATTR."""

    name: str
    value: str

    def load(self) -> Any:
        module, _, attributes = self.value.partition(":")
        found: Any = import_module(module.strip())
        for attribute in filter(None, attributes.strip().split(".")):
            found = getattr(found, attribute)
        return found


_found: dict[tuple[str, ...], EntryPoint] = {}
_missing: dict[tuple[str, ...], list[int]] = {}  # and when the folders were last changed


def entry_point(group: str, name: str) -> EntryPoint | None:
    """The one of this name; None if there is none. One that was found is looked for again where sys.path has changed; one that was
    not, where something was installed, too."""
    key = (group, name, *sys.path)
    if key not in _found:
        changed = list(map(_changed_ns, sys.path))
        if _missing.get(key) == changed:
            return None
        points = chain(_in_folders(group), _everywhere(group))
        point = next((point for point in points if point.name == name), None)
        if point is None:
            _missing[key] = changed
            return None
        _found[key] = point
    return _found[key]


def _changed_ns(folder: str) -> int:
    try:
        return os.stat(folder or os.curdir).st_mtime_ns  # noqa: PTH116 - `pathlib` takes longer to import
    except OSError:
        return 0


def entry_points(group: str) -> list[EntryPoint]:
    """All of one group; those of packages that lie in archives, too."""
    found = {point.name: point for point in _in_folders(group)}
    for point in _everywhere(group):
        found.setdefault(point.name, point)
    return list(found.values())


def _everywhere(group: str) -> Iterator[EntryPoint]:
    from importlib import metadata

    yield from (EntryPoint(point.name, point.value) for point in metadata.entry_points(group=group))


def _in_folders(group: str) -> list[EntryPoint]:
    """The first of each name along sys.path."""
    found: dict[str, EntryPoint] = {}
    seen: set[str] = set()  # a distribution further down the path is not the one that is imported
    for folder in dict.fromkeys(sys.path):
        files = _files(folder or os.curdir)
        for distribution, file in files:
            for name, value in _lines(file, group) if distribution not in seen else ():
                found.setdefault(name, EntryPoint(name, value))
        seen.update(distribution for distribution, _ in files)
    return list(found.values())


def _files(folder: str) -> list[tuple[str, str]]:
    """The distributions in a folder, by normalised name, and where their entry points are."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return []
    normalised = [name.rpartition(os.sep)[2].partition("-")[0].lower().replace("_", ".") for name in names]
    return list(zip(normalised, (os.path.join(name, "entry_points.txt") for name in names), strict=True))  # noqa: PTH118


def _lines(file: str, group: str) -> list[tuple[str, str]]:
    """(name, MODULE:ATTR) of the lines under [group]. What is not to be read has none."""
    try:
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, ValueError):
        return []
    if f"[{group}]" not in text:
        return []
    found, section = [], ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == group and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            found.append((name.strip(), value.partition("[")[0].strip()))
    return found
