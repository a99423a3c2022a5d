"""The file of a recorder: whole chunks, one system call each, synced by a thread that holds on to nothing but the file."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from replay.core.lock import lock

SYNC_SECONDS = 0.25
_sync = getattr(os, "fdatasync", os.fsync)


class FileSink:
    """A new file that this process alone writes. fail: told, once, what stopped it; a bound method, held weakly.

    mark: whatever the caller wants to know to be on the disk; synced_mark: the last one that is.
    """

    def __init__(self, path: Path, fail: Callable[[BaseException], None]) -> None:
        self._fail = weakref.WeakMethod(fail)
        self._name = str(path)
        self._file = create(path)
        self.mark = self.synced_mark = 0
        self._has_failed = False
        self._last, self._begun = b"", 0  # what was written last, and where
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._sync_loop, name="replay-sync", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> bool:
        """One or more whole chunks by one system call, so that no kill can tear what was acknowledged. After an error nothing
        more is written: the file stays a valid prefix. The same chunks again, after an interruption, are what is missing of them:
        no two chunks are equal, as each continues the one before."""
        if self._has_failed or self._file < 0:
            return False
        try:
            size = os.fstat(self._file).st_size
            if data != self._last:
                self._begun, self._last = size, data
            rest = memoryview(data)[size - self._begun :]
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            self._stop_by(error)
            return False
        return True

    def stop(self) -> None:
        """Write nothing more: the file stays the valid prefix that it is."""
        self._has_failed = True

    def check_place(self) -> None:
        """Notice a file that was deleted, or whose name is another file's now."""
        if self._file < 0 or self._has_failed:
            return
        try:
            ours, named = os.fstat(self._file), os.stat(self._name)  # noqa: PTH116 (ten times as fast)
        except OSError:
            self._stop_by(FileNotFoundError(2, "the file was deleted"))
            return
        if (ours.st_dev, ours.st_ino) != (named.st_dev, named.st_ino):
            self._stop_by(FileNotFoundError(2, "the file was replaced by another"))

    def close(self) -> None:
        """Sync and close. The descriptor is nobody's afterwards."""
        if self._file < 0:
            return
        self._closing.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        file, self._file = self._file, -1
        os.close(file)

    def disown(self) -> None:
        """In a forked child: leave the file, its lock and its thread to the parent."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def _stop_by(self, error: BaseException) -> None:
        self._has_failed = True
        fail = self._fail()
        if fail is not None:
            fail(error)

    def _sync_loop(self) -> None:
        """Looks by itself now and then: to be woken would cost the tick that does it as much as the write."""
        closing = False
        while not closing and not self._has_failed:
            closing = self._closing.wait(SYNC_SECONDS)
            mark = self.mark
            if mark == self.synced_mark and not closing:
                continue
            try:
                _sync(self._file)
            except OSError as error:
                # Never retried: after a failed sync the kernel may have dropped the pages, and a second one would claim success.
                if not self._has_failed:
                    self._stop_by(error)
                return
            self.synced_mark = mark


def create(path: Path) -> int:
    """A new file, locked, whose name is on the disk. Raises FileExistsError if there is one."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    try:
        lock(file)
        if hasattr(os, "O_DIRECTORY"):  # the new name has to reach the disk too
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except BaseException:
        os.close(file)
        raise
    return file
