"""The story that serves any game: events as records and as lists, of kinds that are named or not."""

import numpy as np
import pytest
from damage import record
from talk import TALK, record_talk
from toys import COUNTER, EVENT

from replay import Playback, Recording
from replay.core.game import abilities_of
from replay.find.edit import clip
from replay.read.projection import Fold, ProjectedPlayback
from replay.read.story import Story, plain_text, story_of


@pytest.fixture
def header(path):
    record_talk(path)
    with Recording(path) as recording:
        return recording.header


def test_a_listed_event_is_told_with_names_and_fields(header):
    story = story_of(TALK, header)
    event = (5, "said", {"actor": 1, "item": "hello", "amount": 3})
    assert (story.kind(event), plain_text(story.tell(event))) == ("said", "said actor Ben item hello amount 3")
    assert story.players_of(event) == (1,)
    assert story.players_of((5, "said", {"actor": 7})) == story.players_of((5, "said", "text")) == ()
    assert plain_text(story.tell((5, "said", "text"))) == "said data text"
    assert [(news.tick, plain_text(news.parts)) for news in story.feed([event, (6, "said", None)])] == [
        (6, "said data None"),
        (5, "said actor Ben item hello amount 3"),
    ]


def test_a_game_that_names_no_kinds_has_news_of_all(header):
    class Nameless:
        name, rules, ticks_per_second, takes_commands, new_match = "talk", 1, 20, True, None

    assert abilities_of(Nameless()).event_kinds == ()
    story = Story(Nameless(), header)
    assert [plain_text(news.parts) for news in story.feed([(1, "left_early", {"actor": 0})])] == ["left early actor Ann"]
    assert story.tell((1, "x", {}))[0].seat == -1


def test_a_record_of_a_kind_without_a_name_is_told_by_its_number(header):
    story = Story(COUNTER, header)
    events = np.array([(3, 0, 1, 5), (4, 9, 0, 6)], EVENT)
    assert [story.kind(event) for event in events] == ["press", "9"]
    assert [news.tick for news in story.feed(events)] == [3]
    assert plain_text(story.tell(events[1])) == "9 actor Ann amount 6"


class Count(Fold):
    name, version = "count", 1

    def __init__(self, match, names):
        self.ticks = []

    def observe(self, events, match):
        self.ticks += [int(event["tick"]) for event in events]

    def result(self):
        return self.ticks


def test_read_models_go_anywhere_in_a_recording_that_begins_later(path, tmp_path):
    record(path, COUNTER, ticks=2000)
    with Recording(path) as source:
        clip(source, tmp_path / "clip", 333, 1999, COUNTER)
        events = [int(event["tick"]) for event in Playback(COUNTER, source).step(2000)]
    with Recording(tmp_path / "clip") as recording:
        playback = Playback(COUNTER, recording)
        projected = ProjectedPlayback(playback, [Count(playback.match, [])])
        for tick in (1999, 333, 1000, 334, 933, 1533, 1600):
            projected.seek(tick)
            assert projected.projections[0].result() == [at for at in events if 333 <= at < tick]
        with pytest.raises(ValueError, match=r"has ticks 333\.\.1999"):
            projected.seek(10)
