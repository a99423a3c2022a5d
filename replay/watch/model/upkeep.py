"""What somebody does to the files of a list: another name, into the trash, back again. Each says in an error why it cannot be."""

from __future__ import annotations

from pathlib import Path

from replay.core.errors import UsageError
from replay.core.lock import is_being_recorded
from replay.core.names import SUFFIX, bare_name
from replay.watch.model.files import reason
from replay.watch.model.trash import Thrown, move, take_back, throw_away

_NOT_IN_NAMES = set('/\\:*?"<>|')  # of some system


def check_free(path: Path) -> None:
    """Raises UsageError if the file may not be moved."""
    if is_being_recorded(path):
        raise UsageError(f"{path.name} is being recorded")


def rename(path: Path, name: str) -> Path:
    """Give a recording another name; the suffix stays. Returns its path then. Raises UsageError, and no file is written over."""
    if not name or set(name) & _NOT_IN_NAMES or name.startswith(".") or not name.isprintable():
        raise UsageError(f"not renamed: {name!r} is not a file name")
    to = path.with_name(bare_name(name) + SUFFIX)
    try:
        move(path, to)
    except OSError as error:
        raise UsageError(f"not renamed: {_why(error)}") from None
    return to


class Bin:
    """What was thrown away since the list was opened, the last one last."""

    def __init__(self) -> None:
        self._thrown: list[Thrown] = []

    def throw(self, path: Path) -> None:
        """Raises UsageError."""
        try:
            self._thrown.append(throw_away(path))
        except OSError as error:
            raise UsageError(f"not deleted: {_why(error)}") from None

    def undo(self) -> Path:
        """Bring the last one back. Returns where it is. Raises UsageError; the next attempt is for the one before."""
        if not self._thrown:
            raise UsageError("nothing to bring back")
        thrown = self._thrown.pop()
        try:
            take_back(thrown)
        except OSError as error:
            raise UsageError(f"{thrown.path.name} is not brought back: {_why(error)}") from None
        return thrown.path


def _why(error: OSError) -> str:
    return str(error) if isinstance(error, FileExistsError) else reason(error)
