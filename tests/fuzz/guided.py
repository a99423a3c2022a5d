"""The same damage, led by coverage: atheris keeps what reaches new code of the loader, and changes that. Needs the extra `fuzz`."""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path
from types import FunctionType

from . import way
from .damage import make_case
from .seeds import install_toys


class ByteRandom(random.Random):
    """Choices that come from bytes, one after the other; zeros when they are used up."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._data, self._at = data, 0

    def getrandbits(self, count: int) -> int:
        size = (count + 7) // 8
        piece = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(piece, "little") & ((1 << count) - 1)

    def _randbelow(self, count: int) -> int:  # without the retries of the original, which bytes of a kind would keep busy for ever
        return self.getrandbits(count.bit_length() + 8) % count

    def random(self) -> float:
        return self.getrandbits(16) / 2**16

    def randbytes(self, count: int) -> bytes:
        return self.getrandbits(8 * count).to_bytes(count, "little")


def guided(minutes: float) -> int:
    """Run atheris for so long. A finding is raised in full, with the bytes that lead to it kept in crash-*."""
    import atheris

    for name in ("format", "plain", "fields", "records", "encoding", "scanned", "recording", "playback", "verify"):
        module = sys.modules[f"replay.core.{name}"]
        classes = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
        for owner in (module, *classes):
            for attribute, value in list(vars(owner).items()):
                if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                    setattr(owner, attribute, atheris.instrument_func(value))
    folder = Path(tempfile.mkdtemp())
    sys.path.insert(0, str(install_toys(folder / "site")))

    def one(data: bytes) -> None:
        way.loader(folder / "case.replay", make_case(ByteRandom(data)))

    atheris.Setup(["fuzz", f"-max_total_time={round(minutes * 60)}", "-max_len=4096", "-rss_limit_mb=1024", "-timeout=20"], one)
    atheris.Fuzz()
    return 0
