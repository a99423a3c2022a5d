"""What arena's story tells, and that its look leaves the match alone."""

import os

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest

from game import rules
from game.arena import arena_names, load_arena
from game.bots import TEMPERAMENTS, Bots
from game.look import ArenaLook
from game.look.ground import Ground
from game.match import ARENA
from game.rules import ASSIST, DEATH, EVENT_KINDS, HIT, INPUT, MATCH_END, NOBODY, ORDER, PURCHASE, SHOTGUN, STREAKING, UP, USE
from game.simulation.standing import crowned
from game.story import ArenaStory
from replay import Playback, Recording
from replay.core.recorder import Recorder
from replay.core.records import Player
from replay.read.story import plain_text
from replay.watch.model.inspector import Inspector
from replay.watch.model.scene import Camera
from replay.watch.model.session import Session
from replay.watch.view.colours import PLAYER_COLOURS
from replay.watch.view.look import PLAYER_SHAPES


@pytest.fixture(autouse=True)
def display():
    pygame.display.init()
    yield pygame.display.set_mode((640, 360))
    pygame.display.quit()


@pytest.fixture(scope="module")
def fought(tmp_path_factory):
    """Fifteen seconds of eight bots."""
    path = tmp_path_factory.mktemp("view") / "fight.replay"
    config = ARENA.default_config(map="duel", seconds=15, score_limit=99)
    kinds = [TEMPERAMENTS[index % len(TEMPERAMENTS)] for index in range(8)]
    with Recorder(path, ARENA, seed=4, players=[Player(f"p{n}", "human") for n in range(8)], config=config) as recorder:
        bots = Bots(recorder.match, kinds, 4)
        for _ in range(900):
            recorder.step(bots.inputs(recorder.match))
    return path


@pytest.fixture
def session(fought):
    with Session(fought, ARENA) as session:
        assert isinstance(session.story, ArenaStory)
        yield session


@pytest.fixture
def story(session):
    return session.story


def test_drawing_leaves_every_state_as_it_was(session, display):
    look = ArenaLook(session.story)
    saved = [session.moments.saved(tick) for tick in range(0, 900, 11)]
    for size in ((200, 100), (640, 360)):
        for position in np.linspace(0, 900, 60):
            camera = Camera.fit((0, 0, *size), session.story.world)
            look.draw(display, session.scene(float(position), camera, 3, {"shake": True}))
            look.hear(session.scene(float(position)).events, session.scene(float(position)))
    assert [session.moments.saved(tick) for tick in range(0, 900, 11)] == saved


def test_states_handed_to_a_look_cannot_be_written(session):
    with pytest.raises(ValueError, match="read-only"):
        session.scene(10.0).before["players"]["health"][0] = 1


def test_the_score_table_is_sorted_and_complete(session, story):
    state = session.moments.state(900)
    rows = story.standings(state)
    assert sorted(row.player for row in rows) == list(range(8))
    points = [int(row.cells[0]) for row in rows]
    assert points == sorted(points, reverse=True) and all(len(row.cells) == len(story.columns) for row in rows)


def test_the_score_graph_ends_where_the_score_table_stands(session, story):
    session.survey.start()
    session.survey.wait()
    players = session.moments.state(900)["players"]
    assert session.survey.timeline.ticks[-1] == 900
    assert [line[-1] for line in story.graph(session.survey.timeline)] == players["score"].tolist()
    story.in_teams = True
    blue, orange = story.graph(session.survey.timeline)
    assert (blue[-1], orange[-1]) == (players["score"][::2].sum(), players["score"][1::2].sum())


def event(kind, actor, target=NOBODY, item=0, amount=0):
    made = np.zeros(1, ARENA.event_dtype)
    for name, value in {"kind": kind, "actor": actor, "target": target, "item": item, "amount": amount}.items():
        made[name] = value
    return made[0]


def test_the_feed_says_who_did_what_to_whom(story):
    def told(events):
        ((_, parts),) = story.feed(np.array(events, ndmin=1))
        return plain_text(parts)

    assert told(event(DEATH, 1, 2, SHOTGUN)) == "p1 shotgun p2"
    assert told([event(DEATH, 1, 2, SHOTGUN), event(ASSIST, 4, 2), event(ASSIST, 0, 2)]) == "p1 shotgun p2 with p4 and p0"
    assert told(event(DEATH, 1, 1)) == "p1 blew up"
    assert told(event(PURCHASE, 3, item=SHOTGUN)) == "p3 bought shotgun"
    assert told(event(MATCH_END, 5, amount=9)) == "p5 wins with 9"
    assert told(event(MATCH_END, NOBODY)) == "the match ends in a draw"
    assert story.players_of(event(DEATH, 1, 2)) == (1, 2) and story.players_of(event(MATCH_END, 0)) == ()


