"""Which files somebody is at: leased, so that several who index a folder share it. What one leaves who is killed is done by others:
at once on the same machine, elsewhere when its lease is over.

The functions but `kept` run inside a transaction of their caller.
"""

from __future__ import annotations

import os
import platform
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from replay.find.library.tables import claims
from replay.find.library.words import insert_missing

LEASE_SECONDS = 20.0
_RENEWALS = 4  # in the time of a lease


def new_holder() -> str:
    """The name of one who claims in this process."""
    return f"{_machine()} {os.getpid()} {secrets.token_hex(8)}"


def _machine() -> str:
    return platform.node().replace(" ", "")[:64] or "?"


def _is_gone(holder: str) -> bool:
    """Whether it is known that its process has ended."""
    machine, _, rest = holder.partition(" ")
    pid = rest.partition(" ")[0]
    if machine != _machine() or os.name != "posix" or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def take(connection: sa.Connection, paths: Sequence[str], holder: str, now_ms: int) -> set[str]:
    """Those of a few paths that `holder` is at from now on, or was before: all that nobody else is at."""
    are_these = claims.c.path.in_(paths)
    connection.execute(sa.delete(claims).where(are_these, claims.c.until_ms < now_ms))
    holders = set(connection.scalars(sa.select(claims.c.holder).where(are_these)))
    if gone := [each for each in holders if _is_gone(each)]:
        connection.execute(sa.delete(claims).where(are_these, claims.c.holder.in_(gone)))
    rows = [{"path": path, "holder": holder, "until_ms": _end(now_ms)} for path in sorted(paths)]  # in one order: no deadlock
    insert_missing(connection, claims, rows)
    return set(connection.scalars(sa.select(claims.c.path).where(are_these, claims.c.holder == holder)))


def give_back(connection: sa.Connection, holder: str, paths: Sequence[str] | None = None) -> None:
    """paths: by default all that it holds."""
    is_one = [claims.c.holder == holder] + ([] if paths is None else [claims.c.path.in_(paths)])
    connection.execute(sa.delete(claims).where(*is_one))


def renew(connection: sa.Connection, holder: str, now_ms: int) -> None:
    connection.execute(sa.update(claims).where(claims.c.holder == holder).values(until_ms=_end(now_ms)))


@contextmanager
def kept(renewed: Callable[[], object]) -> Iterator[None]:
    """Call `renewed` in time, from a thread, for as long as the block lasts."""
    is_over = threading.Event()

    def run() -> None:
        while not is_over.wait(LEASE_SECONDS / _RENEWALS):
            renewed()

    thread = threading.Thread(target=run, name="replay-claims", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _end(now_ms: int) -> int:
    return now_ms + round(LEASE_SECONDS * 1000)
