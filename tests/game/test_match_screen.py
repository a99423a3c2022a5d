"""The screen of a match: what stands where, what it teaches, what it shows again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pygame
import pytest
from playing import frames, mouse, play, press, resize, seated, texts_of
from stage import Stage

from game.arena import arena_names, load_arena
from game.look import ArenaLook
from game.match import ARENA
from game.numbers import TILE
from game.play.again import KillCam, death_of
from game.play.countdown import Countdown, count_of
from game.play.feed import draw_feed, wrapped
from game.play.layout import lay_out
from game.play.notes import notes_of
from game.play.options import Options
from game.play.preferences import Preferences
from game.play.result import ResultScreen
from game.play.screen import PlayScreen, branch_match
from game.play.shop import offer
from game.rules import (
    AMMUNITION,
    ARMOUR,
    DEATH,
    LAUNCHER,
    MEDKIT,
    NOTHING,
    PURCHASE,
    REFUSED,
    RESERVE,
    RIFLE,
    SHOTGUN,
    STATE,
    TICKS_PER_SECOND,
    USE,
)
from game.story import ArenaStory
from replay import Recording, verify
from replay.core.records import Header, Player
from replay.read.story import Part
from replay.watch.model.scene import Camera
from replay.watch.view.paint import Paint
from replay.watch.view.panels import FeedLine

SIZES = [(320, 240), (640, 480), (800, 600), (1024, 600), (1280, 720), (1366, 768), (1280, 1024), (1920, 1080), (2560, 1440),
         (2560, 1080), (700, 1000), (1272, 806)]  # fmt: skip


def until(window, screen, happened, ticks=6000):
    """Run the match until something is so."""
    for _ in range(ticks):
        if happened():
            return
        window.frame(1 / 60)
    raise AssertionError("it did not come to that")


# --- where things lie ---


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("people", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("zoom", [0.85, 1.0, 1.5])
def test_news_and_bars_never_meet_the_arena(size, people, zoom):
    paint, window = Paint(size), pygame.Rect(0, 0, *size)
    paint.suit(zoom, False)
    for world in {(load_arena(name).width, load_arena(name).height) for name in arena_names()}:
        layout = lay_out(size, paint, world, people)
        parts = [layout.top, layout.arena, layout.feed, layout.foot]
        assert all(window.contains(part) for part in parts)
        assert all(not one.colliderect(other) for index, one in enumerate(parts) for other in parts[:index])
        assert layout.foot.unionall(list(layout.people)) == layout.foot and len(layout.people) == people
        # All of the world is in it, and nothing but the world.
        scale = Camera.fit(layout.area, world).scale
        assert world[0] * scale == pytest.approx(layout.arena.width, abs=1.5)
        assert world[1] * scale == pytest.approx(layout.arena.height, abs=1.5)
        assert layout.feed.height >= paint.px(20) and layout.feed.width >= paint.px(140)


def fought(players=2):
    header = Header(
        ARENA.name, ARENA.rules, 60, 1, tuple(Player(f"p{n}", "human") for n in range(players)), ARENA.default_config(map="duel")
    )
    return ArenaLook(ArenaStory(ARENA, header))


@pytest.fixture
def look(window):
    return play(window).look


@pytest.mark.parametrize("place", [(1100, 40, 160, 600), (0, 27, 800, 84), (0, 27, 400, 22), (10, 10, 60, 30)])
def test_the_feed_stays_in_its_place_and_shows_the_newest(look, place, window):
    surface, rect = pygame.Surface((1280, 720)), pygame.Rect(place)
    surface.fill((255, 0, 255))
    lines = [
        FeedLine([Part(f"Ada {n}", "player", 0), Part("  shotgun  "), Part("Bo with a long name", "player", 1)], 1.0)
        for n in range(30)
    ]
    draw_feed(surface, window.paint, look, lines, rect)
    pixels = (pygame.surfarray.array3d(surface) != (255, 0, 255)).any(axis=2)
    inside = pixels[rect.left : rect.right, rect.top : rect.bottom].copy()
    pixels[rect.left : rect.right, rect.top : rect.bottom] = False
    assert not pixels.any() and inside.all()


def test_a_line_of_news_that_is_too_wide_is_broken_and_loses_no_word(window):
    parts = [Part("Alexandra", "player", 0), Part("  shotgun  "), Part("Bartholomew", "player", 1), Part("  with Cleo and Dax")]
    rows = wrapped(window.paint, parts, 150)
    assert len(rows) > 1
    assert "".join(part.text.strip() for row in rows for part in row) == "".join(part.text.strip() for part in parts)
    assert wrapped(window.paint, parts, 2000) == [parts]


@pytest.mark.parametrize("size", [(800, 600), (1280, 720), (2560, 1440)])
def test_each_person_has_a_shop_with_their_own_keys(window, monkeypatch, size):
    resize(window, size)
    screen = seated(window, "mouse", "keys", "hunter", options=Options(hints=False))
    written = texts_of(window, monkeypatch)
    layout = screen.hud.layout(size, window.paint)
    for number in range(1, 8):
        assert layout.people[0].contains(written[str(number)])
        assert layout.people[1].contains(written[f"Num {number}"])
    # The second row is written last, and has all names.
    names = [written.get(name) or written["Ammo"] for name in ("Blaster", "Shotgun", "Rifle", "Launcher", "Ammunition", "Armour")]
    assert all(layout.people[1].contains(place) for place in names)


@pytest.mark.parametrize("size", [(800, 600), (1280, 720), (2560, 1440)])
def test_where_there_is_no_room_a_key_of_the_second_keyboard_is_still_no_other_one(window, monkeypatch, size):
    resize(window, size)
    screen = seated(window, "mouse", "keys", "pad1", "pad2", options=Options(hints=False))
    written = texts_of(window, monkeypatch)
    layout = screen.hud.layout(size, window.paint)
    for number in range(1, 8):
        assert layout.people[0].contains(written[str(number)])
        assert layout.people[1].contains(written[f"N{number}"])


@pytest.mark.parametrize("size", [(800, 600), (1280, 720), (2560, 1440)])
def test_the_shop_row_of_one_person_has_names_and_keys_as_they_are_now(window, monkeypatch, size):
    options = Options(hints=False)
    options.assign("mouse", "item_2", "G")
    resize(window, size)
    seated(window, "mouse", "hunter", options=options)
    written = texts_of(window, monkeypatch)
    assert {"Blaster", "Shotgun", "Rifle", "Launcher", "Armour", "Medkit"} <= set(written)
    assert "Ammunition" in written or "Ammo" in written
    assert abs(written["G"].left - written["Shotgun"].left) < window.paint.px(40) and "2" not in written
    places = sorted(
        (place for text, place in written.items() if text in ("Shotgun", "Rifle", "Launcher")), key=lambda place: place.left
    )
    assert all(one.right < other.left for one, other in pairwise(places))


def test_an_offer_says_what_the_rules_will_do():
    chance = np.random.default_rng(5)
    asked = 0
    for _ in range(300):
        stage = Stage()
        row, item = stage.players[0], int(chance.integers(SHOTGUN, MEDKIT + 1))
        row["gold"], row["health"], row["armour"] = (
            chance.choice([0, 29, 30, 500]),
            chance.choice([1, 60, 100]),
            chance.choice([0, 100]),
        )
        for weapon in (SHOTGUN, RIFLE, LAUNCHER):
            if chance.random() < 0.4:
                stage.arm(0, weapon)
                row["reserve"][weapon] = chance.choice([0, 2 * RESERVE[weapon]])
        said = offer(row, item)
        events = stage.press(0, USE, item=item)
        bought, refused = (bool((events["kind"] == kind).any()) for kind in (PURCHASE, REFUSED))
        assert (bought, refused) == (said.possible and not said.owned, not said.possible), (item, said)
        assert bool(said.reason) == (not said.possible)
        asked += refused
    assert 50 < asked < 250


def test_the_card_of_the_shop_says_why_something_cannot_be_had(window, monkeypatch):
    screen = seated(window, "mouse", "hunter")
    press(window, "B")
    assert screen.shop_open
    for item, reason in ((MEDKIT, "your health is full"), (AMMUNITION, "none of your weapons has room for rounds")):
        spot = next(place for place, ware in screen.shop.places if ware == item)
        monkeypatch.setattr(pygame.mouse, "get_pos", lambda spot=spot: spot.center)
        assert spot.contains(texts_of(window, monkeypatch)[reason])
    spot = next(place for place, ware in screen.shop.places if ware == ARMOUR)
    mouse(window, pygame.MOUSEBUTTONDOWN, spot.center)
    frames(window, 6)
    assert screen.live.state["players"]["armour"][0] == 50
    press(window, "B")
    assert not screen.shop_open


# --- the countdown ---


def test_the_countdown_counts_three_seconds_and_goes():
    state = np.zeros(1, STATE)[0]
    state["starts_at"], said = 180, []
    for tick in range(300):
        state["tick"] = tick
        if not said or said[-1] != count_of(state):
            said.append(count_of(state))
    assert said == ["3", "2", "1", "Go", ""]
    state["starts_at"], state["tick"] = 0, 0
    assert count_of(state) == ""


def test_the_clock_shows_the_whole_time_until_the_match_begins(window, monkeypatch):
    screen = seated(window, "mouse", "hunter", seconds=60)
    frames(window, 100)
    assert screen.live.tick > 90 and "1:00" in texts_of(window, monkeypatch)
    until(window, screen, lambda: screen.live.tick > screen.live.state["starts_at"] + TICKS_PER_SECOND)
    assert "0:59" in texts_of(window, monkeypatch)


@pytest.mark.parametrize("size", [(800, 600), (1280, 720), (2560, 1440)])
@pytest.mark.parametrize("name", arena_names())
def test_the_countdown_hides_no_player(window, size, name):
    resize(window, size)
    screen = seated(window, "mouse", *["hunter"] * 7, map=name)
    frames(window, 30)
    state, surface = screen.live.state, pygame.Surface(size)
    place = Countdown(screen.look).draw(surface, window.paint, state, screen.camera)
    assert place is not None and pygame.Rect(screen.camera.area).contains(place)
    for player in range(8):
        x, y = screen.camera.to_screen(*screen.look.story.place(state, player))
        reach = 14 * screen.camera.scale
        assert not place.colliderect(pygame.Rect(x - reach, y - reach, 2 * reach, 2 * reach))


# --- hints ---


def hints_of(screen, player=0):
    return {hint.name: hint for hint in screen.teaching.hints(screen.live.state, player)}


def test_hints_name_the_keys_as_they_are_and_go_when_they_are_done(window):
    options = Options()
    options.assign("mouse", "dash", "F")
    screen = seated(window, "mouse", "hunter", options=options)
    hints = hints_of(screen)
    assert list(hints) == ["move", "aim", "fire", "dash", "buy"]
    assert hints["move"].keys == ("W", "A", "S", "D") and hints["dash"].keys == ("F",) and hints["buy"].keys == ("2",)
    press(window, "W", "F")  # in the countdown that moves nobody
    frames(window, 10)
    assert not any(hint.is_done for hint in hints_of(screen).values())
    press(window, "2")
    frames(window, 5)
    assert hints_of(screen)["buy"].is_done
    until(window, screen, lambda: screen.live.tick > screen.live.state["starts_at"] + 1)
    assert "buy" not in hints_of(screen)
    press(window, "W", up=False)
    frames(window, 3)
    press(window, "F")
    assert hints_of(screen)["move"].is_done and hints_of(screen)["dash"].is_done
    frames(window, 90)
    assert not {"move", "dash"} & set(hints_of(screen)) and "fire" in hints_of(screen)


def test_buying_is_hinted_at_only_while_there_is_gold_for_something(window):
    screen = seated(window, "mouse", "hunter")
    screen.live.recorder.match.state["players"]["gold"][0, 0] = 9
    assert "buy" not in hints_of(screen)
    screen.live.recorder.match.state["players"]["gold"][0, 0] = 40
    assert "buy" in hints_of(screen)


def test_a_second_keyboard_is_not_told_to_aim_and_a_gamepad_has_sticks(window):
    screen = seated(window, "mouse", "keys", "pad1")
    assert "aim" not in hints_of(screen, 1) and hints_of(screen, 1)["fire"].keys == ("right Ctrl",)
    assert hints_of(screen, 2)["move"].keys == ("left stick",) and hints_of(screen, 2)["aim"].keys == ("right stick",)
    assert hints_of(screen, 2)["buy"].keys == ("Pad Left", "Pad Right", "Y button")


@pytest.mark.parametrize("size", [(800, 600), (1280, 720), (2560, 1440)])
@pytest.mark.parametrize("seats", [("mouse",), ("mouse", "keys"), ("mouse", "keys", "pad1", "pad2")])
def test_cards_of_hints_lie_on_the_lower_wall_apart_from_each_other(window, size, seats):
    resize(window, size)
    screen = seated(window, *seats, "hunter")
    arena = screen.hud.layout(size, window.paint).arena
    cards = screen.teaching.draw_hints(window.surface, window.paint, screen.live.state, arena)
    assert len(cards) == len(seats)
    assert all(arena.contains(card) and card.top >= arena.bottom - TILE * screen.camera.scale - 2 for card in cards)
    assert all(not one.colliderect(other) for index, one in enumerate(cards) for other in cards[:index])


def marks_of(window, screen):
    return screen.teaching.draw_you(window.surface, window.paint, screen.live.state, screen.camera, 0.0)


def test_you_stands_at_each_person_s_player_until_it_has_moved(window):
    screen = seated(window, "mouse", "keys", "hunter")
    marks = marks_of(window, screen)
    assert len(marks) == 2
    for player, mark in enumerate(marks):
        x, y = screen.camera.to_screen(*screen.look.story.place(screen.live.state, player))
        assert abs(mark.centerx - x) < 120 and 20 < abs(mark.centery - y) < 120
        assert pygame.Rect(screen.camera.area).contains(mark)
    until(window, screen, lambda: screen.live.tick > screen.live.state["starts_at"])
    press(window, "Down", up=False)
    frames(window, 3)
    assert len(marks_of(window, screen)) == 1
    press(window, "W", up=False)
    frames(window, 3)
    assert marks_of(window, screen) == []


def test_hints_are_over_for_good_after_a_whole_match_in_which_all_were_done(window):
    screen = seated(window, "mouse", "hunter", seconds=5)
    until(window, screen, lambda: screen.live.tick > screen.live.state["starts_at"])
    press(window, "2")
    press(window, "W", up=False)
    frames(window, 3)
    press(window, "Space")
    for at in ((200, 200), (900, 500)):
        mouse(window, pygame.MOUSEMOTION, at)
        frames(window, 3)
    mouse(window, pygame.MOUSEBUTTONDOWN, (900, 500))
    frames(window, 30)
    mouse(window, pygame.MOUSEBUTTONUP, (900, 500))
    if not screen.teaching.is_done:  # killed at the wrong moment
        press(window, "Space")
        frames(window, 120)
    assert screen.teaching.is_done and Options.load().hints
    until(window, screen, lambda: isinstance(window.screen, ResultScreen))
    assert not Options.load().hints
    assert hints_of(seated(window, "mouse", "hunter", options=Options.load())) == {}


def test_hints_stay_after_a_match_that_was_left_or_not_all_done(window):
    screen = seated(window, "mouse", "hunter")
    for name in screen.teaching.pupils[0].names:
        screen.teaching.pupils[0].done[name] = 0
    press(window, "Escape", "Q")
    assert isinstance(window.screen, ResultScreen) and Options.load().hints
    screen = seated(window, "mouse", "hunter", seconds=5)
    until(window, screen, lambda: isinstance(window.screen, ResultScreen))
    assert Options.load().hints


def test_a_branch_that_nobody_has_taken_over_teaches_nobody(window, monkeypatch):
    screen = seated(window, "mouse", "hunter")
    frames(window, 60)
    path = screen.live.finish()
    branch = branch_match(path, 30, 0, Options())
    window.show(branch)
    assert not {"move", "first to 15 points"} & set(texts_of(window, monkeypatch))
    press(window, "W")
    frames(window, 3)
    assert "move" in texts_of(window, monkeypatch)


@pytest.mark.parametrize("player", [0, 1])
def test_a_branch_says_from_the_first_picture_on_who_one_is(window, monkeypatch, player):
    screen = seated(window, "mouse", "hunter")
    frames(window, 60)
    branch = branch_match(screen.live.finish(), 30, player, Options())
    window.show(branch)
    marked, draw = [], branch.teaching._draw_mark
    monkeypatch.setattr(branch.teaching, "_draw_mark", lambda *args: (marked.append(args[3]), draw(*args))[1])
    frames(window, 1)
    said = [note.text for note in notes_of(branch.live, [player], branch.options)]
    assert said == [f"you are {branch.live.seats[player].name}, as recorded; any key takes over"]
    assert marked[0] == branch.look.colour(player)


# --- seen again ---


def died(window, screen):
    """Let the bots kill the person, who does nothing."""
    until(window, screen, lambda: screen.kill_cam is not None)
    return screen.kill_cam


def hunted(window, **options):
    """Somebody among three good hunters."""
    return seated(window, "mouse", "hunter", "hunter", "hunter", options=Options(**options))


def test_the_kill_cam_shows_the_way_to_the_death_slower_and_is_over_before_one_appears(window):
    screen = hunted(window)
    cam = died(window, screen)
    players = screen.live.state["players"]
    shown, area = [], screen.camera.area
    while screen.kill_cam is not None:
        now = float(screen.live.tick)
        assert players["health"][0] == 0 and cam.moment(now) <= now
        if cam.share(now) >= 0:
            shown.append(cam.moment(now))
            camera = cam.camera(screen.live, window.paint, area, screen.look.story.world)
            state = screen.live.state_at(int(cam.moment(now)))
            if cam.death_tick - 30 < cam.moment(now) < cam.death_tick:
                for player in {cam.player, cam.killer}:
                    assert pygame.Rect(camera.area).collidepoint(camera.to_screen(*screen.look.story.place(state, player)))
        window.frame(1 / 60)
    assert len(shown) > 50 and players["health"][0] == 0
    steps = np.diff(shown)
    assert (steps > 0).all() and steps[0] > 1.5 > 0.5 > steps[-1] and (np.diff(steps) < 1e-6).all()
    assert shown[0] < cam.death_tick - 60 and shown[-1] > cam.death_tick


def test_the_kill_cam_says_who_it_was_with_what_and_what_they_had_left(window, monkeypatch):
    screen = hunted(window)
    cam = died(window, screen)
    until(window, screen, lambda: cam.share(screen.live.tick) > 0.2)
    written = texts_of(window, monkeypatch)
    name = screen.look.story.names[cam.killer]
    assert cam.title in written and cam.title.startswith(f"{name}, ")
    assert cam.title.endswith("health left") or cam.title.endswith("dead as well")
    assert "KILL-CAM" in written and pygame.Rect(screen.camera.area).contains(written[cam.title])


@pytest.mark.parametrize("size", [(800, 600), (1280, 720), (2560, 1440)])
def test_the_title_of_a_look_back_covers_nothing_of_the_arena(window, monkeypatch, size):
    resize(window, size)
    screen = hunted(window)
    frames(window, 60, 1 / 30)
    cameras = []
    draw = screen.look.draw
    monkeypatch.setattr(screen.look, "draw", lambda surface, scene: (cameras.append(scene.camera), draw(surface, scene)))
    screen.start_look_back()
    title = texts_of(window, monkeypatch)["LOOK BACK"]
    width, height = screen.look.story.world
    (left, top), (right, bottom) = cameras[-1].to_screen(0, 0), cameras[-1].to_screen(width, height)
    assert title.bottom < top
    assert pygame.Rect(screen.camera.area).contains(pygame.Rect(left, top, right - left, bottom - top))


@pytest.mark.parametrize("how", ["key", "click"])
def test_anything_pressed_skips_the_kill_cam_while_the_match_goes_on(window, how):
    screen = hunted(window)
    cam = died(window, screen)
    press(window, "W")  # was meant for the fight
    assert screen.kill_cam is cam
    frames(window, 30)
    tick = screen.live.tick
    if how == "key":
        press(window, "W")
    else:
        mouse(window, pygame.MOUSEBUTTONDOWN, (300, 300))
    frames(window, 10)
    assert screen.kill_cam is None and screen.live.tick > tick and not screen.is_stopped


def test_without_the_option_or_alone_no_longer_there_is_no_kill_cam(window):
    screen = hunted(window)
    press(window, "F6")
    assert not screen.options.kill_cam and not Options.load().kill_cam
    players = screen.live.state["players"]
    until(window, screen, lambda: players["deaths"][0] > 0)
    assert screen.kill_cam is None
    both = seated(window, "mouse", "keys", "hunter", "hunter")
    players = both.live.state["players"]
    until(window, both, lambda: players["deaths"][:2].any())
    assert both.kill_cam is None


def test_a_death_by_one_s_own_rocket_is_called_so(window):
    screen = hunted(window)
    frames(window, 5)
    event = np.zeros(1, ARENA.event_dtype)
    event["kind"], event["actor"], event["target"], event["item"], event["tick"] = DEATH, 0, 0, LAUNCHER, screen.live.tick - 1
    cam = KillCam(screen.live, death_of(event, 0), screen.look)
    assert cam.title == "your own launcher"
    assert not cam.is_worth_it  # nobody waits
    assert death_of(event, 1) is None and NOTHING == 0


def test_the_recording_is_the_same_with_and_without_what_is_seen_again(window, tmp_path):
    made = []
    for kill_cam in (True, False):
        screen = hunted(window, kill_cam=kill_cam)
        seen = looked = 0
        while screen.live.tick < 1500:
            window.frame(1 / 30)
            if screen.kill_cam is not None and screen.kill_cam.share(screen.live.tick) > 0:
                seen += 1
            if kill_cam and screen.live.tick % 400 < 2 and screen.look_back is None:
                screen.start_look_back()
                frames(window, 20)
                press(window, "V")
                looked += 1
        assert (seen > 0 and looked > 0) == kill_cam
        path = screen.live.finish()
        assert verify(path, ARENA).is_ok
        with Recording(path) as recording:
            made.append(recording.inputs(0, 1500).tobytes())
    assert made[0] == made[1]


def test_the_pause_card_leads_to_the_options_and_back_to_the_match_that_waits(window):
    screen = play(window)
    press(window, "Escape")
    tick = screen.live.tick
    spot = next(place for place, name in screen.card.menu.places if name == "Options")
    mouse(window, pygame.MOUSEBUTTONDOWN, spot.center)
    assert isinstance(window.screen, Preferences)
    press(window, "Escape")
    assert window.screen is screen and screen.paused and screen.live.tick == tick
    press(window, "Enter")
    frames(window, 5)
    assert screen.live.tick > tick
    press(window, "Escape", "Right", "Right", "Enter")
    assert isinstance(window.screen, ResultScreen) and verify(window.screen.path, ARENA).is_ok


@pytest.mark.parametrize("size", [(320, 240), (800, 600), (1280, 720), (2560, 1440)])
@pytest.mark.parametrize("seats", [("mouse",), ("mouse", "keys", "pad1")])
def test_the_pause_card_fits(window, monkeypatch, size, seats):
    resize(window, size)
    screen = seated(window, *seats, "hunter")
    press(window, "Escape")
    card = screen.card.draw(window.surface, window.paint, "Paused")
    assert pygame.Rect(0, 0, *size).contains(card)
    assert all(card.contains(place) for place, _ in screen.card.menu.places)
    assert isinstance(screen, PlayScreen) and "Paused" in texts_of(window, monkeypatch)
