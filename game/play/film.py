"""Saving a film of a match: what of it, where to, and the work, a little in each frame of the window."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from replay.core.errors import ReplayError
from replay.core.names import free_path
from replay.read.timecode import clock
from replay.watch.export import Written, export

from .. import rules
from ..match import ARENA

SIZE, FRAMES_PER_SECOND = (1280, 720), 60.0
LAST_SECONDS, BEFORE_SECONDS, AFTER_SECONDS = 10, 4, 4
_SUFFIX = ".mp4"


class Clip(NamedTuple):
    """A part of a match that is worth a film, in ticks. name: what the name of its file says besides that of the match."""

    title: str
    name: str
    start: int
    stop: int

    @property
    def seconds(self) -> float:
        return (self.stop - self.start) / rules.TICKS_PER_SECOND

    @property
    def size(self) -> str:
        """How long the film is."""
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{minutes}:{seconds:02}"

    def job(self, recording: Path) -> FilmJob:
        """Begin to make it."""
        return FilmJob(recording, self)


def clips_of(ticks: int, moment: Mapping[str, Any] | None) -> list[Clip]:
    """What can be filmed of a match of so many ticks, the best first. moment: the highlight that is chosen, if there is one. Of a
    short match only all of it, of one without ticks nothing."""
    whole = Clip("the whole match", "", 0, ticks)
    if ticks < 1:
        return []
    if whole.seconds <= LAST_SECONDS + BEFORE_SECONDS:
        return [whole]
    clips = [Clip(f"the last {LAST_SECONDS} seconds", "end", ticks - LAST_SECONDS * rules.TICKS_PER_SECOND, ticks), whole]
    if moment is not None:
        start = max(int(moment["tick"]) - BEFORE_SECONDS * rules.TICKS_PER_SECOND, 0)
        stop = min(int(moment["tick"]) + AFTER_SECONDS * rules.TICKS_PER_SECOND, ticks)
        at = clock(int(moment["tick"]), rules.TICKS_PER_SECOND).split(".")[0].replace(":", "-")
        clips.insert(0, Clip(str(moment["title"]), f"{moment['kind']}-{at}", start, stop))
    return clips


def film_path(recording: Path, clip: Clip) -> Path:
    """A new file beside the recording."""
    return free_path(recording.parent, recording.stem + (f"_{clip.name}" if clip.name else ""), _SUFFIX)


class _CancelledError(Exception):
    """Ends the work from inside."""


class FilmJob:
    """A film being made. It has a thread of its own, but that and the window's take turns: only one of them ever draws.

    done, total: pictures. written: the film, once it is there. problem: why there is none, in words.
    """

    def __init__(self, recording: Path, clip: Clip) -> None:
        self.title, self.clip, self.target = clip.title, clip, film_path(recording, clip)
        self.done, self.total = 0, 1
        self.written: Written | None = None
        self.problem = ""
        self.is_over = False
        self._is_cancelled = False
        self._go, self._pause = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(recording,), daemon=True)
        self._thread.start()

    @property
    def share(self) -> float:
        return self.done / max(self.total, 1)

    @property
    def said(self) -> str:
        """How far it is, in words."""
        return f"{self.share:.0%}   {self.done} of {self.total} pictures"

    @property
    def gist(self) -> str:
        """What has come of it."""
        return f"{self.written.bytes / 1e6:.1f} MB, {self.clip.seconds:.0f} s" if self.written else "The film could not be saved."

    def work(self, seconds: float) -> None:
        """Go on for about so long; at least one picture."""
        until = time.perf_counter() + seconds
        while not self.is_over:
            self._go.release()
            self._pause.acquire()
            if time.perf_counter() >= until:
                return

    def cancel(self) -> None:
        """Stop; nothing of the film is left."""
        self._is_cancelled = True
        while not self.is_over:
            self._go.release()
            self._pause.acquire()
        self._thread.join()

    def _run(self, recording: Path) -> None:
        self._go.acquire()
        try:
            self._check()
            self.written = export(
                recording,
                self.target,
                ARENA,
                start=str(self.clip.start),
                stop=str(self.clip.stop),
                fps=FRAMES_PER_SECOND,
                size=SIZE,
                progress=self._progress,
            )
        except _CancelledError:
            pass
        except ReplayError as error:
            self.problem = f"{error}: {error.hint}" if error.hint else str(error)
        except (OSError, ValueError) as error:
            self.problem = f"{self.target.name} cannot be written: {getattr(error, 'strerror', None) or error}"
        finally:
            self.is_over = True
            self._pause.release()

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self._pause.release()
        self._go.acquire()
        self._check()

    def _check(self) -> None:
        if self._is_cancelled:
            raise _CancelledError
