"""What people hold in their hands, as inputs: keyboard and mouse, a second keyboard, gamepads.

Held keys come from events alone, so that posted events drive the game like real ones. Whatever moves smoothly - a mouse, a stick -
becomes whole numbers here, before it is an input. A short tap between two ticks counts as one tick; each order to use an item is
pressed and let go, as the rules look at the moment of the press.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pygame

from replay.watch.control.keys import key_word
from replay.watch.model.scene import Camera

from .. import rules
from ..arena import Arena
from ..numbers import SUBPIXELS
from ..ways import ACROSS, ALONG, TABLES, is_clear
from .commands import KEYS, MOUSE, PAD, SHOP_ITEMS, PlayCommand, command_of, default_keys
from .commands import Keys as KeyTable
from .options import Options

STICK_LIMIT = 127  # a stick is -127..127
DEAD_ZONE = 25  # of 127: 0.2
_AIM_REACH = 220  # pixels: how far from the player a stick points
_SIGHT = 620
_POINT_LIMIT = 4000

# A gamepad's buttons by SDL's numbers; a joystick without a mapping has mostly the same order.
_BUTTONS = {
    **dict(enumerate(("A", "B", "X", "Y", "Back"))),
    6: "Start",
    **dict(enumerate(("Left Shoulder", "Right Shoulder", "Pad Up", "Pad Down", "Pad Left", "Pad Right"), 9)),
}
_BARE = (pygame.JOYBUTTONDOWN, pygame.JOYBUTTONUP, pygame.JOYAXISMOTION, pygame.JOYHATMOTION)
_WAYS = ("Up", "Down", "Left", "Right")
_MENU_KEYS = {"A": "Enter", "Start": "Enter", "B": "Escape", **{f"Pad {way}": way for way in _WAYS}}
_TRIGGERS = {4: "Left Trigger", 5: "Right Trigger"}  # axes that are used as buttons


class Hands:
    """What all controls share: buttons that are held, taps, and the queue of items to use.

    keys: of the device, by command. touched: anything was done yet. done: the groups and names of what was done, for hints.
    chosen: where in the shop row it is, for devices that step through it. asked: commands of the match, for the screen to serve.
    """

    device = ""

    def __init__(self, keys: KeyTable | None = None) -> None:
        self.keys: KeyTable = default_keys(self.device) if keys is None else keys
        self.touched = False
        self.done: set[str] = set()
        self.chosen = 0
        self.asked: deque[str] = deque()
        self._held: dict[str, int] = {}
        self._tapped = 0
        self._uses: deque[int] = deque()
        self._use_ticks = 0

    def handle(self, event: pygame.event.Event) -> None:
        """Take in an event; those of other devices pass by."""
        if event.type == pygame.KEYDOWN:
            self.press(key_word(event, plain=True))
        elif event.type == pygame.KEYUP:
            self.let_go(key_word(event, plain=True))

    def press(self, word: str) -> None:
        """A key, by its word, goes down."""
        command = command_of(self.keys, word)
        if command is None:
            return
        self.touched = True
        self.done |= {command.name, command.group}
        if command.button:
            self._held[word] = command.button
            self._tapped |= command.button
        else:
            self._ask(command)

    def _ask(self, command: PlayCommand) -> None:
        if command.item:
            self.use(command.item)
        elif command.name in ("next", "previous"):
            self.chosen = (self.chosen + (1 if command.name == "next" else -1)) % len(SHOP_ITEMS)
        elif command.name == "buy":
            self.use(SHOP_ITEMS[self.chosen])
        else:
            self.asked.append(command.name)

    def let_go(self, word: str) -> None:
        self._held.pop(word, None)

    def release(self) -> None:
        """Let go of everything: the window lost the focus, or something else has the keys."""
        self._held.clear()
        self._tapped = 0

    def use(self, item: int) -> None:
        """Draw a weapon, or buy something."""
        self.touched = True
        self._uses.append(item)

    def row(self, state: Any, index: int) -> np.void:
        """The input of the coming tick."""
        buttons = self._tapped
        for bit in self._held.values():
            buttons |= bit
        self._tapped = 0
        row = np.zeros(1, rules.INPUT)
        buttons |= self.directions()
        x, y = self.point(state, index, buttons)
        # Pressed for two ticks, then let go for one.
        if self._uses:
            self._use_ticks += 1
            if self._use_ticks <= 2:
                buttons |= rules.USE
                row["item"] = self._uses[0]
            else:
                self._uses.popleft()
                self._use_ticks = 0
        row["buttons"], row["x"], row["y"] = buttons, x, y
        made: np.void = row[0]
        return made

    def directions(self) -> int:
        return 0

    def point(self, state: Any, index: int, buttons: int) -> tuple[int, int]:
        raise NotImplementedError


class KeyboardMouse(Hands):
    """WASD and the mouse. The camera that the picture was drawn with says what the mouse points at."""

    device = MOUSE

    def __init__(self, keys: KeyTable | None = None) -> None:
        super().__init__(keys)
        self.camera: Camera | None = None
        self._mouse = (0, 0)

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEBUTTONDOWN:
            self._mouse = event.pos
            self.press(f"Mouse {event.button}")
        elif event.type == pygame.MOUSEBUTTONUP:
            self.let_go(f"Mouse {event.button}")
        elif event.type == pygame.MOUSEMOTION:
            self._mouse = event.pos
            self.done.add("aim")
        else:
            super().handle(event)

    def point(self, state: Any, index: int, buttons: int) -> tuple[int, int]:
        if self.camera is None:
            return 0, 0
        x, y = self.camera.to_world(*self._mouse)
        return whole(x), whole(y)


class SecondKeyboard(Hands):
    """Arrows; it points at the nearest enemy in sight, else where it goes. walls: those of the map, by tile; none are none."""

    device = KEYS

    def __init__(self, keys: KeyTable | None = None, walls: Any = None) -> None:
        super().__init__(keys)
        self.walls = np.zeros(rules.COLUMNS * rules.ROWS, np.int8) if walls is None else walls
        self._way = (1, 0)

    def point(self, state: Any, index: int, buttons: int) -> tuple[int, int]:
        player = state["players"][index]
        x, y = int(player["x"]) // SUBPIXELS, int(player["y"]) // SUBPIXELS
        self._way = way_of(buttons) or self._way
        return nearest_enemy(state, index, self.walls) or (x + self._way[0] * _AIM_REACH, y + self._way[1] * _AIM_REACH)


class Gamepad(Hands):
    """One gamepad, known by the instance id of its device: left stick moves, right stick points."""

    device = PAD

    def __init__(self, instance_id: int, keys: KeyTable | None = None) -> None:
        super().__init__(keys)
        self.instance_id = instance_id
        self._axes = [0] * 6
        self._hat: tuple[str, ...] = ()
        self._way = (STICK_LIMIT, 0)

    def handle(self, event: pygame.event.Event) -> None:
        if getattr(event, "instance_id", None) != self.instance_id:
            return
        if event.type in (pygame.JOYAXISMOTION, pygame.CONTROLLERAXISMOTION) and event.axis < len(self._axes):
            self._axis(event.axis, quantised(event.value))
        elif event.type == pygame.JOYHATMOTION:
            self._hat_to(event.value)
        elif (word := pad_word(event)) is not None:
            if event.type in (pygame.JOYBUTTONDOWN, pygame.CONTROLLERBUTTONDOWN):
                self.press(word)
            else:
                self.let_go(word)

    def _axis(self, axis: int, value: int) -> None:
        before, self._axes[axis] = self._axes[axis], value
        if abs(value) > DEAD_ZONE:
            self.touched = True
            self.done.add("move" if axis < 2 else "aim")
        if axis in _TRIGGERS and (value > DEAD_ZONE) != (before > DEAD_ZONE):
            (self.press if value > DEAD_ZONE else self.let_go)(_TRIGGERS[axis])

    def _hat_to(self, value: tuple[int, int]) -> None:
        before, self._hat = self._hat, hat_words(value)
        for word in before:
            if word not in self._hat:
                self.let_go(word)
        for word in self._hat:
            if word not in before:
                self.press(word)

    def release(self) -> None:
        super().release()
        self._axes = [0] * 6

    def directions(self) -> int:
        x, y = outside_dead_zone(self._axes[0], self._axes[1])
        # Eight ways: an axis counts if it has at least two fifths of the other.
        buttons = 0
        if abs(x) * 5 >= abs(y) * 2 and x:
            buttons |= rules.RIGHT if x > 0 else rules.LEFT
        if abs(y) * 5 >= abs(x) * 2 and y:
            buttons |= rules.DOWN if y > 0 else rules.UP
        return buttons

    def point(self, state: Any, index: int, buttons: int) -> tuple[int, int]:
        x, y = outside_dead_zone(self._axes[2], self._axes[3])
        if x or y:
            self._way = (x, y)
        elif way := way_of(buttons):
            self._way = (way[0] * STICK_LIMIT, way[1] * STICK_LIMIT)
        player = state["players"][index]
        length = max(math.isqrt(self._way[0] ** 2 + self._way[1] ** 2), 1)
        return (
            int(player["x"]) // SUBPIXELS + self._way[0] * _AIM_REACH // length,
            int(player["y"]) // SUBPIXELS + self._way[1] * _AIM_REACH // length,
        )


def pad_word(event: pygame.event.Event) -> str | None:
    """The word of a gamepad's button; None for what is none."""
    kinds = (pygame.JOYBUTTONDOWN, pygame.CONTROLLERBUTTONDOWN, pygame.JOYBUTTONUP, pygame.CONTROLLERBUTTONUP)
    return _BUTTONS.get(event.button) if event.type in kinds else None


