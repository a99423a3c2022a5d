"""What keys do in the viewer: commands of the table, held ones again and again; or letters of a moment that is being typed."""

from __future__ import annotations

import time

import pygame

from replay.core.errors import ReplayError
from replay.read.timecode import resolve
from replay.watch.control import commands, fields, timeline
from replay.watch.control.keys import is_modifier, key_word
from replay.watch.control.pointer import Pointer
from replay.watch.model.commands import BY_KEY
from replay.watch.model.desk import Desk, Question
from replay.watch.model.menu import LONG

_HOLD_SECONDS, _REPEAT_SECONDS = 0.35, 1 / 30
_LONGEST_MOMENT = 24  # letters


class Keyboard:
    """Serves a desk. pointer: the mouse, whose drag Escape ends."""

    def __init__(self, desk: Desk, pointer: Pointer) -> None:
        self._desk, self._pointer = desk, pointer
        self._repeat: tuple[str, float] | None = None  # the word of the held key, and when it counts again

    def handle(self, event: pygame.event.Event) -> None:
        desk = self._desk
        if event.type == pygame.KEYDOWN:
            if not is_modifier(event):
                self._press(key_word(event))
        elif event.type == pygame.TEXTINPUT:
            # The letter that opened the prompt arrives as text too; no TIME begins with it, and no field.
            if desk.inspector.is_typing:
                fields.type_text(desk, event.text)
            elif desk.prompt is not None and len(desk.prompt) < _LONGEST_MOMENT and event.text.isprintable():
                desk.prompt = (desk.prompt + event.text).lstrip("gG")
        elif event.type == pygame.KEYUP:
            # With Shift let go first, the key that is let go has another word than the one that was pressed.
            words = {key_word(event), key_word(event, plain=True)}
            if self._repeat is not None and words & {self._repeat[0], self._repeat[0].rpartition("+")[2]}:
                self._repeat = None
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._repeat = None

    def update(self) -> None:
        """Once a frame: a held key counts again."""
        now = time.monotonic()
        if self._repeat is not None and now >= self._repeat[1]:
            self._desk.transport.continues = True
            if not timeline.press(self._desk, self._repeat[0]):
                commands.do(self._desk, BY_KEY[self._repeat[0]].name)
            self._desk.transport.continues = False
            self._repeat = (self._repeat[0], now + _REPEAT_SECONDS)

    def _press(self, word: str) -> None:
        desk = self._desk
        if desk.prompt is not None:
            self._type(word, desk.prompt)
        elif desk.inspector.is_typing and fields.type_key(desk, word):
            return
        elif desk.question is not None:
            self._answer(word, desk.question)
        elif desk.switches.help:
            desk.switches.help = desk.help.key(word)
        elif word == "Escape" and self._pointer.is_dragging:
            self._pointer.cancel()
        elif timeline.press(desk, word):
            self._repeat = (word, time.monotonic() + _HOLD_SECONDS) if word in LONG else None
        elif word in BY_KEY:
            commands.do(desk, BY_KEY[word].name)
            self._repeat = (word, time.monotonic() + _HOLD_SECONDS) if BY_KEY[word].repeats else None

    def _answer(self, word: str, question: Question) -> None:
        """Keys while it is asked whom to take over: the one that is lit, or by number."""
        if word in ("Enter", "Space"):
            commands.take_over_as(self._desk, question.menu.item)
        elif word in ("Escape", "T"):
            commands.take_over_as(self._desk, None)
        elif word.isdecimal() and int(word) - 1 in question.menu.items:
            commands.take_over_as(self._desk, int(word) - 1)
        else:
            question.menu.key(word)

    def _type(self, word: str, text: str) -> None:
        """Keys while a moment is being typed. Letters arrive as TEXTINPUT where there is a real keyboard."""
        desk = self._desk
        if word == "Escape":
            desk.prompt = None
        elif word == "Backspace":
            desk.prompt = text[:-1]
        elif word == "Enter":
            try:
                desk.transport.jump(resolve(text, desk.session.recording, desk.session.game))
                desk.prompt = None
            except ReplayError as error:
                desk.say(str(error))
