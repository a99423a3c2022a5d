"""Keys and letters apart, where typing at once begins a search: both come for one press, the key first and what it writes later."""

from __future__ import annotations

from collections.abc import Collection

import pygame

from replay.watch.control.keys import is_modifier, key_word


class Typist:
    """repeating: words of the keys that count each time while they are held; the others count once."""

    def __init__(self, repeating: Collection[str]) -> None:
        self._repeating = repeating
        self._down: set[int] = set()
        self._unwanted = ""

    def note(self, event: pygame.event.Event) -> None:
        """Every event, whoever takes it in: keys that are let go."""
        if event.type == pygame.KEYUP:
            self._down.discard(event.key)
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._down.clear()

    def word(self, event: pygame.event.Event) -> str:
        """The word of a key that is pressed, "" if it does not count."""
        word, is_new = key_word(event), event.key not in self._down
        self._down.add(event.key)
        self._unwanted = ""
        return word if not is_modifier(event) and (is_new or word in self._repeating) else ""

    def used(self, event: pygame.event.Event) -> None:
        """The key had something to do: what it writes is no letter."""
        self._unwanted = event.unicode

    def letters(self, event: pygame.event.Event) -> str:
        """What is written and wanted."""
        unwanted, self._unwanted = self._unwanted, ""
        text = "".join(letter for letter in event.text if letter.isprintable())
        return text if text != unwanted else ""
