"""Workers of Dask, on this machine or on many, behind the same `Executor` as those of Python's own pools.

    with dask_workers(4) as executor: ...                       # processes of this machine
    with dask_workers("tcp://10.0.0.1:8786") as executor: ...   # those of a scheduler
        for verification in verify_many(paths, executor=executor): ...

Scheduling is Dask's: what a worker had begun when it died is begun again by another one.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from replay.core.errors import MachineError, UsageError
from replay.core.extras import optional

if TYPE_CHECKING:
    from distributed import Client

Result = TypeVar("Result")
_PATIENCE_SECONDS = 10.0  # for a scheduler, and its first worker


class DaskExecutor(Executor):
    """The workers of a client of Dask, which stays open.

    A result is a MachineError where that work ended several workers, could not be imported by one, or was lost with the scheduler.
    """

    def __init__(self, client: Client) -> None:
        self._pool = client.get_executor(pure=False)  # the same call is made again where its first result was of no use
        self._max_workers = sum(client.nthreads().values())  # how wide it is: see `replay.prove.batch`

    def submit(self, work: Callable[..., Result], /, *arguments: Any, **options: Any) -> Future[Result]:
        from distributed.protocol import pickle

        result: Future[Result] = Future()
        task = self._pool.submit(_call, pickle.dumps((work, arguments, options)))
        task.add_done_callback(partial(_pass_on, result))
        result.add_done_callback(partial(_cancel_too, ref(task)))
        return result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait=wait and not cancel_futures)


@contextmanager
def dask_workers(which: int | str, environment: Mapping[str, str] | None = None) -> Iterator[DaskExecutor]:
    """Workers for as long as the block lasts. which: how many processes to start here, or the address of a scheduler, whose workers
    must have the game installed and see the files. environment: variables of processes that are started here.

    Raises MachineError without Dask, or if no worker can be reached; UsageError for an address that is none.
    """
    with optional():
        from distributed import Client, LocalCluster
    logging.getLogger("distributed").propagate = False  # it has handlers of its own
    if isinstance(which, str):
        _knock(which)
    with ExitStack() as stack:
        if isinstance(which, int):
            width = {"n_workers": which, "threads_per_worker": 1, "env": dict(environment or {})}
            quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
            place = stack.enter_context(LocalCluster(**width, **quiet))
        try:
            client = stack.enter_context(Client(which if isinstance(which, str) else place, set_as_default=False))
            client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
            _expect_here(client)
        except TimeoutError as error:
            raise MachineError(f"the scheduler {which} has no worker", f"start some: dask worker {which}") from error
        yield DaskExecutor(client)


def _knock(address: str) -> None:
    """Raises what there is to say of an address at which nobody answers: a client of Dask would go on trying."""
    from distributed.comm import get_address_host_port

    try:
        place = get_address_host_port(address, strict=True)
    except ValueError as error:
        raise UsageError(f"{address!r} is not the address of a scheduler: {error}", "like tcp://10.0.0.1:8786") from error
    try:
        socket.create_connection(place, _PATIENCE_SECONDS).close()
    except OSError as error:
        raise MachineError(f"no scheduler of Dask answers at {address}: {error}", "start one: dask scheduler") from error


def _expect_here(client: Client) -> None:
    """Raises MachineError if this library is not where the scheduler is, and each of the workers."""
    try:
        client.run_on_scheduler(import_module, __name__)
        for said in client.run(import_module, __name__, on_error="return").values():
            if isinstance(said, ImportError):  # anything else is of a worker that has just died
                raise said
    except ImportError as error:
        raise _of_a_worker(error) from error


def _call(pickled: bytes) -> Any:
    """Run what was sent, in a worker. What cannot be imported there is an error here: Dask itself would try again for ever."""
    from distributed.protocol import pickle

    work, arguments, options = pickle.loads(pickled)
    return work(*arguments, **options)


def _cancel_too(task: ref[Future[Any]], result: Future[Any]) -> None:
    """Held weakly: what a worker has given back has to be let go of at once, or Dask does it again when that worker dies."""
    if result.cancelled() and (running := task()) is not None:
        running.cancel()


def _pass_on(result: Future[Result], task: Future[Result]) -> None:
    """What came of a task, to whoever waits for the result."""
    if not result.set_running_or_notify_cancel():
        return
    try:
        result.set_result(task.result())
    except CancelledError:
        result.set_exception(MachineError("the scheduler of the workers is gone", "what was done stays: start again to go on"))
    except BaseException as error:
        result.set_exception(_of_a_worker(error))


def _of_a_worker(error: BaseException) -> BaseException:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        said: BaseException = MachineError(
            "several workers died over the same files; from here on nothing is done", "with --jobs 1 the last file named is the one"
        )
    elif isinstance(error, ImportError):
        said = MachineError(f"a worker cannot import what is needed: {error}", "install the same packages where the workers are")
    else:
        return error
    said.__cause__ = error
    return said
