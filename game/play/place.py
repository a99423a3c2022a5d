"""Where a match is recorded: the folder that was asked for or, when that cannot be written, one that can."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from replay.watch.model.settings import recordings_folder

logger = logging.getLogger("arena")


def usable_folder(wanted: Path) -> Path:
    """`wanted`, made if need be; else the user's own folder of recordings, else one for temporary files, and a word about it.

    Raises the OSError of `wanted` if none can be written.
    """
    refused: OSError | None = None
    for folder in _places(wanted):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            refused = refused or error
            continue
        if refused is not None:
            logger.warning("cannot record into %s: %s; recording into %s", wanted, refused.strerror or refused, folder)
        return folder
    assert refused is not None
    raise refused


def _places(wanted: Path) -> Iterator[Path]:
    yield wanted
    yield recordings_folder()
    yield Path(tempfile.gettempdir()) / "recordings"
