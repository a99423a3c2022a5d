"""Recordings as tests: `pytest recordings/` collects every recording, and game authors get two fixtures.

    replay_recorder(game, seed=1, players=["a", "b"], config={})   a Recorder; its file is kept when the test fails
    replay_check(game, ticks=600)                                  fails the test with the report of the conformance kit

Beside a recording `duel.replay` may lie `duel.toml` with `xfail` (a reason, or true), `skip` (a reason, or true) and `tags` (texts
to select by with -k).

A recording is a file `*.replay` that begins as ours do: other programs call theirs so, too. A git-lfs pointer and an empty file do
not tell whose they are. They are collected, and fail, where the project uses the engine (see `engine_is_used`), because a run that
skipped them would be green and would have proved nothing; elsewhere they are left alone. A file that is named on the command line
is always collected. `replay = false` in pytest's settings switches collecting off.

Loaded in every pytest run where the library is installed, so all that a recording or a fixture needs is in `replay.cli.recordings`.
The wheel holds this file as `pytest_deterministic_replay` at the top, so that it loads beside somebody's own `replay.py` too.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from replay.core.recorder import Recorder
    from replay.prove.conformance.promises import Conformance


MARK = b"REPLAY"  # from the first bytes of a recording
SILENT = (b"", b"version https://git-lfs.github.com/spec/")  # how files begin that do not tell whose they are
PROJECT_FILES = ("pyproject.toml", "setup.cfg", "tox.ini", "requirements.txt", ".gitattributes")
PROJECT_WORDS = (b"deterministic-replay", b"tool.replay", b"replay.games", b"diff=replay")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("replay", "recordings of games as tests")
    group.addoption("--replay-checks", metavar="LIST", default="verify", help="of verify,seek,rewind (default: verify)")
    group.addoption(
        "--replay-update",
        choices=("none", "new", "all"),
        default="none",
        help="Replace recordings of another `rules` number by their inputs played by the rules here. new: those in which every "
        "state and event stays the same; all: the changed ones too. Refused under CI, and of the same number. (default: none)",
    )
    group.addoption("--replay-artifacts", metavar="DIR", help="keep reports, states and recordings of failures here")
    group.addoption("--replay-no-cache", action="store_true", help="run checks of what has not changed since it was ok, too")
    group.addoption(
        "--replay-reference",
        metavar="REVISION|PYTHON",
        help="Where a recording diverges, compare with what the rules of a git revision compute (HEAD~1, a tag, `recorded`), or of "
        "another environment.",
    )
    group.addoption("--replay-report", metavar="FILE", help="Write a report of failed recordings in HTML, in one file.")
    parser.addini("replay", "collect recordings (*.replay) of games as tests; false leaves them alone", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    option = config.option
    if option.replay_checks != "verify" or option.replay_update != "none":
        if missing := missing_engine():
            raise pytest.UsageError(f"--replay-checks and --replay-update: pytest {missing}")
        from replay.cli.recordings import check_options

        check_options(config)
    if getattr(option, "dist", "no") != "no":  # of pytest-xdist: the workers collect, the main process only hears of it
        config.pluginmanager.register(FirstReport(config))


class FirstReport:
    """In the main process of pytest-xdist: waits for a recording."""

    def __init__(self, config: pytest.Config) -> None:
        self.manager = config.pluginmanager

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if ".replay" in report.nodeid.lower() and not missing_engine():
            from replay.cli.recordings import Summary, register

            self.manager.unregister(self)
            register(self.manager, Summary).pytest_runtest_logreport(report)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix.lower() != ".replay" or not parent.config.getini("replay"):
        return None
    if not parent.session.isinitpath(file_path) and not is_recording(file_path, parent.config.rootpath):
        return None
    if missing_engine():
        unread: pytest.Collector = UnreadFile.from_parent(parent, path=file_path)
        return unread
    from replay.cli.recordings import collector_of

    return collector_of(file_path, parent)


def is_recording(path: Path, root: Path) -> bool:
    """Whether a file, in the project at `root`, is a recording of ours, damaged perhaps."""
    start = first_bytes(path)
    if any(start.startswith(silent) if silent else not start for silent in SILENT):
        return engine_is_used(path.parent, root)
    return has_mark(start)


def first_bytes(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(48)
    except OSError:
        return b""


def has_mark(start: bytes) -> bool:
    """Whether a file that begins so was written as a recording: a transfer as text changes the byte before the mark."""
    return start.find(MARK, 0, 9) in (1, 2, 3)


def engine_is_used(folder: Path, root: Path) -> bool:
    """Whether recordings in a folder of the project at `root` are ours: others beside it are, or the project names the engine."""
    if os.environ.get("REPLAY_GAME") or any(has_mark(first_bytes(path)) for path in folder.glob("*.replay") if path.is_file()):
        return True
    folders = [one for one in (folder, *folder.parents) if one.is_relative_to(root)] or [folder]
    files = (one / name for one in folders for name in PROJECT_FILES)
    return any(word in file.read_bytes() for file in files if file.is_file() for word in PROJECT_WORDS)


class UnreadFile(pytest.File):
    """A recording where the engine cannot be imported."""

    def collect(self) -> Iterator[pytest.Item]:
        raise self.CollectError(f"{self.path.name} {missing_engine()}")


def missing_engine() -> str:
    """Why nothing of the engine can be imported; empty if it can. Only where somebody's own module is called `replay` too."""
    try:
        import replay.cli.recordings  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "replay":
            raise
        import sys

        other = getattr(sys.modules.get("replay"), "__file__", None) or "another one"
        return f"needs the package `replay` of deterministic-replay; `import replay` gives {other} here: rename that"
    return ""


@pytest.fixture
def replay_recorder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Recorder[Any]]]:
    """Records a test's match: `replay_recorder(game, seed=1, players=["a", "b"], config={}, name="match")` gives a Recorder.

    It is sealed when the test ends. When the test fails, the file is kept in `--replay-artifacts`, or where pytest keeps
    temporary folders, and the report says where.
    """
    _need_engine()
    from replay.cli.recordings import recorders

    yield from recorders(request, tmp_path)


@pytest.fixture
def replay_check() -> Callable[..., Conformance]:
    """`replay_check(game, ...)`: `replay.prove.conformance.check_game`; a broken promise fails the test with the report."""
    _need_engine()
    from replay.cli.recordings import check

    return check


def _need_engine() -> None:
    if missing := missing_engine():
        pytest.fail(f"this fixture {missing}", pytrace=False)
