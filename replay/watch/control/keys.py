"""Key events as words, as people say them: `Space`, `Shift+Left`, `Ctrl+S`."""

from __future__ import annotations

import re

import pygame

_NAMES = {
    "page up": "PageUp",
    "break": "Pause",
    "page down": "PageDown",
    "return": "Enter",
    "keypad enter": "Enter",
    "enter": "Enter",
}
_BY_LETTER = set("?/+-=[],.0123456789")
_MODIFIERS = ("shift", "ctrl", "alt", "meta", "super", "alt gr")
_MODS = {"Shift": pygame.KMOD_SHIFT, "Ctrl": pygame.KMOD_CTRL}


def key_word(event: pygame.event.Event, *, plain: bool = False) -> str:
    """A key event as the command table writes it: `Space`, `Shift+Left`, `Ctrl+S`, `?`. plain: the key alone, as for held keys;
    then those of the number pad are keys of their own: `Num 1`, `Num Enter`."""
    name = pygame.key.name(event.key)
    if plain and event.key == pygame.K_KP_ENTER:
        return "Num Enter"
    if name.startswith("[") and name.endswith("]") and len(name) == 3:  # the number pad
        if plain:
            return f"Num {name[1]}"
        name = name[1]
    word = _NAMES.get(name, name.upper() if len(name) == 1 or (name[:1] == "f" and name[1:].isdigit()) else name.title())
    if plain:
        return word
    mods = getattr(event, "mod", 0)
    control = bool(mods & (pygame.KMOD_CTRL | pygame.KMOD_META))
    letter = getattr(event, "unicode", "")
    if not control and letter in _BY_LETTER and letter:  # what is on the key differs between keyboards, what it writes does not
        return str(letter)
    shift = bool(mods & pygame.KMOD_SHIFT)
    if control and shift and word == "=":  # where that key is, this is the plus
        return "Ctrl++"
    return ("Ctrl+" if control else "") + ("Shift+" if shift else "") + word


def is_modifier(event: pygame.event.Event) -> bool:
    """Whether a key only changes what others mean: `Shift` before a `?` is not a key of its own."""
    return pygame.key.name(event.key).removeprefix("left ").removeprefix("right ") in _MODIFIERS


def post_key(word: str, *, up: bool = True, unicode: str | None = None) -> None:
    """Press a key by its word, as a person would: for tests and demonstrations."""
    *mods, name = re.split(r"\+(?=.)", word)
    mod = sum(_MODS[part] for part in mods)
    names = {value: key for key, value in _NAMES.items() if value != "Enter"} | {"Enter": "return", "?": "/", "+": "="}
    key = pygame.key.key_code(names.get(name, name.lower()))
    letter = name if unicode is None and len(name) == 1 and not mod else unicode or ""
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=letter, scancode=0))
    if up:
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key, mod=mod, unicode=letter, scancode=0))
