"""Saving a match as a web page: one file that plays it in any browser, and proves it there."""

from __future__ import annotations

import threading
from pathlib import Path

from replay.core.errors import ReplayError
from replay.core.names import free_path
from replay.watch.export import Written
from replay.web.made import write_page

from ..match import ARENA


class WebPage:
    """What one may choose beside films."""

    title, size = "a web page that plays the match", "HTML"

    def job(self, recording: Path) -> PageJob:
        """Begin to make it."""
        return PageJob(recording)


class PageJob:
    """A page being made, by a thread: before the first one the rules are compiled for browsers, which takes a while.

    written: the page, once it is there. problem: why there is none, in words.
    """

    title, share = WebPage.title, 0.5

    def __init__(self, recording: Path) -> None:
        self.target = free_path(recording.parent, recording.stem, ".html")
        self.written: Written | None = None
        self.problem = ""
        self._is_cancelled = False
        self._thread = threading.Thread(target=self._run, args=(recording,), daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    @property
    def said(self) -> str:
        return "the first page takes a minute: the rules are compiled for browsers"

    @property
    def gist(self) -> str:
        """What has come of it."""
        return f"{self.written.bytes / 1e3:.0f} kB, for any browser" if self.written else "The page could not be saved."

    def work(self, seconds: float) -> None:
        """The thread works by itself. Whoever is in a hurry waits for it."""
        self._thread.join(seconds / 10)

    def cancel(self) -> None:
        """Nothing of the page is left; the compiler, if it runs, comes to its end by itself."""
        self._is_cancelled = True

    def _run(self, recording: Path) -> None:
        try:
            size = write_page(recording, self.target, ARENA)
            if self._is_cancelled:
                self.target.unlink()
            else:
                self.written = Written(self.target, 1, size)
        except ReplayError as error:
            self.problem = f"{error}: {error.hint}" if error.hint else str(error)
        except OSError as error:
            self.problem = f"{self.target.name} cannot be written: {error.strerror or error}"
