"""What is shipped, built once a run: the sdist, and the wheel made of it. Workers of pytest-xdist share them."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def once(tmp_path_factory, name, make):
    """A folder of this run that `make(folder)` has filled; whoever comes first makes it, the others wait."""
    run = tmp_path_factory.getbasetemp()
    run = run.parent if os.environ.get("PYTEST_XDIST_WORKER") else run
    folder = run / f"once-{name}"
    with open(run / f"once-{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            (folder / "made").touch()
    return folder


def build(source: Path, kind: str, folder: Path) -> Path:
    """What hatchling makes of a source tree, in this environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    environment = {**os.environ, "REPLAY_CACHE": str(ROOT / "game" / "__pycache__")}  # what the checkout has compiled is taken
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return built(folder, kind)


def built(folder: Path, kind: str) -> Path:
    (path,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return path


@pytest.fixture(scope="session")
def sdist_file(tmp_path_factory):
    """The sdist as it is uploaded."""
    pytest.importorskip("hatchling", reason="needs hatchling: pip install -e '.[test]'")
    return built(once(tmp_path_factory, "sdist", lambda folder: build(ROOT, "sdist", folder)), "sdist")


@pytest.fixture(scope="session")
def sdist(sdist_file, tmp_path_factory):
    """The sdist, unpacked; and that it unpacks into a folder of its own."""

    def unpack(folder):
        with tarfile.open(sdist_file) as archive:
            archive.extractall(folder, filter="data")

    (unpacked,) = (path for path in once(tmp_path_factory, "unpacked", unpack).iterdir() if path.is_dir())
    return unpacked


@pytest.fixture(scope="session")
def wheel(sdist, tmp_path_factory):
    """The wheel, made of the sdist."""
    return built(once(tmp_path_factory, "wheel", lambda folder: build(sdist, "wheel", folder)), "wheel")
