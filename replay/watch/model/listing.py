"""The list of a folder's recordings as somebody wants to see it: searched, sorted, with one line lit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from replay.core.errors import UsageError
from replay.core.text import counted
from replay.find.sieve import Known, Sieve, sieve
from replay.watch.model.files import ListedFile
from replay.watch.model.folder import Contents
from replay.watch.model.menu import Menu

PAGE = {"Up": -1, "Down": 1, "Home": -(10**6), "End": 10**6}  # a page is as long as the window is high


@dataclass(frozen=True)
class ListedFolder:
    """A folder in the list. count: recordings in it and below; None while it is not known."""

    path: Path
    count: int | None = None
    is_way_out: bool = False

    @property
    def text(self) -> str:
        if self.is_way_out:
            return "back to the folder above"
        return "" if self.count is None else counted(self.count, "recording") if self.count else "no recordings"


Entry = ListedFile | ListedFolder
_Key = Callable[[ListedFile], Any]


def _of_facts(key: Callable[[Known], Any]) -> _Key:
    return lambda file: None if file.facts is None else key(file.facts.known)


# By head: what to sort by (None: not known yet, those come last), and whether the largest comes first at first.
HEADS: dict[str, tuple[_Key, bool]] = {
    "date": (lambda file: file.changed, True),
    "name": (lambda file: file.path.name.casefold(), False),
    "length": (_of_facts(lambda known: known.seconds), True),
    "players": (_of_facts(lambda known: (len(known.players), [player.name.casefold() for player in known.players])), True),
    "verdict": (lambda file: "cannot be watched" if file.problem else file.verdict or None, False),
    "size": (lambda file: file.size, True),
}


class Listing:
    """folder: whose recordings. root: where one began, and no further out. menu: the lines that are shown, one of them lit.
    search: the text; error: what is wrong with it, and what to write instead. head, is_falling: what the lines are sorted by.
    problem: why the folder cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = self.folder = root
        self.files: dict[Path, ListedFile] = {}
        self.menu: Menu[Entry] = Menu([], PAGE, wraps=False)
        self.search, self.error = "", ""
        self.head, self.is_falling = "date", True
        self.problem = ""
        self._contents = Contents()
        self._sieve: Sieve | None = None
        self._memory: dict[Path, ListedFile] = {}  # of all files that were ever seen here

    # --- what there is ---

    def take(self, contents: Contents) -> None:
        """What lies in the folder now. What is known of a file stays known as long as it does not change, and is shown until more
        is known of one that does."""
        self._contents, self.problem = contents, contents.problem
        files = {}
        for path, (size, changed) in contents.files.items():
            before = self._memory.get(path)
            if before is None or (before.size, before.changed) != (size, changed):
                before = ListedFile(path, size, changed, before.facts if before is not None else None)
            files[path] = before
        self.files = files
        self._memory |= files
        self.arrange()

    def moved(self, file: ListedFile, path: Path) -> None:
        """A file has another name now: what is known of it is still true."""
        self._memory[path] = replace(file, path=path)

    def go(self, folder: Path) -> None:
        """Show another folder, its lines in the same order and without a search."""
        self.folder, self.files, self._contents = folder, {}, Contents()
        self.search = self.error = ""
        self._sieve = None
        self.menu = Menu([], PAGE, wraps=False)

    @property
    def way_out(self) -> Path | None:
        """The folder above; None where one began."""
        return self.folder.parent if self.folder != self.root else None

    @property
    def count(self) -> str:
        """How many there are, and how many of them fit the search."""
        if self.search and not self.error:
            return f"{sum(isinstance(entry, ListedFile) for entry in self.menu.items)} of {counted(len(self.files), 'recording')}"
        return counted(sum(isinstance(entry, ListedFile) for entry in self.menu.items), "recording")

    # --- what is shown ---

    def look_for(self, text: str) -> None:
        """Show only what fits a search text, of this folder and those below it. While it is none, `error` says why, and everything
        is shown."""
        self.search, self.error = text, ""
        self._sift()
        self.arrange()

    def _sift(self) -> None:
        names = {name for file in self.files.values() if file.facts for name in file.facts.known.settings}
        names |= {
            name for file in self.files.values() if file.facts for player in file.facts.known.players for name in player.numbers
        }
        self._sieve, self.error = None, ""
        try:
            self._sieve = sieve(self.search, names) if self.search.strip() else None
        except UsageError as error:
            self.error = f"{error}; {error.hint}" if error.hint else str(error)

    def sort(self, head: str) -> None:
        """By another head, or the other way round by the same one."""
        self.is_falling = not self.is_falling if head == self.head else HEADS[head][1]
        self.head = head
        self.arrange()

    def news(self) -> None:
        """More is known of the files. Lines stay where they are, but for what the search or the order waited for."""
        if self.search:
            self._sift()
        if self.search or self.head in ("length", "players"):
            self.arrange()

    def arrange(self) -> None:
        """Put the lines in order. The one that is lit stays lit, as long as it is there; else the one that takes its place."""
        lit, place = self.menu.items[self.menu.chosen].path if self.menu.items else None, self.menu.chosen
        self.menu.items = [*self._folders(), *self._sorted(self._fitting())]
        paths = [entry.path for entry in self.menu.items]
        self.menu.chosen = paths.index(lit) if lit in paths else min(place, max(len(paths) - 1, 0))

    def _folders(self) -> list[Entry]:
        if self._sieve is not None:
            return []
        out = [ListedFolder(self.way_out, is_way_out=True)] if self.way_out is not None else []
        return [*out, *(ListedFolder(path, count) for path, count in self._contents.folders.items())]

    def _fitting(self) -> list[ListedFile]:
        if self._sieve is None:
            return [file for file in self.files.values() if file.path.parent == self.folder]
        return [file for file in self.files.values() if self._sieve(self.known(file))]

    def known(self, file: ListedFile) -> Known:
        """What is known of a file by now, to search in."""
        path = file.path.relative_to(self.folder).as_posix() if file.path.is_relative_to(self.folder) else file.path.name
        if file.facts is None:
            return Known(path, {"verdict": "unreadable"} if file.problem else {})
        texts = {**file.facts.known.texts, "verdict": file.verdict}
        return replace(file.facts.known, path=path, texts=texts)

    def _sorted(self, files: Sequence[ListedFile]) -> list[ListedFile]:
        key = HEADS[self.head][0]
        by_name = sorted(files, key=lambda file: file.path.name)
        known = sorted((file for file in by_name if key(file) is not None), key=key, reverse=self.is_falling)
        return [*known, *(file for file in by_name if key(file) is None)]
