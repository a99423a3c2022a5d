"""The command that records the golden matches again: what it refuses, what it keeps, what it replaces."""

from __future__ import annotations

import pytest
from golden import Golden, record_again

from game.match import ARENA, ArenaGame, ArenaMatch
from replay import Recording

TWO = {"one": Golden("duel", players=2, seed=3, seconds=12), "other": Golden("duel", players=3, seed=4, seconds=12)}


class Raised(ArenaGame):
    """Arena under the next rules number."""

    rules = ArenaGame.rules + 1


class Faulty(ArenaMatch):
    """A rule that changed without its number."""

    def advance(self, inputs):
        events = super().advance(inputs)
        if self.state["tick"][0] > 100:
            self.state["players"]["gold"][0, 0] += 1
        return events


@pytest.fixture
def folders(tmp_path):
    goldens, landed = tmp_path / "recordings", tmp_path / "landed"
    goldens.mkdir()
    landed.mkdir()
    assert record_again(TWO, goldens, landed, lambda _: None) == 0
    return goldens, landed


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_happens_as_it_is_recorded_stays(folders):
    before, said = contents(folders[0]), []
    assert record_again(TWO, *folders, said.append) == 0
    assert contents(folders[0]) == before and not contents(folders[1])
    assert said == ["all 2 happen as they are recorded: nothing is changed"]


def test_what_is_missing_is_recorded_beside_what_stays(folders):
    (folders[0] / "other.replay").unlink()
    before, said = contents(folders[0]), []
    assert record_again(TWO, *folders, said.append) == 0
    after = contents(folders[0])
    assert after.keys() == {"one.replay", "other.replay"} and after["one.replay"] == before["one.replay"]
    assert [line.split(",")[0] for line in said] == ["other: recorded"]


def test_another_match_of_the_same_rules_is_refused_and_told_apart_from_a_mistake(folders):
    before, said = contents(folders[0]), []
    assert record_again({**TWO, "other": TWO["other"]._replace(seed=5)}, *folders, said.append) == 1
    assert contents(folders[0]) == before and not contents(folders[1])
    assert len(said) == 2 and "other.replay: happens as it is recorded, but would be another match now" in said[0]
    assert "remove these files first" in said[1]


def test_another_state_under_the_same_rules_is_refused_and_named(folders, monkeypatch):
    before, said = contents(folders[0]), []
    monkeypatch.setattr(ArenaGame, "new_match", lambda self, seed, players, config: Faulty(seed, players, config))
    assert record_again(TWO, *folders, said.append) == 1
    assert contents(folders[0]) == before and not contents(folders[1])
    assert "one.replay: differs from tick 101 on" in said[0] and "gold" in said[0]
    assert said[-1].startswith("refused: arena still has rules")


def test_a_rules_number_never_goes_back(folders, monkeypatch):
    before, said = contents(folders[0]), []
    monkeypatch.setattr(ArenaGame, "rules", ARENA.rules - 1)
    assert record_again(TWO, *folders, said.append) == 1
    assert contents(folders[0]) == before and not contents(folders[1])
    assert len(said) == 1 and "a number never goes back" in said[0]


def test_under_raised_rules_the_old_ones_are_kept_byte_for_byte(folders, monkeypatch):
    before = contents(folders[0])
    monkeypatch.setattr(ArenaGame, "rules", Raised.rules)
    said = []
    assert record_again(TWO, *folders, said.append) == 0
    assert f'"format2-arena{ARENA.rules - 1}-one.replay": (780, "' in said[0]  # a line that can be copied into the list
    old = Raised.rules - 1
    assert contents(folders[1]) == {f"format2-arena{old}-{name}": content for name, content in before.items()}
    for name in TWO:
        with Recording(folders[0] / f"{name}.replay") as recording:
            assert recording.header.rules == Raised.rules


def test_what_is_kept_already_is_kept_once(folders, monkeypatch):
    before = contents(folders[0])
    name = f"format2-arena{ARENA.rules}-one.replay"
    (folders[1] / name).write_bytes(before["one.replay"])
    monkeypatch.setattr(ArenaGame, "rules", Raised.rules)
    assert record_again(TWO, *folders, lambda _: None) == 0
    assert contents(folders[1])[name] == before["one.replay"]


@pytest.mark.parametrize("name", TWO)
def test_nothing_that_is_kept_is_overwritten_and_nothing_is_done_by_half(folders, monkeypatch, name):
    before, said = contents(folders[0]), []
    (folders[1] / f"format2-arena{ARENA.rules}-{name}.replay").write_bytes(b"another match")
    kept = contents(folders[1])
    monkeypatch.setattr(ArenaGame, "rules", Raised.rules)
    assert record_again(TWO, *folders, said.append) == 1
    assert contents(folders[0]) == before and contents(folders[1]) == kept
    assert "holds another match" in said[0] and said[-1].startswith("refused")
