"""A line of text that somebody types: letters of every script, Backspace, Enter, Esc."""

from __future__ import annotations

import pygame

from replay.watch.model.letters import tidy

_REPEAT = (400, 40)  # milliseconds: a key that is held, as Backspace, begins to repeat and repeats


class TextField:
    """text: what has been typed, at most `limit` letters. is_open: more may come. opener: what the key writes that opened it: the
    system tells of that only afterwards, and it is no part of the text."""

    def __init__(self, text: str = "", opener: str = "", *, limit: int) -> None:
        self.text = self._before = text
        self._limit = limit
        self.is_open = True
        self._opener = opener
        pygame.key.start_text_input()
        pygame.key.set_repeat(*_REPEAT)

    def handle(self, event: pygame.event.Event) -> bool:
        """Take in an event. True if it was for this field."""
        if event.type == pygame.TEXTINPUT:
            opener, self._opener = self._opener, ""
            if event.text == opener:
                return True
            typed = "".join(letter for letter in event.text if letter.isprintable())
            self.text = (self.text + typed)[: self._limit]
            return True
        if event.type != pygame.KEYDOWN:
            return event.type in (pygame.KEYUP, pygame.TEXTEDITING)
        self._opener = ""
        if event.key == pygame.K_BACKSPACE:
            self.text = "" if event.mod & pygame.KMOD_CTRL else self.text[:-1]
        elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_TAB):
            self.close()
        elif event.key == pygame.K_ESCAPE:
            self.text = self._before
            self.close()
        return True

    def close(self) -> None:
        """What was typed counts."""
        self.text, self.is_open = tidy(self.text, self._limit), False
        pygame.key.set_repeat()

    @property
    def shown(self) -> str:
        """The text and where the next letter comes."""
        return self.text + ("|" if self.is_open else "")
