from types import MappingProxyType

import numpy as np
import pytest
from damage import record
from toys import COUNTER, Counter

from replay import Playback, Recording, UsageError, fold
from replay.read.projection import Fold, ProjectedPlayback, Resumable, make_projections


class Presses(Fold):
    """Presses by player, and the sums as they stood at every second."""

    name, version = "presses", 1

    def __init__(self, match, names):
        self.names = list(names)
        self.presses = np.zeros(len(names), np.int64)
        self.amounts = {}
        self.samples = []
        self.calls = 0

    def observe(self, events, match):
        presses = events[events["kind"] == 0]
        np.add.at(self.presses, presses["actor"], 1)
        for amount in presses["amount"].tolist():
            self.amounts[amount] = self.amounts.get(amount, 0) + 1
        if match.state["tick"][0] % 60 == 0:
            self.samples.append(match.state["players"]["sum"][0].tolist())

    def result(self):
        return {
            "presses": dict(zip(self.names, self.presses.tolist(), strict=True)),
            "amounts": self.amounts,
            "samples": self.samples,
        }


class Forgetful(Presses):
    """A planted bug: part of what it knows is in no saved state."""

    def save(self):
        samples, self.samples = self.samples, []
        saved = super().save()
        self.samples = samples
        return saved


class Projecting(Counter):
    projections = MappingProxyType({"presses": Presses, "again": Presses})


GAME = Projecting()


@pytest.fixture
def recording(path):
    record(path, GAME, ticks=3000)
    with Recording(path) as recording:
        yield recording


def folded(recording, tick, kind=Presses):
    playback = Playback(GAME, recording)
    projection = kind(playback.match, ["a", "b"])
    fold(playback, [projection], tick)
    return projection.result()


def projected(recording, kind=Presses, **options):
    playback = Playback(GAME, recording)
    return ProjectedPlayback(playback, [kind(playback.match, ["a", "b"])], **options)


def wandering(recording, kind, **options):
    """Whether seeking here and there ever gives something else than the fold from the start."""
    there = projected(recording, kind, **options)
    for tick in [3000, 0, 90, 1, 60, 59, 1199, 1200, 1201, 2999, 700, 701, 2400, 600, 3000]:
        there.seek(tick)
        if there.playback.tick != tick or there.projections[0].result() != folded(recording, tick, kind):
            return True
    return False


@pytest.mark.parametrize("budget_bytes", [0, 5000, 2**24])
def test_after_any_seek_a_projection_is_what_the_full_fold_gives(recording, budget_bytes):
    assert not wandering(recording, Presses, budget_bytes=budget_bytes)


def test_the_comparison_notices_a_projection_that_forgets(recording):
    assert wandering(recording, Forgetful)


def test_stepping_on_equals_the_full_fold(recording):
    there = projected(recording)
    for ticks in (1, 1, 58, 61, 600, 7, 5000):
        there.step(ticks)
        assert there.projections[0].result() == folded(recording, there.tick)
    assert there.tick == 3000


def test_a_second_seek_to_the_end_folds_only_from_the_last_saved_state(recording):
    there = projected(recording)
    there.seek(2900)
    there.seek(10)
    seen = []
    there.projections[0].observe = lambda events, match: seen.append(match.state["tick"][0])
    there.playback.match.advance, advance = None, there.playback.match.advance
    there.playback.match.advance = lambda rows: seen.append(len(rows)) or advance(rows)
    there.projections[0].load = lambda saved: None
    there.seek(2900)
    assert sum(count for count in seen if count <= 60) <= 600


def test_a_saved_fold_becomes_the_same_fold_again(recording):
    playback = Playback(GAME, recording)
    one = Presses(playback.match, ["a", "b"])
    fold(playback, [one], 500)
    other = Presses(playback.match, ["x", "y"])
    other.load(one.save())
    assert isinstance(other, Resumable)
    assert other.result() == one.result()
    other.presses += 1  # arrays come back writable
    assert other.result() != one.result()


def test_what_cannot_be_saved_is_named(recording):
    projection = Presses(None, ["a"])
    projection.callback = print
    with pytest.raises(TypeError, match="builtin_function_or_method"):
        projection.save()


def test_projections_are_made_by_name(recording):
    assert [type(each) for each in make_projections(Playback(GAME, recording))] == [Presses, Presses]
    (one,) = make_projections(Playback(GAME, recording), ["again"])
    assert one.names == ["player 0", "player 1"]
    with pytest.raises(UsageError, match="no projection 'press'"):
        make_projections(Playback(GAME, recording), ["press"])
    with pytest.raises(UsageError, match="no projection 'x'"):
        make_projections(Playback(COUNTER, recording), ["x"])


def test_projections_count_from_where_the_playback_stands(recording):
    playback = Playback(GAME, recording)
    playback.seek(600)
    late = make_projections(playback, ["presses"])
    fold(playback, late, 1200)
    there = folded(recording, 1200)["presses"]
    assert late[0].result()["presses"] == {
        f"player {seat}": there[name] - folded(recording, 600)["presses"][name] for seat, name in enumerate("ab")
    }


def test_a_seek_outside_the_recording_is_refused(recording):
    with pytest.raises(UsageError, match="no tick 3001"):
        projected(recording).seek(3001)
