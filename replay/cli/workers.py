"""Who does the work of a command: `--jobs` of this process, `--workers` of Dask on this machine, or those of a `--cluster`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from replay.core.errors import UsageError

_Function = TypeVar("_Function", bound=Callable[..., Any])
JOBS = click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Recordings at once, on this machine.")


class By(NamedTuple):
    """Who works: so many `jobs` of this process, or an executor. is_elsewhere: its workers may stand in another folder."""

    jobs: int
    executor: Executor | None
    is_elsewhere: bool

    def options(self) -> dict[str, Any]:
        return {"jobs": self.jobs, "executor": self.executor}

    def paths(self, files: Iterable[Path]) -> Iterator[Path]:
        """The paths as its workers find them."""
        return (file.absolute() for file in files) if self.is_elsewhere else iter(files)


def worker_options(environment: Mapping[str, str] | None = None) -> Callable[[_Function], _Function]:
    """Options for a command that then takes `by`. environment: what workers that are started here need to have set."""

    def decorated(function: Any) -> Any:
        @wraps(function)
        def command(*arguments: Any, jobs: int, workers: int | None, cluster: str | None, **options: Any) -> Any:
            if (workers is not None) + (cluster is not None) + (jobs != 1) > 1:
                raise UsageError("--jobs, --workers and --cluster exclude each other", "they are three ways to say who works")
            which = cluster if workers is None else workers
            executor = None
            if which is not None:
                from replay.prove.workers import dask_workers

                executor = click.get_current_context().with_resource(dask_workers(which, environment))
            return function(*arguments, by=By(jobs, executor, cluster is not None), **options)

        for option in (
            click.option("--cluster", metavar="URL", help="By the workers of the Dask scheduler there: tcp://HOST:PORT."),
            click.option("--workers", type=click.IntRange(1, 64), help="By so many workers of Dask, on this machine."),
            JOBS,
        ):
            command = option(command)
        return command

    return decorated
