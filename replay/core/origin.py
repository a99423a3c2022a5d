"""Where a recording comes from: versions, platform, and the commit of the rules. Notes, never part of an identity."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

_GIT_SECONDS = 2.0


def made_with(game: Any) -> dict[str, str | bool]:
    """`versions`; and, where the rules lie in a git checkout, `commit` and whether it was `clean`."""
    source = source_of(game)
    return {**versions(game), **(_commit_of(str(source.parent)) if source else {})}


def source_of(game: Any) -> Path | None:
    """The file in which the rules of a game begin; None if there is none."""
    module = sys.modules.get((game if isinstance(game, type) else type(game)).__module__)
    file = getattr(game, "source", None) or getattr(module, "__file__", None)
    return Path(file).absolute() if file else None


def versions(game: Any) -> dict[str, str]:
    """`engine`, `python`, `platform`, and what the game says that its rules run on."""
    return {
        "engine": engine_version(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        **(getattr(game, "made_with", None) or {}),
    }


def version_of(package: str) -> str | None:
    """Of an installed distribution; None if it is not."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def engine_version() -> str:
    return version_of("deterministic-replay") or "0"  # run from a source tree


@cache
def _commit_of(folder: str) -> dict[str, str | bool]:
    if not any((parent / ".git").exists() for parent in (Path(folder), *Path(folder).parents)):
        return {}
    commit = git(folder, "rev-parse", "HEAD")
    changed = git(folder, "status", "--porcelain", "--untracked-files=no", ".")
    return {} if not commit or changed is None else {"commit": commit, "clean": not changed}


def git(folder: str | Path, *arguments: str, seconds: float = _GIT_SECONDS, **variables: str) -> str | None:
    """What git answers in `folder`; None where there is no git, it refuses, or takes longer. variables: of its environment."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", **variables},
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