def pressed_word(event: pygame.event.Event) -> str | None:
    """The word of whatever on a gamepad was just pressed: a button, a trigger or the pad; None for what is none."""
    if event.type in (pygame.JOYBUTTONDOWN, pygame.CONTROLLERBUTTONDOWN):
        return pad_word(event)
    if event.type == pygame.JOYHATMOTION:
        return next(iter(hat_words(event.value)), None)
    pulled = event.type in (pygame.JOYAXISMOTION, pygame.CONTROLLERAXISMOTION) and quantised(event.value) > 2 * DEAD_ZONE
    return _TRIGGERS.get(event.axis) if pulled else None


def menu_key(event: pygame.event.Event) -> str | None:
    """The key that a gamepad's button stands for in a menu; None for one that does nothing there."""
    return _MENU_KEYS.get(pressed_word(event) or "")


def hat_words(value: tuple[int, int]) -> tuple[str, ...]:
    """The buttons of the pad that a hat in this position holds."""
    across, along = {-1: ("Pad Left",), 1: ("Pad Right",)}, {-1: ("Pad Down",), 1: ("Pad Up",)}
    return across.get(value[0], ()) + along.get(value[1], ())


def way_of(buttons: int) -> tuple[int, int] | None:
    """Where movement buttons lead: columns and rows, each -1, 0 or 1; None if nowhere."""
    across, along = int(ACROSS[buttons & rules.MOVES]), int(ALONG[buttons & rules.MOVES])
    return (across, along) if across or along else None


