"""A PostgreSQL server of one's own, for as long as the tests run: Debian's binaries, a socket in a folder, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


def missing():
    """Why there is no server to be had, or None."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'deterministic-replay[postgres]'"
    if _binaries() is None:
        return "no PostgreSQL server binaries: apt-get install postgresql"
    if os.getuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no user postgres or nobody"
    return None


@contextmanager
def server():
    """The URL of a fresh server without databases of its own."""
    binaries, user = _binaries(), _user() if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="replay-postgres-"))
    options = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    if user:
        shutil.chown(folder, user)

    def run(program, *arguments):
        done = subprocess.run([binaries / program, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, **options)
        assert done.returncode == 0, done.stderr
        return done

    settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=40"
    try:
        run("initdb", "-D", folder / "data", "-U", "replay", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        run("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://replay@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries():
    """The folder of the newest server programs."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr/local").glob("pgsql*/bin")]
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).resolve().parent)
    found = [place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()]
    return max(found, key=lambda place: [int(part) for part in place.parent.name.split(".") if part.isdigit()], default=None)


def _user():
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)
