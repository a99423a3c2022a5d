"""Matches in a window that tests drive with posted events."""

from __future__ import annotations

import pygame

from game.play.options import Options
from game.play.screen import start_match
from game.play.setup import EMPTY, Setup
from replay.watch.control.keys import post_key
from replay.watch.view.paint import Paint

SIZES = ((320, 240), (800, 600), (1280, 720), (2560, 1440))


def setup(bots=3, **options):
    made = Setup(map="duel", **options)
    made.with_bots(bots)
    return made


def play(window, *, countdown=False, **options):
    """A match on the screen; without countdown its first tick is the one from which everybody may move."""
    screen = start_match(setup(**options), Options(), seed=3)
    window.show(screen)
    while not countdown and screen.live.tick < screen.live.state["starts_at"]:
        screen.live.step()
    return screen


def press(window, *words, letter=None, **kwargs):
    """Press keys one after another. letter: what each writes besides, as the system tells of it."""
    for word in words:
        post_key(word, unicode=letter, **kwargs)
        if letter:
            write(window, letter)
        window.frame(1 / 60)


def write(window, text):
    for letter in text:
        pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=letter))
    window.frame(0.0)


def click(window, at, button=1):
    for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        mouse(window, kind, at, button=button)


def point(window, at):
    mouse(window, pygame.MOUSEMOTION, at)


def show(window, screen):
    """The screen, drawn once."""
    window.show(screen)
    window.frame(0.0)
    return screen


def place(screen, row):
    """Where a row of a menu is."""
    return next(rect for rect, name in screen.menu.places if name == row)


def overlaps(rects):
    """Pairs that lie over one another."""
    return [(a, b) for index, a in enumerate(rects) for b in rects[:index] if a.colliderect(b)]


def frames(window, count, seconds=1 / 60):
    for _ in range(count):
        window.frame(seconds)


def seated(window, *choices, options=None, map="duel", seconds=180):
    """A match on the screen with somebody on each of these seats; all have appeared, the countdown goes on."""
    made = Setup(map=map, seconds=seconds, seats=[*choices, *[EMPTY] * (8 - len(choices))])
    screen = start_match(made, options or Options(), seed=3)
    window.show(screen)
    window.frame(1 / 30)
    return screen


def resize(window, size):
    pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=size[0], h=size[1], size=size))
    window.frame(0.0)


def mouse(window, kind, at, **fields):
    """A mouse event at a point of the screen."""
    fields = {"rel": (0, 0), "buttons": (0, 0, 0)} if kind == pygame.MOUSEMOTION else {"button": 1, **fields}
    pygame.event.post(pygame.event.Event(kind, pos=at, **fields))
    window.frame(0.0)


def texts_of(window, monkeypatch):
    """What the next frame writes, and where: {text: place}."""
    written = {}
    write = Paint.text

    def text(self, surface, text, *args, **kwargs):
        place = write(self, surface, text, *args, **kwargs)
        written[text] = place
        return place

    with monkeypatch.context() as patch:
        patch.setattr(Paint, "text", text)
        window.redraw()
        window.frame(0.0)
    return written
