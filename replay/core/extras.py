"""What is installed only where somebody wants it: which package comes with which extra, and what to say where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from replay.core.errors import MachineError

PACKAGE = "deterministic-replay"
# package as it is imported: (as people call it, the extra that brings it)
EXTRAS = {
    "pygame": ("pygame", "watch"),
    "numba": ("numba", "arena"),
    "gymnasium": ("gymnasium", "env"),
    "pettingzoo": ("PettingZoo", "env"),
    "sqlalchemy": ("SQLAlchemy", "library"),
    "psycopg": ("psycopg", "postgres"),
    "pyarrow": ("pyarrow", "analysis"),
    "duckdb": ("DuckDB", "analysis"),
    "matplotlib": ("matplotlib", "plot"),
    "av": ("PyAV", "video"),
    "PIL": ("Pillow", "video"),
    "cryptography": ("cryptography", "sign"),
    "coverage": ("coverage.py", "cover"),
    "wasmtime": ("wasmtime", "wasm"),
    "fsspec": ("fsspec", "cluster"),
    "distributed": ("dask.distributed", "cluster"),
}


def install(extra: str) -> str:
    """The command that brings an extra."""
    return f"pip install '{PACKAGE}[{extra}]'"


def missing(error: ImportError) -> MachineError | None:
    """What to say of an import that failed, if an extra would bring it; else None."""
    known = EXTRAS.get((error.name or "").partition(".")[0])
    if known is None:
        return None
    package, extra = known
    if isinstance(error, ModuleNotFoundError):
        return MachineError(f"this needs {package}, which is not installed", install(extra))
    return MachineError(f"{package} is installed but does not load: {error}", f"{install(extra)} --force-reinstall")


@contextmanager
def optional() -> Iterator[None]:
    """What is imported inside may be missing: raises MachineError, which names the extra that brings it."""
    try:
        yield
    except ImportError as error:
        if (said := missing(error)) is None:
            raise
        raise said from error
