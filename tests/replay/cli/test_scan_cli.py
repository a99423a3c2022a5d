"""`replay scan`, and the text about conditions that it shares with bisect."""

import json

from damage import record
from toys import COUNTER


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


def test_scan_and_bisect_say_the_same_of_conditions(call):
    texts = [call(name, "--help")[1] for name in ("scan", "bisect")]
    lines = [
        [line for line in text.splitlines() if line.startswith(("  fields ", "  operators ", "  functions "))] for text in texts
    ]
    assert lines[0] == lines[1] and len(lines[0]) == 3
