"""The recordings of a folder, and what can be said of each without simulating it."""

from __future__ import annotations

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

    def check(self) -> None:
        """Read it, and verify it unless it is known by now what is wrong with it. Takes as long as the match takes to simulate."""
        self.read()
        if self.problem or self.verdict:
            return
        try:
            verification = verify(self.path)
        except OSError as error:
            self.problem = str(error)
            return
        self.verdict = verification.verdict.value
        if verification.verdict is Verdict.UNVERIFIABLE:
            self.problem = verification.message


def list_recordings(folder: Path) -> list[ListedFile]:
    """The recordings below a folder, newest first."""
    files = list(filter(Path.is_file, recordings_below(folder))) if folder.is_dir() else []
    return [ListedFile(path) for path in sorted(files, key=lambda path: (-path.stat().st_mtime, path.name))]


def reason(error: Exception) -> str:
    """What an expected failure says to a user; of the system's errors without number and path."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
