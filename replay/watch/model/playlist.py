"""Recordings that are watched one after the other: which is the current one, what comes next, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from replay.watch.model.appraiser import Appraiser
from replay.watch.model.files import ListedFile
from replay.watch.model.places import Rect


class Playlist:
    """files: in order, at least one. at: the index of the current one. goes_on: at the end of one the next one begins. moments: the
    TIME at which to begin, by index. Only what is read of a file to list it stays in memory.

    While the list is to be seen (is_shown), the others are looked into. is_over: the current one has been played to its end.
    places: where each index was drawn last. top: the index that the list begins with; None: so that the current one is in view.
    """

    def __init__(
        self, files: Sequence[ListedFile], at: int = 0, *, goes_on: bool = True, moments: Sequence[str | None] = ()
    ) -> None:
        self.files = list(files)
        self.at = at
        self.goes_on = goes_on
        self._moments = list(moments)
        self._appraiser: Appraiser | None = None
        self.is_over = self.is_shown = False
        self.places: list[tuple[Rect, int]] = []
        self.top: int | None = None

    @classmethod
    def of(cls, paths: Sequence[Path], moments: Sequence[str | None] = ()) -> Playlist:
        return cls([ListedFile(path) for path in paths], moments=moments)

    @property
    def current(self) -> ListedFile:
        return self.files[self.at]

    @property
    def text(self) -> str:
        """`2 of 7`; "" for a single file, which is no list."""
        return f"{self.at + 1} of {len(self.files)}" if len(self.files) > 1 else ""

    def moment(self, index: int) -> str | None:
        """The TIME at which the file is to begin, None for its start."""
        return self._moments[index] if index < len(self._moments) else None

    def shown(self, rows: int) -> range:
        """The indices of a list that has room for so many."""
        top = self.at - rows // 2 if self.top is None else self.top
        top = max(min(top, len(self.files) - rows), 0)
        return range(top, min(top + rows, len(self.files)))

    def scroll(self, rows: int) -> None:
        """Let the list begin further down."""
        top = self.places[0][1] if self.places else 0
        self.top = max(min(top + rows, len(self.files) - len(self.places)), 0)

    def neighbour(self, step: int) -> int | None:
        """The index of the next (1) or previous (-1) file that can be watched, as far as is known; None if there is none."""
        index = self.at + step
        while 0 <= index < len(self.files):
            self.files[index].read()
            if not self.files[index].problem:
                return index
            index += step
        return None

    def go_to(self, path: Path) -> None:
        """This file is the current one from now on; nothing happens if it is not in the list."""
        self.at, self.top = next((index for index, file in enumerate(self.files) if file.path == path), self.at), None

    def toggle(self) -> None:
        """Show the list, or no longer."""
        self.is_shown = not self.is_shown
        self.look_on()

    def look_on(self) -> None:
        """Somebody watches the current one: as long as the list is shown, find out about the others."""
        self.rest()
        if self.is_shown:
            self._appraiser = Appraiser()
            self._appraiser.want(self.files, (), (1, 1))
            self._appraiser.start()

    def rest(self) -> None:
        """Nobody watches the current one any more."""
        if self._appraiser is not None:
            self._appraiser.close()
            self._appraiser = None

    def verdicts(self) -> list[tuple[str, str, bool]]:
        """What a picture of the list depends on."""
        return [(file.verdict, file.problem, file.is_read) for file in self.files] if self.is_shown else []

    def note(self, path: Path, *, verdict: str = "", problem: str = "") -> None:
        """What was found out about a file: it shows in the list."""
        for file in self.files:
            if file.path == path:
                file.read()
                file.checked, file.problem = verdict or file.checked, problem or file.problem
