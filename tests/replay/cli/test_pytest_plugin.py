import os
import stat
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from damage import record
from installed import install
from toys import COUNTER, Counter, CounterMatch, DriftingGame, LaterRules

from replay import Recording, verify
from replay.core.format import MAGIC
from replay.prove.migrate import migrate

ROOT = Path(__file__).parents[3]


class LaterDrifting(DriftingGame):
    rules = LaterRules.rules


class Quiet(CounterMatch):
    """What it does at tick 50 nobody sees in the result."""

    def advance(self, inputs):
        parts = [super().advance(inputs[:0])]
        for row in inputs:
            parts.append(super().advance(row[None]))
            self.state["players"]["luck"][0, 0] += self.state["tick"][0] == 50
        return np.concatenate(parts)


class QuietlyLater(Counter):
    rules, match = LaterRules.rules, Quiet


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path, recordings):
    """Run pytest in a process of its own, with the plug-in and the toy games installed; gives exit code and output."""
    points = "[replay.games]\ncounter = toys:COUNTER\nbank = toys:BANK\n[pytest11]\nreplay = replay.cli.pytest_plugin\n"
    site = install(tmp_path / "site", points)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
    places = [ROOT, Path(__file__).parents[1], site]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GITHUB_", "PYTEST"))}

    def called(*arguments, **environment):
        unneeded = [] if "-n" in arguments else ["-p", "no:xdist"]
        unneeded += ["-p", "no:hypothesispytest"]  # starts slowly
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *unneeded, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**clean, "PYTHONPATH": os.pathsep.join(map(str, places)), **environment},
        )
        return done.returncode, done.stdout + done.stderr

    return called


def test_every_recording_is_a_test_and_a_failure_is_the_report_without_a_traceback(run, recordings, tmp_path):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    record(recordings / "drift.replay", DriftingGame(), ticks=700)
    (recordings / "empty.replay").write_bytes(b"")
    code, out = run("recordings", "--replay-artifacts", "kept", f"--junitxml={tmp_path / 'report.xml'}")
    assert code == 1 and "2 failed, 1 passed" in out
    assert "first bad tick   100" in out and "players[1].sum" in out and "is empty" in out
    assert "Traceback" not in out and "pytest_plugin.py" not in out
    assert (tmp_path / "kept" / "verify" / "drift" / "recorded-600.state").exists()
    cases = {case.get("classname"): case for case in ElementTree.parse(tmp_path / "report.xml").getroot().iter("testcase")}
    facts = {one.get("name"): one.get("value") for one in cases["recordings.drift.replay"].iter("property")}
    assert facts["replay_verdict"] == "diverged" and facts["replay_first_bad_tick"] == "100" and "replay_ticks_per_second" in facts
    assert facts["replay_what"] == "state" and int(facts["replay_digests_compared"]) >= 100


def test_seek_and_rewind_are_checks_that_can_fail(run, recordings):
    record(recordings / "duel.replay", COUNTER, ticks=700)
    code, out = run("recordings", "--replay-checks=verify,seek,rewind", "-v")
    assert code == 0 and all(f"duel.replay::{check} PASSED" in out for check in ("verify", "seek", "rewind"))
    code, out = run("recordings", "--replay-checks=verify,scrub")
    assert code == 4 and "scrub is none of verify, seek, rewind" in out


def test_a_game_with_state_outside_its_snapshots_fails_seek_and_rewind(path):
    from bugs import GAMES

    from replay.prove.scrub import rewind_equals, seek_equals

    game = GAMES["unsaved random state"]()
    record(path, game, ticks=700)
    assert verify(path, game).is_ok
    for check, words in ((seek_equals, "after a jump"), (rewind_equals, "on the way back")):
        found = check(path, game)
        assert not found.is_ok and words in found.message and "replay check" in found.hint


