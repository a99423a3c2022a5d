import numpy as np
import pytest
from damage import put_together, take_apart
from patience import PATIENCE_SECONDS
from toys import COUNTER, random_inputs

from replay import Playback, Recorder, Recording, Verdict
from replay.core import format as fmt
from replay.core.records import Header, InputChunk
from replay.read.projection import Fold
from replay.read.readmodel import Series
from replay.watch.model.session import Session
from replay.watch.model.survey import badge_of


@pytest.fixture
def diverged(recording):
    """The same recording, whose inputs were changed behind its hashes' back."""
    chunks = []
    for kind, payload in take_apart(recording.read_bytes()):
        if kind == fmt.KIND_HEADER:
            header = Header.unpack(payload)
        if kind == fmt.KIND_INPUTS:
            part = InputChunk.unpack(payload, header)
            if part.first_tick == 900:
                payload = part._replace(digests=bytes(len(part.digests)), hash=1).pack()
        chunks.append((kind, payload))
    recording.write_bytes(put_together(chunks))
    return recording


def test_the_survey_finds_every_marked_event_and_verifies(recording):
    with Session(recording, COUNTER) as session, Recording(recording) as again:
        session.survey.start()
        session.survey.wait()
        expected = Playback(COUNTER, again).step(10**6)
        assert session.survey.events.tolist() == expected.tolist()
        assert session.survey.ticks == 1800 and len(session.survey.busy) == 30
        assert session.survey.verification.verdict is Verdict.OK
        assert badge_of(session.survey) == ("verified", "good")


def test_a_game_with_a_timeline_has_a_graph_whatever_its_look(recording, monkeypatch):
    class Score(Fold):
        name, version = "timeline", 1

        def __init__(self, match, names):
            self.seconds = [0]

        def observe(self, events, match):
            self.seconds.append(self.seconds[-1] + len(events))

        def result(self):
            return Series(["all"], [60 * second for second in range(len(self.seconds))], {"sum": [list(self.seconds)]})

    monkeypatch.setattr(COUNTER, "projections", {"timeline": Score}, raising=False)
    with Session(recording, COUNTER, check=False) as session:
        session.survey.start()
        session.survey.wait()
        assert session.survey.timeline.ticks == list(range(0, 1801, 60))
        assert session.story.graph(session.survey.timeline)[0][-1] == len(session.survey.events)


def test_a_divergence_is_named_and_playing_goes_on(diverged):
    with Session(diverged, COUNTER) as session:
        session.survey.start()
        session.survey.wait()
        assert session.survey.first_bad_tick is not None and 900 < session.survey.first_bad_tick <= 903
        assert badge_of(session.survey) == (f"diverged at tick {session.survey.first_bad_tick}", "bad")
        assert session.moments.saved(1800)


def test_a_cut_recording_says_that_it_has_no_end(recording):
    recording.write_bytes(recording.read_bytes()[:-40])
    with Session(recording, COUNTER) as session:
        assert not session.transport.live
        session.survey.start()
        session.survey.wait()
        assert badge_of(session.survey)[1] == "unknown"


def test_closing_stops_the_background_work_at_once(recording, monkeypatch):
    session, pauses = Session(recording, COUNTER), []

    def pause(seconds):
        pauses.append(seconds)
        session.survey._stop.wait(PATIENCE_SECONDS)

    monkeypatch.setattr("replay.watch.model.survey.time.sleep", pause)
    session.survey.start()
    session.close()
    assert not session.survey._thread.is_alive()
    assert len(pauses) <= 1 and session.survey.ticks < session.transport.ticks


def test_a_match_that_is_still_recorded_grows_in_the_window(tmp_path):
    rows = random_inputs(COUNTER, 600, 2)
    with Recorder(tmp_path / "live.replay", COUNTER, seed=1, players=["a", "b"], config={}) as recorder:
        for row in rows[:200]:
            recorder.step(row)
        with Session(recorder.path, COUNTER) as session:
            assert session.transport.live and session.transport.ticks == 180
            session.survey.start()
            for row in rows[200:]:
                recorder.step(row)
            session._looked = 0.0
            session.refresh()
            assert session.transport.ticks >= 540
            session.transport.go_live()
            session.transport.advance(0.0)
            assert session.transport.at_edge
            recorder.finish()
            session._looked = 0.0
            session.refresh()
            assert not session.transport.live
            session.survey.wait()
            assert session.survey.ticks == 600 and session.survey.verification.is_ok


def test_looking_changes_no_state(recording):
    with Session(recording, COUNTER) as session:
        before = [session.moments.saved(tick) for tick in range(0, 1801, 60)]
        for position in np.random.default_rng(2).random(200) * 1800:
            session.scene(float(position))
        assert [session.moments.saved(tick) for tick in range(0, 1801, 60)] == before
