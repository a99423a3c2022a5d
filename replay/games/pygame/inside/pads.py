"""Joysticks and controllers as the program finds them: those that the recording says are plugged in, held as it says they are."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pygame
import pygame._sdl2

from replay.games.pygame.inside.stage import Stage

_MOST = 256  # axes or buttons
_SHAPE = ("axes", "buttons", "hats", "balls")


class _Pad:
    """What is known of one device. values: of "axis", "button" ... by number."""

    def __init__(self, number: int, attributes: dict[str, Any]) -> None:
        self.instance_id = number
        self.guid, self.name = str(attributes.get("guid", "0" * 32)), str(attributes.get("name", "joystick"))
        self.sizes = {what: min(max(int(attributes.get(what) or 0), 0), _MOST) for what in _SHAPE}
        self.values: dict[tuple[str, int], Any] = {}


_plugged: list[_Pad] = []  # of this process, in the order of their numbers


def install(stage: Stage, pads: list[dict[str, Any]]) -> None:
    """Replace `pygame.joystick` and `pygame._sdl2.controller`. pads: those that are there at the start, as JOYDEVICEADDED."""
    devices: list[_Pad] = [_Pad(number, pad) for number, pad in enumerate(pads)]
    _plugged[:] = devices

    def take(name: str, attributes: dict[str, Any]) -> None:
        if name == "JOYDEVICEADDED":
            pad = _Pad(len(devices), attributes)
            devices.append(pad)
            _plugged.append(pad)
            attributes["device_index"] = len(_plugged) - 1
            return
        pad_id = attributes.get("instance_id")
        pad = next((one for one in _plugged if one.instance_id == pad_id), None)  # type: ignore[assignment]
        if pad is None:
            return
        attributes["joy"] = _plugged.index(pad)
        if name == "JOYDEVICEREMOVED":
            _plugged.remove(pad)
        for what in ("axis", "button", "hat", "ball"):
            if what in attributes:
                kind = f"controller {what}" if name.startswith("CONTROLLER") else what
                is_down = name.endswith("DOWN")
                pad.values[kind, int(attributes[what])] = attributes.get("value", attributes.get("rel", is_down))

    stage.on_input.append(take)
    stage.proofs.append(lambda: repr([sorted(pad.values.items()) for pad in devices]).encode())
    _install_joysticks()
    _install_controllers()


class Joystick:
    """`pygame.joystick.Joystick` of a device that the recording tells of."""

    def __init__(self, id: int) -> None:
        if not 0 <= id < len(_plugged):
            raise pygame.error("Invalid joystick device number")
        self._pad = _plugged[id]

    def init(self) -> None:
        """It is always open."""

    quit = init

    def get_init(self) -> bool:
        return True

    def get_id(self) -> int:
        return _plugged.index(self._pad) if self._pad in _plugged else -1

    def get_instance_id(self) -> int:
        return self._pad.instance_id

    def get_guid(self) -> str:
        return self._pad.guid

    def get_name(self) -> str:
        return self._pad.name

    def get_power_level(self) -> str:
        return "wired"

    def get_numaxes(self) -> int:
        return self._pad.sizes["axes"]

    def get_numbuttons(self) -> int:
        return self._pad.sizes["buttons"]

    def get_numhats(self) -> int:
        return self._pad.sizes["hats"]

    def get_numballs(self) -> int:
        return self._pad.sizes["balls"]

    def get_axis(self, number: int) -> float:
        return float(self._pad.values.get(("axis", number), 0.0))

    def get_button(self, number: int) -> bool:
        return bool(self._pad.values.get(("button", number), False))

    def get_hat(self, number: int) -> tuple[int, int]:
        x, y = self._pad.values.get(("hat", number), (0, 0))
        return int(x), int(y)

    def get_ball(self, number: int) -> tuple[int, int]:
        x, y = self._pad.values.get(("ball", number), (0, 0))
        return int(x), int(y)

    def rumble(self, *_: Any) -> bool:
        return False

    def stop_rumble(self) -> None:
        """It does not."""


class Controller:
    """`pygame._sdl2.controller.Controller` of a device that the recording tells of."""

    def __init__(self, index: int) -> None:
        if not 0 <= index < len(_plugged):
            raise pygame.error("Invalid index")
        self._pad, self.id = _plugged[index], _plugged[index].instance_id
        self.name = self._pad.name

    @classmethod
    def from_joystick(cls, joystick: Any) -> Controller:
        return cls(joystick.get_id())

    def init(self) -> None:
        """It is always open."""

    quit = init

    def get_init(self) -> bool:
        return True

    attached = get_init

    def as_joystick(self) -> Any:
        return Joystick(_plugged.index(self._pad))

    def get_axis(self, axis: int) -> int:
        return int(self._pad.values.get(("controller axis", axis), 0))

    def get_button(self, button: int) -> bool:
        return bool(self._pad.values.get(("controller button", button), False))

    def get_mapping(self) -> dict[str, str]:
        return {}

    def rumble(self, *_: Any) -> bool:
        return False

    stop_rumble = init


def _install_joysticks() -> None:
    module: Any = pygame.joystick
    is_open = [True]
    module.Joystick = module.JoystickType = Joystick
    module.get_count = lambda: len(_plugged)
    module.init, module.quit = lambda: is_open.__setitem__(0, True), lambda: is_open.__setitem__(0, False)
    module.get_init = lambda: is_open[0]


def _install_controllers() -> None:
    module = ModuleType("pygame._sdl2.controller")
    module.__dict__.update(
        Controller=Controller, init=lambda: None, quit=lambda: None, get_init=lambda: True, get_count=lambda: len(_plugged),
        is_controller=lambda index: 0 <= index < len(_plugged), get_eventstate=lambda: True, set_eventstate=lambda state: None,
        name_forindex=lambda index: _plugged[index].name if 0 <= index < len(_plugged) else None, update=lambda: None,
    )  # fmt: skip
    sys.modules["pygame._sdl2.controller"] = module
    package: Any = pygame
    package._sdl2.controller = module
