"""A projection that looks at the match at each event sees what a plain loop sees, whoever folds it; others pay nothing for it."""

import numpy as np
import pytest
from damage import record
from native_toy import STATE, TOY, Toy
from plain_games import Pong
from talk import Talk, record_talk
from toys import Counter, random_inputs

from replay import Playback, Recorder, Recording, fold
from replay.core.game import proof_of
from replay.core.simulation import Simulation
from replay.find.edit import clip, strip
from replay.find.library import Library
from replay.find.tables.match import tables_of
from replay.games.plain import PlainGame
from replay.read.projection import Fold, ProjectedPlayback
from replay.read.readmodel import Series, Table
from replay.read.verified import VerifiedFold
from replay.watch.model.session import Session


def seen_of(events, match):
    """What there is to see at a tick: how many events, and the state."""
    first = events[0]
    return [int(first["tick"] if isinstance(events, np.ndarray) else first[0]), len(events), proof_of(match).hex()]


class Witness(Fold):
    """What it saw at each event."""

    name, version, state_at_events = "witness", 1, True

    def __init__(self, match, names):
        self.players, self.seen, self.ends = list(names), [], 0

    def observe(self, events, match):
        if len(events):
            self.seen.append(seen_of(events, match))
        else:
            self.ends += 1

    def result(self):
        return [list(each) for each in self.seen]


class Counting(Counter):
    projections = {"witness": Witness}  # noqa: RUF012


class Native(Toy):
    projections = {"witness": Witness}  # noqa: RUF012


class Talking(Talk):
    projections = {"witness": Witness}  # noqa: RUF012


class Paddles(Pong):
    name = "paddles"
    projections = {"witness": Witness}  # noqa: RUF012


class Walker(PlainGame):
    """Its steps are commands."""

    name, players, event_kinds, takes_commands = "walker", 1, ("step",), True
    projections = {"witness": Witness}  # noqa: RUF012

    def start(self, config):
        self.steps = []

    def step(self, commands):
        for _, data in commands:
            self.steps.append(data)
            self.emit("step", length=data)


def pushes(ticks):
    rows = random_inputs(TOY, ticks, 3, 3)
    rows["jump"] = (rows["jump"] > 250) * rows["jump"] // 255
    return rows


def recorded(path, kind, **options):
    """A recording of the kind of game, and the game."""
    if kind == "talk":
        record_talk(path, 90, game=Talking(), **options)
        return Talking()
    if kind == "pong":
        with Recorder(path, Paddles, seed=5, players=["a", "b"], **options) as recorder:
            for tick in range(700):
                recorder.step(Paddles.rows(Pong.Input(up=tick % 90 < 40), Pong.Input(down=tick % 70 < 30)))
        return Paddles
    if kind == "walker":
        with Recorder(path, Walker, seed=5, players=["a"], **options) as recorder:
            for tick in range(100):
                recorder.step(commands=[(0, tick)] if tick % 9 == 0 else [])
        return Walker
    game = Native() if kind == "native" else Counting()
    record(path, game, ticks=330, inputs=pushes(330) if kind == "native" else None, **options)
    return game


def plainly(path, game, stop=None):
    with Recording(path) as recording:
        playback, seen = Playback(game, recording, use_snapshots=False), []
        while playback.tick < (playback.ticks if stop is None else stop):
            if len(events := playback.step()):
                seen.append(seen_of(events, playback.match))
        return seen


def folded(path, game):
    with Recording(path) as recording:
        playback = Playback(game, recording)
        witness = Witness(playback.match, [])
        fold(playback, [witness])
        assert witness.ends == 1
        return witness.result()


def verified(path, game):
    with Recording(path) as recording:
        witness = VerifiedFold(game, ["a", "b"])
        assert witness.verify(recording).is_ok
        return witness.results()["witness"]


KINDS = ("counter", "native", "talk", "pong", "walker")


@pytest.mark.parametrize("kind", KINDS)
def test_it_sees_the_state_at_each_event_whoever_folds(path, kind, tmp_path):
    game = recorded(path, kind)
    expected = plainly(path, game)
    assert len(expected) > 3 and len({state for *_, state in expected}) > 3
    assert folded(path, game) == verified(path, game) == expected
    with Library(tmp_path / "library.sqlite", find_game=lambda name: game) as library:
        list(library.index([path]))
        assert library.projection(path, "witness") == expected


