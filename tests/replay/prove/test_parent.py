"""A clip is only ever accepted as a part of the recording that it was cut out of."""

import struct
from dataclasses import replace
from itertools import product

import games
import pytest
from games import inputs_for
from parts import clip

from replay import Recorder, Recording, UsageError, Verdict, verify
from replay.prove.parent import with_parent

TICKS = 400
CLIPS = [(start, start + length) for start, length in product((60, 130, 200, 299, 333), (7, 20, 60, 67))]


GAME = games.RowsAndCommands()


def play(path, given, seed=5, players=2, config=None, session=b"", name="Ann"):
    names = [name, "Ben", "Cleo"][:players]
    with Recorder(path, GAME, seed=seed, players=names, config=config, session=session) as recorder:
        for row, commands in given:
            recorder.step(row, commands)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A whole recording and wrong parents: each differs from it in one thing."""
    folder = tmp_path_factory.mktemp("parents")
    given = inputs_for(GAME, TICKS)
    play(folder / "whole.replay", given)
    play(folder / "seed.replay", given, seed=6)
    play(folder / "players.replay", inputs_for(GAME, TICKS, players=3), players=3)
    play(folder / "config.replay", given, config={"hard": 1})
    play(folder / "session.replay", given, session=b"another")
    play(folder / "other-inputs.replay", inputs_for(GAME, TICKS, seed=1))
    first, said = given[0]
    play(folder / "early.replay", [(first, [*said, (0, "hello")]), *given[1:]])
    play(folder / "short.replay", given[:50])
    play(folder / "same-inputs.replay", given)  # another recording of the same: another id
    return folder


WRONG = ("seed", "players", "config", "session", "other-inputs", "early", "short", "same-inputs")
WORDS = {
    "seed": "its seed is 5, that of seed.replay 6",
    "players": "it has 2 players, players.replay has 3",
    "config": "its config is {}",
    "session": "its session is ",
    "other-inputs": "is not that of other-inputs.replay",
    "early": "is not that of early.replay",
    "short": "and short.replay has ticks 0..50",
    "same-inputs": "its parent is the recording ",
}


def held(path, parent):
    return with_parent(verify(path, GAME), parent, GAME)


def test_twenty_clips_are_accepted_with_their_parent_and_with_no_other(folder, tmp_path):
    accepted = 0
    for start, stop in CLIPS:
        path = clip(tmp_path / f"{start}-{stop}.replay", folder / "whole.replay", start, stop)
        found = held(path, folder / "whole.replay")
        assert found.is_ok and found.message == f"it begins with the state of whole.replay at tick {start}, verified"
        assert found.digests_compared >= stop and found.hashes_compared > verify(path, GAME).hashes_compared
        anonymous = clip(tmp_path / f"{start}-{stop}-anonymous.replay", folder / "whole.replay", start, stop, parent=None)
        assert held(anonymous, folder / "whole.replay").is_ok
        for name in WRONG:
            # With its parent's id in the header nothing else would be looked at.
            wrong = held(path if name == "same-inputs" else anonymous, folder / f"{name}.replay")
            accepted += wrong.is_ok
            assert wrong.verdict is Verdict.DIVERGED and WORDS[name] in wrong.message, wrong.message
            accepted += held(path, folder / f"{name}.replay").is_ok
    assert accepted == 0 and len(CLIPS) == 20


def test_without_a_parent_s_id_the_same_match_recorded_again_is_a_parent(folder, tmp_path):
    path = clip(tmp_path / "clip.replay", folder / "whole.replay", 130, 200, parent=None)
    assert held(path, folder / "same-inputs.replay").is_ok


@pytest.mark.parametrize("what", ["a row", "a command more", "a command less"])
@pytest.mark.parametrize("which", [0, 0.5, 1])
def test_inputs_that_are_not_the_parent_s_are_named_by_their_tick(what, which, folder, tmp_path):
    changed = []

    def change(rows, commands):
        place = round((len(commands) - 1) * which)
        tick = commands[place][0] if what == "a command less" else 130 + round(69 * which)
        changed.append(tick)
        if what == "a row":
            rows["dx"][tick - 130, 1] ^= 1
            return rows, commands
        if what == "a command less":
            return rows, [*commands[:place], *commands[place + 1 :]]
        return rows, sorted([*commands, (tick, 0, "x")], key=lambda command: command[0])

    path = clip(tmp_path / "clip.replay", folder / "whole.replay", 130, 200, change=change)
    found = held(path, folder / "whole.replay")
    assert verify(path, GAME).is_ok and found.verdict is Verdict.DIVERGED
    assert found.message == f"the inputs of tick {changed[0]} are not those of whole.replay"


def test_a_state_that_is_not_the_parent_s_is_called_that(folder, tmp_path):
    state = struct.pack("<QQ", 12345, 130)
    path = clip(tmp_path / "clip.replay", folder / "whole.replay", 130, 200, state=state)
    found = held(path, folder / "whole.replay")
    assert verify(path, GAME).is_ok and found.verdict is Verdict.DIVERGED
    assert found.message == "the state that it begins with is not that of whole.replay at tick 130"
    assert found.divergence.recorded_state == state != found.divergence.computed_state


def test_a_parent_that_diverges_before_the_clip_proves_nothing(folder, tmp_path):
    class Drifting(games.RowsAndCommands):
        class match(games.RowsAndCommands.match):  # noqa: N801
            def take(self, row, commands):
                super().take(row, commands)
                self.value ^= self.tick == 100

    drifted = tmp_path / "drifted.replay"
    with Recorder(drifted, Drifting(), seed=5, players=["Ann", "Ben"]) as recorder:
        for row, commands in inputs_for(GAME, TICKS):
            recorder.step(row, commands)
    path = clip(tmp_path / "clip.replay", folder / "whole.replay", 130, 200, parent=None)
    found = held(path, drifted)
    assert found.verdict is Verdict.DIVERGED and "up to tick 130, drifted.replay is diverged" in found.message
    early = clip(tmp_path / "early.replay", folder / "whole.replay", 60, 99, parent=None)
    assert held(early, drifted).is_ok


def test_a_parent_that_is_cut_after_the_clip_begins_is_enough(folder, tmp_path):
    (tmp_path / "whole.replay").write_bytes((folder / "whole.replay").read_bytes()[:-60])
    with Recording(tmp_path / "whole.replay") as whole:
        last = whole.ticks
    path = clip(tmp_path / "clip.replay", folder / "whole.replay", last, TICKS)
    assert held(path, tmp_path / "whole.replay").is_ok


def test_a_parent_that_is_not_one_at_all(folder, tmp_path):
    path = clip(tmp_path / "clip.replay", folder / "whole.replay", 130, 200)
    assert held(path, tmp_path / "nothing.replay").verdict is Verdict.UNREADABLE
    (tmp_path / "empty.replay").write_bytes(b"")
    assert held(path, tmp_path / "empty.replay").verdict is Verdict.UNREADABLE
    with pytest.raises(UsageError, match="begins at tick 0"):
        held(folder / "whole.replay", folder / "whole.replay")


def test_a_clip_of_a_clip_says_that_its_parent_believes(folder, tmp_path):
    middle = clip(tmp_path / "middle.replay", folder / "whole.replay", 130, 330, id=b"m" * 16)
    small = clip(tmp_path / "small.replay", folder / "whole.replay", 200, 260, parent=(b"m" * 16, 200))
    found = held(small, middle)
    assert found.is_ok and "believes the state that it begins with" in found.message
    assert held(small, folder / "whole.replay").verdict is Verdict.DIVERGED  # names another parent


def test_a_clip_that_diverges_by_itself_stays_that(folder, tmp_path):
    path = clip(tmp_path / "clip.replay", folder / "whole.replay", 130, 200)
    alone = replace(verify(path, GAME), verdict=Verdict.DIVERGED)
    assert with_parent(alone, folder / "whole.replay", GAME) is alone
