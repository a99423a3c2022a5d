"""Recordings that lie elsewhere: `s3://`, `gs://`, `memory://` and whatever else fsspec opens, as paths, and read by few requests.

Where a path is asked for, a `Url` will do for all that only reads. What writes, watches or hands files to other programs asks the
system for it, by `os.fspath`, and that is refused: of such a file nothing is here.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.core.cache import Bounded
from replay.core.errors import FormatError, MachineError, ReplayError, UsageError
from replay.core.extras import optional
from replay.core.names import is_recording_name

if TYPE_CHECKING:
    _SystemPath = Path
else:
    _SystemPath = type(Path())

BLOCK_BYTES = 2**20
_BLOCKS_KEPT = 4
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")  # one letter is a drive
_MARKS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated", "created")  # the best first
_SYSTEM = {errno.ENOENT: FileNotFoundError, errno.EACCES: PermissionError}


class Url(_SystemPath):
    """A path elsewhere. `str` is the URL as it was given."""

    _text: str
    _info: tuple[int, int] | None

    def __new__(cls, *segments: str | Path) -> Url:
        text = _URL.sub(r"\1://", "/".join(map(str, segments)), count=1)
        url = super().__new__(cls, text)
        url._text, url._info = text, None
        return url

    def __str__(self) -> str:
        return self.__dict__.get("_text") or _URL.sub(r"\1://", super().__str__().replace(os.sep, "/"), count=1)

    def __fspath__(self) -> str:
        raise UsageError(*refusal(str(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Url) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __reduce__(self) -> Any:
        return Url, (str(self),), {"_info": self.__dict__.get("_info")}

    def is_absolute(self) -> bool:
        return True

    def absolute(self) -> Url:
        return self

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Size and kind. st_mtime_ns: a number that is another one once the content is: of its ETag, else of when it was changed;
        0 where neither is known. Of a recording that was listed, as it was then, without a request.

        Raises FileNotFoundError, PermissionError, MachineError where it cannot be reached, FormatError for a chain of URLs.
        """
        info = self.__dict__.get("_info")
        kind = stat.S_IFREG
        if info is None:
            with self._reached() as (system, name):
                system.invalidate_cache(name)  # what some listing said, however long ago
                facts = system.info(name)
            kind = stat.S_IFDIR if facts.get("type") == "directory" else stat.S_IFREG
            info = _size_and_mark(facts)
        size, mark = info
        return os.stat_result((kind, 0, 0, 0, 0, 0, size, 0, 0, 0), {"st_mtime_ns": mark})

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        return self._mode() != 0

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return stat.S_ISREG(self._mode())

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a folder, or a bucket; what is called like a recording is none."""
        return not is_recording_name(self.name) and stat.S_ISDIR(self._mode())

    def _mode(self) -> int:
        try:
            return self.stat().st_mode
        except FileNotFoundError:
            return 0

    def read_bytes(self) -> bytes:
        return self.read_range(None, None)

    def read_range(self, start: int | None, stop: int | None) -> bytes:
        """Bytes start..stop-1, in one request; fewer at the end. Raises what `stat` raises."""
        with self._reached() as (system, name):
            data: bytes = system.cat_file(name, start=start, end=stop)
        return data

    def rglob(self, pattern: str, **_: Any) -> Iterator[Url]:  # type: ignore[override]
        """The files below it whose names match, each with its size: a request for each thousand files."""
        with self._reached() as (system, name):
            files = system.find(name, detail=True)
        for file, facts in files.items():
            if fnmatchcase(file.rpartition("/")[2], pattern):
                url = Url(system.unstrip_protocol(file))
                url._info = _size_and_mark(facts)
                yield url

    @contextmanager
    def _reached(self) -> Iterator[tuple[Any, str]]:
        """The file system, and the name in it. What goes wrong inside becomes an error that names the URL."""
        with optional():
            import fsspec
        text = str(self)
        if "::" in text:  # to fsspec a chain, in which one URL opens another
            raise FormatError(f"{text!r} is a chain of URLs", "name the one file that is meant")
        try:
            yield fsspec.core.url_to_fs(text)
        except ReplayError:
            raise
        except ImportError as error:
            raise MachineError(f"{text}: {error}", "install what is named there") from error
        except OSError as error:
            if (kind := next((number for number, each in _SYSTEM.items() if isinstance(error, each)), None)) is None:
                raise _unreachable(text, error) from error
            raise _SYSTEM[kind](kind, os.strerror(kind), text) from error
        except Exception as error:  # of the library for that kind of place, or of its network
            raise _unreachable(text, error) from error


def path_of(place: str | os.PathLike[str]) -> Path:
    """A path, or a `Url` if that is what the text is; `file://` is a path."""
    if isinstance(place, Path):
        return place
    text = os.fspath(place)
    if text.startswith(("file://", "local://")):
        return Path(text.partition("://")[2])
    return Url(text) if "://" in text and is_url(text) else Path(text)


def local_path(place: str | os.PathLike[str]) -> Path:
    """A path on this machine. Raises UsageError for a URL."""
    path = path_of(place)
    if isinstance(path, Url):
        raise UsageError(*refusal(str(path)))
    return path


def refusal(text: str) -> tuple[str, str]:
    """What to say where a URL cannot be used, though it may have lost a slash on the way, and what to do next."""
    return f"{Url(text)} is not on this machine, and this works on files that are", "copy it to a file first"


def is_url(text: str) -> bool:
    """Whether a text is a URL, or was one before it was taken for a path."""
    return _URL.match(text) is not None


class RemoteFile(io.RawIOBase):
    """The bytes at a URL, to be read and sought in. They come in blocks of 1 MiB, a request each, of which the last few are kept: a
    recording of less than that is one request, however often its parts are read."""

    def __init__(self, url: Url) -> None:
        self._url, self._at = url, 0
        self._size: int | None = None
        self._blocks: Bounded[int, bytes] = Bounded(_BLOCKS_KEPT)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}
        self._at = offset + (base[whence] if whence in base else self._length())
        return self._at

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, those of one block; empty at the end."""
        block, start = divmod(self._at, BLOCK_BYTES)
        data = self._blocks.get(block, lambda: self._fetched(block))[start : None if size < 0 else start + size]
        self._at += len(data)
        return data

    def _length(self) -> int:
        if self._size is None:
            self._size = self._url.stat().st_size
        return self._size

    def _fetched(self, block: int) -> bytes:
        start = block * BLOCK_BYTES
        if (block or self._size is not None) and start >= self._length():
            return b""
        try:
            data = self._url.read_range(start, start + BLOCK_BYTES)
        except MachineError:  # of nothing, some servers give no range
            if self._length():
                raise
            data = b""
        if len(data) < BLOCK_BYTES:
            self._size = start + len(data)
        return data


def _size_and_mark(facts: dict[str, Any]) -> tuple[int, int]:
    mark = next((facts[name] for name in _MARKS if facts.get(name) is not None), None)
    number = 0 if mark is None else int.from_bytes(blake2b(str(mark).encode(), digest_size=8).digest(), "big") >> 1
    return int(facts.get("size") or 0), number


def _unreachable(text: str, error: Exception) -> MachineError:
    reason = str(error).strip() or type(error).__name__
    return MachineError(f"{text}: {reason.splitlines()[0]}", "look at its address, the network, and who may read it")
