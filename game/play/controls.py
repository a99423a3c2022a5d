"""What people hold in their hands, as inputs: keyboard and mouse, a second keyboard, gamepads.

Held keys come from events alone, so that posted events drive the game like real ones. Whatever moves smoothly - a mouse, a stick -
becomes whole numbers here, before it is an input. A short tap between two ticks counts as one tick; each order to use an item is
pressed and let go, as the rules look at the moment of the press.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pygame

from replay.watch.control.keys import key_word
from replay.watch.model.scene import Camera

from .. import rules
from ..numbers import SUBPIXELS
from ..ways import ACROSS, ALONG

# Number keys 1 to 7.
SHOP_ITEMS = (rules.BLASTER, rules.SHOTGUN, rules.RIFLE, rules.LAUNCHER, rules.AMMUNITION, rules.ARMOUR, rules.MEDKIT)
STICK_LIMIT = 127  # a stick is -127..127
DEAD_ZONE = 25  # of 127: 0.2
_AIM_REACH = 220  # pixels: how far from the player a stick points
_SIGHT = 620
_POINT_LIMIT = 4000

MOUSE_KEYS = {
    "W": rules.UP,
    "A": rules.LEFT,
    "S": rules.DOWN,
    "D": rules.RIGHT,
    "Space": rules.DASH,
    "Left Shift": rules.DASH,
    "R": rules.RELOAD_KEY,
}
SECOND_KEYS = {
    "Up": rules.UP,
    "Left": rules.LEFT,
    "Down": rules.DOWN,
    "Right": rules.RIGHT,
    "Right Ctrl": rules.FIRE,
    "Enter": rules.FIRE,
    "Right Shift": rules.DASH,
    "Delete": rules.RELOAD_KEY,
}


class Hands:
    """What all controls share: buttons that are held, taps, and the queue of items to use. keys: buttons by the words of keys.
    touched: anything was done yet."""

    title = ""
    keys: Mapping[str, int] = {}

    def __init__(self) -> None:
        self.touched = False
        self._held: dict[str, int] = {}
        self._tapped = 0
        self._uses: deque[int] = deque()
        self._use_ticks = 0

    def handle(self, event: pygame.event.Event) -> None:
        """Take in an event; those of other devices pass by."""
        if event.type in (pygame.KEYDOWN, pygame.KEYUP):
            word = key_word(event, plain=True)
            if event.type == pygame.KEYUP:
                self._let_go(word)
            elif word in self.keys:
                self._press(word, self.keys[word])

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

    def _press(self, name: str, bit: int) -> None:
        self.touched = True
        self._held[name] = bit
        self._tapped |= bit

    def _let_go(self, name: str) -> None:
        self._held.pop(name, None)


class KeyboardMouse(Hands):
    """WASD and the mouse. The camera that the picture was drawn with says what the mouse points at."""

    title, keys = "keyboard and mouse", MOUSE_KEYS

    def __init__(self) -> None:
        super().__init__()
        self.camera: Camera | None = None
        self._mouse = (0, 0)

    def handle(self, event: pygame.event.Event) -> None:
        super().handle(event)
        if event.type == pygame.KEYDOWN:
            word = key_word(event, plain=True)
            if word in "1234567" and len(word) == 1:
                self.use(SHOP_ITEMS[int(word) - 1])
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 3):
            self._mouse = event.pos
            self._press(f"mouse {event.button}", rules.FIRE if event.button == 1 else rules.ORDER)
        elif event.type == pygame.MOUSEBUTTONUP:
            self._let_go(f"mouse {event.button}")
        elif event.type == pygame.MOUSEMOTION:
            self._mouse = event.pos

    def point(self, state: Any, index: int, buttons: int) -> tuple[int, int]:
        if self.camera is None:
            return 0, 0
        x, y = self.camera.to_world(*self._mouse)
        return whole(x), whole(y)


class SecondKeyboard(Hands):
    """Arrows; it points at the nearest enemy in sight, else where it goes."""

    title, keys = "arrow keys", SECOND_KEYS

    def __init__(self) -> None:
        super().__init__()
        self._way = (1, 0)

    def handle(self, event: pygame.event.Event) -> None:
        name = pygame.key.name(event.key) if event.type == pygame.KEYDOWN else ""
        if len(name) == 3 and name[0] == "[" and name[1] in "1234567":  # of the number pad
            self.use(SHOP_ITEMS[int(name[1]) - 1])
        else:
            super().handle(event)

    def point(self, state: Any, index: int, buttons: int) -> tuple[int, int]:
        player = state["players"][index]
        x, y = int(player["x"]) // SUBPIXELS, int(player["y"]) // SUBPIXELS
        self._way = way_of(buttons) or self._way
        return nearest_enemy(state, index) or (x + self._way[0] * _AIM_REACH, y + self._way[1] * _AIM_REACH)


class Gamepad(Hands):
    """One gamepad, known by the instance id of its device: left stick moves, right stick points, triggers fire.

    shop_moves: what the shop is asked for: -1 up, 1 down, 2 buy, 3 open or close.
    """

    title = "gamepad"

    def __init__(self, instance_id: int) -> None:
        super().__init__()
        self.instance_id = instance_id
        self.shop_moves: deque[int] = deque()
        self.shop_open = False
        self._axes = [0] * 6
        self._way = (STICK_LIMIT, 0)

    # SDL's names for buttons, by number; a joystick without a mapping has mostly the same order.
    _BUTTONS = {0: rules.DASH, 2: rules.RELOAD_KEY, 9: rules.DASH, 10: rules.FIRE}  # noqa: RUF012
    _SHOP, _UP, _DOWN = 3, 11, 12

    def handle(self, event: pygame.event.Event) -> None:
        if getattr(event, "instance_id", None) != self.instance_id:
            return
        if event.type in (pygame.JOYAXISMOTION, pygame.CONTROLLERAXISMOTION) and event.axis < len(self._axes):
            value = quantised(event.value)
            self._axes[event.axis] = value
            if abs(value) > DEAD_ZONE:
                self.touched = True
            if event.axis in (4, 5):
                if value > DEAD_ZONE:
                    self._press(f"axis {event.axis}", rules.FIRE if event.axis == 5 else rules.DASH)
                else:
                    self._let_go(f"axis {event.axis}")
        elif event.type in (pygame.JOYBUTTONDOWN, pygame.CONTROLLERBUTTONDOWN):
            self._button(event.button)
        elif event.type in (pygame.JOYBUTTONUP, pygame.CONTROLLERBUTTONUP):
            self._let_go(f"button {event.button}")
        elif event.type == pygame.JOYHATMOTION and event.value[1]:
            self.shop_moves.append(-event.value[1])

    def _button(self, button: int) -> None:
        if button == self._SHOP:
            self.shop_moves.append(3)
        elif button in (self._UP, self._DOWN):
            self.shop_moves.append(-1 if button == self._UP else 1)
        elif button == 0 and self.shop_open:
            self.shop_moves.append(2)
        elif button in self._BUTTONS:
            self._press(f"button {button}", self._BUTTONS[button])

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


def nearest_enemy(state: Any, index: int) -> tuple[int, int] | None:
    """Where the nearest living enemy in reach is, in pixels."""
    players = state["players"][: int(state["player_count"])]
    me = players[index]
    dx = (players["x"].astype(np.int64) - int(me["x"])) // SUBPIXELS
    dy = (players["y"].astype(np.int64) - int(me["y"])) // SUBPIXELS
    distance = dx * dx + dy * dy
    distance[(players["health"] <= 0) | (players["team"] == me["team"])] = 1 << 40
    best = int(distance.argmin())
    if distance[best] > _SIGHT * _SIGHT:
        return None
    return int(players["x"][best]) // SUBPIXELS, int(players["y"][best]) // SUBPIXELS


class Gamepads:
    """The gamepads that are plugged in now. Devices come and go; each is known by its instance id, indices move."""

    def __init__(self) -> None:
        self._open: dict[int, Any] = {}
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
            return int(event.instance_id)
        return None

    def _add(self, index: int) -> None:
        try:
            from pygame._sdl2 import controller

            controller.init()
            if controller.is_controller(index):
                device = controller.Controller(index)
                self._open[device.as_joystick().get_instance_id()] = device
                return
        except (ImportError, pygame.error, AttributeError):
            pass
        try:
            joystick = pygame.joystick.Joystick(index)
            self._open[joystick.get_instance_id()] = joystick
        except pygame.error:
            return


def hands_of(choice: str, pads: Sequence[int]) -> Hands:
    """The control of a seat. A gamepad that is not plugged in is waited for under its number."""
    if choice == "mouse":
        return KeyboardMouse()
    if choice == "keys":
        return SecondKeyboard()
    number = int(choice[-1]) - 1
    return Gamepad(pads[number] if number < len(pads) else -1 - number)
