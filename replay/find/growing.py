"""Whether a recording without a seal goes on: its recorder's lock tells, and where nobody holds one, how long it has been still.

A killed recorder, a recorder that pauses and a copy that pauses look the same in the file. The first has held a lock and does not
any more, the second holds one, the third never had one: only time can tell that it was given up.
"""

from __future__ import annotations

import time
from enum import Enum

from replay.core.errors import CutError, EmptyFileError, FormatError, ReplayError
from replay.core.lock import is_being_recorded
from replay.core.recording import Recording

STILL_SECONDS = 30.0  # a file that nobody holds, and that has not grown for so long, is cut off


def may_begin(error: FormatError) -> bool:
    """Whether a file that cannot be read is none yet: a recorder creates it first, and a header may come in parts."""
    return isinstance(error, CutError | EmptyFileError)


def replaced() -> ReplayError:
    """Of a recording that is followed under a name by which another one goes by now."""
    return ReplayError("another recording has taken its place", "give each a name of its own; to follow this one, begin anew")


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
        self._copy: int | None = None  # the number of a file that is a newer copy of this recording

    def _is_another(self) -> bool:
        """Whether what goes by the name by now is another recording, and not a newer copy of this one, or nothing yet."""
        path = self._recording.path
        try:
            number = path.stat().st_ino
            if number == self._copy:
                return False
            with Recording(path) as there:
                is_another = there.header.id != self._recording.header.id
        except (OSError, FormatError):
            return False
        self._copy = None if is_another else number
        return is_another

    def look(self) -> Growth:
        """What has become of the file; what came meanwhile has been read. Raises ReplayError if another one has taken its place."""
        has_grown = self._recording.refresh()
        if (not has_grown or self._recording.defect is not None) and self._recording.has_changed() and self._is_another():
            raise replaced()
        if has_grown:
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