def test_any_file_name_can_be_collected_and_reported(run, recordings, tmp_path):
    names = [b"bad\xff\x07name.replay", b"new\nline::x[1].replay"]
    for name in names:
        (recordings / os.fsdecode(name)).write_bytes(MAGIC + b"nothing")
    report = tmp_path / "report.xml"
    code, out = run("recordings", f"--junitxml={report}")
    assert code == 1 and "2 failed" in out and "INTERNALERROR" not in out and "\x07" not in out
    assert len(list(ElementTree.parse(report).getroot().iter("testcase"))) == 2


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
OTHERS = {
    "rocket.replay": b"\x10\x05\x00\x00TAGame.Replay_Soccar_TA",
    "starcraft.replay": b"PK\x03\x04 somebody's archive",
    "text.replay": b"REPLAY 1\nmove e4\n",
    "osu.replay": b"\x1f\x8b\x08\x00",
}


def test_files_of_other_programs_are_not_collected(run, recordings):
    for name, content in OTHERS.items():
        (recordings / name).write_bytes(content)
    (recordings / "pointer.replay").write_bytes(POINTER)
    (recordings / "empty.replay").write_bytes(b"")
    (recordings / "test_mine.py").write_text("def test_mine():\n    pass\n")
    code, out = run("recordings")
    assert code == 0 and "1 passed" in out and "recordings were collected" not in out


def test_a_file_that_is_named_is_collected_whatever_it_is(run, recordings):
    (recordings / "starcraft.replay").write_bytes(OTHERS["starcraft.replay"])
    code, out = run("recordings/starcraft.replay")
    assert code == 1 and "is a zip archive" in out and "unpack it" in out


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[tool.replay]\ngame = "toys:COUNTER"\n'),
        ("pyproject.toml", '[project]\ndependencies = ["deterministic-replay"]\n'),
        ("pyproject.toml", '[project.entry-points."replay.games"]\n'),
        (".gitattributes", "*.replay binary diff=replay\n"),
        ("recordings/duel.replay", None),
    ],
)
def test_a_git_lfs_pointer_fails_where_the_project_uses_the_engine(run, recordings, tmp_path, file, text):
    (recordings / "pointer.replay").write_bytes(POINTER)
    if text is None:
        record(tmp_path / file, COUNTER, ticks=130)
    else:
        (tmp_path / file).write_text(text)
    code, out = run("recordings")
    assert code == 1 and "1 failed" in out and "git-lfs pointer" in out and "git lfs pull" in out and "Traceback" not in out


def test_a_recording_that_went_through_a_text_mode_transfer_is_collected_and_fails(run, recordings):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    data = (recordings / "duel.replay").read_bytes()
    (recordings / "duel.replay").write_text(data.decode("utf-8", "replace"))
    code, out = run("recordings")
    assert code == 1 and "1 failed" in out and "copy it as binary" in out


def test_a_recording_in_capitals_is_collected(run, recordings):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    (recordings / "duel.replay").rename(recordings / "DUEL.REPLAY")
    code, out = run("recordings", "-v")
    assert code == 0 and "DUEL.REPLAY::verify PASSED" in out


def test_a_setting_switches_collecting_off(run, recordings):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    code, out = run("recordings", "-o", "replay=false")
    assert code == 5 and "no tests ran" in out
    assert "replay (bool):" in " ".join(run("--help")[1].split())


