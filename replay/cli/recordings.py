"""What the pytest plug-in does where there is something to do: the checks of a recording, their summary, the fixtures.

Apart from `pytest_plugin`, which loads in every pytest run of the environment and is kept as small as can be.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from replay.core.errors import UsageError
from replay.core.names import SUFFIX, is_recording_name
from replay.core.text import counted, escape
from replay.core.verdict import Verdict
from replay.prove.causes import Cause, Causes, Extent, Sign

if TYPE_CHECKING:
    from replay.core.recorder import Recorder
    from replay.core.verify import Verification
    from replay.prove.conformance.promises import Conformance
    from replay.prove.reference import ReferenceComparison, References

Plugin = TypeVar("Plugin")

CHECKS = ("verify", "seek", "rewind")
_ID_MARKS = str.maketrans(":[]", "___")
_RECORDINGS: pytest.StashKey[list[Path]] = pytest.StashKey()
_FAILED: pytest.StashKey[bool] = pytest.StashKey()
_REFERENCES: pytest.StashKey[References] = pytest.StashKey()


def check_options(config: pytest.Config) -> None:
    """Raises pytest.UsageError for options that cannot be followed."""
    unknown = sorted(set(_checks(config)) - set(CHECKS))
    if unknown:
        raise pytest.UsageError(f"--replay-checks: {', '.join(unknown)} is none of {', '.join(CHECKS)}")
    if config.getoption("--replay-update") != "none":
        from replay.cli.common import refused_under_ci

        try:
            refused_under_ci("--replay-update")
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error


def _checks(config: pytest.Config) -> list[str]:
    return [name.strip() for name in str(config.getoption("--replay-checks")).split(",") if name.strip()]


def register(manager: pytest.PytestPluginManager, plugin: type[Plugin]) -> Plugin:
    """The one of the run, made when it first has something to do."""
    name = f"replay-{plugin.__name__.lower()}"
    found: Plugin | None = manager.get_plugin(name)
    if found is None:
        found = plugin()
        manager.register(found, name)
    return found


def references_of(config: pytest.Config) -> References | None:
    """The processes of `--replay-reference`, the same for all recordings of the run; None if it is not given."""
    named = config.getoption("--replay-reference")
    if named is None:
        return None
    if _REFERENCES not in config.stash:
        from replay.prove.reference import References

        config.stash[_REFERENCES] = opened = References(named)
        config.add_cleanup(lambda: opened.__exit__(None, None, None))
    return config.stash[_REFERENCES]


def collector_of(path: Path, parent: pytest.Collector) -> pytest.Collector:
    """The tests of one recording."""
    if not hasattr(parent.config, "workerinput"):  # not in a worker of pytest-xdist: results come together in the main process
        register(parent.config.pluginmanager, Summary)
    shown = escape(path.name)
    # pytest writes node ids into caches and reports and takes them apart again, and cannot do so with every name of a file.
    options: dict[str, Any] = (
        {} if shown == path.name else {"nodeid": f"{parent.nodeid}/{shown.translate(_ID_MARKS)}", "name": shown}
    )
    collector: pytest.Collector = RecordingFile.from_parent(parent, path=path, **options)
    return collector


class RecordingFile(pytest.File):
    """A recording: one test per check."""

    def collect(self) -> Iterator[pytest.Item]:
        side = self._side_file()
        for check in _checks(self.config):
            item = RecordingItem.from_parent(self, name=check)
            item.extra_keyword_matches.update(side.get("tags", ()))
            if side.get("skip"):
                item.add_marker(pytest.mark.skip(reason=_reason(side["skip"])))
            if side.get("xfail"):
                item.add_marker(pytest.mark.xfail(reason=_reason(side["xfail"]), strict=True))
            yield item

    def _side_file(self) -> dict[str, Any]:
        path = self.path.with_suffix(".toml")
        if not path.is_file():
            return {}
        import tomllib

        try:
            side = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise self.CollectError(f"{path.name}: is not TOML: {error}") from error
        types: dict[str, Any] = {"xfail": (str, bool), "skip": (str, bool), "tags": list}
        for key, value in side.items():
            tags_are_texts = key != "tags" or (isinstance(value, list) and all(isinstance(tag, str) for tag in value))
            if key not in types or not isinstance(value, types[key]) or not tags_are_texts:
                raise self.CollectError(
                    f"{path.name}: {key} = {value!r}; it may hold xfail and skip (true or a reason) and tags (texts)"
                )
        return side


def _reason(value: str | bool) -> str:
    return value if isinstance(value, str) else ""


class RecordingError(Exception):
    """What a person has to read when a recording fails; shown instead of a traceback."""


class RecordingItem(pytest.Item):
    """One check of one recording."""

    def runtest(self) -> None:
        from replay.prove.ci import properties

        self.user_properties.append(("replay_path", str(self.path)))
        found = self._verified() if self.name == "verify" else self._scrubbed()
        comparison = None if found.is_ok or self.name != "verify" else self._compared(found)
        self.user_properties.extend((f"replay_{name}", value) for name, value in properties(found, comparison).items())
        if not found.is_ok:
            self._fail(found, comparison=comparison)

    def _verified(self) -> Verification:
        from replay.prove.batch import verify_one

        found = self._checked(verify_one)
        if self.config.getoption("--replay-update") != "none":
            if found.verdict is Verdict.DIVERGED:
                from replay.prove.renewal import unraised

                self._fail(found, escape(f"not updated: {unraised(found.game, found.rules)}"))
            if found.verdict is Verdict.UNVERIFIABLE:
                self._renew()
                found = verify_one(self.path)
        return found

    def _renew(self) -> None:
        """Play the inputs by the installed rules and put the new recording in the place of the old one."""
        from replay.core.errors import ReplayError
        from replay.prove.renewal import changes_of, proposed

        try:
            with proposed(self.path) as renewal:
                changes = changes_of(renewal.migration)
                if not renewal.migration.is_same and self.config.getoption("--replay-update") == "new":
                    raise ReplayError(f"{changes}. --replay-update=new replaces what stays the same; all: this one, too")
                renewal.accept()
        except (ReplayError, OSError) as error:
            raise RecordingError(f"{escape(self.path.name)} is not updated: {escape(str(error))}") from error
        self.user_properties.append(("replay_updated", changes))

    def _scrubbed(self) -> Verification:
        from replay.prove.scrub import rewind_equals, seek_equals

        return self._checked(seek_equals if self.name == "seek" else rewind_equals)

    def _checked(self, check: Callable[..., Verification]) -> Verification:
        """What a check says; without a run, where neither the recording nor the rules have changed since it was ok."""
        if self.config.getoption("--replay-no-cache"):
            return check(self.path)
        from replay.prove.batch import memory

        found = memory().checked(check, self.path)
        self.user_properties.append(("replay_unchanged", int(found.unchanged)))
        return found

    def _compared(self, found: Verification) -> ReferenceComparison | None:
        """With what `--replay-reference` names, if it names something."""
        references = references_of(self.config)
        if references is None:
            return None
        from replay.prove.reference import compare

        return compare(found, references)

    def _fail(self, found: Verification, *first: str, comparison: ReferenceComparison | None = None) -> None:
        from replay.prove.report import headline, report

        lines = [headline(found), *first, *report(found, comparison)]
        folder = self.config.getoption("--replay-artifacts")
        if folder:
            from replay.cli.common import draw_tick
            from replay.prove.ci import keep_artifacts

            kept = keep_artifacts(found, Path(folder) / self.name, draw=draw_tick, comparison=comparison)
            lines.append(f"kept in {kept[0].parent}")
        raise RecordingError("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from replay.core.errors import ReplayError

        if isinstance(excinfo.value, RecordingError):
            return str(excinfo.value)
        if isinstance(excinfo.value, ReplayError):
            return escape(f"{self.path}: {excinfo.value}. {excinfo.value.hint}")
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name  # a line of None would do, but for a test that a mark skips


class Summary:
    """For the main process: whether anything was proved at all, and what GitHub shows."""

    def __init__(self) -> None:
        self.hashes = self.recordings = self.unchanged = 0
        self.updated: list[tuple[str, str]] = []
        self.failed = self.done = 0
        self.total: int | None = None
        self.counts: Counter[str] = Counter()
        self.causes = Causes()
        self.texts: list[tuple[Cause, str]] = []

    @pytest.hookimpl(tryfirst=True)  # before the report is shown, or written
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts = dict(report.user_properties) if report.when == "call" else {}
        if "replay_path" not in facts:
            self.recordings += report.when == "setup" and is_recording_name(report.nodeid.partition("::")[0])
            return
        self.done += 1
        self.counts[str(facts.get("replay_verdict", "failed"))] += 1
        self.hashes += int(str(facts.get("replay_hashes_compared", 0)))
        self.unchanged += int(str(facts.get("replay_unchanged", 0)))
        if "replay_updated" in facts:
            self.updated.append((str(facts["replay_path"]), str(facts["replay_updated"])))
        if report.failed:
            self._group(report, {name: str(fact) for name, fact in facts.items()})

    def _group(self, report: pytest.TestReport, facts: dict[str, str]) -> None:
        """Of a cause that has been reported in full, only the first line is, and of which it is one more."""
        path, text = facts["replay_path"], str(report.longrepr)
        self.failed += 1
        if "replay_cause" in facts:
            verdict, sign = Verdict(facts["replay_verdict"]), Sign.from_text(facts["replay_cause"])
        else:  # not verified: it could not be updated, say
            verdict, sign = Verdict.ENVIRONMENT, Sign(text.splitlines()[0])
        tick = facts.get("replay_first_bad_tick")
        cause = self.causes.add(path, verdict, sign, None if tick is None else int(tick))
        if cause.count == 1:
            self.texts.append((cause, text))
        elif not isinstance(report.longrepr, tuple):
            report.longrepr = f"{text.splitlines()[0]}\nas {escape(cause.first)} (cause {cause.number}, {cause.sign})"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = sum(isinstance(item, RecordingItem) for item in session.items)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Any:
        from replay.cli.common import stopped_by_signals

        with stopped_by_signals():
            return (yield)

    @pytest.hookimpl(tryfirst=True)  # before the files of reports are written
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if shortfall := self.extent(exitstatus).shortfall:
            name, where = "all recordings", ("", None, "all recordings")
            report = pytest.TestReport(name, where, {}, "failed", shortfall, "setup")
            session.config.hook.pytest_runtest_logreport(report=report)
        if self.recordings and not self.hashes and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def extent(self, exitstatus: int) -> Extent:
        """How far the run came, of its checks of recordings."""
        return Extent(self.total, self.done, is_cut=True) if exitstatus == pytest.ExitCode.INTERRUPTED else Extent()

    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
        extent = self.extent(exitstatus)
        if shortfall := extent.shortfall:
            terminalreporter.write_line(shortfall, red=True)
        if (report := config.getoption("--replay-report")) and self.recordings:
            from replay.cli.report_page import report_of_causes

            report_of_causes(Path(report), extent, self.causes.all, self.counts, references_of(config))
        if self.recordings and not self.hashes and not self.failed:
            terminalreporter.write_line(
                "recordings were collected, and not one state hash was compared: that proves nothing", red=True
            )
        if self.unchanged:
            text = f"{counted(self.unchanged, 'check')} of recordings unchanged since they were ok, not run again"
            terminalreporter.write_line(text)
        for cause in self.causes.shared:
            terminalreporter.write_line(f"cause {cause.number}: {cause}: {cause.names()}", red=True)
        for path, outcome in self.updated:
            terminalreporter.write_line(f"updated {escape(path)}: {escape(outcome)}; look at the change before you commit it")
        if self.recordings and os.environ.get("GITHUB_ACTIONS") == "true":
            self._annotate(terminalreporter)
            if file := os.environ.get("GITHUB_STEP_SUMMARY"):
                self._summarise(Path(file), shortfall)

    def _annotate(self, terminalreporter: Any) -> None:
        from replay.prove.ci import cause_annotations

        terminalreporter.ensure_newline()
        for line in cause_annotations(self.texts, len(self.causes)):
            terminalreporter.write_line(line)

    def _summarise(self, file: Path, shortfall: str) -> None:
        from replay.prove.ci import cause_table

        counts = f"{counted(self.recordings, 'check')}, {self.failed} failed, {counted(self.hashes, 'state hash')} compared"
        lines = [
            f"### Recordings: {counts}",
            "",
            *[f"**{shortfall}**", ""] * bool(shortfall),
            *cause_table(self.causes.all, len(self.causes)),
        ]
        with file.open("a", encoding="utf-8") as summary:
            summary.write("\n".join(lines) + "\n")


# --- fixtures -----------------------------------------------------------------------------------------------------------


def recorders(request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[..., Recorder[Any]]]:
    """The fixture `replay_recorder`."""
    register(request.config.pluginmanager, Failures)
    made: list[Recorder[Any]] = []
    with ExitStack() as stack:

        def start(game: Any, *, seed: int = 1, players: Any = ("a", "b"), config: Any = None, name: str = "match") -> Recorder[Any]:
            from replay.core.recorder import Recorder

            recorder = Recorder(folder / f"{name}{SUFFIX}", game, seed=seed, players=players, config=config or {})
            stack.callback(recorder.finish)
            made.append(recorder)
            return recorder

        request.node.stash[_RECORDINGS] = []
        yield start
    if request.node.stash.get(_FAILED, False):
        for recorder in made:
            _keep(request, recorder.path)


def _keep(request: pytest.FixtureRequest, path: Path) -> None:
    import re
    import shutil

    folder = request.config.getoption("--replay-artifacts")
    kept = path
    if folder:
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", request.node.nodeid).strip("-")[-150:]
        kept = Path(folder) / safe / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
    request.node.add_report_section("teardown", "recording", f"replay watch {kept}\n")


class Failures:
    """Remembers which tests with recorders failed."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if report.failed and _RECORDINGS in item.stash:
            item.stash[_FAILED] = True
        return report


def check(game: Any, *arguments: Any, **options: Any) -> Conformance:
    """The fixture `replay_check`."""
    __tracebackhide__ = True
    from replay.prove.conformance import check_game

    report = check_game(game, *arguments, **options)
    if not report.is_ok:
        pytest.fail(str(report), pytrace=False)
    return report
