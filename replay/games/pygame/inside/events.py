"""Events, keys and the mouse as the program finds them: what the recording says was done, and what the program posts itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pygame

from replay.games.pygame.inside.stage import FRAME_NS, Stage

_SCANCODES = 512
_EVENT_TYPES = 65_536
_KEYCODE_BIT = 1 << 30  # set in the code of a key that has no character: the rest is its scancode


def install(stage: Stage) -> None:
    """Replace what `pygame.event`, `pygame.key` and `pygame.mouse` have to do with the world outside."""
    parts: list[tuple[Any, Any]] = [(pygame.event, _Queue(stage)), (pygame.key, _Keys(stage)), (pygame.mouse, _Mouse(stage))]
    for module, part in parts:
        for name in dir(part):
            if not name.startswith("_"):
                setattr(module, name, getattr(part, name))


def _kinds(given: Any) -> set[int] | None:
    """Event types as pygame takes them: one, several, or None for all."""
    if given is None:
        return None
    return {given} if isinstance(given, int) else {int(kind) for kind in given}


class _Queue:
    """`pygame.event`, over the stage's queue."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._queue = stage, stage.queue
        self._blocked: set[int] = set()
        stage.look["grab"] = False

    def _taken(self, kinds: set[int] | None, without: set[int]) -> list[pygame.event.Event]:
        events: list[pygame.event.Event] = []
        rest: list[pygame.event.Event] = []
        for event in self._queue:
            (events if (kinds is None or event.type in kinds) and event.type not in without else rest).append(event)
        self._queue.clear()
        self._queue.extend(rest)
        return [event for event in events if event.type not in self._blocked]

    def get(self, eventtype: Any = None, pump: bool = True, exclude: Any = None) -> list[pygame.event.Event]:
        self._stage.question()
        return self._taken(_kinds(eventtype), _kinds(exclude) or set())

    def poll(self) -> pygame.event.Event:
        self._stage.question()
        while self._queue:
            event = self._queue.popleft()
            if event.type not in self._blocked:
                return event
        return pygame.event.Event(pygame.NOEVENT)

    def wait(self, timeout: int = 0) -> pygame.event.Event:
        stage = self._stage
        until = stage.now_ns + timeout * 1_000_000 if timeout > 0 else None
        while not self._queue and (until is None or stage.now_ns < until) and stage.is_main_thread:
            stage.wait(FRAME_NS if until is None else min(FRAME_NS, until - stage.now_ns))
        return self.poll()

    def peek(self, eventtype: Any = None, pump: bool = True) -> bool:
        self._stage.question()
        kinds = _kinds(eventtype)
        return any(kinds is None or event.type in kinds for event in self._queue)

    def clear(self, eventtype: Any = None, pump: bool = True) -> None:
        self._taken(_kinds(eventtype), set())

    def post(self, event: pygame.event.Event) -> bool:
        if event.type in self._blocked:
            return False
        self._queue.append(event)
        return True

    def pump(self) -> None:
        self._stage.question()

    def set_blocked(self, kinds: Any) -> None:
        self._blocked.update(range(_EVENT_TYPES) if kinds is None else _kinds(kinds) or ())

    def set_allowed(self, kinds: Any) -> None:
        self._blocked.difference_update(range(_EVENT_TYPES) if kinds is None else _kinds(kinds) or ())

    def get_blocked(self, kinds: Any) -> bool:
        return bool((_kinds(kinds) or set()) & self._blocked)

    def set_grab(self, grab: bool) -> None:
        self._stage.look["grab"] = bool(grab)

    def get_grab(self) -> bool:
        return bool(self._stage.look["grab"])

    set_keyboard_grab, get_keyboard_grab = set_grab, get_grab


def _scancodes_by_key() -> dict[int, int]:
    """The scancode of each key that pygame names, as on a keyboard of the United States."""
    names = [name for name in dir(pygame) if name.startswith("K_")]
    pairs = ((getattr(pygame, name), getattr(pygame, f"KSCAN_{name[2:].upper()}", None)) for name in names)
    return {key: scancode for key, scancode in pairs if scancode is not None}


