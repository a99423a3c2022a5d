"""Files that are thrown away can be taken back: they go to the trash of the desktop, as freedesktop.org describes it, or on macOS
to the user's; where that is on another disk, and on Windows, into a hidden folder beside the file."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

OWN_TRASH = ".trash"


class Thrown(NamedTuple):
    """A file that was thrown away. now: where it lies. note: what the desktop's trash remembers of it, if it does."""

    path: Path
    now: Path
    note: Path | None = None


def throw_away(path: Path) -> Thrown:
    """Raises OSError."""
    path = path.absolute()
    with suppress(OSError):  # another disk, or no home to have one in
        if sys.platform == "darwin":
            return _move(path, Path.home() / ".Trash")
        if sys.platform != "win32":
            return _to_desktop(path)
    return _move(path, path.parent / OWN_TRASH)


def take_back(thrown: Thrown) -> None:
    """Where it was. Raises OSError; FileExistsError if its place is taken."""
    move(thrown.now, thrown.path)
    if thrown.note is not None:
        thrown.note.unlink(missing_ok=True)


def move(path: Path, to: Path) -> None:
    """Move a file on its disk. Raises OSError; FileExistsError instead of writing over another one."""
    try:
        os.link(path, to)
    except FileExistsError:
        raise FileExistsError(f"there is a {to.name} already") from None
    except OSError:  # a file system without links; on Windows a rename refuses by itself
        if to.exists():
            raise FileExistsError(f"there is a {to.name} already") from None
        path.rename(to)
    else:
        try:
            path.unlink()
        except OSError:  # on Windows somebody has it open
            to.unlink()
            raise


def _move(path: Path, folder: Path) -> Thrown:
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        now = folder / (path.name if number == 1 else f"{path.stem}.{number}{path.suffix}")
        try:
            move(path, now)
        except FileExistsError:
            number += 1
        else:
            return Thrown(path, now)


def _to_desktop(path: Path) -> Thrown:
    trash = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "Trash"
    (trash / "files").mkdir(parents=True, exist_ok=True, mode=0o700)
    (trash / "info").mkdir(exist_ok=True, mode=0o700)
    if trash.stat().st_dev != path.stat().st_dev:
        raise OSError("on another disk")
    text = f"[Trash Info]\nPath={quote(os.fsencode(path))}\nDeletionDate={datetime.now():%Y-%m-%dT%H:%M:%S}\n"
    number = 1
    while True:  # the note first: whoever makes it has the name
        name = path.name if number == 1 else f"{path.stem}.{number}{path.suffix}"
        note = trash / "info" / f"{name}.trashinfo"
        try:
            with open(note, "x", encoding="ascii") as file:
                file.write(text)
        except FileExistsError:
            number += 1
            continue
        try:
            move(path, trash / "files" / name)
        except OSError:
            note.unlink(missing_ok=True)
            raise
        return Thrown(path, trash / "files" / name, note)