@pytest.mark.parametrize("kind", ["counter", "native"])
def test_recordings_of_other_forms_are_seen_alike(path, kind, tmp_path):
    game = recorded(path, kind, chunk_seconds=2)
    assert verified(path, game) == plainly(path, game)
    with Recording(path) as recording:
        strip(recording, tmp_path / "bare.replay")
        clip(recording, tmp_path / "late.replay", 120, 240, game)
    assert verified(tmp_path / "bare.replay", game) == plainly(path, game)
    assert (
        verified(tmp_path / "late.replay", game)
        == plainly(tmp_path / "late.replay", game)
        == plainly(path, game)[len(plainly(path, game, 120)) : len(plainly(path, game, 240))]
    )


def test_it_goes_wherever_a_playback_goes(path):
    game = recorded(path, "native")
    with Recording(path) as recording:
        playback = Playback(game, recording)
        there = ProjectedPlayback(playback, [Witness(playback.match, [])], budget_bytes=5000)
        for tick in (330, 0, 90, 1, 50, 49, 199, 200, 330):
            there.seek(tick)
            assert there.projections[0].result() == plainly(path, game, tick)


def test_a_match_that_is_being_played_is_seen_as_its_recording_will_be(path):
    game, rows = Counting(), random_inputs(Counting(), 200, 2)
    with Recorder(path, game, seed=1, players=["a", "b"], config={}) as recorder:
        witness = Witness(recorder.match, ["a", "b"])
        for row in rows:
            if len(events := recorder.step(row)):
                witness.observe(events, recorder.match)
    assert witness.result() == plainly(path, game) == verified(path, game)


def test_the_window_folds_it_alike(path, monkeypatch):
    class Line(Witness):
        def result(self):
            ticks = [tick for tick, *_ in self.seen]
            return Series(["all"], ticks, {"state": [[int(state[:15], 16) for *_, state in self.seen]]})

    class Rows(Witness):
        is_sampling = False

        def result(self):
            return Table([{"tick": tick, "what": state} for tick, _, state in self.seen], tick="tick", title="what")

    game = recorded(path, "counter")
    expected = plainly(path, game)
    monkeypatch.setattr(Counting, "projections", {"line": Line, "rows": Rows})
    with Session(path, game, check=False) as session:
        session.survey.start()
        session.survey.wait()
        assert session.survey.timeline.lines["state"] == [[int(state[:15], 16) for *_, state in expected]]
        assert [(row["tick"], row["what"]) for row in session.survey.highlights.rows] == [(t, state) for t, _, state in expected]


def test_what_it_does_to_the_match_changes_nothing(path):
    class Meddler(Witness):
        def observe(self, events, match):
            super().observe(events, match)
            match.restore(bytes(STATE.itemsize))

    game = recorded(path, "native")
    with Recording(path) as recording:
        meddler = Meddler(None, [])
        witness = VerifiedFold(game, ["a", "b", "c"], [meddler])
        assert witness.verify(recording).is_ok and meddler.result() == plainly(path, game)


def test_one_that_stumbles_ends_the_folding_and_not_the_verifying(path):
    class Stumbling(Witness):
        def observe(self, events, match):
            super().observe(events, match)
            raise KeyError(len(self.seen))

    game = recorded(path, "native")
    for chunk_seconds in (1, 2):
        record(path.with_suffix(f".{chunk_seconds}"), game, inputs=pushes(120), chunk_seconds=chunk_seconds)
        stumbling = Stumbling(None, [])
        with Recording(path.with_suffix(f".{chunk_seconds}")) as recording:
            witness = VerifiedFold(game, ["a", "b", "c"], [stumbling])
            assert witness.verify(recording).is_ok and witness.has_stumbled and len(stumbling.seen) == 1


def test_a_projection_that_does_not_ask_for_it_costs_no_call_more(path, monkeypatch):
    """Counted are the calls into the game's code."""
    calls, call = [], Simulation._call

    def counted(self, function, *arguments):
        calls.append(function.__name__)
        return call(self, function, *arguments)

    class Deaf(Witness):
        state_at_events = False

    game = recorded(path, "native")
    monkeypatch.setattr(Simulation, "_call", counted)

    def calls_with(others):
        calls.clear()
        with Recording(path) as recording:
            assert VerifiedFold(Toy(), ["a", "b", "c"], others).verify(recording).is_ok
        return len(calls)

    none = calls_with([])
    assert calls_with([Deaf(None, [])]) == none
    assert none < calls_with([Witness(None, [])]) < none + 3 * len(plainly(path, game)) + 10 * 7  # seconds: restored there and back


def test_tables_count_what_it_counts(path):
    pytest.importorskip("pyarrow")

    class Low(Witness):
        def result(self):
            return Table([{"player": name, "seen": len(self.seen)} for name in self.players], player="player")

    class Lows(Toy):
        projections = {"low": Low}  # noqa: RUF012

    game = recorded(path, "native")
    with Recording(path) as recording:
        assert tables_of(recording, Lows()).players["seen"].to_pylist() == [len(plainly(path, game))] * 3
