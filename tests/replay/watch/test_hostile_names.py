"""Names of strangers: however long or strange they are, nothing is drawn outside of its place."""

import numpy as np
import pygame
import pytest
from toys import COUNTER

from replay.core.records import Player
from replay.read.story import Part, Row, Story
from replay.watch.control.keys import post_key
from replay.watch.model.desk import Tip
from replay.watch.model.files import Facts, ListedFile
from replay.watch.model.folder import Contents
from replay.watch.model.listing import Listing
from replay.watch.model.shelf import Shelf
from replay.watch.view import overlay, panels
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint
from replay.watch.view.panels import FeedLine
from replay.watch.view.shelf import draw_shelf

SIZES = [(320, 240), (800, 600), (1920, 1080)]
NAMES = {
    "long": "W" * 200,
    "cjk": "漢字かな한국어" * 30,
    "arabic": "مرحبا بالعالم " * 15,
    "emoji": "😀👨‍👩‍👧🇩🇪❤\ufe0f" * 40,
    "zalgo": "Z\u0301\u0327\u0330\u0315\u0489" * 60,
    "wide": "﷽𒐫꧅" * 30,
    "hidden": "\u202e\x00\n\t\x7f\ud800" * 30,
    "empty": "",
}
GROUND = (201, 3, 202)


class Board(Story):
    columns = ("points", "kills", "died")


def look_of(name, count):
    """A look of a match in which everybody is called so."""
    story = Board.__new__(Board)
    story.game, story.names, story.marks = COUNTER, [name] * count, {}
    return Look(story)


def rows_of(count, cell="12"):
    return [Row(player, (cell, "3", "4"), player, player % 5 != 4) for player in range(count)]


