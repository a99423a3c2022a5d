"""Finds out about the files of a list, what is seen first: in two processes, so that neither a long match nor a hostile file
holds up the window. One reads files and draws their pictures, the other verifies them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from replay.core.cache import Bounded
from replay.prove.child import Child
from replay.watch.model.files import Facts, ListedFile

_SCRIPT = """
import sys
from replay.watch.appraisal import serve
serve(sys.stdin.buffer, answers)
"""
_PATIENCE_SECONDS = 180.0  # for a file or a picture: rules may be compiled first; verifying takes as long as the match
_LOOK_AGAIN_SECONDS = 0.2
_PICTURE_BYTES = 64 * 2**20

Size = tuple[int, int]


class Picture(NamedTuple):
    """A moment of a match. changed: when the file had changed last. rgb: its pixels, row by row; empty if it could not be drawn."""

    changed: float
    size: Size
    rgb: bytes


class _Job(NamedTuple):
    kind: str  # "read", "draw" or "check"
    file: ListedFile
    size: Size = (0, 0)


class Appraiser:
    """Serves a list: `want` what it shows, `start`, and `close`. news: counts what has become known."""

    def __init__(self) -> None:
        self.news = 0
        self._files: Sequence[ListedFile] = ()
        self._seen: Sequence[ListedFile] = ()
        self._size: Size = (1, 1)
        self._pictures: Bounded[Path, Picture] = Bounded(1)
        self._lock = threading.Lock()  # of the pictures
        self._stop = threading.Event()
        self._lanes = [_Lane(self, self._next_look, "replay-look"), _Lane(self, self._next_check, "replay-check")]

    def start(self) -> None:
        for lane in self._lanes:
            lane.start()

    def close(self) -> None:
        self._stop.set()
        for lane in self._lanes:
            lane.end()

    def want(self, files: Sequence[ListedFile], seen: Sequence[ListedFile], size: Size) -> None:
        """All files there are; those that are seen or soon will be, in order; the size of their pictures."""
        self._files, self._seen = files, seen
        if size != self._size:
            with self._lock:
                self._size = size
                self._pictures = Bounded(max(_PICTURE_BYTES // (3 * size[0] * size[1]), 20))

    def picture(self, file: ListedFile) -> Picture | None:
        """Its picture, if there is one by now; of a file that has changed perhaps that of before."""
        with self._lock:
            return self._pictures.get(file.path, _no_picture) if file.path in self._pictures else None

    @property
    def is_done(self) -> bool:
        """Whether all is known of all, and whatever is seen has its picture."""
        return self._next_look() is None and self._next_check() is None

    # --- in the threads ---

    def _next_look(self) -> _Job | None:
        seen = self._seen
        for file in seen:
            if not file.is_read:
                return _Job("read", file)
        for file in seen:
            if not file.problem and self._wants_picture(file):
                return _Job("draw", file, self._size)
        return next((_Job("read", file) for file in self._files if not file.is_read), None)

    def _wants_picture(self, file: ListedFile) -> bool:
        """One that grows from second to second has one picture until it is whole."""
        picture = self.picture(file)
        return picture is None or (picture.changed != file.changed and file.verdict != "being recorded")

    def _next_check(self) -> _Job | None:
        for files in (self._seen, self._files):
            for file in files:
                if file.is_read and not file.verdict and not file.problem:
                    return _Job("check", file)
        return None

    def take(self, job: _Job, answer: dict[str, Any], rest: Callable[[int], bytes]) -> None:
        """What a process has found out. rest: reads the bytes that follow."""
        file = job.file
        if job.kind == "draw":
            picture = Picture(file.changed, job.size, rest(answer.get("bytes", 0)))
            with self._lock:
                if job.size == self._size:
                    self._pictures.pop(file.path)
                    self._pictures.get(file.path, lambda: picture)
        if "problem" in answer:
            file.problem = answer["problem"] or "cannot be read"
        if job.kind == "read" and "facts" in answer:
            file.facts = Facts.of_data(answer["facts"])
        elif job.kind == "check":
            file.checked = answer.get("verdict", "unverifiable")
        file.is_read = True
        self.news += 1

    @property
    def is_closed(self) -> bool:
        return self._stop.is_set()

    def wait(self) -> None:
        self._stop.wait(_LOOK_AGAIN_SECONDS)


def _no_picture() -> Picture:
    return Picture(0.0, (0, 0), b"")


class _Lane(threading.Thread):
    """One process, and the thread that asks it."""

    def __init__(self, appraiser: Appraiser, next_job: Callable[[], _Job | None], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._appraiser, self._next_job = appraiser, next_job
        self._child: Child | None = None

    def end(self) -> None:
        if (child := self._child) is not None:
            child.kill()

    def run(self) -> None:
        while not self._appraiser.is_closed:
            job = self._next_job()
            if job is None:
                self._appraiser.wait()
                continue
            with Child(_SCRIPT, environment={"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}) as child:
                self._child = child
                while job is not None and not self._appraiser.is_closed and self._ask(child, job):
                    job = self._next_job()

    def _ask(self, child: Child, job: _Job) -> bool:
        """Whether the process lives on."""
        line = json.dumps({"do": job.kind, "path": str(job.file.path), "size": job.size}).encode()
        late = threading.Timer(_PATIENCE_SECONDS, child.kill)
        if job.kind != "check":
            late.start()
        try:
            answer = child.ask(line)
            if answer:
                self._appraiser.take(job, json.loads(answer), child.read)
                return True
        except OSError:  # it ended before it could be asked
            pass
        finally:
            late.cancel()
        if not self._appraiser.is_closed:  # the fault of this file: the others go to another process
            self._appraiser.take(job, {"problem": f"looking at it ended the process: {child.last_words()}"}, lambda size: b"")
        return False
