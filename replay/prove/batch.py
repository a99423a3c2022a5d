"""Many recordings verified at once: in threads, processes or any executor; in input order, as they come, in flat memory."""

from __future__ import annotations

import errno
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, partial
from heapq import heappop, heappush
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from replay.core.errors import MachineError, ReplayError, UsageError
from replay.core.folders import user_cache
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.paths import told
from replay.core.recording import Recording
from replay.core.url import path_of
from replay.core.verify import Verdict, Verification, verify
from replay.prove.unchanged import Unchanged

Progress = Callable[[int, int], object]
AnyPath = str | os.PathLike[str]
Paths = Iterable[AnyPath]
Result = TypeVar("Result")
_WAITING_PER_WORKER = 8
_FILES_PER_TASK = 8  # of an executor, which may be far away
_WORKERS_UNKNOWN = 64
_OF_THE_MACHINE = (errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC)


@dataclass(frozen=True)
class Scope:
    """How much of each recording to verify; see `verify`. `start` and `stop` are TIMEs, and each recording has its own."""

    every_tick: bool = True
    start: str | None = None
    stop: str | None = None
    budget_ticks: int | None = None
    budget_seconds: float | None = None
    untrusted: bool = False  # in a process of its own, with limits, for files of strangers; see `replay.prove.sandbox`


EVERYTHING = Scope()


def verify_one(
    path: str | os.PathLike[str], game: Game | None = None, scope: Scope = EVERYTHING, progress: Progress | None = None
) -> Verification:
    """`verify` within `scope`; a file that cannot be opened is unreadable, unless the machine is the cause.

    Raises UsageError for a TIME that the recording does not have.
    """
    limits: dict[str, Any] = {name: getattr(scope, name) for name in ("every_tick", "budget_ticks", "budget_seconds")}
    if scope.untrusted:
        from replay.prove.sandbox import verify_untrusted

        return verify_untrusted(path, **limits)
    try:
        start, stop = _moments(path, game, scope)
        return verify(path, game, start=start, stop=stop, progress=progress, **limits)
    except OSError as error:
        verdict = Verdict.ENVIRONMENT if error.errno in _OF_THE_MACHINE else Verdict.UNREADABLE
        return Verification(path_of(path), verdict, error.strerror or str(error), told(error)[1])
    except MemoryError:
        return Verification(path_of(path), Verdict.ENVIRONMENT, "this machine has not enough memory")


def verify_many(
    paths: Paths,
    game: Game | None = None,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    scope: Scope = EVERYTHING,
    remember: bool = False,
    progress: Progress | None = None,
) -> Generator[Verification, None, None]:
    """Verify recordings, one result each, in the order of `paths`, as they come. Closing the iterator cancels what has not begun.

    paths: may be endless; only a few are held at a time.
    jobs: workers on this machine: threads if the rules of the first recording release the interpreter lock, else processes.
    executor: where to run instead, several files a task; it is not shut down. Its workers must be able to import the game and see
        the files. See `replay.prove.workers`.
    remember: do not simulate what was found ok and has not changed since; see `replay.prove.unchanged`. Only of whole recordings.
    progress: of a single file, as `verify` reports it, when there is but one worker.
    """
    remember = remember and scope == EVERYTHING
    if executor is None and jobs == 1:
        for path in paths:
            yield _checked(path, game, scope, remember, progress)
        return
    work = partial(_checked, game=game, scope=scope, remember=remember)
    known = partial(_known, game=game) if remember else None
    yield from spread(work, paths, game, jobs=jobs, executor=executor, known=known, is_trusted=not scope.untrusted)


def spread(
    work: Callable[[AnyPath], Result],
    paths: Paths,
    game: Game | None,
    *,
    jobs: int,
    executor: Executor | None,
    known: Callable[[AnyPath], Result | None] | None = None,
    is_trusted: bool = True,
) -> Generator[Result, None, None]:
    """What `work` gives for each path, done by workers; see `verify_many`. known: gives what needs no worker. is_trusted: whether a
    file may be looked at here."""
    waiting = iter(paths)
    first = next(waiting, None)
    if first is None:
        return
    paths = chain([first], waiting)
    with workers(first if is_trusted else None, game, jobs) if executor is None else nullcontext(executor) as pool:
        size = 1 if executor is None else _FILES_PER_TASK
        yield from _in_order(pool, work, known, paths, size, room_of(executor, jobs))


