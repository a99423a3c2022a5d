"""What lies in a folder of recordings, looked at again and again: files that come, change and go while somebody looks."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from replay.core.names import is_recording_name
from replay.watch.model.background import Background

_LOOK_AGAIN_SECONDS = 1.0
_SHARE = 20  # of the time at most one part of so many is spent on looking
_MOST_FILES = 20_000

Stamp = tuple[int, float]  # size in bytes, moment of the last change


@dataclass(frozen=True)
class Contents:
    """files: those of the folder itself and of the folders below it. folders: those in the folder, with how many recordings lie
    below each; None where that is not known yet. problem: why it cannot be read."""

    files: dict[Path, Stamp] = field(default_factory=dict)
    folders: dict[Path, int | None] = field(default_factory=dict)
    problem: str = ""


def look_into(folder: Path, *, below: bool) -> Contents:
    """What there is. below: look into the folders below as well; what is hidden is left alone."""
    files: dict[Path, Stamp] = {}
    folders: dict[Path, int | None] = {}
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        return Contents(problem=error.strerror or str(error))
    for entry in entries:
        _take(entry, folders, files)
    if below:
        for inner in folders:
            before = len(files)
            _walk(inner, files)
            folders[inner] = len(files) - before
    return Contents(files, folders)


def _take(entry: os.DirEntry[str], folders: dict[Path, int | None], files: dict[Path, Stamp]) -> None:
    try:
        if entry.is_dir():
            if not entry.name.startswith("."):
                folders[Path(entry.path)] = None
        elif is_recording_name(entry.name) and entry.is_file():
            stat = entry.stat()
            files[Path(entry.path)] = (stat.st_size, stat.st_mtime)
    except OSError:  # it has gone meanwhile
        return


def _walk(folder: Path, files: dict[Path, Stamp]) -> None:
    for place, names, _ in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        try:
            entries = list(os.scandir(place))
        except OSError:
            continue
        for entry in entries:
            _take(entry, {}, files)
        if len(files) > _MOST_FILES:
            return


class FolderWatch(Background):
    """Looks into a folder every second, in a thread. below: look into the folders below at once, not only in the thread. contents:
    what was seen last; another object when it has changed."""

    def __init__(self, folder: Path, *, below: bool = False) -> None:
        super().__init__("replay-folder")
        self.folder = folder
        self.contents = look_into(folder, below=below)

    def close(self) -> None:
        self._stop.set()  # a large folder takes long: nobody waits for it

    def _run(self) -> None:
        while not self._stop.is_set():
            start = time.monotonic()
            contents = look_into(self.folder, below=True)
            if contents != self.contents:
                self.contents = contents
            self._stop.wait(max(_LOOK_AGAIN_SECONDS, _SHARE * (time.monotonic() - start)))
