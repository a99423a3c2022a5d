"""What a person does to a program, as plain data: a command for each event, `[NAME, value ...]`, NAME as pygame names its type.

No module of pygame is needed here: the table serves the window, the program's process, and whoever reads a recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEY = ("key", "mod", "unicode", "scancode")
_BUTTON = ("pos", "button", "touch")
_FINGER = ("touch_id", "finger_id", "x", "y", "dx", "dy", "pressure")

# The events that come from outside a program, and those attributes of each that a recording holds.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "QUIT": (),
    "ACTIVEEVENT": ("gain", "state"),
    "KEYDOWN": _KEY,
    "KEYUP": _KEY,
    "TEXTINPUT": ("text",),
    "TEXTEDITING": ("text", "start", "length"),
    "MOUSEMOTION": ("pos", "rel", "buttons", "touch"),
    "MOUSEBUTTONDOWN": _BUTTON,
    "MOUSEBUTTONUP": _BUTTON,
    "MOUSEWHEEL": ("flipped", "x", "y", "precise_x", "precise_y", "touch"),
    "FINGERDOWN": _FINGER,
    "FINGERMOTION": _FINGER,
    "FINGERUP": _FINGER,
    "JOYDEVICEADDED": ("device_index", "guid", "name", "axes", "buttons", "hats", "balls"),
    "JOYDEVICEREMOVED": ("instance_id",),
    "JOYAXISMOTION": ("instance_id", "axis", "value"),
    "JOYBALLMOTION": ("instance_id", "ball", "rel"),
    "JOYHATMOTION": ("instance_id", "hat", "value"),
    "JOYBUTTONDOWN": ("instance_id", "button"),
    "JOYBUTTONUP": ("instance_id", "button"),
    "CONTROLLERDEVICEADDED": ("device_index", "guid"),
    "CONTROLLERDEVICEREMOVED": ("instance_id",),
    "CONTROLLERAXISMOTION": ("instance_id", "axis", "value"),
    "CONTROLLERBUTTONDOWN": ("instance_id", "button"),
    "CONTROLLERBUTTONUP": ("instance_id", "button"),
    "VIDEORESIZE": ("w", "h"),
    "WINDOWFOCUSGAINED": (),
    "WINDOWFOCUSLOST": (),
    "WINDOWENTER": (),
    "WINDOWLEAVE": (),
    "DROPFILE": ("file",),
    "DROPTEXT": ("text",),
}


def command_of(name: str, attributes: Mapping[str, Any]) -> list[Any]:
    """An event as a command. name: of its type, like "KEYDOWN". An attribute that the event does not have is null."""
    return [name, *(_plain(attributes.get(field)) for field in FIELDS[name])]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, bool) else value


def attributes_of(command: Any) -> tuple[str, dict[str, Any]]:
    """(name, attributes) of a command. It may come from a stranger: raises ValueError for one that is not an event's."""
    if not isinstance(command, list) or not command or not isinstance(command[0], str) or command[0] not in FIELDS:
        raise ValueError(f"a command is the name of an event and its values; this one is {str(command)[:60]}")
    name, values = command[0], command[1:]
    fields = FIELDS[name]
    if len(values) != len(fields) or not all(map(_is_value, values)):
        raise ValueError(f"{name} has the values {', '.join(fields) or 'none'}; this one has {str(values)[:60]}")
    return name, {field: _tuple(value) for field, value in zip(fields, values, strict=True) if value is not None}


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) <= 8 and all(isinstance(item, int | float) for item in value)
    return value is None or isinstance(value, int | float | str)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
