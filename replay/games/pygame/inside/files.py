"""Files as the program finds them: it reads the machine's, and what it writes, renames and removes stays in memory.

A program that is run again to verify a match must not overwrite anybody's high scores, and must find the files as the first run
did.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import stat
from typing import Any

import pygame
import xxhash

from replay.games.pygame.inside.stage import Stage

_open = io.open
_stat = os.stat


class Shelf:
    """What a program has done to files: path -> what is in it; None: removed; a `_Folder`: made."""

    def __init__(self) -> None:
        self._items: dict[str, bytes | _Folder | None] = {}
        self._hashes: dict[str, int] = {}

    def proof(self) -> bytes:
        return repr(sorted(self._hashes.items())).encode() if self._hashes else b""

    def put(self, path: str, item: bytes | _Folder | None) -> None:
        self._items[path] = item
        self._hashes[path] = xxhash.xxh3_64_intdigest(item if isinstance(item, bytes) else repr(item).encode())

    def has(self, path: str) -> bool:
        return path in self._items

    def data(self, path: str) -> bytes:
        """What is in a file. Raises OSError as the system does."""
        if path not in self._items:
            with _open(path, "rb") as file:
                data: bytes = file.read()
            return data
        item = self._items[path]
        if item is None:
            raise _error(errno.ENOENT, path)
        if isinstance(item, _Folder):
            raise _error(errno.EISDIR, path)
        return item

    # --- instead of `open` and of functions of `os` ---

    def open(self, file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> Any:
        path = None if isinstance(file, int) else _path(file)
        writes = any(letter in mode for letter in "wax+")
        if path is None or path == os.devnull or (not writes and path not in self._items):
            return _open(file, mode, buffering, *args, **kwargs)
        return self._opened(path, mode, *args, **kwargs)

    def _opened(
        self, path: str, mode: str, encoding: str | None = None, errors: str | None = None, newline: str | None = None, *_: Any
    ) -> Any:
        exists = self.exists(path)
        if "x" in mode and exists:
            raise _error(errno.EEXIST, path)
        is_new = "w" in mode or "x" in mode or ("a" in mode and not exists)
        if is_new and not stat.S_ISDIR(self.stat(os.path.dirname(path)).st_mode):  # noqa: PTH120
            raise _error(errno.ENOTDIR, path)
        file = _Kept(self, path, b"" if is_new else self.data(path), is_new or mode.strip("rbt") != "")
        if "a" in mode:
            file.seek(0, io.SEEK_END)
        return file if "b" in mode else io.TextIOWrapper(file, encoding or "utf-8", errors, newline)

    def stat(self, path: Any, *args: Any, **kwargs: Any) -> Any:
        key = None if isinstance(path, int) else _path(path)
        if key is None or key not in self._items:
            return _stat(path, *args, **kwargs)
        item = self._items[key]
        if item is None:
            raise _error(errno.ENOENT, key)
        size, mode = (0, stat.S_IFDIR | 0o755) if isinstance(item, _Folder) else (len(item), stat.S_IFREG | 0o644)
        return os.stat_result((mode, 0, 0, 1, 0, 0, size, 0, 0, 0))

    def exists(self, path: str) -> bool:
        try:
            self.stat(path)
        except (OSError, ValueError):
            return False
        return True

    def replace(self, src: Any, dst: Any, **_: Any) -> None:
        self.put(_path(dst), self.data(_path(src)))
        self.put(_path(src), None)

    def remove(self, path: Any, **_: Any) -> None:
        self.data(_path(path))
        self.put(_path(path), None)

    def mkdir(self, path: Any, mode: int = 0o777, **_: Any) -> None:
        if self.exists(_path(path)):
            raise _error(errno.EEXIST, _path(path))
        self.stat(os.path.dirname(_path(path)))  # noqa: PTH120
        self.put(_path(path), _Folder())

    def rmdir(self, path: Any, **_: Any) -> None:
        if not stat.S_ISDIR(self.stat(path).st_mode):
            raise _error(errno.ENOTDIR, _path(path))
        self.put(_path(path), None)


class _Folder:
    def __repr__(self) -> str:
        return "folder"


class _Kept(io.BytesIO):
    """A file of the shelf. writes: what is in it goes there."""

    def __init__(self, shelf: Shelf, path: str, data: bytes, writes: bool) -> None:
        super().__init__(data)
        self._shelf, self.name, self._writes = shelf, path, writes
        if writes:
            shelf.put(path, data)

    def flush(self) -> None:
        super().flush()
        if self._writes:
            self._shelf.put(self.name, self.getvalue())

    def fileno(self) -> int:
        return 0  # there is none; what is asked of it, `os.fsync` above all, asks nothing

    def close(self) -> None:
        if not self.closed:
            self.flush()
        super().close()


def _path(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))  # noqa: PTH100


def _error(code: int, path: str) -> OSError:
    return OSError(code, os.strerror(code), path)  # which Python makes the right kind of


def install(stage: Stage) -> None:
    shelf = Shelf()
    stage.proofs.append(shelf.proof)
    builtins.open = io.open = shelf.open
    module: Any = os
    module.stat = module.lstat = shelf.stat
    module.replace = module.rename = shelf.replace
    module.remove = module.unlink = shelf.remove
    module.mkdir, module.rmdir = shelf.mkdir, shelf.rmdir
    module.fsync = lambda file: None
    _install_pictures(shelf)


def _install_pictures(shelf: Shelf) -> None:
    """pygame writes and reads pictures without Python's files."""
    module: Any = pygame.image
    real_save, real_load = module.save, module.load

    def save(surface: pygame.Surface, filename: Any, namehint: str = "") -> None:
        if hasattr(filename, "write"):
            real_save(surface, filename, namehint)
            return
        buffer = io.BytesIO()
        real_save(surface, buffer, os.fsdecode(filename))
        shelf.put(_path(filename), buffer.getvalue())

    def load(filename: Any, namehint: str = "") -> Any:
        if hasattr(filename, "read") or not isinstance(filename, str | os.PathLike) or not shelf.has(_path(filename)):
            return real_load(filename, namehint) if namehint else real_load(filename)
        return real_load(io.BytesIO(shelf.data(_path(filename))), os.fsdecode(filename))

    module.save = module.save_extended = save
    module.load = module.load_extended = load