def test_it_works_with_xdist_and_tells_github(run, recordings, tmp_path):
    for number in range(4):
        record(recordings / f"{number}.replay", COUNTER, ticks=130, seed=number)
    record(recordings / "drift.replay", DriftingGame(), ticks=130)
    summary = tmp_path / "summary.md"
    code, out = run("recordings", "-n", "2", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert "### Recordings: 5 checks, 1 failed, " in summary.read_text() and "drift.replay" in summary.read_text()
    assert code == 1 and "1 failed, 4 passed" in out and "::error file=" in out and "drift.replay" in out


def test_one_check_is_not_1_checks(run, recordings, tmp_path):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    summary = tmp_path / "summary.md"
    code, _ = run("recordings", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert code == 0 and summary.read_text().startswith("### Recordings: 1 check, 0 failed, ")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_what_breaks_many_recordings_is_one_report_and_a_list(run, recordings, tmp_path, workers):
    for number in range(6):
        record(recordings / f"{number}.replay", DriftingGame(), ticks=700, seed=number)
    (recordings / "other.replay").write_bytes(MAGIC + b"?")
    summary, report = tmp_path / "summary.md", tmp_path / "report.xml"
    code, out = run("recordings", f"--junitxml={report}", *workers, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert code == 1 and "7 failed" in out and out.count("(cause 1, counter: the state differs, in fields: ") == 5
    assert "cause 1: 6 recordings, counter: the state differs" in out and out.count("::error ") == 2
    assert "6 of one cause: " in summary.read_text() and summary.read_text().count("\n| ") == 3
    failures = [one.text for one in ElementTree.parse(report).getroot().iter("failure")]
    assert sum("inputs that changed around it" in text for text in failures) == 1


def test_a_read_only_folder_is_enough(run, recordings):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    (recordings / "duel.replay").chmod(stat.S_IREAD)
    recordings.chmod(stat.S_IREAD | stat.S_IEXEC)
    try:
        code, out = run("recordings", "--replay-checks=verify,seek")
    finally:
        recordings.chmod(stat.S_IRWXU)
    assert code == 0 and "2 passed" in out and [file.name for file in recordings.iterdir()] == ["duel.replay"]


def test_without_recordings_pytest_says_that_there_is_nothing(run, recordings):
    code, out = run("recordings")
    assert code == 5 and "no tests ran" in out


def test_a_session_that_compared_no_hash_fails(run, recordings):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    (recordings / "duel.toml").write_text('skip = "not today"\n')
    code, out = run("recordings", "-rs")
    assert code == 1 and "not today" in out and "not one state hash was compared" in out


def test_an_expected_failure_is_named_beside_the_recording_and_must_fail(run, recordings):
    record(recordings / "drift.replay", DriftingGame(), ticks=130)
    record(recordings / "duel.replay", COUNTER, ticks=130)
    record(recordings / "fine.replay", COUNTER, ticks=130)
    (recordings / "drift.toml").write_text('xfail = "known since spring"\ntags = ["slow-one"]\n')
    (recordings / "fine.toml").write_text("xfail = true\ntags = ['slow-one']\n")
    code, out = run("recordings", "-rx", "-k", "slow-one")
    assert code == 1 and "1 failed, 1 deselected, 1 xfailed" in out and "known since spring" in out
    (recordings / "duel.toml").write_text("xfial = true\n")
    code, out = run("recordings")
    assert code == 2 and "xfial = True; it may hold" in out and "Traceback" not in out


def test_recordings_are_updated_only_when_asked(run, recordings):
    record(recordings / "old.replay", LaterRules(), ticks=130)
    record(recordings / "drift.replay", LaterDrifting(), ticks=130)
    before = {file.name: file.read_bytes() for file in recordings.iterdir()}
    assert run("recordings")[0] == 1
    assert {file.name: file.read_bytes() for file in recordings.iterdir()} == before
    code, out = run("recordings", "--replay-update=new")
    assert code == 1 and "1 failed, 1 passed" in out and "every state, event and the result are the same" in out
    assert "drift.replay is not updated" in out and "differ from tick 100 on" in out and "Traceback" not in out
    assert (recordings / "drift.replay").read_bytes() == before["drift.replay"]
    assert verify(recordings / "old.replay", COUNTER).is_ok
    code, out = run("recordings", "--replay-update=all")
    assert code == 0 and "2 passed" in out and "sums[1]" in out
    with Recording(recordings / "drift.replay") as recording:
        assert recording.header.parent is not None
    assert sorted(file.name for file in recordings.iterdir()) == ["drift.replay", "old.replay"]


@pytest.mark.parametrize("update", ["new", "all"])
def test_what_diverges_under_an_unchanged_rules_number_is_never_replaced(run, recordings, update):
    record(recordings / "drift.replay", DriftingGame(), ticks=130)
    before = (recordings / "drift.replay").read_bytes()
    code, out = run("recordings", f"--replay-update={update}")
    assert code == 1 and "not updated: it was made by counter rules" in out and "a new `rules` number first" in out
    assert "first bad tick   100" in out and (recordings / "drift.replay").read_bytes() == before


def test_changes_that_no_result_shows_are_changes(run, recordings, path):
    """The digests tell, whatever comes out at the end."""
    record(path, QuietlyLater(), ticks=130)
    migration = migrate(path, None, COUNTER)
    assert not migration.outcome and not migration.is_same and migration.changed_at in (50, 51)
    path.rename(recordings / "quiet.replay")
    code, out = run("recordings", "--replay-update=new")
    assert code == 1 and "is not updated: states or events differ from tick 5" in out


def test_updating_is_refused_under_ci(run, recordings):
    record(recordings / "drift.replay", DriftingGame(), ticks=130)
    before = (recordings / "drift.replay").read_bytes()
    code, out = run("recordings", "--replay-update=all", CI="true")
    assert code == 4 and "refused under CI" in out and (recordings / "drift.replay").read_bytes() == before
    assert run("recordings", "--replay-update=none", CI="true")[0] == 1


FIXTURES = """
import numpy as np
from toys import COUNTER, DriftingGame, LaterRules
from bugs import GAMES

def play(recorder):
    for _ in range(90):
        recorder.step(np.zeros(2, COUNTER.input_dtype))

def test_passes(replay_recorder, replay_check):
    play(replay_recorder(COUNTER))
    assert replay_check(COUNTER, ticks=60).is_ok

def test_fails(replay_recorder):
    recorder = replay_recorder(COUNTER, seed=3, players=["ann", "ben"], name="final")
    play(recorder)
    assert recorder.match.result() == "won"

def test_is_not_deterministic(replay_check):
    replay_check(GAMES["global random"](), ticks=60)
"""


def test_fixtures_record_a_test_s_match_and_check_a_game(run, tmp_path):
    (tmp_path / "test_mine.py").write_text(FIXTURES)
    code, out = run("test_mine.py", "--replay-artifacts", "kept")
    assert code == 1 and "2 failed, 1 passed" in out
    (kept,) = (tmp_path / "kept").rglob("*.replay")
    assert (
        kept.name == "final.replay"
        and "test_fails" in str(kept)
        and f"replay watch kept/{kept.relative_to(tmp_path / 'kept')}" in out
    )
    assert verify(kept, COUNTER).is_ok
    assert "two-runs at tick" in out and "because of a global random generator" in out and "conformance.py" not in out


def test_the_plug_in_and_the_hooks_are_where_other_tools_look_for_them():
    import tomllib

    from replay.cli.commands import COMMANDS

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"replay": "replay.cli.pytest_plugin"}
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entries = [line.split(":")[1].split() for line in hooks.splitlines() if line.strip().startswith("entry:")]
    assert entries == [["replay", "verify"], ["replay", "lint"]] and all(name in COMMANDS for _, name in entries)
    assert hooks.count("language: system") == 2  # where the game is; in an environment of its own a hook could only fail
    assert "pass_filenames: false" in hooks  # a change of the rules asks all recordings


def test_a_check_of_what_has_not_changed_is_not_run_again(run, recordings, tmp_path):
    record(recordings / "duel.replay", COUNTER, ticks=130)
    old = {"REPLAY_CACHE": str(tmp_path / "cache")}
    checks = ("recordings", "--replay-checks=verify,seek,rewind")
    assert "unchanged" not in run(*checks, **old)[1]
    code, out = run(*checks, **old)
    assert code == 0 and "3 passed" in out and "3 checks of recordings unchanged since they were ok" in out
    assert "unchanged" not in run(*checks, "--replay-no-cache", **old)[1]
    record(recordings / "more.replay", DriftingGame(), ticks=130)
    code, out = run(*checks, **old)
    assert code == 1 and "3 failed, 3 passed" in out and "3 checks" in out


def test_an_unrelated_run_imports_nothing_heavy_and_sees_no_difference(run, tmp_path):
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_one():\n"
        "    heavy = {'rich', 'pygame', 'sqlalchemy', 'numba', 'click', 'numpy', 'replay.core.errors', 'replay.prove.ci'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    code, out = run("test_other.py")
    assert code == 0 and "1 passed" in out and "hash" not in out
