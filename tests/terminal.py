"""A terminal that is read while a program writes to it: one that nobody reads takes some kilobytes, and then the program waits."""

from __future__ import annotations

import os
import pty
from threading import Thread
from types import TracebackType
from typing import Self


class Terminal:
    """A context manager. inside: the file descriptor to give away as stdout; text: after the block, all that was written to it."""

    def __init__(self) -> None:
        self._outside, self.inside = pty.openpty()
        self.text = ""
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        written = bytearray()
        try:
            while part := os.read(self._outside, 65536):
                written += part
        except OSError:  # nobody has it open any more
            pass
        self.text = written.decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self.inside)
        self._reader.join()
        os.close(self._outside)
