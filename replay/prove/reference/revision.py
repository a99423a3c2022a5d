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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from replay.core.errors import ReplayError, UnverifiableError
from replay.core.game import Game
from replay.core.installed import VARIABLE, find_game, is_program
from replay.core.origin import git, source_of
from replay.core.recording import Recording
from replay.prove.reference.kept import Held, hold
from replay.prove.reference.reference import Reference

RECORDED = "recorded"  # the commit that the recording names
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_GIT_SECONDS = 120.0  # for the files of a large repository
_PYTHON = "give the interpreter of an environment that has the old rules: --reference PYTHON"


class Revision(NamedTuple):
    """A commit of the repository at `root`; the rules lie in `source` there."""

    root: Path
    commit: str
    source: Path


class Place(NamedTuple):
    """Where a reference runs. python: None for this environment. revision: None for an interpreter, which has files of its own."""

    python: str | None
    revision: Revision | None = None


class References:
    """The processes of references, each started once for all the recordings of a run. A context manager.

    named: as `open_reference` takes it; None: this environment in another process.
    """

    def __init__(self, named: str | os.PathLike[str] | None) -> None:
        self._named = named
        self._open: dict[Place, Reference] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for reference in self._open.values():
            reference.__exit__(kind, error, trace)
        self._open.clear()

    def of(self, recording: Recording, game: Game | None = None) -> Reference:
        """The one for a recording. Raises as `open_reference` does."""
        place = Place(None) if self._named is None else _place(self._named, recording, game)
        reference = self._open.get(place)
        if reference is not None and reference.returncode is not None:
            del self._open[place]
            reference.__exit__(None, None, None)
            reference = None
        if reference is None:
            reference = self._open[place] = _opened(place)
        return reference


Asked = str | os.PathLike[str] | Reference | References


def open_reference(named: str | os.PathLike[str], recording: Recording, game: Game | None = None) -> Reference:
    """What `--reference` names: an interpreter by its path, a revision (`HEAD~1`, a tag, `recorded`) of the repository in which the
    rules lie, or an interpreter by its name in PATH.

    Raises ReplayError if it is none of them, or its files cannot be had.
    """
    return _opened(_place(named, recording, game))


@contextmanager
def opened(asked: Asked | None, recording: Recording, game: Game | None = None) -> Iterator[Reference]:
    """The reference for a recording: what is open already stays open. None: this environment in another process."""
    if isinstance(asked, Reference):
        yield asked
    elif isinstance(asked, References):
        yield asked.of(recording, game)
    else:
        with Reference(None) if asked is None else open_reference(asked, recording, game) as reference:
            yield reference


def _place(named: str | os.PathLike[str], recording: Recording, game: Game | None) -> Place:
    text = os.fspath(named)
    if text != RECORDED and (Path(text).is_absolute() or Path(text).is_file()):
        return Place(text)
    try:
        source = _source(recording, game)
        root = _root_of(source)
        commit = _recorded_commit(recording, root) if text == RECORDED else _commit(text, root)
    except ReplayError:
        if text != RECORDED and shutil.which(text):  # after the revisions: some machines have a program called HEAD
            return Place(text)
        raise
    return Place(sys.executable, Revision(root, commit, source))


def _opened(place: Place) -> Reference:
    if place.revision is None:
        return Reference(place.python)
    root, commit, source = place.revision
    return _RevisionProcess(root, _files_of(root, commit), source)


class _RevisionProcess(Reference):
    """This interpreter, with every place in the repository from which it imports moved to the files of the revision, which are held
    as long as it runs."""

    def __init__(self, root: Path, held: Held, source: Path) -> None:
        self._held = held
        try:
            super().__init__(sys.executable, *_surroundings(root, held.folder, source))
        except BaseException:
            held.release()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        super().__exit__(kind, error, trace)
        self._held.release()


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


def _files_of(root: Path, commit: str) -> Held:
    """The files of a commit; made once, and whole whenever they are there."""

    def make(files: Path) -> None:
        index, prefix = f"{files}.index", f"--prefix={files}{os.sep}"
        read = git(root, "read-tree", commit, seconds=_GIT_SECONDS, GIT_INDEX_FILE=index)
        if read is None or git(root, "checkout-index", "-a", "-q", prefix, seconds=_GIT_SECONDS, GIT_INDEX_FILE=index) is None:
            raise ReplayError(f"git does not give the files of {commit[:12]}", f"try: git -C {root} archive {commit[:12]}")

    return hold(f"{commit[:16]}-{hashlib.blake2b(os.fsencode(root), digest_size=6).hexdigest()}", make)


def _surroundings(root: Path, files: Path, source: Path) -> tuple[dict[str, str], Path]:
    """The variables of a revision's process, and where it runs."""

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
    return variables, folder if folder is not None and folder.is_dir() else files
