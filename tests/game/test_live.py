"""Matches while they are played, and branches of recordings, without any window."""

import numpy as np
import pytest

from game.match import ARENA
from game.play.controls import KeyboardMouse
from game.play.live import LiveMatch, Seat, recording_path
from game.rules import FIRE, INPUT, LEFT
from replay import Playback, Recording, state_hash, verify
from replay.core.errors import UsageError
from replay.read.projection import fold, make_projections

CONFIG = ARENA.default_config(map="duel", score_limit=99, seconds=20)
SEATS = [Seat("Ann", "hunter"), Seat("Ben", "brawler"), Seat("Cléo", "camper")]


class Hold:
    """A person who holds the same keys all the time."""

    def __init__(self, buttons=0, touched=True):
        self.buttons, self.touched = buttons, touched

    def row(self, state, index):
        row = np.zeros(1, INPUT)
        row["buttons"] = self.buttons
        return row[0]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A match of three bots, 20 seconds."""
    live = LiveMatch.new(tmp_path_factory.mktemp("live"), CONFIG, SEATS, seed=11)
    while not live.is_over:
        live.step()
    return live, live.finish()


def state_at(path, tick):
    with Recording(path) as recording:
        playback = Playback(ARENA, recording)
        playback.seek(tick)
        return playback.match.save()


def test_a_match_is_recorded_from_its_first_tick_and_verifies(played):
    live, path = played
    assert verify(path, ARENA).is_ok
    with Recording(path) as recording:
        assert recording.ticks == live.tick
        assert [player.kind for player in recording.header.players] == ["bot:hunter", "bot:brawler", "bot:camper"]
    assert path.name.endswith("_duel_Ann-Ben-Cléo.replay")


def test_the_last_seconds_can_be_looked_back_at(played):
    live, path = played
    assert live.tick - live.oldest_tick >= 8 * 60
    for tick in (live.oldest_tick, live.tick - 100, live.tick):
        assert live.state_at(tick).tobytes() == state_at(path, tick)
    with Recording(path) as recording:
        playback = Playback(ARENA, recording)
        playback.seek(live.tick - 200)
        expected = playback.step(100)
    assert live.events_until(live.tick - 100, 100 / 60).tolist() == expected.tolist()


def test_the_running_match_is_folded_as_its_recording_will_be(played):
    live, path = played
    with Recording(path) as recording:
        playback = Playback(ARENA, recording)
        projections = make_projections(playback, ["scoreboard", "timeline", "highlights"])
        fold(playback, projections)
    assert [live.scoreboard(), live.timeline(), live.highlights()] == [projection.result() for projection in projections]
    assert live.scoreboard() == live.scoreboard()


def test_names_of_files_do_not_collide_and_hold_no_paths(tmp_path):
    paths = []
    for _ in range(3):
        paths.append(recording_path(tmp_path / "new", "duel", ["../../x", "a b/c"]))
        paths[-1].touch()
    assert len(set(paths)) == 3
    assert all(path.parent == tmp_path / "new" and "x-abc" in path.name for path in paths)


def test_a_branch_left_untouched_is_its_parent(played, tmp_path):
    live, path = played
    branch = LiveMatch.branch(tmp_path, path, 300, 1, Hold(touched=False))
    assert branch.tick == 300
    while branch.tick < live.tick:
        branch.step()
    assert state_hash(branch.recorder.match) == state_hash(live.recorder.match)
    assert not branch.parent.matters
    made = branch.finish()
    assert verify(made, ARENA).is_ok
    with Recording(path) as parent, Recording(made) as child:
        assert child.header.parent == (parent.header.id, 300)


def test_others_do_as_recorded_until_it_matters_and_then_are_bots(played, tmp_path):
    _, path = played
    branch = LiveMatch.branch(tmp_path, path, 300, 0, Hold(FIRE | LEFT))
    with Recording(path) as parent:
        while not branch.parent.matters and branch.tick < 1100:
            before = branch.tick
            branch.step()
            recorded = parent.inputs(before, before + 1)[0]
            if not branch.parent.matters:
                assert branch.recorder.match.state[0]["players"]["buttons"][1] == recorded["buttons"][1] & 0x1FF
    assert branch.parent.matters
    for _ in range(300):
        branch.step()
    assert verify(branch.finish(), ARENA).is_ok


def test_a_branch_goes_on_whatever_becomes_of_the_recording_it_began_in(played, tmp_path):
    live, path = played
    source = tmp_path / "source.replay"
    source.write_bytes(path.read_bytes())
    branch = LiveMatch.branch(tmp_path / "branches", source, 300, 1, Hold(touched=False))
    source.write_bytes(b"something else")
    while branch.tick < live.tick:
        branch.step()
    assert state_hash(branch.recorder.match) == state_hash(live.recorder.match)
    branch.finish()


def test_a_branch_of_the_start_and_the_refusals(played, tmp_path):
    _, path = played
    branch = LiveMatch.branch(tmp_path, path, 0, 0, KeyboardMouse())
    for _ in range(60):
        branch.step()
    assert state_hash(branch.recorder.match) == state_hash_of(state_at(path, 60))
    branch.finish()
    for tick, player in ((10**6, 0), (10, 7), (-1, 0)):
        with pytest.raises(UsageError):
            LiveMatch.branch(tmp_path, path, tick, player, Hold())
    with pytest.raises(UsageError, match="over"):
        LiveMatch.branch(tmp_path, path, 20 * 60 + 30, 0, Hold())


def state_hash_of(saved):
    import xxhash

    return xxhash.xxh3_64_intdigest(saved)