def whole(value: float) -> int:
    """A coordinate of the world as an input may hold it."""
    return int(min(max(round(value), -_POINT_LIMIT), _POINT_LIMIT))


def quantised(value: float) -> int:
    """An axis as -127..127. A joystick says -1..1, a mapped controller -32768..32767."""
    share = value if isinstance(value, float) and -1.001 <= value <= 1.001 else value / 32767
    return round(min(max(share, -1.0), 1.0) * STICK_LIMIT)


def outside_dead_zone(x: int, y: int) -> tuple[int, int]:
    """The stick, or (0, 0) while it rests."""
    return (x, y) if x * x + y * y > DEAD_ZONE * DEAD_ZONE else (0, 0)


class _Walls(NamedTuple):
    """What `is_clear` asks of a map's tables."""

    walls: Any


def nearest_enemy(state: Any, index: int, walls: Any) -> tuple[int, int] | None:
    """Where the nearest living enemy in sight is, in pixels."""
    players = state["players"][: int(state["player_count"])]
    me = players[index]
    x, y = int(me["x"]), int(me["y"])
    best, nearest = None, _SIGHT * _SIGHT
    for row in players:
        if row["health"] <= 0 or row["team"] == me["team"]:
            continue
        to_x, to_y = int(row["x"]), int(row["y"])
        distance = ((to_x - x) // SUBPIXELS) ** 2 + ((to_y - y) // SUBPIXELS) ** 2
        if distance <= nearest and is_clear(_Walls(walls), x, y, to_x, to_y):
            best, nearest = (to_x // SUBPIXELS, to_y // SUBPIXELS), distance
    return best


class Gamepads:
    """The gamepads that are plugged in now. Devices come and go; each is known by its instance id, indices move.

    mapped: those whose buttons SDL knows by name.
    """

    def __init__(self) -> None:
        self._open: dict[int, Any] = {}
        self.mapped: set[int] = set()
        try:
            if not pygame.joystick.get_init():
                pygame.joystick.init()
            for index in range(pygame.joystick.get_count()):
                self._add(index)
        except (pygame.error, NotImplementedError):
            pass

    @property
    def ids(self) -> list[int]:
        """Instance ids, in the order they were plugged in."""
        return list(self._open)

    def handle(self, event: pygame.event.Event) -> int | None:
        """Take in plugging and unplugging. Returns the instance id of a device that went away."""
        if event.type == pygame.JOYDEVICEADDED:
            self._add(event.device_index)
        elif event.type == pygame.JOYDEVICEREMOVED and self._open.pop(event.instance_id, None) is not None:
            self.mapped.discard(event.instance_id)
            return int(event.instance_id)
        return None

    def is_echo(self, event: pygame.event.Event) -> bool:
        """Whether this only repeats, with the numbers of the bare device, what a mapped gamepad tells as well: heard twice, one
        press would buy two things, or pause."""
        return event.type in _BARE and getattr(event, "instance_id", None) in self.mapped

    def _add(self, index: int) -> None:
        try:
            from pygame._sdl2 import controller

            controller.init()
            if controller.is_controller(index):
                device = controller.Controller(index)
                instance_id = device.as_joystick().get_instance_id()
                self._open[instance_id] = device
                self.mapped.add(instance_id)
                return
        except (ImportError, pygame.error, AttributeError):
            pass
        try:
            joystick = pygame.joystick.Joystick(index)
            self._open[joystick.get_instance_id()] = joystick
        except pygame.error:
            return


def hands_of(choice: str, pads: Sequence[int], options: Options, arena: Arena) -> Hands:
    """The control of a seat. A gamepad that is not plugged in is waited for under its number."""
    if choice == "mouse":
        return KeyboardMouse(options.keys_of(MOUSE))
    if choice == "keys":
        return SecondKeyboard(options.keys_of(KEYS), arena.tables.array(TABLES, (1,))["walls"][0])
    number = int(choice[-1]) - 1
    return Gamepad(pads[number] if number < len(pads) else -1 - number, options.keys_of(PAD))
