"""`replay scan`, and the text about conditions that it shares with bisect."""

import json

from damage import record
from toys import COUNTER

from replay.find.search import FIELDS

WORDS = ("players", "numbers", "matches", "dates", "files", "signs")


def test_the_command_prints_moments(call, tmp_path, installed, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a.replay", COUNTER, ticks=200)
    code, out, _ = call("scan", "a.replay", "--when", "players.*.sum > 90000", "--limit", 1)
    assert code == 0 and out.startswith("a.replay@")
    tick = int(out.strip().partition("@")[2])
    assert call("show", out.strip())[0] == 0
    code, out, _ = call("scan", ".", "--when", "players.*.sum > 90000", "--json")
    facts = json.loads(out.splitlines()[0])
    assert (facts["moment"], facts["tick"]) == (f"a.replay@{tick}", tick) and facts["player"].startswith("player ")
    assert call("scan", "a.replay", "--when", "tick < 0")[0] == 1
    assert call("scan", "a.replay", "--when", "tick <")[0] == 2
    assert call("scan", "a.replay", "map:x", "--when", "tick")[0] == 2
    assert "then 00:" in call("scan", "a.replay", "--when", "tick == 5", "--then", "tick == 65", "--within", "1s", "-l")[1]
    assert "moment,path,tick" in call("scan", "a.replay", "--when", "tick == 5", "--csv")[1]
    (tmp_path / "b.replay").write_bytes(b"nothing")
    code, out, err = call("scan", ".", "--when", "tick == 5")
    assert code == 1 and out.strip() == "a.replay@5" and "b.replay: " in err


def test_a_file_that_is_not_there_is_said_to_be_and_not_searched_for(call, tmp_path, installed, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a.replay", COUNTER, ticks=60)
    for name in ("nowhere.replay", "nowhere/", "my file.replay"):
        code, _, err = call("scan", name, "--when", "tick == 5")
        assert code == 3 and f"{name.rstrip('/')}: No such file or directory" in err and "library" not in err
    code, _, err = call("scan", "a.replay", "nowhere.replay", "--when", "tick == 5")
    assert code == 3 and err.startswith("replay: nowhere.replay: No such file")
    code, _, err = call("scan", "file:*a.replay", "--when", "tick == 5")
    assert code == 5 and "no library here to search for file:*a.replay in" in err
    assert call("index", ".")[0] == 0
    assert call("scan", "file:*a.replay", "--when", "tick == 5")[1].strip() == "a.replay@5"
    for command in (("ls", "nowhere.replay"), ("search", "nowhere.replay", "--kind", "press")):
        code, _, err = call(*command, "--library", "none.sqlite")
        assert code == 5 and "no library none.sqlite to search for nowhere.replay in" in err
    code, _, err = call("events", "nowhere.replay")
    assert code == 3 and "nowhere.replay: No such file or directory" in err


def test_searches_are_explained_alike_wherever_they_are_taken_and_every_field_is(call):
    texts = [call(name, "--help")[1] for name in ("ls", "search", "scan")]
    lines = [[line for line in text.splitlines() if line.startswith(tuple(f"  {name} " for name in WORDS))] for text in texts]
    assert lines[0] == lines[1] == lines[2] and len(lines[0]) == len(WORDS)
    told = "\n".join(lines[0])
    assert [field for field in FIELDS if f" {field}:" not in told and f" {field}>=" not in told and field] == []
    assert all("See also" in " ".join(text.split()) for text in (*texts, call("query", "--help")[1]))


def test_a_field_that_there_is_not_is_answered_by_the_one_that_may_be_meant(call, tmp_path, installed):
    record(tmp_path / "a.replay", COUNTER, ticks=60)
    code, _, err = call("scan", tmp_path / "a.replay", "--when", "players.*.lukc > 3")
    assert code == 2 and "did you mean luck?" in err


def test_scan_and_bisect_say_the_same_of_conditions(call):
    texts = [call(name, "--help")[1] for name in ("scan", "bisect")]
    lines = [
        [line for line in text.splitlines() if line.startswith(("  fields ", "  operators ", "  functions "))] for text in texts
    ]
    assert lines[0] == lines[1] and len(lines[0]) == 3
