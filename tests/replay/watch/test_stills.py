"""Pictures of a tick as recorded and as computed."""

import io

import numpy as np
import pygame
import pytest
from damage import record
from toys import BANK, COUNTER

from replay import Playback, Recording
from replay.core.errors import ReplayError
from replay.watch.stills import SIZE, Stills, differing_boxes


@pytest.fixture
def states(path):
    """A recording of the counter, and its saved state of tick 50."""
    record(path, COUNTER, ticks=90)
    with Recording(path) as recording:
        playback = Playback(COUNTER, recording)
        playback.seek(50)
        return path, playback.match.save()


def test_the_same_state_looks_the_same_and_another_one_is_framed_where_it_differs(states):
    path, state = states
    other = np.frombuffer(state, COUNTER.new_match(1, 2, {}).state_dtype).copy()
    other["players"]["sum"][0, 1] += 7
    with Stills(path, COUNTER) as stills:
        assert stills.pair(50, state).frames == 0
        pair = stills.pair(50, other.tobytes())
        assert pair.frames == 1 and pair.recorded != pair.computed
        assert stills.pair(50, other[0]).recorded == pair.recorded
        for picture in (pair.recorded, pair.computed, stills.computed(50)):
            assert pygame.image.load(io.BytesIO(picture)).get_size() == SIZE


def test_what_is_no_state_is_said(states):
    with Stills(states[0], COUNTER) as stills, pytest.raises(ReplayError, match="not a state of the rules here"):
        stills.pair(50, b"?")


def test_a_state_of_other_fields_gives_a_picture_or_a_reason(states):
    other = BANK.new_match(1, 1, {}).state[0]
    with Stills(states[0], COUNTER) as stills:
        assert stills.pair(50, other).frames > 0


def test_places_that_differ_are_boxes_and_near_ones_one_box():
    left = np.zeros((100, 200, 3), np.uint8)
    right = left.copy()
    assert differing_boxes(left, right) == []
    right[10, 20] = right[14, 40] = 1
    right[90, 199] = 1
    boxes = differing_boxes(left, right)
    assert len(boxes) == 2
    x, y, width, height = boxes[0]
    assert x <= 20 and y <= 10 and x + width > 40 and y + height > 14
    assert all(box[0] + box[2] <= 200 and box[1] + box[3] <= 100 for box in boxes)
