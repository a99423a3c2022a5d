"""Objects at `memory://`, which fsspec keeps in this process, and how often they are asked for."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

fsspec = pytest.importorskip("fsspec", reason="needs fsspec (pip install -e '.[test]')")
MemoryFileSystem = fsspec.get_filesystem_class("memory")


@contextmanager
def bucket(monkeypatch):
    """Gives (put, requests): a function that takes a name and bytes and gives the URL, and how often each kind of request came."""
    requests = Counter()
    system = fsspec.filesystem("memory")

    def count(name):
        plain = getattr(MemoryFileSystem, name)

        def counted(self, *arguments, **options):
            requests[name] += 1
            return plain(self, *arguments, **options)

        monkeypatch.setattr(MemoryFileSystem, name, counted)

    def put(name, data):
        system.pipe(f"/bucket/{name}", data.read_bytes() if isinstance(data, Path) else data)
        return f"memory://bucket/{name}"

    for name in ("cat_file", "info", "find"):
        count(name)
    try:
        yield put, requests
    finally:
        system.store.clear()
        system.pseudo_dirs[:] = [""]
