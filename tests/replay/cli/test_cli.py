import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from damage import header_of, put_together, record, take_apart
from toys import BANK, COUNTER

from replay import Recording, append_marker
from replay.cli.commands import COMMANDS, replay
from replay.cli.common import escape
from replay.core import format as fmt
from replay.core.records import Marker

pytestmark = pytest.mark.usefixtures("installed")


@pytest.fixture
def match(path):
    record(path, COUNTER, ticks=700, players=2)
    append_marker(path, 77, "first blood")
    return path


def test_info_says_what_a_recording_holds(call, match):
    code, out, err = call("info", match)
    assert code == 0 and not err
    for part in (
        "counter rules 1",
        "00:11.67, 700 ticks",
        "player 0",
        "first blood",
        "complete",
        "sums",
        "finished",
        "input events",
    ):
        assert part in out


def test_info_as_json_is_one_object(call, match):
    code, out, _ = call("info", "--json", match)
    facts = json.loads(out)
    assert code == 0 and facts["ticks"] == 700 and facts["markers"] == [{"tick": 77, "text": "first blood"}]
    with Recording(match) as recording:
        assert (facts["version"], facts["identity"], facts["match"]) == (
            recording.version,
            recording.identity(),
            recording.match_identity(),
        )
    assert (facts["format"], facts["start_tick"], facts["ended"], facts["session"]) == (2, 0, {"how": "finished"}, None)
    assert facts["made_with"].keys() >= {"engine", "python", "platform"}


def test_show_gives_the_state_by_field_names(call, match):
    code, out, _ = call("show", match, "--at", "5s", "--json")
    shown = json.loads(out)
    assert code == 0 and shown["tick"] == shown["state"]["tick"] == 300
    assert len(shown["state"]["players"]) == 2
    code, out, _ = call("show", f"{match}@@first blood")
    assert code == 0 and "tick 77" in out and "players[0]" in out and "sum" in out


def test_cat_prints_events_and_inputs_a_line_each(call, match):
    code, out, _ = call("cat", match)
    assert code == 0 and "press" in out and "luck" in out
    code, out, _ = call("cat", "--json", "--inputs", match)
    lines = [json.loads(line) for line in out.splitlines()]
    with Recording(match) as recording:
        assert len(lines) == recording.end.version
        assert [line["version"] for line in lines] == list(range(1, recording.version + 1))
    assert lines[0].keys() == {"version", "tick", "player", "dx", "buttons"}
    code, out, _ = call("cat", "--json", f"{match}@5s")
    assert json.loads(out.splitlines()[0])["tick"] >= 300


def test_cat_into_head_is_quiet(match):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = f"{sys.executable} -m replay cat --json {match} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[3])
    assert done.stdout.count("\n") == 1 and not done.stderr
    closed = f"{sys.executable} -m replay cat --json {match} | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}"
    assert subprocess.run(["bash", "-c", closed], env=environment, cwd=Path(__file__).parents[3]).returncode == 0


def test_no_command_at_all_shows_the_help_and_no_color_is_heeded(call, match, monkeypatch):
    code, out, err = call()
    assert code == 2 and not out and "Commands:\n" in err
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda stream=None, color=None: color is False)
    assert "\x1b[" in call("verify", match)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in call("verify", match)[1]


def test_verify_says_ok(call, match):
    code, out, err = call("verify", match)
    assert code == 0 and out.startswith("ok") and "700 ticks" in out and not err


EXIT_CODES = {
    "a cut file": (lambda path: os.truncate(path, path.stat().st_size - 5), 3, "incomplete"),
    "no recording": (lambda path: path.write_bytes(b"hello"), 3, "unreadable"),
    "another game": (lambda path: edit_header(path, game="chess"), 4, "unverifiable"),
    "a game that does not load": (lambda path: edit_header(path, game="broken"), 6, "environment"),
    "another rules number": (lambda path: edit_header(path, rules=5), 4, "unverifiable"),
    "another seed": (lambda path: edit_header(path, seed=5), 1, "diverged"),
}


def edit_header(path, **changes):
    chunks = take_apart(path.read_bytes())
    chunks[0] = (chunks[0][0], header_of(chunks)._replace(**changes).pack())
    path.write_bytes(put_together(chunks))


@pytest.mark.parametrize("what", EXIT_CODES)
def test_the_exit_code_of_verify_tells(what, call, match):
    damage, code, verdict = EXIT_CODES[what]
    damage(match)
    assert call("verify", match)[0] == code
    exit_code, out, _ = call("verify", "--json", match)
    assert exit_code == code and json.loads(out)["verdict"] == verdict


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["info", "nothing.replay"], 3),
        (["info"], 2),
        (["nonsense"], 2),
        (["show", "MATCH", "--at", "99:00"], 2),
        (["show", "MATCH", "--at", "@nobody"], 2),
        (["verify", "EMPTY"], 5),
        (["verify", "*.nothing"], 5),
        (["verify", "nothing.replay"], 3),
    ],
)
def test_a_message_says_what_is_wrong_in_three_lines_at_most(arguments, code, call, match, tmp_path):
    (tmp_path / "empty").mkdir()
    named = [{"MATCH": str(match), "EMPTY": str(tmp_path / "empty")}.get(argument, argument) for argument in arguments]
    exit_code, out, err = call(*named)
    assert exit_code == code
    assert 1 <= len((out + err).splitlines()) <= 3 and "Traceback" not in out + err


def test_a_cut_recording_is_shown_as_far_as_it_goes_and_says_so(call, match):
    os.truncate(match, match.stat().st_size - 200)
    code, out, err = call("info", match)
    assert code == 3 and "cut" in out and "cut off in chunk" in err and "are whole" in err
    with Recording(match) as recording:
        assert f"{recording.version:,} input events" in out and "ended" not in out
    code, out, err = call("show", match, "--at", "5s")
    assert code == 0 and "tick 300" in out and "cut off" in err


def test_names_from_a_file_cannot_reach_the_terminal_s_controls(call, path):
    record(path, BANK)
    chunks = take_apart(path.read_bytes())
    chunks.append((fmt.KIND_MARKER, Marker(1, "\x1b[2J\x1b]0;owned\x07\r\n::error::[red]\u202e").pack()))
    path.write_bytes(put_together(chunks))
    code, out, err = call("info", path)
    assert code == 0 and "\x1b" not in out + err and "\u202e" not in out and "\\x1b[2J" in out
    assert out.count("::error::") == 1 and not any(line.startswith("::") for line in out.splitlines())


def test_escaping_leaves_ordinary_text_alone():
    assert escape("Zoë 東京 👾 <b>") == "Zoë 東京 👾 <b>"
    assert escape("a\nb\x00") == "a\\x0ab\\x00"


def test_every_command_is_listed_and_its_help_ends_with_three_examples(call):
    code, listed, _ = call("--help")
    assert code == 0
    for name, (_, _, text) in COMMANDS.items():
        assert name in listed and text.split()[0] in listed
        command = replay.get_command(click.Context(replay), name)
        assert command is not None
        code, out, _ = call(name, "--help")
        examples = out.split("Examples:\n")[1].strip().splitlines()
        assert code == 0 and len(examples) >= 3 and all(line.strip().startswith("replay ") for line in examples)


def test_an_interrupt_says_so_and_exits_with_130(call, match, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("replay.cli.inspect.Recording", interrupted)
    code, _, err = call("info", match)
    assert code == 130 and "interrupted" in err
