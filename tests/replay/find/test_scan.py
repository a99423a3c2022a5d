"""A scan finds what a plain loop over a playback finds, of every kind of game, and nothing in a match that its file contradicts."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from damage import record
from native_toy import STATE, TOY
from talk import TALK, Dear, NoLoad, record_talk
from toys import BANK, COUNTER, DriftingGame, LaterRules, random_inputs

from replay import Playback, Recording, ReplayError, UsageError
from replay.find.edit import clip, strip
from replay.find.library import Library
from replay.find.scan import scan
from replay.find.when import When
from replay.prove.expression import compile_expression


def record_toy(path, ticks=700, seed=3):
    record(path, TOY, ticks=ticks, seed=seed, inputs=pushes(ticks, seed))
    return path


def pushes(ticks, seed):
    rows = random_inputs(TOY, ticks, 3, seed)
    rows["jump"] = (rows["jump"] > 250) * rows["jump"] // 255
    return rows


def plainly(path, game, every, look):
    """The hits by a plain loop."""
    found = []
    with Recording(path) as recording:
        playback = Playback(game, recording, use_snapshots=False)
        events = []
        while True:
            wanted = len(events) if every == "event" else playback.tick % (1 if every == "tick" else every) == 0
            if wanted and (value := look(playback.match, events, playback.tick)) is not None:
                found.append((playback.tick, value))
            if playback.at_end:
                return found
            events = playback.step()


def sums(match, events, tick):
    saved = match.save()
    return (tick, len(events), saved) if sum(saved) % 3 else None


@pytest.mark.parametrize("every", ["event", "tick", 7])
@pytest.mark.parametrize("game", [TOY, COUNTER, BANK, NoLoad(), Dear()], ids=lambda game: game.name)
def test_a_function_sees_what_a_plain_loop_shows_it(path, game, every):
    if game is TOY:
        record_toy(path)
    else:
        record(path, game, ticks=200)
    hits = [(hit.tick, hit.value) for hit in scan([path], sums, every=every, game=game)]
    assert hits == plainly(path, game, every, sums)
    assert len(hits) > 15


@pytest.mark.parametrize("every", ["event", 3])
def test_a_match_with_commands_and_listed_events_is_scanned(path, every):
    record_talk(path)

    def look(match, events, tick):
        return [event[1:] for event in events]

    assert [(hit.tick, hit.value) for hit in scan([path], look, every=every, game=TALK)] == plainly(path, TALK, every, look) != []


def test_a_clip_is_scanned_from_where_it_begins(path, tmp_path):
    record_toy(path)
    with Recording(path) as recording:
        clip(recording, tmp_path / "clip.replay", 400, 600, TOY)
    whole = [(hit.tick, hit.value) for hit in scan([path], sums, every="tick", game=TOY)]
    part = [(hit.tick, hit.value[2]) for hit in scan([tmp_path / "clip.replay"], sums, every="tick", game=TOY)]
    first = part[0][0]
    assert part == [(tick, value[2]) for tick, value in whole if first <= tick <= 600]


@pytest.mark.parametrize(
    ("text", "dtype_game"),
    [
        ("balls.*.hits % 3 == 1", TOY),
        ("balls.*.x > 2000 and tick % 4 < 2", TOY),
        ("any(balls.*.v * balls.*.v > 700 * 700)", TOY),
        ("players.*.luck > 1000000000", COUNTER),
        ("players.*.sum * players.*.sum > 0", COUNTER),
        ("random % 5 == 0", COUNTER),
    ],
)
@pytest.mark.parametrize("every", ["tick", 5, "event"])
def test_a_condition_begins_to_hold_where_a_plain_loop_finds_it(path, text, dtype_game, every):
    game = dtype_game
    if game is TOY:
        record_toy(path)
    else:
        record(path, game, ticks=150)
    seats = range(3 if game is TOY else 2) if "*" in text and "any" not in text else [None]
    expected = []
    for seat in seats:
        before = False
        one = text if seat is None else text.replace("*.", f"{seat}.")

        def look(match, events, tick, one=one):
            return bool(compile_expression(one, match.state_dtype)(np.frombuffer(match.save(), match.state_dtype)[0]))

        for tick, holds in plainly(path, game, every, look):
            if holds and not before:
                expected.append((tick, seat))
            before = holds
    hits = [(hit.tick, hit.value.seat) for hit in scan([path], When(text), every=every, game=game)]
    assert hits == sorted(expected, key=lambda hit: (hit[0], hit[1] or 0)) != []


def test_then_is_asked_of_the_same_player_at_a_later_tick_in_time(path):
    record_toy(path)
    question = When("balls.*.hits % 4 == 1", then="balls.*.hits % 8 == 2")
    all_of_them = [hit.value for hit in scan([path], When(question.condition), game=TOY)]
    followed = [hit.value for hit in scan([path], question, game=TOY)]
    soon = [hit.value for hit in scan([path], When(question.condition, question.then, 1.0), game=TOY)]
    states = {}
    for hit in scan([path], lambda match, events, tick: match.save(), every="tick", game=TOY):
        states[hit.tick] = np.frombuffer(hit.value, STATE)[0]["balls"]["hits"]
    expected = []
    for held in all_of_them:
        later = [tick for tick in states if tick > held.tick and states[tick][held.seat] % 8 == 2]
        expected += [held._replace(then=later[0])] if later else []
    assert followed == expected
    assert soon == [held for held in expected if held.then - held.tick <= 50]
    assert 0 < len(soon) < len(followed) < len(all_of_them)
    assert {held.player for held in followed} == {"player 0", "player 1", "player 2"}


class Won(type(COUNTER)):
    class match(COUNTER.match):  # noqa: N801 - as the toys name it
        def result(self):
            return {"winners": [int(np.argmax(self.state["players"]["sum"][0]))]}


def test_winner_is_who_won_when_the_match_is_over_and_nobody_before(path):
    record(path, Won(), ticks=130)
    with Recording(path) as recording:
        winner = recording.end.result["winners"]
    (hit,) = scan([path], When("winner.*"), game=Won())
    assert (hit.tick, hit.value.seat) == (130, winner[0])
    pressed = {hit.value.seat for hit in scan([path], When("players.*.last > 0"), game=Won())}
    assert pressed == {0, 1}
    assert {hit.value.seat for hit in scan([path], When("players.*.last > 0", then="winner.*"), game=Won())} == set(winner)


def test_of_a_match_that_its_file_contradicts_nothing_is_given(path, tmp_path):
    game, other = DriftingGame(), tmp_path / "other.replay"
    record(path, game, ticks=150)
    record(other, COUNTER, ticks=150)
    refused = []
    hits = list(scan([path, other], lambda match, events, tick: tick, every="tick", game=COUNTER, refused=refused.append))
    assert {hit.path for hit in hits} == {other} and len(hits) == 151
    assert [each.path for each in refused] == [path] and "tick 100" in refused[0].message
    with pytest.raises(ReplayError, match=r"match\.replay: differs"):
        list(scan([path], When("tick > 5"), game=COUNTER))


def test_what_cannot_be_scanned_is_named_and_what_was_cut_off_is_scanned_as_far_as_it_goes(path, tmp_path):
    record(path, COUNTER, ticks=200)
    data = path.read_bytes()
    cut, bad, bare = (tmp_path / name for name in ("cut.replay", "bad.replay", "bare.replay"))
    cut.write_bytes(data[:-100])
    bad.write_bytes(data[:300] + bytes([data[300] ^ 1]) + data[301:])
    with Recording(path) as recording:
        strip(recording, bare)
    refused = []
    paths = [cut, bad, bare, tmp_path / "none.replay"]
    hits = [(hit.path, hit.tick) for hit in scan(paths, When("tick % 60 == 0"), game=COUNTER, refused=refused.append)]
    assert hits == [(cut, 0), (cut, 60), (cut, 120), (cut, 180), *((bare, tick) for tick in (0, 60, 120, 180))]
    assert [each.path for each in refused] == [bad, paths[3]]
    list(scan([path], When("tick"), game=LaterRules(), refused=refused.append))
    assert "rules" in refused[-1].message


@pytest.mark.parametrize(
    ("look", "every"),
    [
        (When("players.*.nothing > 1"), None),
        (When("tick > 1", within_seconds=1), None),
        (When("tick > 1", then="players.*.sum > 1"), None),
        (When("tick"), 0),
        (When("tick"), "second"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(path, look, every):
    record(path, COUNTER)
    with pytest.raises(UsageError):
        list(scan([path], look, every=every, game=COUNTER))


def test_workers_give_the_same_in_the_same_order(tmp_path):
    paths = [record_toy(tmp_path / f"{seed}.replay", 300, seed) for seed in range(5)]
    question = When("balls.*.hits % 2 == 1")
    alone = list(scan(paths, question, game=TOY))
    assert {hit.path for hit in alone} == set(paths)
    with ThreadPoolExecutor(2) as pool:
        assert list(scan(paths, question, game=TOY, executor=pool)) == alone


def test_a_library_scans_what_a_search_finds(tmp_path):
    for seed in range(3):
        record(tmp_path / f"{seed}.replay", COUNTER, seed=seed)
    with Library(tmp_path / "library.sqlite", find_game=lambda name: COUNTER) as library:
        list(library.index([tmp_path]))
        found = [hit.path.name for hit in library.scan("file:*1*", When("tick == 30"), game=COUNTER)]
        assert found == ["1.replay"]
        assert len(list(library.scan("", lambda match, events, tick: tick, game=COUNTER, every=150))) == 6
