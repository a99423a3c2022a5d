"""What was found out and may be forgotten: a file in the user's cache; processes append a line for each finding, in one write.

Each line has a key and is under a seal: one that is cut, damaged or of another version is none. Nothing is read from where somebody
else can write; where nothing can be written, nothing is remembered.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgpack

from replay.core.folders import is_ours, user_cache

MOST_BYTES = 16 * 2**20  # then the older half goes
_KEY_LETTERS = 64
_VERSION = b"1"


class Log:
    """Findings by key. name: of the file. folder: where it is, by default the user's cache."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        with suppress(RuntimeError):  # without a home nothing is remembered
            folder = user_cache() if folder is None else folder
        self._path = None if folder is None else folder / name
        self._lines = {} if self._path is None else _read(self._path)

    def get(self, key: str) -> list[Any] | None:
        """What was found last, of what there was when the log was opened; None if there is nothing that is whole."""
        return None if (line := self._lines.get(key.encode())) is None else _entry(line)

    def add(self, key: str, finding: list[Any]) -> None:
        """key: 64 letters. What is not plain data, or would not come back as it is, is not kept."""
        try:
            entry = msgpack.packb(finding)
            if self._path is None or msgpack.unpackb(entry, strict_map_key=False) != finding:
                return
            line = f"{key} {entry.hex()}".encode()
            _append(self._path, b"\n" + line + b" " + _seal(line) + b"\n")
        except (OSError, TypeError, ValueError, OverflowError):
            return


def _seal(line: bytes) -> bytes:
    return blake2b(_VERSION + line, digest_size=16).hexdigest().encode()


def _entry(line: bytes) -> list[Any] | None:
    body, _, seal = line.rpartition(b" ")
    if _seal(body) != seal:
        return None
    try:
        entry = msgpack.unpackb(bytes.fromhex(body.partition(b" ")[2].decode()), strict_map_key=False)
    except (ValueError, msgpack.UnpackException):
        return None
    return entry if isinstance(entry, list) else None


def _read(path: Path) -> dict[bytes, bytes]:
    """The last line of each key. Whether it is whole is looked at when it is asked for."""
    try:
        if not (is_ours(path.parent) and is_ours(path)):
            return {}
        with path.open("rb") as file:
            lines = file.read(2 * MOST_BYTES).split(b"\n")
    except OSError:
        return {}
    return {line[:_KEY_LETTERS]: line for line in lines if line[_KEY_LETTERS : _KEY_LETTERS + 1] == b" "}


def _append(path: Path, line: bytes) -> None:
    """In one write, so that lines of several processes stay whole. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_ours(path.parent):
        return
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        os.write(file, line)
        size = os.fstat(file).st_size
    finally:
        os.close(file)
    if size > MOST_BYTES:
        _halve(path)


def _halve(path: Path) -> None:
    """Forget the older half. What another process appends meanwhile is forgotten, too: it is found out again."""
    lines = list(_read(path).values())
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_bytes(b"\n".join([b"", *lines[len(lines) // 2 :], b""]))
    aside.replace(path)
