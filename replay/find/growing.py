"""Whether a recording without a seal goes on: its recorder's lock tells, and where nobody holds one, how long it has been still.

A killed recorder, a recorder that pauses and a copy that pauses look the same in the file. The first has held a lock and does not
any more, the second holds one, the third never had one: only time can tell that it was given up.
"""

from __future__ import annotations

import time
from enum import Enum

from replay.core.errors import CutError, EmptyFileError, FormatError
from replay.core.lock import is_being_recorded
from replay.core.recording import Recording

STILL_SECONDS = 30.0  # a file that nobody holds, and that has not grown for so long, is cut off


def may_begin(error: FormatError) -> bool:
    """Whether a file that cannot be read is none yet: a recorder creates it first, and a header may come in parts."""
    return isinstance(error, CutError | EmptyFileError)


class Growth(Enum):
    GREW = "grew"
    WAITING = "waiting"
    ENDED = "ended"  # sealed, or damaged: nothing will come
    CUT = "cut"


class Growing:
    """Looks after one open recording. still_seconds: how long one that nobody holds may be still before it is cut; by default
    STILL_SECONDS. The file's own age counts."""

    def __init__(self, recording: Recording, still_seconds: float | None = None) -> None:
        self._recording = recording
        self._still_seconds = STILL_SECONDS if still_seconds is None else still_seconds
        self._since = time.monotonic() - max(time.time() - recording.path.stat().st_mtime, 0.0)
        self._was_held = False

    def look(self) -> Growth:
        """What has become of the file; what came meanwhile has been read."""
        if self._recording.refresh():
            self._since = time.monotonic()
            return Growth.GREW
        if not isinstance(self._recording.damage, CutError):
            return Growth.ENDED
        # Asked only of a file with a header, so that no recorder finds its new file locked by us.
        if is_being_recorded(self._recording.path):
            self._was_held = True
            return Growth.WAITING
        if not self._was_held and time.monotonic() - self._since <= self._still_seconds:
            return Growth.WAITING
        return (
            Growth.GREW if self._recording.refresh() else Growth.CUT
        )  # what came between the last look and the end of its recorder
