"""The library as a consumer of what is recorded: see `replay.find.streams`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from replay.core.url import local_path
from replay.find.library.entries import Outcome
from replay.find.library.library import Library, named_files
from replay.find.streams import follow_all


def follow(
    library: Library, paths: Iterable[str | os.PathLike[str]], how: Mapping[str, Any] | None = None, **options: Any
) -> Iterator[Outcome]:
    """`library.index`, and then each recording that comes as soon as it has ended, or is cut; for ever, if a path is a folder.

    how: the options of `follow_all` that say when. options: those of `index`.
    """
    paths = list(map(local_path, paths))
    before = {path: _state_of(path) for path in named_files(paths)}
    yield from library.index(paths, **options)
    for record in follow_all(paths, kinds=(), **(how or {})):
        if record["record"] in ("ended", "cut", "refused"):
            path = Path(record["file"])
            if (state := _state_of(path)) is None or state != before.get(path):
                yield from library.index([path], reference=options.get("reference"))


def _state_of(path: Path) -> tuple[int, int] | None:
    """What tells that a file has changed."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
