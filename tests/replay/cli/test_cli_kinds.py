"""Every kind of recording in the commands that read and edit: both formats, clips, commands, crashes, games that can do little."""

import json
from pathlib import Path

import pytest
from damage import header_of, put_together, record, take_apart
from installed import install
from shelf import RACE
from talk import DEAR, NO_LOAD, TALK, record_talk
from toys import COUNTER, random_inputs

from replay import Playback, Recorder, Recording, verify
from replay.cli.common import print_json
from replay.find.edit import clip

LANDED = Path(__file__).parents[2] / "trust" / "landed"


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """An empty folder, where the toys are installed."""
    games = ("counter = toys:COUNTER", "race = shelf:RACE", "talk = talk:TALK", "noload = talk:NO_LOAD", "dear = talk:DEAR")
    monkeypatch.syspath_prepend(install(tmp_path / "site", "\n".join(["[replay.games]", *games, ""])))
    monkeypatch.chdir(tmp_path)


def told(call, *arguments):
    """A command's lines as JSON."""
    code, out, err = call(*arguments, "--json")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


# --- versions ---


def test_any_state_is_shown_by_its_version(call, path):
    record(path, COUNTER, ticks=200)
    rows = told(call, "cat", "--inputs", path)
    with Recording(path) as recording:
        playback = Playback(COUNTER, recording)
        for row in [rows[0], rows[50], rows[-1]]:
            (shown,) = told(call, "show", path, "--at", f"v:{row['version']}")
            assert (shown["tick"], shown["version"] >= row["version"]) == (row["tick"] + 1, True)
            assert told(call, "show", f"{path}@v:{row['version']}") == [shown]
            playback.seek(version=row["version"])
            assert shown["state"]["tick"] == playback.tick
        assert told(call, "show", path, "--at", "v:0")[0]["tick"] == 0
        assert f"version {rows[-1]['version']}" in call("show", path)[1]
        code, _, err = call("show", path, "--at", f"v:{recording.version + 1}")
    assert code == 2 and f"has versions 0..{rows[-1]['version']}" in err


