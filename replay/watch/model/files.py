"""The recordings of a folder, and what can be said of each without simulating it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from replay.core.errors import ReplayError
from replay.core.installed import find_game
from replay.core.lock import is_being_recorded
from replay.core.names import recordings_below
from replay.core.recording import Recording
from replay.core.verify import Verdict, verify
from replay.read.timecode import clock

_POLITE_SECONDS = 0.002  # ten seconds of a match at a time: the window's thread goes first
Progress = Callable[[int, int], object]


@dataclass
class ListedFile:
    """A file of the folder. problem: why it cannot be watched. verdict: of `Verdict`, or "no end", "damaged", "being recorded"."""

    path: Path
    title: str = ""
    lines: tuple[str, ...] = ()
    problem: str = ""
    verdict: str = ""
    is_read: bool = False

    def read(self) -> None:
        """Fill in what the header and the seal say, once."""
        if self.is_read:
            return
        self.is_read = True
        try:
            with Recording(self.path) as recording:
                self._describe(recording)
        except (ReplayError, OSError) as error:
            self.problem = reason(error)

    def _describe(self, recording: Recording) -> None:
        header = recording.header
        try:
            config = getattr(find_game(header.game), "config_text", lambda _: "")(header.config)
        except Exception:  # the config comes from a file
            config = ""
        self.title = f"{header.game}  {config}"
        date = datetime.fromtimestamp(header.created_ms / 1000).strftime("%Y-%m-%d %H:%M")
        length, size = clock(recording.ticks, header.ticks_per_second), self.path.stat().st_size / 1000
        self.lines = (", ".join(player.name for player in header.players), f"{date}   {length}   {size:.0f} kB")
        if recording.damage is not None:
            self.lines = (*self.lines, str(recording.damage))
            self.verdict = "damaged"
            if recording.state == "cut":
                self.verdict = "being recorded" if is_being_recorded(self.path) else "no end"
        if not recording.ticks:
            self.problem = "holds no tick"

    def check(self, progress: Progress | None = None) -> None:
        """Read it, and verify it unless it is known by now what is wrong with it. Takes as long as the match takes to simulate.
        progress: as `verify` calls it; what it raises comes through."""
        self.read()
        if self.problem or self.verdict:
            return
        try:
            verification = verify(self.path, progress=progress)
        except OSError as error:
            self.problem = str(error)
            return
        self.verdict = verification.verdict.value
        if verification.verdict is Verdict.UNVERIFIABLE:
            self.problem = verification.message


class Checks:
    """Verifies files one after the other in the background. Start it as often as is liked: what is known stays known."""

    def __init__(self, files: Sequence[ListedFile]) -> None:
        self._files = files
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="replay-checks", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until all are checked."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        try:
            for file in self._files:
                self._progress()
                file.check(self._progress)
        except _StoppedError:
            return

    def _progress(self, *_: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        time.sleep(_POLITE_SECONDS)


class _StoppedError(Exception):
    """Nobody looks any more."""


def list_recordings(folder: Path) -> list[ListedFile]:
    """The recordings below a folder, newest first."""
    files = list(filter(Path.is_file, recordings_below(folder))) if folder.is_dir() else []
    return [ListedFile(path) for path in sorted(files, key=lambda path: (-path.stat().st_mtime, path.name))]


def reason(error: Exception) -> str:
    """What an expected failure says to a user; of the system's errors without number and path."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