def test_every_kind_of_event_is_told_with_its_roles(story):
    for kind in range(len(EVENT_KINDS)):
        parts = story.tell(event(kind, 1, 2, SHOTGUN, 7))
        assert plain_text(parts) and "player" in {part.role for part in parts}, EVENT_KINDS[kind]
    assert [(part.role, part.seat) for part in story.tell(event(DEATH, 1, 2, SHOTGUN))] == [("player", 1), ("", -1), ("player", 2)]
    assert plain_text(story.tell(event(HIT, 1, 2, SHOTGUN, 7))) == "p1 shotgun hits p2 7"
    assert story.tell(event(STREAKING, 1, amount=3))[1].role == "honour"
    story.in_teams = True
    assert story.tell(event(MATCH_END, 1, amount=9))[0] == ("Orange", "team", 1)


def test_a_look_has_a_colour_for_every_part_and_a_mark_for_every_kind(story):
    look = ArenaLook(story)
    assert set(look.marks) == set(story.marks) <= set(EVENT_KINDS)
    for kind in range(len(EVENT_KINDS)):
        assert all(len(look.part_colour(part)) == 3 for part in story.tell(event(kind, 1, 2, SHOTGUN, 7)))


def test_the_inputs_overlay_names_what_is_held(story):
    row = np.zeros(1, INPUT)
    row["buttons"], row["item"] = UP | ORDER | USE, SHOTGUN
    assert [label for label, lit in story.inputs(row[0]) if lit] == ["W", "order", "shotgun"]
    row["item"] = 255  # every bit pattern is a legal input
    assert story.inputs(row[0])


def test_the_inspector_has_a_column_for_each_player_and_words_for_numbers(session, story):
    inspector = Inspector(session.moments, session.survey, story)
    sight = inspector.sight(600)
    rows, state = {row.name: row for row in sight.fields.rows}, session.moments.state(600)
    weapons = [sight.fields.text(sight.state, cell, inspector.words()) for cell in rows["weapon"].cells]
    assert weapons == [f"{weapon} {rules.ITEMS[weapon]}" for weapon in state["players"]["weapon"].tolist()]
    assert sight.fields.text(sight.state, rows["mode"].cells[0], inspector.words()) == "0 free for all"
    assert rows["magazine"].of_players and not rows["scores"].of_players  # of teams, as many as there are players
    owners = [cell for name, row in rows.items() if name.endswith("].owner") for cell in row.cells][: state["bullet_count"]]
    texts = [sight.fields.text(sight.state, cell, inspector.words()) for cell in owners]
    assert texts == [f"{bullet['owner']} {story.names[bullet['owner']]}" for bullet in state["bullets"][: len(texts)]] and texts


def test_players_differ_by_colour_and_by_shape():
    assert len(set(PLAYER_COLOURS)) == len(set(PLAYER_SHAPES)) == 8
    for index, one in enumerate(PLAYER_COLOURS):
        for other in PLAYER_COLOURS[:index]:
            assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 60


@pytest.mark.parametrize("name", arena_names())
def test_every_map_is_drawn_with_walls_brighter_than_floor(name, display):
    arena = load_arena(name)
    ground = Ground(arena)
    ground.draw(display, 0, 0, 0.5)
    pixels = pygame.surfarray.array3d(display).sum(axis=2)[: arena.width // 2, : arena.height // 2]
    tiles = pixels[8::16, 4::16][: arena.columns, : arena.rows].T
    inside = arena.walls[1:-1, 1:-1]
    assert tiles[1:-1, 1:-1][inside].mean() > 1.5 * tiles[1:-1, 1:-1][~inside].mean()
    rough = pygame.Surface((640, 360)).convert()
    ground.draw(rough, 0, 0, 0.5, steady=False)
    difference = np.abs(pygame.surfarray.array3d(rough).astype(int) - pygame.surfarray.array3d(display))
    assert difference[: arena.width // 2, : arena.height // 2].mean() < 6


@pytest.mark.parametrize(
    ("winners", "teams", "words"), [([0], [0, 1], "wins"), ([0, 1], [0, 1], "a draw"), ([0, 1], [1, 1], "win ")]
)
def test_a_shared_first_place_is_a_draw_unless_it_is_a_team_s(story, winners, teams, words):
    result = {"winners": winners, "players": [{"score": 3, "team": team} for team in teams]}
    assert words in story.result_text(result)
    assert ("draw" in story.result_text(result)) == (words == "a draw")


def test_the_crown_is_drawn_on_whom_the_rules_mean(fought):
    worn = set()
    with Session(fought) as session, Recording(fought) as recording:
        playback = Playback(ARENA, recording)
        for _ in range(0, recording.ticks, 5):
            playback.step(5)
            state = playback.match.state
            expected = crowned(state.view(np.recarray)[0])
            assert session.story.crowned(state[0]) == (None if expected == NOBODY else expected)
            worn.add(expected)
    assert NOBODY in worn and len(worn) > 2