def test_rows_from_the_middle_on_keep_their_versions(call, path):
    record_talk(path)
    rows = told(call, "cat", "--inputs", path)
    assert [row["version"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0] == {"version": 1, "tick": 2, "player": 0, "command": {"say": "\u6771\u4eac"}}
    assert told(call, "cat", "--inputs", f"{path}@60") == [row for row in rows if row["tick"] >= 60] != []
    assert f"{rows[0]['version']:>8}  00:00.10        2  player Ann" in call("cat", "--inputs", path)[1]


# --- what info says ---


def test_info_says_how_it_ended_and_where_it_begins(call, path, tmp_path):
    record_talk(path, crash=True, session=b"nonce")
    out = call("info", path)[1]
    assert "ended       crashed: ZeroDivisionError at tick 130" in out
    assert f"session     {b'nonce'.hex()}" in out
    assert "made with   engine " in out
    facts = told(call, "info", path)[0]
    assert facts["ended"] == {"how": "crashed", "exception": "ZeroDivisionError", "tick": 130}
    assert call("clip", path, "--from", "60", "--to", "120", "-o", "clip.replay")[0] == 0
    out = call("info", "clip.replay")[1]
    assert "begins      00:03.00  tick 60, with a state of its own" in out
    assert "length      00:03.00, 60 ticks at 20/s" in out
    assert "ended       stopped" in out
    with Recording(path) as recording:
        assert f"parent      {recording.header.id.hex()} at tick 60" in out


def test_info_of_the_same_match_under_other_names_says_the_same_match(call, path):
    rows = random_inputs(COUNTER, 60, 2)
    for name in ("a", "b"):
        with Recorder(f"{name}.replay", COUNTER, seed=1, players=[name, "x"]) as recorder:
            for row in rows:
                recorder.step(row)
    a, b = (told(call, "info", f"{name}.replay")[0] for name in ("a", "b"))
    assert a["match"] == b["match"]
    assert a["identity"] != b["identity"]


# --- format 1, and what is cut out ---


@pytest.mark.parametrize("name", ["counter1-bare", "counter1-snapshots"])
def test_every_command_takes_format_1(call, name, tmp_path):
    old = LANDED / f"format1-{name}.replay"
    code, out, _ = call("info", old)
    assert code == 0 and "format      1" in out and "input events" in out
    assert "ended" not in out  # it does not say
    rows = told(call, "cat", "--inputs", old)
    assert told(call, "info", old)[0]["version"] == len(rows) == rows[-1]["version"]
    assert told(call, "cat", old) == [{k: v for k, v in e.items() if k != "position"} for e in told(call, "events", old)] != []
    assert told(call, "show", old, "--at", f"v:{len(rows)}")[0]["tick"] == rows[-1]["tick"] + 1
    code, out, _ = call("pack", old, "-o", "packed.replay")
    assert code == 0 and "was of format 1: its events were not proved; now they are" in out
    code, out, _ = call("pack", "packed.replay", "-o", "again.replay")
    assert code == 0 and "format 1" not in out
    for command in (["strip"], ["clip", "--from", "10%"], ["clip", "--from", "10%", "--whole"]):
        target = f"{'-'.join(command).replace('%', '')}.replay"
        assert call(*command, old, "-o", target)[0] == 0
        assert verify(target, COUNTER).is_ok
    for made in ("packed.replay", "strip.replay", "clip---from-10---whole.replay"):
        assert told(call, "cat", "--inputs", made) == rows
    Path("marked.replay").write_bytes(old.read_bytes())
    assert call("mark", "marked.replay", "--at", "v:5", "here")[0] == 0
    assert told(call, "mark", "marked.replay", "--list")[-1] == {"tick": rows[4]["tick"] + 1, "text": "here"}
    assert verify("marked.replay", COUNTER).is_ok
    code, _, err = call("index", ".", "--library", "library.sqlite")
    assert code == 0 and "3 new, 3 copy" in err  # both clips, and the match in all its files
    same = told(call, "ls", f"match:{told(call, 'info', old)[0]['match']}", "--library", "library.sqlite")
    assert len(same) == 2  # the clip that has all inputs is the same match
    assert len(told(call, "search", "--kind", "luck", "--library", "library.sqlite")) > 0


def test_without_its_rules_format_1_is_not_packed_and_the_message_says_what_is_not_proved(call, tmp_path, monkeypatch):
    monkeypatch.setattr("toys.Counter.rules", 9)
    code, _, err = call("pack", LANDED / "format1-counter1-bare.replay", "-o", "packed.replay")
    assert code == 4 and "its events are not proved" in err and not Path("packed.replay").exists()


def test_every_command_takes_a_recording_that_begins_later(call, path, tmp_path):
    record(path, RACE, ticks=400)
    with Recording(path) as source:
        clip(source, "clip.replay", 100, 300, RACE)
    whole, part = (told(call, "cat", file) for file in (path, "clip.replay"))
    assert part == [event for event in whole if 100 <= event["tick"] < 300] != []
    assert (
        told(call, "events", "clip.replay", "--after", f"{part[3]['tick']}:9")
        == told(call, "events", "clip.replay")[len([e for e in part if e["tick"] <= part[3]["tick"]]) :]
    )
    for moment, tick in {"start": 100, "end": 300, "50%": 200, "150": 150, "end-1s": 240, "start+1s": 160, "v:0": 100}.items():
        (shown,) = told(call, "show", "clip.replay", "--at", moment)
        assert shown["tick"] == tick
        assert shown["state"] == told(call, "show", path, "--at", str(tick))[0]["state"]
    code, _, err = call("show", "clip.replay", "--at", "50")
    assert code == 2 and "begins at tick 100" in err
    assert told(call, "stats", "clip.replay") == told(call, "stats", path, "--from", "100", "--to", "300")
    assert call("mark", "clip.replay", "--at", "2s", "here")[1] == "00:02.00  tick 120  here\n"
    assert call("mark", "clip.replay", "--at", "1s", "there")[0] == 2
    assert told(call, "show", "clip.replay@@here")[0]["tick"] == 120
    for command in ("strip", "pack"):
        assert call(command, "clip.replay", "-o", f"{command}.replay")[0] == 0
        assert verify(f"{command}.replay", RACE).is_ok
    assert call("index", ".", "--library", "library.sqlite")[0] == 0
    lines = {line.split()[5]: line for line in call("ls", "--library", "library.sqlite")[1].splitlines()}
    assert "00:03.33" in next(line for name, line in lines.items() if name.endswith("clip.replay"))


# --- games that can do less, and more ---


def test_listed_events_and_commands_are_shown_with_names(call, path):
    record_talk(path)
    code, out, _ = call("cat", path)
    assert code == 0 and "said        actor Ann  item \u6771\u4eac" in out
    assert told(call, "events", path, "--kind", "said")[0]["actor"] == 0
    code, _, err = call("events", path, "--kind", "sad")
    assert code == 2 and "did you mean said?" in err
    code, out, _ = call("show", path, "--at", "said:2")
    assert code == 0 and "talk names no fields; its state has" in out
    assert bytes.fromhex(told(call, "show", path)[0]["state"])
    code, _, err = call("stats", path)
    assert code == 2 and "talk has no projections" in err


def test_bytes_in_commands_and_floats_without_a_number_are_json(call, path, monkeypatch, capsys):
    monkeypatch.setattr("talk.TalkMatch.advance", lambda match, rows, commands: [(0, "said", {"x": 1.5})])
    with Recorder(path, TALK, seed=1, players=["a"]) as recorder:
        recorder.step(commands=[(0, b"\x00\xff")])
    assert told(call, "cat", "--inputs", path)[0]["command"] == "00ff"
    print_json({"x": [float("inf"), 1.0]})
    assert capsys.readouterr().out == '{"x": ["inf", 1.0]}\n'


def test_games_without_load_are_shown_and_clipped_whole(call, path):
    record(path, NO_LOAD)
    assert told(call, "show", path, "--at", "1s")[0]["tick"] == 60
    code, _, err = call("clip", path, "--from", "1s", "-o", "clip.replay")
    assert code == 2 and "--whole" in err
    assert call("clip", path, "--from", "1s", "--whole", "-o", "clip.replay")[0] == 0
    record("dear.replay", DEAR)
    assert call("clip", "dear.replay", "--from", "71", "-o", "dear-clip.replay")[0] == 0
    assert verify("dear-clip.replay", DEAR).is_ok


def test_a_state_that_the_file_contradicts_is_not_shown_without_a_word(call, path):
    record(path, COUNTER, ticks=300)
    chunks = take_apart(path.read_bytes())
    chunks[0] = (chunks[0][0], header_of(chunks)._replace(seed=99).pack())
    path.write_bytes(put_together(chunks))
    for command in (["show", "--at", "200"], ["cat"]):
        code, out, err = call(*command, path)
        assert code == 1 and out and "differs from the recording since tick" in err
    assert call("clip", path, "--from", "100", "-o", "clip.replay")[0] == 1


def test_the_machine_s_affairs_have_an_exit_code_of_their_own(call, path, monkeypatch):
    record(path, COUNTER)

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("replay.cli.edit.strip_recording", full)
    code, _, err = call("strip", path, "-o", "x.replay")
    assert code == 6 and "No space left" in err
