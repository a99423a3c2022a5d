"""`replay accept`: what new rules make of old recordings, reviewed."""

import io
import json
import sys

import pytest
from damage import record
from toys import COUNTER, Counter, CounterMatch, DriftingGame, LaterRules

from replay import verify

pytestmark = pytest.mark.usefixtures("installed")


class OldDrifting(DriftingGame):
    rules = LaterRules.rules


class Other(CounterMatch):
    def result(self):
        return {**super().result(), "best": 1}


class OldResult(Counter):
    rules, match = LaterRules.rules, Other


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    folder = tmp_path / "recordings"
    folder.mkdir()
    for number in range(3):
        record(folder / f"a{number}.replay", OldDrifting(), ticks=130, seed=number)
    record(folder / "b.replay", OldResult(), ticks=130)
    record(folder / "same.replay", LaterRules(), ticks=130)
    record(folder / "today.replay", COUNTER, ticks=130)
    return folder


@pytest.fixture
def type_in(monkeypatch):
    return lambda keys: monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{key}\n" for key in keys)))


def bytes_of(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_each_is_shown_and_only_what_is_accepted_is_replaced(call, folder, type_in, tmp_path):
    before = bytes_of(folder)
    type_in("arxsq")
    code, out, err = call("accept", folder, "--keep-old", tmp_path / "old")
    assert code == 1 and "1 accepted, 1 rejected, 3 skipped; 3 groups" in err
    assert (
        "a0.replay  group 1: counter rules 9 -> 1: the result changes: sums[]" in out and "first changed tick 100  00:01.67" in out
    )
    assert "sums[1] " in out and " -> " in out and err.count("accept (a)") == 5
    after = bytes_of(folder)
    assert [name for name in before if before[name] != after[name]] == ["a0.replay"] and after.keys() == before.keys()
    assert verify(folder / "a0.replay", COUNTER).is_ok and (tmp_path / "old" / "a0.replay").read_bytes() == before["a0.replay"]


def test_a_group_is_accepted_by_a_key_or_by_its_number_and_all_unasked(call, folder, type_in):
    type_in("gq")
    assert "3 accepted, 2 skipped" in call("accept", folder)[2]
    code, out, _ = call("accept", folder, "--group", "2", "--json")
    assert [(line["answer"], line["group"], line["same"]) for line in map(json.loads, out.splitlines())] == [
        ("skipped", 1, False),
        ("accepted", 2, True),
    ]
    assert code == 1
    assert call("accept", folder, "--all")[0] == 0
    assert call("accept", folder)[2] == "nothing to accept\n" and call("verify", folder)[0] == 0


def test_what_diverges_under_the_same_number_is_refused(call, folder):
    record(folder / "drift.replay", DriftingGame(), ticks=130)
    (folder / "cut.replay").write_bytes((folder / "today.replay").read_bytes()[:-30])
    before = bytes_of(folder)
    code, _, err = call("accept", folder / "drift.replay", folder / "cut.replay", "--all")
    assert code == 1 and "a new `rules` number first" in err and "2 refused" in err and bytes_of(folder) == before


def test_it_is_refused_under_ci_and_writes_over_nothing(call, folder, monkeypatch, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "same.replay").write_bytes(b"mine")
    before = bytes_of(folder)
    code, _, err = call("accept", folder / "same.replay", "--all", "--keep-old", tmp_path / "old")
    assert code == 1 and "exists" in err and bytes_of(folder) == before
    monkeypatch.setenv("CI", "true")
    assert call("accept", folder, "--all")[0] == 2 and bytes_of(folder) == before
