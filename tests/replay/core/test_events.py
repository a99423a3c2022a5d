import numpy as np
import pytest
from toys import COUNTER, Counter

from replay.core.events import event_columns, event_dicts
from replay.core.fields import fields_of
from replay.core.records import Header, Player
from replay.read.story import Story, plain_text, tell_fields

RECORD = np.dtype([("tick", "<i4"), ("kind", "i1"), ("actor", "i1"), ("item", "i1"), ("at", "<i2", (2,))])
EVENTS = np.array([(5, 0, 1, 1, (3, 4)), (6, 1, -1, -1, (0, 0)), (6, 9, 0, 7, (1, 1))], RECORD)


class Named(Counter):
    event_dtype = RECORD
    event_names = {"item": ("rope", "lamp")}  # noqa: RUF012


def test_events_are_plain_data_with_names_for_the_numbers_that_have_one():
    assert event_columns(Named(), EVENTS) == {
        "tick": [5, 6, 6],
        "kind": ["press", "luck", 9],
        "actor": [1, -1, 0],
        "item": ["lamp", -1, 7],
        "at": [[3, 4], [0, 0], [1, 1]],
    }


def test_fields_of_a_listed_event_that_are_called_like_the_engine_s_own_give_way_to_them():
    events = [(5, "press", {"tick": 99, "kind": "luck", "position": 7}), (6, "luck", {"tick": None})]
    assert event_columns(Counter(), events) == {"tick": [5, 6], "kind": ["press", "luck"], "position": [7, None]}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_event_by_event_is_the_same_as_field_by_field(count):
    columns = event_columns(Named(), EVENTS[:count])
    rows = list(event_dicts(Named(), EVENTS[:count]))
    assert len(rows) == count
    assert {name: [row[name] for row in rows] for name in columns if rows} == (columns if rows else {})


def test_a_story_names_the_players_and_keeps_every_other_field():
    header = Header("counter", 1, 60, 1, {}, (Player("Ann"), Player("Ben")), fields_of(COUNTER.input_dtype))
    story = Story(Named(), header)
    assert plain_text(story.tell(EVENTS[0])) == "press actor Ben item lamp at [3, 4]"
    assert plain_text(story.tell(EVENTS[1])) == "luck actor -1 item -1 at [0, 0]"
    assert [part.seat for part in story.tell(EVENTS[0]) if part.role == "player"] == [1]
    assert plain_text(tell_fields({"tick": 3, "player": 0, "dx": 2}, ["Ann"])) == "player Ann dx 2"
