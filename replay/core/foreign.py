"""Files that are called like recordings and are none: what they are, as far as their first bytes tell, and what to do about it."""

from __future__ import annotations

from replay.core import format as fmt
from replay.core.errors import CutError, EmptyFileError, FormatError
from replay.core.names import SUFFIX

_MARK = fmt.MAGIC[1:7]
# first bytes: (what it is, what next)
_KNOWN = {
    b"version https://git-lfs.github.com/spec/": ("is a git-lfs pointer: the recording itself was not fetched", "git lfs pull"),
    b"PK\x03\x04": ("is a zip archive", "unpack it, and name the recordings in it"),
    b"\x1f\x8b": ("is compressed by gzip", "unpack it: gunzip -c FILE > NEW.replay"),
    b"BZh": ("is compressed by bzip2", "unpack it: bunzip2 -c FILE > NEW.replay"),
    b"\xfd7zXZ\x00": ("is compressed by xz", "unpack it: xz -dc FILE > NEW.replay"),
    b"\x28\xb5\x2f\xfd": ("is compressed by zstd", "unpack it: zstd -dc FILE > NEW.replay"),
}


def refusal(start: bytes) -> FormatError:
    """What to say of a file whose first bytes, at least 48 of them if there are so many, are not those of a recording."""
    if not start:
        return EmptyFileError("is empty", "the recorder was killed before its first write")
    if fmt.MAGIC.startswith(start):
        return CutError(f"cut off in its first {len(fmt.MAGIC)} bytes; no tick is whole", "there is nothing to rescue in it")
    for first, (what, hint) in _KNOWN.items():
        if start.startswith(first):
            return FormatError(what, hint)
    begins = f"is not a recording: it begins with {start[:12]!r}"
    if start.find(_MARK, 0, 9) in (1, 2, 3):  # the byte before it became none, another one, or up to three
        return FormatError(begins, "it went through a text-mode transfer; copy it as binary")
    return FormatError(begins, f"another program's file, perhaps: others end in {SUFFIX}, too")