class _Keys:
    """`pygame.key`: what is held, by scancode."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._known = _scancodes_by_key()
        self._held: dict[int, int] = {}  # scancode: key
        self._pressed: set[int] = set()
        self._released: set[int] = set()
        self._mods = 0
        self._repeat = (0, 0)  # ms before the first repetition, and between the others
        self._repeated: dict[str, Any] | None = None
        self._repeats_ns = 0
        stage.on_input.append(self._take)
        stage.on_tick.append(self._tick)
        stage.proofs.append(lambda: repr(sorted(self._held.items())).encode())

    def _code_of(self, key: int, scancode: int) -> int:
        code = scancode or self._known.get(key, key & ~_KEYCODE_BIT)
        return code if 0 <= code < _SCANCODES else 0

    def _take(self, name: str, attributes: dict[str, Any]) -> None:
        if name not in ("KEYDOWN", "KEYUP"):
            return
        key = int(attributes.setdefault("key", 0))
        code = attributes["scancode"] = self._code_of(key, int(attributes.get("scancode") or 0))
        self._mods = int(attributes.setdefault("mod", 0))
        attributes.setdefault("unicode", "")
        if name == "KEYDOWN":
            self._held[code] = key
            self._pressed.add(code)
            self._repeated, self._repeats_ns = attributes, self._stage.now_ns + self._repeat[0] * 1_000_000
        else:
            self._held.pop(code, None)
            self._released.add(code)
            if self._repeated is not None and self._repeated["key"] == key:
                self._repeated = None

    def _tick(self) -> None:
        self._pressed.clear()
        self._released.clear()
        delay, interval = self._repeat
        while delay and self._repeated is not None and self._repeats_ns <= self._stage.now_ns:
            self._stage.post(pygame.event.Event(pygame.KEYDOWN, self._repeated))
            self._repeats_ns += max(interval, 1) * 1_000_000

    def get_pressed(self) -> Any:
        self._stage.question()
        return _wrapped(self._held)

    def get_just_pressed(self) -> Any:
        return _wrapped(self._pressed)

    def get_just_released(self) -> Any:
        return _wrapped(self._released)

    def set_repeat(self, delay: int = 0, interval: int = 0) -> None:
        self._repeat = int(delay), int(interval) or int(delay)

    def get_repeat(self) -> tuple[int, int]:
        return self._repeat

    def set_mods(self, mods: int) -> None:
        self._mods = int(mods)

    def get_mods(self) -> int:
        return self._mods

    def get_focused(self) -> bool:
        return True

    def start_text_input(self) -> None:
        """Text comes as the recording says."""

    stop_text_input = start_text_input

    def set_text_input_rect(self, rect: Any) -> None:
        """There is nothing to be shown beside it."""


def _wrapped(codes: Iterable[int]) -> Any:
    lit = set(codes)
    return pygame.key.ScancodeWrapper(tuple(code in lit for code in range(_SCANCODES)))


class _Mouse:
    """`pygame.mouse`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._buttons: set[int] = set()
        self._at = self._seen = (0, 0)
        stage.look["cursor"] = True
        stage.on_input.append(self._take)
        stage.proofs.append(lambda: repr((self._at, self._seen, sorted(self._buttons))).encode())

    def _take(self, name: str, attributes: dict[str, Any]) -> None:
        if name.startswith("MOUSE") and name != "MOUSEWHEEL":
            x, y = attributes.setdefault("pos", self._at)
            self._at = int(x), int(y)
        if name == "MOUSEBUTTONDOWN":
            self._buttons.add(int(attributes["button"]))
        elif name == "MOUSEBUTTONUP":
            self._buttons.discard(int(attributes["button"]))
        elif name in ("MOUSEMOTION", "MOUSEWHEEL"):
            attributes.setdefault("touch", False)

    def get_pos(self, desktop: bool = False) -> tuple[int, int]:
        self._stage.question()
        return self._at

    def get_rel(self) -> tuple[int, int]:
        (x, y), (from_x, from_y), self._seen = self._at, self._seen, self._at
        return x - from_x, y - from_y

    def get_pressed(self, num_buttons: int = 3, desktop: bool = False) -> tuple[bool, ...]:
        self._stage.question()
        return tuple(number in self._buttons for number in range(1, num_buttons + 1))

    def set_pos(self, *at: Any) -> None:
        x, y = (int(value) for value in (at if len(at) == 2 else at[0]))
        rel, self._at = (x - self._at[0], y - self._at[1]), (x, y)
        held = tuple(int(number in self._buttons) for number in (1, 2, 3))
        self._stage.post(pygame.event.Event(pygame.MOUSEMOTION, pos=self._at, rel=rel, buttons=held, touch=False))

    def set_visible(self, visible: bool) -> bool:
        before, self._stage.look["cursor"] = self._stage.look["cursor"], bool(visible)
        return bool(before)

    def get_visible(self) -> bool:
        return bool(self._stage.look["cursor"])

    def get_focused(self) -> bool:
        return True

    def set_cursor(self, *_: Any, **__: Any) -> None:
        """The one that shows it is the engine's window."""

    def set_relative_mode(self, enable: bool) -> None:
        """The mouse moves as the recording says."""

    def get_relative_mode(self) -> bool:
        return False
