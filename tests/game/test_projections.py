import json
import random

import numpy as np
import pytest
from stage import new_match

from game.bots import TEMPERAMENTS, Bots
from game.match import ARENA
from game.projections import PROJECTIONS, Highlights, KillFeed, Scoreboard
from game.rules import DEATH, EVENT, EVENT_KINDS, FIRST_GOLD, ITEMS, MATCH_END, NOBODY, PURCHASE
from replay import Playback, Player, Recorder, Recording, fold
from replay.read.projection import ProjectedPlayback, make_projections
from replay.read.readmodel import as_data

NAMES = ("Ann", "Ben", "Cem", "Dee", "Eve", "Fay")


def play(path, mode="ffa", seconds=40, seed=5, **config):
    config = ARENA.default_config(map="duel", mode=mode, seconds=seconds, score_limit=99, **config)
    with Recorder(path, ARENA, seed=seed, players=[Player(name, "bot") for name in NAMES], config=config) as recorder:
        bots = Bots(recorder.match, [TEMPERAMENTS[seat % len(TEMPERAMENTS)] for seat in range(len(NAMES))], seed)
        while recorder.tick < (seconds + 1) * 60:
            recorder.step(bots.inputs(recorder.match))


@pytest.fixture(scope="module", params=["ffa", "teams"])
def recording(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("projections") / "match.replay"
    play(path, request.param)
    with Recording(path) as recording:
        yield recording


@pytest.fixture
def results(recording):
    playback = Playback(ARENA, recording)
    projections = make_projections(playback)
    fold(playback, projections)
    return playback.match, {projection.name: as_data(projection.result()) for projection in projections}


@pytest.fixture
def events(recording):
    return Playback(ARENA, recording).step(recording.ticks)


def column(table, name):
    return [row[name] for row in table["players"]]


def test_the_scoreboard_agrees_with_what_the_rules_count(results):
    match, data = results
    players = match.state[0]["players"][: len(NAMES)]
    for name in ("score", "kills", "deaths", "assists", "team"):
        assert column(data["scoreboard"], name) == players[name].tolist(), name
    assert sum(column(data["scoreboard"], "kills")) > 5
    assert sum(match.state["scores"][0]) == sum(column(data["scoreboard"], "score"))


def test_the_scoreboard_agrees_with_a_plain_count_of_the_events(results, events):
    _, data = results
    rows = data["scoreboard"]["players"]
    for seat, row in enumerate(rows):
        hurt = [event for event in events if EVENT_KINDS[event["kind"]] in ("hit", "critical")]
        assert row["damage_dealt"] == sum(int(e["amount"]) for e in hurt if e["actor"] == seat != e["target"])
        assert row["damage_taken"] == sum(int(e["amount"]) for e in hurt if e["target"] == seat)
        bought = events[(events["kind"] == PURCHASE) & (events["actor"] == seat)]["amount"].sum()
        assert row["gold_spent"] == bought
        streak = best = 0
        for event in events[events["kind"] == DEATH]:
            streak = 0 if event["target"] == seat else streak + (event["actor"] == seat)
            best = max(best, streak)
        assert row["best_streak"] == best
        assert 0 <= row["accuracy"] <= 1 and all(0 <= share <= 1 for share in row["accuracy_by_weapon"].values())


def test_time_alive_is_the_time_between_spawns_and_deaths(recording, results):
    _, data = results
    playback = Playback(ARENA, recording)
    alive = np.zeros(len(NAMES), int)
    for _ in range(recording.ticks):
        playback.step()
        if not playback.match.state["ended"][0]:
            alive += playback.match.state[0]["players"][: len(NAMES)]["health"] > 0
    measured = np.array(column(data["scoreboard"], "seconds_alive")) * 60
    assert np.abs(measured - alive).max() <= 10  # a tick or two for each life


def test_the_books_of_the_economy_balance(results):
    match, data = results
    players = match.state[0]["players"][: len(NAMES)]
    for row, gold in zip(data["economy"]["players"], players["gold"].tolist(), strict=True):
        assert row["gold"] == gold == FIRST_GOLD + row["earned"] - row["spent"] - row["lost"]
        assert row["coins"] <= row["earned"]
    assert column(data["economy"], "spent") == column(data["scoreboard"], "gold_spent")


def test_the_kill_feed_and_the_matrix_hold_every_death(results, events):
    _, data = results
    deaths = events[events["kind"] == DEATH]
    feed = data["kill_feed"]
    assert [kill["tick"] for kill in feed] == deaths["tick"].tolist()
    assert [kill["killer_seat"] for kill in feed] == deaths["actor"].tolist()
    assert [kill["victim"] for kill in feed] == [NAMES[seat] for seat in deaths["target"]]
    assert {kill["item"] for kill in feed} <= set(ITEMS)
    assert sum(len(kill["assists"]) for kill in feed) == sum(column(data["scoreboard"], "assists"))
    kills = np.array(data["kill_matrix"]["kills"])
    assert kills.sum() == len(deaths)
    assert (kills.sum(axis=1) - kills.diagonal()).tolist() == column(data["scoreboard"], "kills")
    assert kills.sum(axis=0).tolist() == column(data["scoreboard"], "deaths")


def test_the_timeline_is_the_state_at_every_second(recording, results):
    _, data = results
    timeline = data["timeline"]
    assert timeline["ticks"] == list(range(0, recording.ticks + 1, 60))
    playback = Playback(ARENA, recording)
    for index in (0, 1, 7, 40):
        playback.seek(index * 60)
        players = playback.match.state[0]["players"][: len(NAMES)]
        for name in ("score", "gold", "health"):
            assert [series[index] for series in timeline[name]] == players[name].tolist()


def test_the_heat_map_holds_every_death_and_shot_and_nothing_inside_walls(results, events):
    _, data = results
    heat_map = data["heat_map"]
    assert np.sum(heat_map["deaths"]) == np.count_nonzero(events["kind"] == DEATH)
    assert np.sum(heat_map["shots"]) == np.count_nonzero(events["kind"] == EVENT_KINDS.index("shot"))
    presence, walls = np.array(heat_map["presence"]), np.array(heat_map["walls"])
    assert presence.sum() > 0 and presence.shape == walls.shape
    assert not presence[walls > 0].any()


def test_the_heat_maps_of_the_players_add_up_to_that_of_all(recording, events):
    playback = Playback(ARENA, recording)
    (heat_map,) = make_projections(playback, ["heat_map"])
    fold(playback, [heat_map])
    grid = heat_map.result()
    assert len(grid.by_player) == len(NAMES)
    for name, cells in grid.layers.items():
        assert (np.sum([own[name] for own in grid.by_player], axis=0) == cells).all()
    for kind, who, name in ((DEATH, "target", "deaths"), (EVENT_KINDS.index("shot"), "actor", "shots")):
        of_second = np.count_nonzero((events["kind"] == kind) & (events[who] == 1))
        assert np.sum(grid.by_player[1][name]) == of_second > 0


def test_results_are_plain_data(results):
    for name, result in results[1].items():
        assert json.loads(json.dumps(result)) == result, name


def test_after_any_seek_every_projection_is_what_the_full_fold_gives(recording):
    playback = Playback(ARENA, recording)
    there = ProjectedPlayback(playback, make_projections(playback))
    chance = random.Random(2)
    for tick in [recording.ticks, 0, 59, 60, 61, *(chance.randrange(recording.ticks) for _ in range(12)), recording.ticks]:
        there.seek(tick)
        fresh = Playback(ARENA, recording)
        expected = make_projections(fresh)
        fold(fresh, expected, tick)
        for projection, full in zip(there.projections, expected, strict=True):
            assert projection.result() == full.result(), (projection.name, tick)


def test_how_a_match_is_cut_into_calls_changes_nothing(recording):
    whole, single = Playback(ARENA, recording), Playback(ARENA, recording)
    expected, stepwise = make_projections(whole), make_projections(single)
    fold(whole, expected, 900)
    for _ in range(900):
        fold(single, stepwise, single.tick + 1)
    for projection, full in zip(stepwise, expected, strict=True):
        assert projection.result() == full.result(), projection.name


def test_counting_from_the_middle_gives_what_happened_since(recording):
    def board(start, stop):
        playback = Playback(ARENA, recording)
        playback.seek(start)
        (projection,) = make_projections(playback, ["scoreboard"])
        fold(playback, [projection], stop)
        return projection.result().as_data()

    first, second, both = board(0, 1000), board(1000, 2000), board(0, 2000)
    for name in ("kills", "deaths", "assists", "damage_dealt", "gold_earned", "gold_spent"):
        assert [a + b for a, b in zip(column(first, name), column(second, name), strict=True)] == column(both, name), name
    alive = [a + b - c for a, b, c in zip(*(column(each, "seconds_alive") for each in (first, second, both)), strict=True)]
    assert all(abs(difference) < 0.25 for difference in alive)


# --- highlights, from events made by hand ---


class Told:
    """Deaths one after the other, told to a projection without playing them."""

    def __init__(self, kind=Highlights, players=4, **config):
        self.match = new_match(players, **config)
        self.projection = kind(self.match, NAMES[:players])
        self.events = []

    def death(self, seconds, killer, victim):
        self.events.append((int(seconds * 60), DEATH, killer, victim, 1, 0, 100, 100))

    def end(self, seconds, winner):
        self.events.append((int(seconds * 60), MATCH_END, winner, NOBODY, 0, 0, 0, 0))

    def highlights(self):
        self.projection.observe(np.array(self.events, EVENT), self.match)
        return [(each["kind"], each["tick"] / 60, each["player"]) for each in self.projection.result().rows]


def test_three_kills_close_together_are_a_triple_kill():
    told = Told()
    for seconds in (10, 13, 16.5):
        told.death(seconds, 0, 1)
    told.death(30, 0, 1)
    told.death(34.5, 0, 1)
    told.death(36, 0, 1)
    assert told.highlights() == [("multi_kill", 10, "Ann")]


def test_a_longer_chain_is_one_highlight_with_a_greater_name():
    told = Told()
    for seconds in (10, 12, 14, 16, 18):
        told.death(seconds, 2, 1)
    assert told.highlights() == [("multi_kill", 10, "Cem")]
    assert told.projection.result().rows[0]["title"] == "Cem: 5 kills in a row"


def test_who_dies_three_times_by_the_same_hand_and_pays_it_back_takes_revenge():
    told = Told()
    for seconds in (10, 20, 30):
        told.death(seconds, 0, 1)
    told.death(40, 1, 0)
    told.death(50, 1, 0)
    assert told.highlights() == [("revenge", 40, "Ben")]


def test_a_kill_by_another_hand_in_between_breaks_the_row():
    told = Told()
    for seconds, killer in ((10, 0), (20, 0), (30, 2), (40, 0)):
        told.death(seconds, killer, 1)
    told.death(50, 1, 0)
    assert told.highlights() == []


def test_the_winner_who_was_far_behind_came_back():
    told = Told()
    for seconds in range(10, 60, 10):
        told.death(seconds, 0, 2 + seconds // 10 % 2)
    for seconds in range(60, 120, 10):
        told.death(seconds, 1, 2 + seconds // 10 % 2)
    told.end(150, 1)
    assert told.highlights() == [("comeback", 50, "Ben")]


def test_who_goes_ahead_in_the_last_seconds_wins_then():
    told = Told()
    told.death(100, 0, 2)
    told.death(110, 1, 2)
    told.death(147, 1, 3)
    told.end(150, 1)
    assert told.highlights() == [("last_second_win", 147, "Ben")]


def test_a_draw_has_no_winner_to_speak_of():
    told = Told()
    told.death(149, 0, 1)
    told.end(150, NOBODY)
    assert told.highlights() == []


def test_a_kill_of_oneself_counts_as_a_death_only():
    told = Told(Scoreboard)
    told.death(10, 0, 0)
    told.projection.observe(np.array(told.events, EVENT), told.match)
    row = told.projection.result().rows[0]
    assert (row["kills"], row["deaths"], row["suicides"], row["score"]) == (0, 1, 1, -1)


def test_players_of_the_same_name_stay_apart_by_their_seats():
    match = new_match(2)
    feed = KillFeed(match, ["Ann", "Ann"])
    feed.observe(np.array([(5, DEATH, 0, 1, 1, 0, 3, 4)], EVENT), match)
    (kill,) = feed.result().rows
    assert (kill["killer"], kill["victim"], kill["killer_seat"], kill["victim_seat"]) == ("Ann", "Ann", 0, 1)


def test_the_game_offers_them_by_name():
    assert ARENA.projections is PROJECTIONS
    assert list(PROJECTIONS) == ["scoreboard", "kill_feed", "kill_matrix", "timeline", "heat_map", "economy", "highlights"]
