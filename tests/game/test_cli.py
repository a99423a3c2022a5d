import errno
import json
import os
import sys
from pathlib import Path

import click
import pytest

from game.cli.commands import COMMANDS, arena
from game.play.live import recording_path
from replay import Recording, verify
from replay.cli.commands import replay
from replay.cli.common import run


def test_the_demo_plays_records_verifies_seeks_and_says_what_to_try_next(call, tmp_path):
    code, out, _ = call("arena", "demo")
    assert code == 0
    for part in ("played", "recorded", "verified", "sought    90%", "score", "Ada", "next:"):
        assert part in out
    (path,) = (tmp_path / "recordings").glob("*.replay")
    for line in out.split("next:\n")[1].splitlines():
        program, *arguments = line.split("|")[0].split()
        if arguments[0] not in ("watch", "play"):  # these open a window
            code, out, err = call(program, *arguments)
            assert code == 0 and out and not err
    assert call("replay", "verify", path)[0] == 0


def test_a_demo_whose_disk_fills_says_so_and_ends(call, monkeypatch):
    write, calls = os.write, []

    def failing_write(file, data):
        calls.append(len(data))
        if len(calls) > 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    monkeypatch.setattr("replay.core.sink.os.write", failing_write)
    code, out, err = call("arena", "demo")
    assert code == 1 and "recorded" in out and "verified" not in out
    assert "recording stopped at tick" in err and "incomplete" in err


LANDED = Path(__file__).parents[1] / "trust" / "landed"


@pytest.mark.parametrize("name", ["format2-arena2-duel", "format2-arena2-score-limit", "format2-arena2-duel-clip"])
def test_recordings_that_landed_are_read_and_edited_by_every_command(call, name):
    def lines(*arguments):
        code, out, err = call("replay", *arguments, "--json")
        assert code == 0 and not err, err
        return [json.loads(line) for line in out.splitlines()]

    path = LANDED / f"{name}.replay"
    with Recording(path) as recording:
        start, ticks, version = recording.start_tick, recording.ticks, recording.version
    facts = lines("info", path)[0]
    assert (facts["start_tick"], facts["ticks"], facts["version"]) == (start, ticks, version)
    inputs, events = lines("cat", "--inputs", path), lines("cat", path)
    assert [row["version"] for row in inputs] == list(range(1, version + 1))
    assert [{key: value for key, value in event.items() if key != "position"} for event in lines("events", path)] == events != []
    for row in (inputs[0], inputs[version // 2], inputs[-1]):
        assert lines("show", path, "--at", f"v:{row['version']}")[0]["tick"] == row["tick"] + 1
    assert lines("stats", path)[0]["scoreboard"]["players"]
    edits = {"strip": (), "pack": (), "clip": ("--from", "start+5s"), "whole": ("--from", "start+5s", "--whole")}
    for made, options in edits.items():
        code, _, err = call("replay", "clip" if made == "whole" else made, path, *options, "-o", f"{made}.replay")
        assert code == 0, err
        assert verify(f"{made}.replay").is_ok
        inside = start + 300 if made == "clip" else start
        assert lines("cat", f"{made}.replay") == [event for event in events if event["tick"] >= inside]
        assert lines("show", f"{made}.replay")[0]["state"] == lines("show", path)[0]["state"]
    assert Path("clip.replay").stat().st_size < Path("whole.replay").stat().st_size


def test_a_match_of_bots_is_recorded_as_asked(call):
    options = ["--players", 3, "--seconds", 5, "--seed", 7, "--map", "duel", "--temperament", "hunter", "-o", "match.replay"]
    code, out, _ = call("arena", "bots", *options)
    assert code == 0 and "match.replay" in out
    with Recording("match.replay") as recording:
        assert recording.ticks == 5 * 60 + 60
        assert recording.header.seed == 7 and recording.header.config["map"] == "duel"
        assert [player.kind for player in recording.header.players] == ["bot:hunter:fair"] * 3
    code, out, err = call("arena", "bots", *options)
    assert code == 2 and "match.replay" in err and "exists" in err


def test_the_same_seed_gives_the_same_match(call):
    results = []
    for name in ("a.replay", "b.replay"):
        call("arena", "bots", "--seconds", 10, "--seed", 5, "-o", name)
        _, out, _ = call("replay", "show", name, "--json")
        results.append(json.loads(out)["state"])
    assert results[0] == results[1]


def test_the_maps_are_drawn(call):
    code, out, _ = call("arena", "maps")
    assert code == 0 and all(name in out for name in ("plaza", "corridors", "duel")) and "####" in out


@pytest.mark.parametrize(
    "arguments", [["bots", "--players", "9"], ["bots", "--map", "atlantis"], ["demo", "--seed", "-1"], ["nonsense"]]
)
def test_what_arena_does_not_know_is_a_usage_error(call, arguments):
    code, out, err = call("arena", *arguments)
    assert code == 2 and not out and 1 <= len(err.splitlines()) <= 3


def test_every_help_ends_with_three_examples(call):
    for name in COMMANDS:
        assert isinstance(arena.get_command(click.Context(arena), name), click.Command)
        code, out, _ = call("arena", name, "--help")
        assert code == 0 and len(out.split("Examples:\n")[1].strip().splitlines()) >= 3


def test_a_file_s_name_tells_date_map_and_players_and_is_never_taken(tmp_path):
    first = recording_path(tmp_path, "duel", ("Ann Lee", "../Ben", "東京", "\x1b[2J"))
    assert first.parent == tmp_path and first.name.endswith("_duel_AnnLee-Ben-東京-2J.replay")
    first.touch()
    assert recording_path(tmp_path, "duel", ("Ann Lee", "../Ben", "東京", "\x1b[2J")) != first


DUEL = Path(__file__).parents[2] / "recordings" / "duel.replay"


def test_a_verification_that_is_said_before_the_command_line_is_loaded_is_coloured_as_the_environment_says(monkeypatch, capsys):
    from replay.cli import quick

    for name, is_coloured in (("FORCE_COLOR", True), ("CLICOLOR_FORCE", True), ("UNRELATED", False)):
        with monkeypatch.context() as patch:
            for other in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
                patch.delenv(other, raising=False)
            patch.setenv(name, "1")
            assert quick.verified(str(DUEL))
            assert capsys.readouterr().out.startswith("\x1b[32m") is is_coloured


def test_every_projection_fits_the_columns_that_there_are(capsys, monkeypatch):
    from replay.cli.tables import cells_of

    names = ("scoreboard", "kill_feed", "kill_matrix", "timeline", "heat_map", "economy")
    options = [word for name in names for word in ("--projection", name)]
    monkeypatch.setattr(sys, "argv", ["replay", "stats", str(DUEL), *options])
    for width in ("200", "60", "40"):
        monkeypatch.setenv("COLUMNS", width)
        assert run(replay, "replay") == 0
        assert 30 < max(map(cells_of, capsys.readouterr().out.splitlines())) <= int(width)


def test_the_final_table_of_a_match_fits_the_columns_that_there_are(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    code, out, _ = call("arena", "bots", "--seconds", "2", "-o", "x.replay")
    lines = out.splitlines()
    assert code == 0 and lines[-1] == "x.replay" and 40 < max(map(len, lines)) <= 60 and "best" in out
