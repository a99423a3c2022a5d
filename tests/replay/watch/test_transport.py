import pytest

from replay.watch.model.transport import MAX, SPEEDS, Transport


@pytest.fixture
def transport():
    return Transport(ticks=1000, ticks_per_second=60)


def test_asking_changes_nothing_until_the_loop_acts(transport):
    transport.jump(500)
    assert transport.position == 0
    transport.advance(0.1)
    assert transport.position == 500 and transport.jumped


def test_playing_goes_as_fast_as_the_speed_says_both_ways(transport):
    transport.playing = True
    transport.advance(1.0)
    assert transport.position == pytest.approx(60)
    transport.faster(1)
    transport.advance(1.0)
    assert transport.position == pytest.approx(180)
    transport.toggle_reverse()
    transport.advance(0.5)
    assert transport.position == pytest.approx(120) and transport.speed_text == "-2x"


def test_the_speeds_are_those_of_the_reference():
    assert SPEEDS[:-1] == (0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
    transport = Transport(10, 60)
    transport.faster(99)
    assert transport.speed_index == MAX and transport.speed_text == "max"
    transport.faster(-99)
    assert transport.speed == 0.1


def test_the_end_pauses_and_playing_on_from_there_begins_again(transport):
    transport.playing, transport.position = True, 990.0
    transport.advance(1.0)
    assert transport.position == 1000 and not transport.playing
    transport.toggle()
    transport.advance(0.0)
    assert transport.position == 0 and transport.playing


def test_the_edge_of_a_live_recording_does_not_pause(transport):
    transport.live, transport.playing, transport.position = True, True, 990.0
    transport.advance(1.0)
    assert transport.position == 1000 and transport.playing
    transport.ticks = 1060
    transport.advance(0.5)
    assert transport.position == pytest.approx(1030)


def test_a_step_between_two_ticks_goes_to_the_one_just_passed(transport):
    transport.position, transport.playing = 10.5, True
    transport.step(-1)
    transport.advance(1.0)
    assert transport.position == 10 and not transport.playing
    transport.step(1)
    transport.advance(1.0)
    assert transport.position == 11


def test_jumps_can_be_undone_one_after_the_other(transport):
    for target in (100, 900, 300):
        transport.jump(target)
        transport.advance(0.1)
    for expected in (900, 100, 0):
        assert transport.undo_jump()
        transport.advance(0.1)
        assert transport.position == expected
    assert not transport.undo_jump()


def test_a_held_key_asks_from_where_it_asked_before(transport):
    transport.skip(5)
    transport.skip(5)
    transport.advance(0.1)
    assert transport.position == 600


def test_jumps_stay_inside(transport):
    transport.jump(-5)
    transport.advance(0.1)
    assert transport.position == 0
    transport.jump(10**9)
    transport.advance(0.1)
    assert transport.position == 1000


def test_what_goes_on_with_a_jump_is_taken_back_with_it(transport):
    transport.skip(1)
    for transport.continues in (True, True, False):
        transport.advance(0.1)
        transport.skip(1)
    for expected in (180, 0):
        transport.undo_jump()
        transport.advance(0.1)
        assert transport.position == expected


def test_the_highest_speed_is_as_fast_as_one_gets(transport):
    asked = []

    def run(position, stop):
        asked.append((position, stop))
        return min(int(position) + 370, stop)

    transport.playing, transport.speed_index = True, MAX
    for expected in (370, 740, 1000):
        transport.advance(1 / 60, run)
        assert transport.position == expected
    assert not transport.playing and asked == [(0.0, 1000), (370.0, 1000), (740.0, 1000)]
    transport.toggle()
    transport.advance(0.0, run)
    transport.advance(0.0, run)  # no time has passed
    assert transport.position == 0 and transport.playing
    transport.faster(-1)
    transport.advance(1.0, run)
    assert transport.position == 16 * 60


def test_the_highest_speed_stays_in_the_loop_or_goes_on_past_it(transport):
    transport.loop_in, transport.loop_out, transport.looping = 100, 200, True
    transport.playing, transport.speed_index, transport.position = True, MAX, 150.0
    transport.advance(1.0, lambda position, stop: stop)
    assert transport.position == 100
    transport.position = 300.0
    transport.advance(1.0, lambda position, stop: stop)
    assert transport.position == 1000


def test_after_the_highest_speed_comes_the_lowest_again(transport):
    seen = []
    for _ in range(len(SPEEDS)):
        transport.next_speed(1)
        seen.append(transport.speed)
    assert sorted(seen) == list(SPEEDS) and transport.speed == 1
    transport.next_speed(-1)
    assert transport.speed == 0.5


@pytest.mark.parametrize(("reverse", "expected"), [(False, 100), (True, 200)])
def test_a_loop_comes_round_in_both_directions(transport, reverse, expected):
    transport.loop_in, transport.loop_out, transport.looping = 100, 200, True
    transport.position, transport.playing, transport.reverse = 150.0, True, reverse
    transport.advance(1.0)
    assert transport.position == expected and transport.playing


def test_in_and_out_never_cross(transport):
    transport.position = 300
    transport.set_out()
    transport.position = 400
    transport.set_in()
    assert transport.loop_out is None and transport.range == (400, 1000)


def test_a_frame_of_no_time_stops_nothing_at_the_start():
    transport = Transport(100, 60, playing=True)
    transport.advance(0.0)
    assert transport.playing
    transport.reverse = True
    transport.advance(0.0)
    assert not transport.playing