def sides(size):
    """A part in the midst of a window of some size, with room around it."""
    return pygame.Rect(size[0] // 5, size[1] // 5, size[0] * 2 // 5, size[1] * 3 // 5)


def standings(surface, paint, name, count, rect):
    panels.draw_standings(surface, paint, look_of(name, count), rows_of(count), rect, count - 1)


def chips(surface, paint, name, count, rect):
    panels.draw_chips(surface, paint, look_of(name, count), rows_of(count), rect)


def feed(surface, paint, name, count, rect):
    parts = [Part(name, "player", 0), Part(" kills "), Part(name, "player", 1), Part(f" with {name}")]
    lines = [FeedLine(parts, age) for age in (0.5, 1.0, 5.9)] * 4
    panels.draw_feed(surface, paint, look_of(name, count), lines, rect, ground=False)


def news(surface, paint, name, count, rect):
    lines = [FeedLine([Part(name, "player", 0), Part(f" finds {name}")], 1.0)] * 9
    panels.draw_feed(surface, paint, look_of(name, count), lines, rect, ground=True)


def question(surface, paint, name, count, rect):
    players = [Player(name, f"bot:{name}")] * count
    overlay.draw_question(surface, paint, look_of(name, count), players, 0, rect, right=False)


def toast(surface, paint, name, count, rect):
    overlay.draw_toast(surface, paint, f"saved {name}", rect)


def prompt(surface, paint, name, count, rect):
    overlay.draw_prompt(surface, paint, f"new name  {name}|", rect, f"for {name}")


def damage(surface, paint, name, count, rect):
    overlay.draw_damage(surface, paint, f"{name} is broken", rect)


PARTS = {"standings": standings, "chips": chips, "feed": feed, "news": news, "question": question, "toast": toast, "prompt": prompt,
         "damage": damage}  # fmt: skip


def outside(draw, size, name, count):
    """All pixels around a part after it was drawn into its place."""
    pygame.font.init()
    surface, paint, rect = pygame.Surface(size), Paint(size), sides(size)
    paint.suit(1.5, True)
    surface.fill(GROUND)
    draw(surface, paint, name, count, rect)
    pixels = pygame.surfarray.array3d(surface)
    is_drawn = (pixels != np.array(GROUND)).any()
    pixels[rect.left : rect.right, rect.top : rect.bottom] = GROUND
    return pixels, is_drawn


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("part", PARTS)
def test_nothing_leaves_its_place(part, size):
    for name in NAMES.values():
        for count in (2, 64):
            pixels, is_drawn = outside(PARTS[part], size, name, count)
            assert is_drawn and (pixels == np.array(GROUND)).all(), (name[:3], count)


def test_what_leaves_its_place_is_seen():
    def wide(surface, paint, name, count, rect):
        paint.text(surface, name, rect.topleft)

    pixels, _ = outside(wide, (800, 600), NAMES["long"], 1)
    assert (pixels != np.array(GROUND)).any()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_score_board_of_many_is_on_the_screen_and_has_everybody(size):
    for count in (2, 8, 64):
        surface, paint = pygame.Surface(size), Paint(size)
        surface.fill(GROUND)
        panels.draw_scoreboard(surface, paint, look_of(NAMES["cjk"], count), rows_of(count), (size[0] // 2, size[1] // 2), 3)
        pixels = pygame.surfarray.array3d(surface)
        for edge in (pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:]):
            assert (edge == np.array(GROUND)).all()


def test_of_too_many_the_first_ones_are_shown_and_the_one_who_is_followed():
    rows = rows_of(64)
    pygame.font.init()
    surface, paint = pygame.Surface((400, 400)), Paint()
    places = panels.draw_standings(surface, paint, look_of("x", 64), rows, pygame.Rect(0, 0, 230, 300), 50)
    shown = [player for _, player in places]
    assert shown == [*range(len(shown) - 1), 50] and 10 < len(shown) < 20
    assert places[-1][0].bottom + places[-1][0].height <= 300


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_tooltip_stays_in_the_window(monkeypatch, size, name):
    pygame.font.init()
    surface, tip = pygame.Surface(size), Tip()
    monkeypatch.setattr(Tip, "name", "thing")
    for at in ((0, 0), (size[0] - 1, size[1] - 1)):
        surface.fill(GROUND)
        tip.at = at
        overlay.draw_tooltip(surface, Paint(size), tip, {"thing": (NAMES[name], NAMES[name])})
        pixels = pygame.surfarray.array3d(surface)
        assert (pixels[:3] == np.array(GROUND)).all() and (pixels[-3:] == np.array(GROUND)).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_lines_of_a_list_stay_in_their_cards(tmp_path, size, name):
    pygame.font.init()
    paint, pictures = Paint(size), []
    for text in (NAMES[name], "x"):
        listing, place, surface = Listing(tmp_path), Shelf(), pygame.Surface(size)
        listing.take(Contents({tmp_path / f"{number}.replay": (10**10, 1e9) for number in range(9)}))
        facts = Facts.of_data(
            {"known": {"path": "", "players": [{"name": text}] * 64}, "title": text, "result": text, "verdict": text}
        )
        for number, file in enumerate(listing.files.values()):
            assert isinstance(file, ListedFile)
            file.facts, file.problem = facts, text if number % 2 else ""
        place.lay_out(paint.px, size, listing)
        draw_shelf(surface, paint, place, listing, text, False, lambda file, size: None)
        cards = [card for card, _ in listing.menu.places]
        pixels = pygame.surfarray.array3d(surface)
        for card in cards:
            pixels[card.left : card.right, max(card.top, 0) : card.bottom] = 0
        pictures.append(pixels[:, place.area.top :])
    assert (pictures[0] == pictures[1]).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_viewer_of_such_names_is_drawn_with_all_that_it_has(look, name):
    look.watch.session.story.names[:] = [NAMES[name]] * 3
    look.watch.session.path = look.watch.session.path.with_name(
        f"{NAMES[name][:60]}.replay".replace("\0", "").replace("\ud800", "")
    )
    for keys in (("F2", "F3", "PageDown"), ("G",), ("Escape", "F1")):
        for key in keys:
            post_key(key)
            look.frame()
    for size in SIZES:
        pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=size[0], h=size[1], size=size))
        look.frame(2)
