import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from damage import header_of, put_together, record, take_apart
from toys import BANK, COUNTER, Counter, CounterMatch, Drifting, DriftingGame, LaterRules

from replay import Recorder, Recording, ReplayError, Verdict, verify
from replay.cli.verify import GIT_BISECT_ABORT, GIT_BISECT_SKIP
from replay.core import format as fmt
from replay.core.records import Snapshot
from replay.prove.causes import Causes, Sign
from replay.prove.ci import keep_artifacts

pytestmark = pytest.mark.usefixtures("installed")

EVIL = "x\x1b[31m,::error::##[group]|`%0A\n::warning::y.replay"


@pytest.fixture(autouse=True)
def outside_of_github(monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


class OtherGame(Counter):
    name = "no-such-game"


@pytest.fixture
def folder(tmp_path):
    """A recording of every fate, and what has to be said of it."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    record(folder / "ok.replay", COUNTER, ticks=700)
    record(folder / "diverged.replay", DriftingGame(), ticks=700)
    record(folder / "other-rules.replay", LaterRules(), ticks=90)
    record(folder / "other-game.replay", OtherGame(), ticks=90)
    whole = (folder / "ok.replay").read_bytes()
    (folder / "cut.replay").write_bytes(whole[:-40])
    (folder / "empty.replay").write_bytes(b"")
    (folder / "picture.replay").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    (folder / "flipped.replay").write_bytes(flipped)
    bomb = (fmt.KIND_SNAPSHOT, Snapshot(0, 0, None, b"").pack()[:-3] + b"\xce\xff\xff")
    (folder / "hostile.replay").write_bytes(put_together([take_apart(whole)[0], bomb]))
    (folder / EVIL).write_bytes(b"nothing")
    return folder


FATES = {
    "ok": "ok",
    "diverged": "diverged",
    "other-rules": "unverifiable",
    "other-game": "unverifiable",
    "cut": "incomplete",
    "empty": "unreadable",
    "picture": "unreadable",
    "flipped": "unreadable",
    "hostile": "unreadable",
    EVIL.removesuffix(".replay"): "unreadable",
}


def test_every_file_of_a_mixed_folder_gets_its_verdict(call, folder):
    code, out, err = call("verify", folder, "--json")
    verdicts = {Path(line["path"]).name.removesuffix(".replay"): line["verdict"] for line in map(json.loads, out.splitlines())}
    assert verdicts == FATES and code == 1
    assert "10 recordings in" in err and "1 ok" in err


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["ok"], 0),
        (["ok", "diverged"], 1),
        (["other-rules", "diverged", "cut"], 1),
        (["ok", "cut"], 3),
        (["hostile"], 3),
        (["ok", "other-rules"], 4),
        (["other-game"], 4),
    ],
)
def test_the_exit_code_is_that_of_the_worst_and_a_divergence_outranks_all(names, code, call, folder):
    assert call("verify", *(folder / f"{name}.replay" for name in names))[0] == code


def test_the_junit_report_has_a_case_for_each_and_parses_whatever_the_names(call, folder, tmp_path):
    report = tmp_path / "report.xml"
    call("verify", folder, "--junit", report)
    suite = ElementTree.parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("10", "1", "8")
    cases = {Path(case.get("name")).stem: case for case in suite}
    assert cases["ok"].find("failure") is None and cases["ok"].find("error") is None
    failure = cases["diverged"].find("failure")
    assert "players[1].sum" in failure.text and "first bad tick   100" in failure.text
    facts = {one.get("name"): one.get("value") for one in cases["diverged"].iter("property")}
    assert facts["first_bad_tick"] == "100" and facts["verdict"] == "diverged" and int(facts["ticks_per_second"]) > 0
    assert cases["cut"].find("error").get("type") == "incomplete"


def test_github_gets_annotations_and_a_summary_that_names_cannot_break(call, folder, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    _, out, _ = call("verify", folder)
    commands = [line for line in out.splitlines() if line.startswith("::")]
    assert len(commands) == 9 and all(line.startswith("::error file=") for line in commands)
    assert "##[" not in out and "\x1b[31m" not in out
    evil = next(line for line in commands if "warning" in line)
    place, _, _ = evil.removeprefix("::error ").partition("::")
    assert place.count(",") == 1 and "%3A%3Aerror" in place
    text = summary.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert text.startswith("### Recordings: 1 diverged, 1 incomplete, 1 ok") and len(rows) == 1 + 9
    assert all(row.replace("\\|", "").count("|") == 5 for row in rows)
    # With --json they go to stderr: stdout stays one object a line.
    _, out, err = call("verify", folder, "--json")
    assert all(json.loads(line) for line in out.splitlines()) and "::error file=" in err


def of_other_rules(folder, count):
    """Recordings that fail for as many causes."""
    for number in range(count):
        record(folder / f"{number:02}.replay", type("Other", (Counter,), {"rules": 100 + number})(), ticks=3)


def test_github_shows_nine_annotations_and_a_tenth_that_counts_the_rest(call, tmp_path):
    of_other_rules(tmp_path, 15)
    _, out, _ = call("verify", tmp_path, "--github")
    commands = [line for line in out.splitlines() if line.startswith("::")]
    assert len(commands) == 10 and "and 6 more causes; see the summary" in commands[-1]


def test_github_counts_one_more_in_the_singular(call, tmp_path):
    of_other_rules(tmp_path, 10)
    _, out, _ = call("verify", tmp_path, "--github")
    assert "and 1 more cause; see the summary" in out


def test_what_breaks_many_recordings_is_one_report_and_a_list(call, tmp_path, monkeypatch):
    """Two causes: a state that drifts in six recordings, files that are none in four."""
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    (tmp_path / "many").mkdir()
    for number in range(6):
        record(tmp_path / "many" / f"drift{number}.replay", DriftingGame(), ticks=700, seed=number)
    for number in range(4):
        (tmp_path / "many" / f"file{number}.replay").write_bytes(b"?")
    record(tmp_path / "many" / "ok.replay", COUNTER, ticks=90)
    code, out, err = call("verify", tmp_path / "many", "--github", "--junit", tmp_path / "report.xml")
    assert code == 1 and out.count("inputs that changed around it:") == 1 + 1  # the report, and its annotation
    assert out.count("(cause 1)") == 5 and out.count("(cause 2)") == 3
    assert f"first bad tick 100  00:01.67; as {tmp_path}/many/drift0.replay (cause 1)" in out
    first, names, second, *_ = err.splitlines()[-5:]
    assert first.startswith("cause 1: 6 recordings, counter: the state differs, in fields: players[].") and "drift5" in names
    assert second.startswith("cause 2: 4 recordings, unreadable: ")
    notes = [line for line in out.splitlines() if line.startswith("::")]
    assert len(notes) == 2 and "drift0.replay and 5 more recordings" in notes[0] and "drift5.replay" in notes[0]
    rows = [line for line in summary.read_text().splitlines() if line.startswith("| ")]
    assert len(rows) == 3 and "6 of one cause: " in rows[1] and "drift5" in rows[1]
    failures = [one.text for one in ElementTree.parse(tmp_path / "report.xml").getroot().iter("failure")]
    assert len(failures) == 6 and ["players[1].sum" in text for text in failures] == [True] + [False] * 5
    lines = [json.loads(line) for line in call("verify", tmp_path / "many", "--json")[1].splitlines()]
    assert [line["cause"] for line in lines] == [1] * 6 + [2] * 4 + [None]


def test_causes_that_differ_are_not_one():
    state, events = Sign("counter: the state differs, in fields", ("a[].x", "a[].y")), Sign("counter: the events differ", ("hit",))
    assert state.is_like(state._replace(names=("a[].x",))) and not state.is_like(state._replace(names=("b", "c")))
    assert not state.is_like(events) and not events.is_like(events._replace(names=("gold",)))
    assert Sign.from_text(state.to_text()) == state and "\x1b" not in str(Sign("a\x1b[31m"))
    causes = Causes()
    for number in range(100):
        causes.add(f"{number}", Verdict.DIVERGED, state)
        causes.add(f"{number}", Verdict.UNREADABLE, state)
    assert [cause.count for cause in causes.all] == [100, 100]
    assert causes.all[0].names().endswith("24 and 75 more")


def test_a_divergence_is_reported_so_that_a_person_can_go_on(call, folder):
    _, out, _ = call("verify", folder / "diverged.replay")
    for text in (
        "last good tick   99  00:01.6",
        "first bad tick   100  00:01.67: the state differs",
        "a tick's digest has 8 bits: exact in 255 of 256 cases, else one later",
        "fields that differ at the snapshot of tick 600  00:10.00:",
        "players[1].sum",
        "inputs that changed around it:",
        "events around it, as computed here:",
        f"replay show {folder}/diverged.replay --at 100",
        "--reference OLD_PYTHON",
    ):
        assert text in out


def test_a_hostile_name_is_one_word_of_the_commands_shown(call, tmp_path):
    name = "a b'$(touch x)\n.replay"
    record(tmp_path / name, DriftingGame(), ticks=200)
    _, out, _ = call("verify", tmp_path / name)
    shown = next(line for line in out.splitlines() if "replay show" in line).strip()
    words = subprocess.run(["bash", "-c", shown.replace("replay show", "printf '%s|'")], capture_output=True, text=True, check=True)
    assert words.stdout.split("|")[0] == str(tmp_path / name).replace("\n", "\\x0a") or name in words.stdout


def test_artifacts_keep_the_report_and_both_states(call, folder, tmp_path):
    call("verify", folder / "diverged.replay", "--artifacts", tmp_path / "kept")
    kept = tmp_path / "kept" / "diverged"
    assert sorted(file.name for file in kept.iterdir())[:4] == [
        "computed-600.state",
        "recorded-600.state",
        "report.json",
        "report.txt",
    ]
    assert "first bad tick   100" in (kept / "report.txt").read_text()
    assert json.loads((kept / "report.json").read_text())["first_bad_tick"] == 100
    with Recording(folder / "diverged.replay") as recording:
        assert (kept / "recorded-600.state").read_bytes() == recording.snapshot(600)


def test_artifacts_hold_a_picture_if_something_draws_it(folder, tmp_path):
    def draw(recording, picture, tick):
        drawn.append((recording, tick))
        picture.write_bytes(b"picture")

    drawn: list = []
    verification = verify(folder / "diverged.replay", COUNTER)
    files = keep_artifacts(verification, tmp_path / "drawn", draw=draw)
    assert files[-1] == tmp_path / "drawn" / "diverged" / "tick-100.png" and files[-1].read_bytes() == b"picture"
    keep_artifacts(verify(folder / "cut.replay", COUNTER), tmp_path / "drawn", draw=draw)
    assert drawn == [(folder / "diverged.replay", 100)]
    assert keep_artifacts(verification, tmp_path / "without") == [
        Path(str(file).replace("drawn", "without")) for file in files[:-1]
    ]


@pytest.mark.parametrize("error", [ImportError("no pygame"), ReplayError("no view"), OSError("disk full"), RuntimeError("a bug")])
def test_what_cannot_be_drawn_is_left_out_and_a_bug_is_not_hidden(error, folder, tmp_path):
    def draw(recording, picture, tick):
        raise error

    verification = verify(folder / "diverged.replay", COUNTER)
    with pytest.raises(RuntimeError) if isinstance(error, RuntimeError) else nullcontext():
        assert not [file for file in keep_artifacts(verification, tmp_path, draw=draw) if file.suffix == ".png"]


@pytest.mark.parametrize("name", ["...replay", "a\nb\x07.replay", "ä b.replay"])
def test_artifacts_stay_in_their_folder_whatever_the_name(name, call, tmp_path):
    (tmp_path / name).write_bytes(b"nothing")
    call("verify", tmp_path / name, "--artifacts", tmp_path / "kept")
    (folder,) = (tmp_path / "kept").iterdir()
    assert folder.name.isascii() and folder.name.isprintable() and (folder / "report.txt").exists()


def test_a_list_comes_from_stdin_and_fail_fast_stops_at_the_first_that_is_not_ok(call, folder, monkeypatch):
    names = [str(folder / f"{name}.replay") for name in ("ok", "cut", "diverged", "ok")]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(names) + "\n"))
    code, out, _ = call("verify", "-", "--json", "--fail-fast")
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == ["ok", "incomplete"] and code == 3
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert call("verify", "-")[0] == 5


def test_jobs_and_parts_and_budgets_are_options(call, folder):
    ok = folder / "ok.replay"
    code, out, _ = call("verify", ok, ok.with_name("cut.replay"), ok, "--jobs", "2", "--json")
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == ["ok", "incomplete"] and code == 3
    code, out, _ = call("verify", ok, "--from", "10s", "--to", "end")
    assert code == 0 and "only ticks 600-700 of 700, believing the snapshot of tick 600" in out
    assert call("verify", ok, "--to", "99s")[0] == 2
    assert call("verify", ok, "--budget-ticks", "100")[0] == 4
    assert call("verify", ok, "--budget-seconds", "0")[0] == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ok"], 0),
        (["diverged"], 1),
        (["cut"], GIT_BISECT_SKIP),
        (["other-rules"], GIT_BISECT_SKIP),
        (["other-game"], GIT_BISECT_SKIP),
        (["ok", "--nonsense"], GIT_BISECT_ABORT),
    ],
)
def test_git_bisect_gets_good_bad_skip_or_abort(arguments, code, call, folder):
    file, *rest = arguments
    assert call("verify", "--git-bisect", folder / f"{file}.replay", *rest)[0] == code


def test_git_bisect_skips_where_there_is_nothing_to_judge_and_aborts_where_it_was_called_wrongly(call, folder, tmp_path):
    assert call("verify", "--git-bisect", tmp_path / "nothing")[0] == GIT_BISECT_SKIP
    assert call("verify", "--git-bisect", folder / "ok.replay", "--junit", tmp_path / "no" / "where.xml")[0] == GIT_BISECT_SKIP
    (tmp_path / "empty").mkdir()
    assert call("verify", "--git-bisect", tmp_path / "empty")[0] == GIT_BISECT_SKIP
    code, _, err = call("verify", "--git-bisect", folder / "ok.replay", "--from", "99s")
    assert code == GIT_BISECT_ABORT and err.startswith("replay: ")


def test_verify_of_one_file_imports_nothing_that_it_does_not_need(tmp_path, folder):
    script = (
        "import sys; from replay.cli import main\n"
        f"sys.argv = ['replay', 'verify', {str(folder / 'ok.replay')!r}]\n"
        "try: main()\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "print(sorted({'rich', 'pygame', 'sqlalchemy', 'numba', 'multiprocessing', 'xml'} & set(sys.modules)), file=sys.stderr)"
    )
    root = Path(__file__).parents[3]
    environment = {"PYTHONPATH": ":".join(map(str, [root, Path(__file__).parents[1], tmp_path / "site"])), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_json_of_a_divergence_is_flat_and_says_what_differs(call, folder):
    line = json.loads(call("verify", folder / "diverged.replay", "--json")[1])
    assert (line["first_bad_tick"], line["last_good_tick"], line["what"], line["field_tick"]) == (100, 99, "state", 600)
    assert line["digests_compared"] > 0 and line["notes"] == [] and line["reference_tick"] is None and "divergence" not in line
    line = json.loads(call("verify", folder / "ok.replay", "--json")[1])
    assert line["first_bad_tick"] is None and line["what"] is None and line["digests_compared"] == 700


class Generous(CounterMatch):
    """The states are right; an event is not."""

    def advance(self, inputs):
        events = super().advance(inputs)
        events["amount"][events["tick"] == 130] += 1
        return events


def test_events_that_differ_are_called_that(call, tmp_path):
    class GenerousGame(Counter):
        match = Generous

    record(tmp_path / "generous.replay", GenerousGame(), inputs=np.full((200, 2), 1, COUNTER.input_dtype))
    code, out, _ = call("verify", tmp_path / "generous.replay")
    assert code == 1 and "the events differ" in out and ("first bad tick   131" in out or "first bad tick   132" in out)


def test_every_tick_is_compared_unless_one_is_in_a_hurry(call, tmp_path):
    class Healing(CounterMatch):
        def save(self):
            data = bytearray(super().save())
            data[0] ^= self.state["tick"][0] == 130
            return bytes(data)

    class HealingGame(Counter):
        match = Healing

    record(tmp_path / "healed.replay", HealingGame(), ticks=200)
    assert call("verify", tmp_path / "healed.replay")[0] == 1
    assert call("verify", tmp_path / "healed.replay", "--every-tick")[0] == 1
    assert call("verify", tmp_path / "healed.replay", "--every-second")[0] == 0
    assert call("verify", tmp_path / "healed.replay", "--every-second", "--every-tick")[0] == 2
    assert "--every-tick" not in call("verify", "--help")[1]


def test_in_a_hurry_the_report_says_between_which_ticks_it_is(call, folder):
    _, out, _ = call("verify", folder / "diverged.replay", "--every-second")
    assert "first bad tick   120" in out and "it is one of the ticks 61-120" in out


def test_what_the_machine_does_wrong_has_a_verdict_and_an_exit_code_of_its_own(call, tmp_path):
    class Broken(Counter):
        name = "broken"  # its entry point names nothing

    record(tmp_path / "broken.replay", Broken(), ticks=70)
    code, out, _ = call("verify", tmp_path / "broken.replay")
    assert code == 6 and out.startswith("environment  ") and "this machine's affair" in out
    assert call("verify", "--git-bisect", tmp_path / "broken.replay")[0] == GIT_BISECT_SKIP


def test_other_rules_are_reported_with_what_to_do(call, folder):
    _, out, _ = call("verify", folder / "other-rules.replay")
    assert f"replay migrate {folder}/other-rules.replay" in out and "pytest --replay-update=new" in out
    assert out.index("see how it plays now") < out.index("install the version")


def test_notes_say_what_a_proof_is_not_worth(call, tmp_path):
    record(tmp_path / "idle.replay", COUNTER, inputs=np.zeros((90, 2), COUNTER.input_dtype))
    code, out, _ = call("verify", tmp_path / "idle.replay")
    assert code == 0 and "note: no input ever changed" in out


def test_a_part_is_held_against_the_whole_that_it_was_cut_out_of(call, tmp_path):
    record(tmp_path / "whole.replay", COUNTER, ticks=1300, seed=1)
    record(tmp_path / "other.replay", COUNTER, ticks=1300, seed=2)
    assert call("clip", tmp_path / "whole.replay", "--from", "11s", "-o", tmp_path / "part.replay")[0] == 0
    with Recording(tmp_path / "part.replay") as part:
        assert part.start_tick
    code, out, _ = call("verify", tmp_path / "part.replay", "--parent", tmp_path / "whole.replay")
    assert code == 0 and "it begins with the state of whole.replay" in out
    code, out, _ = call("verify", tmp_path / "part.replay", "--parent", tmp_path / "other.replay")
    assert code == 1 and "its seed is 1, that of other.replay 2" in out
    assert call("verify", tmp_path / "whole.replay", "--parent", tmp_path / "whole.replay")[0] == 2
    assert call("verify", tmp_path / "part.replay", "--parent", tmp_path / "whole.replay", "--untrusted")[0] == 2


# --- diff, bisect, migrate, shrink, check, lint -----------------------------------------------------------------------


def test_diff_names_the_first_input_and_the_first_state_that_differ(call, tmp_path):
    rows = record(tmp_path / "a.replay", COUNTER, ticks=300)
    changed = rows.copy()
    changed["dx"][150, 1] ^= 1
    record(tmp_path / "b.replay", COUNTER, inputs=changed, seed=7)
    code, out, _ = call("diff", tmp_path / "a.replay", tmp_path / "b.replay")
    assert code == 1 and "inputs           differ first at tick 150" in out and "states           differ first at tick 151" in out
    assert "players[1].sum" in out and "player 1:" in out
    _, out, _ = call("diff", "--json", tmp_path / "a.replay", tmp_path / "b.replay")
    difference = json.loads(out)
    assert difference["input_tick"] == 150 and difference["state_tick"] == 151 and not difference["same"]
    record(tmp_path / "c.replay", COUNTER, inputs=rows, seed=7)
    code, out, _ = call("diff", tmp_path / "a.replay", tmp_path / "c.replay")
    assert code == 0 and "the same match" in out


def test_diff_of_another_seed_or_length_says_so(call, tmp_path):
    rows = record(tmp_path / "a.replay", COUNTER, ticks=200)
    record(tmp_path / "b.replay", COUNTER, inputs=rows, seed=8)
    code, out, _ = call("diff", tmp_path / "a.replay", tmp_path / "b.replay")
    assert code == 1 and "seed" in out and "states           differ first at tick 0" in out
    record(tmp_path / "c.replay", COUNTER, inputs=rows[:130], seed=7)
    code, out, _ = call("diff", tmp_path / "a.replay", tmp_path / "c.replay")
    assert code == 1 and "200  |  130" in out and "states           equal as far as both go" in out


def test_diff_of_other_rules_goes_by_the_digests_in_the_files(call, folder, tmp_path):
    record(tmp_path / "a.replay", LaterRules(), ticks=200)

    class LaterDrifting(LaterRules):
        match = Drifting

    record(tmp_path / "b.replay", LaterDrifting(), ticks=200)
    code, out, _ = call("diff", tmp_path / "a.replay", tmp_path / "b.replay")
    assert code == 1 and "compared by the digests" in out and "states           differ first at tick 100" in out


def test_diff_of_one_recording_is_its_verification(call, folder):
    code, out, _ = call("diff", folder / "diverged.replay")
    assert code == 1 and "first bad tick   100" in out


def test_bisect_finds_the_first_tick_at_which_something_holds(call, tmp_path):
    record(tmp_path / "a.replay", COUNTER, ticks=300)
    code, out, _ = call("bisect", tmp_path / "a.replay", "--when", "tick >= 123", "--json")
    assert code == 0 and json.loads(out)["tick"] == 123
    assert json.loads(call("bisect", f"{tmp_path / 'a.replay'}@200", "--when", "tick > 100", "--json")[1])["tick"] == 200
    code, out, _ = call("bisect", tmp_path / "a.replay", "--when", "tick < 0")
    assert code == 1 and "at no tick" in out
    code, _, err = call("bisect", tmp_path / "a.replay", "--when", "players.*.sum > 5")
    assert code == 2 and "any(...)" in err


def test_migrate_plays_old_inputs_by_the_installed_rules(call, tmp_path):
    class Doubled(CounterMatch):
        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.step_by = 2

    class Old(Counter):
        rules, match = 0, Doubled

    old = tmp_path / "old.replay"
    rows = record(old, Old(), ticks=200)
    before = old.read_bytes()
    code, out, _ = call("migrate", old, "--dry-run")
    assert code == 0 and "rules 0 -> 1" in out and "sums[0]" in out and list(tmp_path.glob("*.replay")) == [old]
    code, out, _ = call("migrate", old)
    new = tmp_path / "old.rules1.replay"
    assert code == 0 and str(new) in out and verify(new, COUNTER).is_ok and old.read_bytes() == before
    with Recording(new) as migrated, Recording(old) as source:
        assert migrated.header.parent == (source.header.id, 0)
        assert (migrated.inputs(0, 200) == rows).all()
    code, _, err = call("migrate", old)
    assert code == 2 and "exists" in err


def test_migrate_into_a_folder_with_settings(call, tmp_path):
    for name in "ab":
        record(tmp_path / f"{name}.replay", COUNTER, ticks=70)
    (tmp_path / "new").mkdir()
    code, _, _ = call("migrate", tmp_path / "a.replay", tmp_path / "b.replay", "-o", tmp_path / "new", "--set", "step=3")
    assert code == 0
    with Recording(tmp_path / "new" / "b.replay") as recording:
        assert recording.header.config == {"step": 3}
    assert call("migrate", tmp_path / "a.replay", tmp_path / "b.replay", "-o", tmp_path / "x.replay")[0] == 2


def test_shrink_cuts_and_says_by_how_much(call, folder):
    code, out, _ = call("shrink", folder / "diverged.replay")
    assert code == 0 and "120 ticks of 700, first bad tick 100" in out and "--reference" in out
    assert verify(folder / "diverged.small.replay", COUNTER).first_bad_tick == 100
    assert call("shrink", folder / "ok.replay")[0] == 2


def test_check_runs_an_installed_game_or_one_by_its_module(call, folder):
    code, out, _ = call("check", "counter", "--ticks", "60")
    assert code == 0 and "ok       rollback" in out and "ticks/s" in out
    code, out, _ = call("check", "bugs:GlobalRandomGame", "--ticks", "60", "--json")
    facts = json.loads(out)
    assert code == 1 and "globals" in [finding["check"] for finding in facts["findings"]]
    assert any(finding["because"].startswith("a global random generator") for finding in facts["findings"])
    assert {"lines", "differences"} <= {missing["kind"] for missing in facts["not_tried"]}
    code, out, _ = call("check", "counter", "--only", "batches", "--only", "trace", "--ticks", "20")
    assert code == 0 and "ok       batches" in out and "skipped  trace" in out and "rollback" not in out
    code, _, err = call("check", "counter", "--only", "everything")
    assert code == 2 and "no check 'everything'" in err
    code, out, _ = call("check", "counter", "--inputs", folder / "ok.replay", "--ticks", "60", "--set", "step=2")
    assert code == 0 and "60 ticks of 2 players" in out
    assert call("check", "bugs:NOTHING")[0] == 2 and call("check", "no-such")[0] == 4


def test_lint_prints_a_line_per_finding(call, tmp_path):
    (tmp_path / "rules.py").write_text("import time\n\ndef step():\n    return time.time()\n")
    code, out, err = call("lint", tmp_path / "rules.py")
    assert code == 1 and f"{tmp_path}/rules.py:4:12: clock: time.time" in out and "1 file, 1 finding" in err
    assert json.loads(call("lint", tmp_path, "--json")[1])["rule"] == "clock"
    (tmp_path / "rules.py").write_text("x = 1 / 2\n")
    assert call("lint", tmp_path)[0] == 0
    assert "fraction: / is float division" in call("lint", tmp_path, "--whole-numbers")[1]
    assert call("lint", "no.such.module")[0] == 2


def test_a_recorder_that_is_still_writing_is_incomplete_and_not_ok(call, path):
    with Recorder(path, BANK, seed=1, players=["a"], config={}) as recorder:
        for _ in range(130):
            recorder.step(np.zeros(1, BANK.input_dtype))
        code, out, _ = call("verify", path)
    assert code == 3 and out.startswith("incomplete")


def test_check_takes_the_game_that_the_project_names(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPLAY_GAME", raising=False)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    code, _, err = call("check")
    assert code == 2 and "which game?" in err and "replay check GAME" in err
    (tmp_path / "pyproject.toml").write_text("[tool.replay]\ngame = 'toys:COUNTER'\n")
    code, out, _ = call("check", "--ticks", "60")
    assert code == 0 and "counter: 60 ticks" in out
    (tmp_path / "pyproject.toml").write_text("[tool.replay]\ngame = ['toys:COUNTER', 'toys:BANK']\n")
    code, _, err = call("check")
    assert code == 2 and "the project here names toys:COUNTER, toys:BANK" in err


def test_a_match_that_starts_differently_has_no_last_good_tick(call, tmp_path):
    path = tmp_path / "match.replay"
    record(path, COUNTER, ticks=120)
    chunks = take_apart(path.read_bytes())
    header = header_of(chunks)
    at = next(index for index, (kind, _) in enumerate(chunks) if kind == fmt.KIND_SNAPSHOT)
    snapshot = Snapshot.unpack(chunks[at][1], header)
    other = fmt.inflate(snapshot.data, snapshot.size)[:-1] + b"\x07"
    chunks[at] = (fmt.KIND_SNAPSHOT, snapshot._replace(data=fmt.deflate(other)).pack())
    path.write_bytes(put_together(chunks))
    code, out, _ = call("verify", path)
    assert code == 1 and "first bad tick   0" in out and "last good tick" not in out