def room_of(executor: Executor | None, jobs: int = 1) -> int:
    """How many tasks wait at once, so that no worker does."""
    return _WAITING_PER_WORKER * (jobs if executor is None else width_of(executor))


def width_of(executor: Executor) -> int:
    """How many workers it has, as far as that can be told."""
    return int(getattr(executor, "_max_workers", _WORKERS_UNKNOWN))


@cache
def _memory(folder: Path | None) -> Unchanged:
    return Unchanged(folder)


def memory() -> Unchanged:
    """What this process knows to be unchanged; read once."""
    try:
        return _memory(user_cache())
    except RuntimeError:  # no home
        return _memory(None)


def _checked(path: AnyPath, game: Game | None, scope: Scope, remember: bool, progress: Progress | None = None) -> Verification:
    if not remember:
        return verify_one(path, game, scope, progress)
    return memory().checked(verify_one, path, game, progress=progress)


def _known(path: AnyPath, game: Game | None) -> Verification | None:
    return memory().known(verify_one, path, game)


def workers(sample: str | os.PathLike[str] | None, game: Game | None, jobs: int) -> Executor:
    """Threads if the rules that `sample` names release the interpreter lock, else processes. None: threads, which wait for
    processes of their own; no stranger's file is looked at here."""
    try:
        if game is None and sample is not None:
            with Recording(sample) as recording:
                game = find_game(recording.header.game)
    except (ReplayError, OSError):  # whatever is wrong with it, verifying it will say
        pass
    if sample is None or getattr(game, "releases_gil", False):
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(jobs, thread_name_prefix="replay-verify")
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _in_order(
    pool: Executor,
    work: Callable[[AnyPath], Result],
    known: Callable[[AnyPath], Result | None] | None,
    paths: Paths,
    size: int,
    room: int,
) -> Iterator[Result]:
    pending: deque[tuple[list[Result | None], Future[list[Result]]]] = deque()
    waiting = iter(paths)
    try:
        while batch := list(islice(waiting, size)):
            results = [None if known is None else known(path) for path in batch]
            unknown = [path for path, result in zip(batch, results, strict=True) if result is None]
            pending.append((results, pool.submit(_each, work, unknown) if unknown else _done([])))
            if len(pending) >= room:
                yield from _popped(pending)
        while pending:
            yield from _popped(pending)
    except BrokenExecutor as error:
        raise MachineError("a worker died; from here on nothing is done", "with --jobs 1 the last file named is the one") from error
    finally:
        for _, future in pending:
            future.cancel()


def _popped(pending: deque[tuple[list[Result | None], Future[list[Result]]]]) -> Iterator[Result]:
    results, future = pending.popleft()
    computed = iter(future.result())
    for result in results:
        yield next(computed) if result is None else result


def _each(work: Callable[[AnyPath], Result], paths: Sequence[AnyPath]) -> list[Result]:
    return [work(path) for path in paths]


def _done(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future


def shard_of(files: Sequence[Path], number: int, count: int) -> list[Path]:
    """The share `number` (1..count) of these files, in their order: all shares are about as long, by the bytes of the files, and
    each file is in one of them, on whatever machine that has the same files."""
    shares: list[set[Path]] = [set() for _ in range(count)]
    bytes_of = {file: file.stat().st_size if file.is_file() else 0 for file in files}
    filled = [(0, share) for share in range(count)]  # a heap
    for file in sorted(files, key=lambda file: (-bytes_of[file], file.as_posix())):
        size, share = heappop(filled)
        shares[share].add(file)
        heappush(filled, (size + bytes_of[file] + 1, share))
    return [file for file in files if file in shares[number - 1]]


def _moments(path: str | os.PathLike[str], game: Game | None, scope: Scope) -> tuple[int | None, int | None]:
    if scope.start is None and scope.stop is None:
        return None, None
    from replay.read.timecode import resolve

    try:
        with Recording(path) as recording:
            start = None if scope.start is None else resolve(scope.start, recording, game)
            return start, None if scope.stop is None else resolve(scope.stop, recording, game)
    except UsageError:
        raise
    except ReplayError:
        return None, None  # no readable header, or no such game: verifying it will say
