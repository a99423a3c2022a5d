"""A revision of the repository in which the rules lie, as a reference: its files in a folder of the cache, run by this interpreter.

What the rules import beyond their repository is what is installed here. A revision that needs other versions of it needs an
environment of its own, and is named by its interpreter.

The files come out of git by an index of their own: no hook runs, and the repository, its index and its list of worktrees stay as
they are.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from replay.core.errors import ReplayError, UnverifiableError
from replay.core.folders import user_cache
from replay.core.game import Game
from replay.core.installed import VARIABLE, find_game, is_program
from replay.core.origin import git, source_of
from replay.core.recording import Recording
from replay.prove.reference.reference import Reference

RECORDED = "recorded"  # the commit that the recording names
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_GIT_SECONDS = 120.0  # for the files of a large repository
_PYTHON = "give the interpreter of an environment that has the old rules: --reference PYTHON"


def open_reference(named: str | os.PathLike[str], recording: Recording, game: Game | None = None) -> Reference:
    """What `--reference` names: an interpreter by its path or its name in PATH, else a revision (`HEAD~1`, a tag, `recorded`) of
    the repository in which the rules lie.

    Raises ReplayError if it is neither, or its files cannot be had.
    """
    text = os.fspath(named)
    is_file = Path(text).is_absolute() or Path(text).is_file() or shutil.which(text) is not None
    if is_file and text != RECORDED:
        return Reference(text)
    source = _source(recording, game)
    root = _root_of(source)
    commit = _recorded_commit(recording, root) if text == RECORDED else _commit(text, root)
    return _reference(root, _files_of(root, commit), source)


def _source(recording: Recording, game: Game | None) -> Path:
    game = find_game(recording.header.game) if game is None else game
    source = source_of(game)
    if source is None:
        raise ReplayError(f"the rules of {game.name} are in no file", _PYTHON)
    return source


def _root_of(source: Path) -> Path:
    root = git(source.parent, "rev-parse", "--show-toplevel")
    if not root:
        raise ReplayError(f"the rules lie in no git repository: {source}", _PYTHON)
    return Path(root)


def _commit(name: str, root: Path) -> str:
    commit = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if not commit or not _COMMIT.fullmatch(commit):
        raise ReplayError(
            f"{name!r} is no interpreter, and no revision of {root}",
            "a revision is like HEAD~1, a tag or `recorded`; a shallow clone has none: git fetch --unshallow",
        )
    return commit


def _recorded_commit(recording: Recording, root: Path) -> str:
    """The commit that the recording claims; only if a branch or a tag of the repository leads to it, so that no file chooses code
    that nobody here has taken."""
    claimed = str(recording.header.made_with.get("commit", ""))
    if not _COMMIT.fullmatch(claimed):
        raise UnverifiableError("the recording names no commit", "name one: --reference HEAD~1, a tag, or an interpreter")
    if not git(root, "for-each-ref", "--count=1", "--format=%(refname)", f"--contains={claimed}") and not _is_behind_head(
        claimed, root
    ):
        raise ReplayError(
            f"commit {claimed[:12]}, which the recording names, is on no branch and no tag of {root}",
            "fetch it: git fetch --unshallow, or --tags; or name another one: --reference HEAD~1",
        )
    return claimed


def _is_behind_head(commit: str, root: Path) -> bool:
    return git(root, "merge-base", "--is-ancestor", commit, "HEAD") is not None


def _files_of(root: Path, commit: str) -> Path:
    """The folder with the files of a commit; made once, and whole whenever it is there."""
    name = f"{commit[:16]}-{hashlib.blake2b(os.fsencode(root), digest_size=6).hexdigest()}"
    folder = user_cache() / "references" / name
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            files, index = Path(scratch) / "files", str(Path(scratch) / "index")
            files.mkdir()
            read = git(root, "read-tree", commit, seconds=_GIT_SECONDS, GIT_INDEX_FILE=index)
            prefix = f"--prefix={files}{os.sep}"
            if read is None or git(root, "checkout-index", "-a", "-q", prefix, seconds=_GIT_SECONDS, GIT_INDEX_FILE=index) is None:
                raise ReplayError(f"git does not give the files of {commit[:12]}", f"try: git -C {root} archive {commit[:12]}")
            if not folder.is_dir():  # another process may have been quicker
                files.rename(folder)
    except OSError as error:
        if not folder.is_dir():
            raise ReplayError(f"{folder.parent}: {error.strerror}", "REPLAY_CACHE names another place for the cache") from error
    return folder


def _reference(root: Path, files: Path, source: Path) -> Reference:
    """This interpreter, with every place in the repository from which it imports moved to the files of the revision."""

    def moved(place: str | Path) -> Path | None:
        path = Path(place).absolute()
        return files / path.relative_to(root) if path.is_relative_to(root) else None

    top = source.parent
    while (top / "__init__.py").exists():
        top = top.parent
    places = dict.fromkeys([str(moved(top) or top)])
    environment = Path(sys.prefix)  # a .venv in the repository is not of the revision
    for place in (place or str(Path.cwd()) for place in sys.path):
        is_installed = Path(place).is_relative_to(environment) or "site-packages" in place
        places[place if is_installed else str(moved(place) or place)] = None
    variables = {"PYTHONPATH": os.pathsep.join(places)}
    program = os.environ.get(VARIABLE, "")
    if is_program(program) and (other := moved(program)) is not None:
        variables[VARIABLE] = str(other)
    folder = moved(Path.cwd())
    return Reference(sys.executable, environment=variables, folder=folder if folder is not None and folder.is_dir() else files)
