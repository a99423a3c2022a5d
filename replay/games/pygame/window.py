"""A person plays: the window of a program that is being recorded. What is done in it becomes the commands of the next tick.

The program itself has no window: its picture is shown here, as large as it fits, and clicks are led back to its own pixels.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pygame

from replay.core.errors import MachineError
from replay.games.pygame.inputs import FIELDS, command_of
from replay.games.pygame.match import ProgramMatch

if TYPE_CHECKING:
    from replay.core.recorder import Recorder

_GROUND = (16, 18, 24)
_LATE_SECONDS = 0.25  # further behind, the program's time waits for ours
_LEAVES_SECONDS = 2.0  # for a program to end after its window was closed
_PLACED = ("MOUSEMOTION", "MOUSEBUTTONDOWN", "MOUSEBUTTONUP")


def pads_here() -> str:
    """The joysticks that are plugged in now, as the setting `pads` of a program."""
    pygame.joystick.init()
    return json.dumps([_added(index) for index in range(pygame.joystick.get_count())])


def _added(index: int) -> list[Any]:
    pad = pygame.joystick.Joystick(index)
    shape = {"axes": pad.get_numaxes(), "buttons": pad.get_numbuttons(), "hats": pad.get_numhats(), "balls": pad.get_numballs()}
    return command_of("JOYDEVICEADDED", {"device_index": index, "guid": pad.get_guid(), "name": pad.get_name(), **shape})


class ProgramWindow:
    """recorder: of a program, at its first tick. Raises MachineError where there is no display."""

    def __init__(self, recorder: Recorder[ProgramMatch]) -> None:
        self.recorder, self.match = recorder, recorder.match
        self._names = {getattr(pygame, name): name for name in FIELDS if hasattr(pygame, name)}
        self._asked_to_leave: float | None = None
        self._shown: dict[str, Any] = {}
        self._pads: list[int] = []  # instance ids of this machine, by those of the recording
        try:
            pygame.display.init()
            self._surface = pygame.display.set_mode(self.size, pygame.RESIZABLE)
        except pygame.error as error:
            raise MachineError(
                f"no display: {error}", "a machine plays it by: replay record ... --random 600 --headless"
            ) from error
        pygame.key.start_text_input()
        for index in range(pygame.joystick.get_count() if pygame.joystick.get_init() else 0):
            self._pads.append(pygame.joystick.Joystick(index).get_instance_id())
        self.area = self._surface.get_rect()
        self._began = time.perf_counter() - self.match.now_ns / 1e9
        self._obey()

    @property
    def size(self) -> tuple[int, int]:
        """Of the program's own picture."""
        width, height = self.match.look.get("size", (640, 480))
        return width, height

    def run(self) -> None:
        """Until the program ends, or its window is closed. Raises RulesError if the program raises."""
        while self.match.ended is None and not self._has_left():
            self.recorder.step(None, [(0, command) for command in self.commands()])
            self.show()

    def show(self) -> None:
        """The picture of this tick, in its time."""
        self._draw()
        ahead = self._began + self.match.now_ns / 1e9 - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        elif ahead < -_LATE_SECONDS:
            self._began -= ahead

    def close(self) -> None:
        pygame.display.quit()

    def _has_left(self) -> bool:
        return self._asked_to_leave is not None and time.perf_counter() - self._asked_to_leave > _LEAVES_SECONDS

    # --- what is done in it ---

    def commands(self) -> list[list[Any]]:
        """What has been done since the last tick; the movements of the mouse as one."""
        commands: list[list[Any]] = []
        for event in pygame.event.get():
            name = self._names.get(event.type)
            if name is None:
                continue
            attributes = self._as_the_program_sees(name, dict(event.__dict__))
            if attributes is None:
                continue
            command = command_of(name, attributes)
            if name == "MOUSEMOTION" and commands and commands[-1][0] == name:
                (x, y), (by_x, by_y) = commands[-1][2], command[2]
                command[2] = [x + by_x, y + by_y]
                commands.pop()
            commands.append(command)
        return commands

    def _as_the_program_sees(self, name: str, attributes: dict[str, Any]) -> dict[str, Any] | None:
        """The attributes of an event in the program's own numbers; None for one that is not for it."""
        if name == "QUIT":
            self._asked_to_leave = self._asked_to_leave or time.perf_counter()
        elif name in _PLACED:
            scale = self.size[0] / max(self.area.width, 1), self.size[1] / max(self.area.height, 1)
            x, y = (attributes["pos"][0] - self.area.left) * scale[0], (attributes["pos"][1] - self.area.top) * scale[1]
            attributes["pos"] = min(max(int(x), 0), self.size[0] - 1), min(max(int(y), 0), self.size[1] - 1)
            if "rel" in attributes:
                attributes["rel"] = round(attributes["rel"][0] * scale[0]), round(attributes["rel"][1] * scale[1])
        elif name == "VIDEORESIZE":
            return attributes if self.match.look.get("resizable") else None
        elif name == "JOYDEVICEADDED":
            pad = pygame.joystick.Joystick(attributes["device_index"])
            if pad.get_instance_id() in self._pads:
                return None
            self._pads.append(pad.get_instance_id())
            names = FIELDS[name]
            return dict(zip(names, _added(attributes["device_index"])[1:], strict=True))
        elif "instance_id" in attributes:
            if attributes["instance_id"] not in self._pads:
                return None
            attributes["instance_id"] = self._pads.index(attributes["instance_id"])
        return attributes

    # --- what is seen ---

    def _draw(self) -> None:
        """The program's picture, in the middle, as large as it fits."""
        self._obey()
        pixels, (width, height), depth = self.match.pixels()
        surface = pygame.display.get_surface()
        scale = min(surface.get_width() / width, surface.get_height() / height)
        self.area = pygame.Rect(0, 0, max(round(width * scale), 1), max(round(height * scale), 1))
        self.area.center = surface.get_rect().center
        picture = pygame.image.frombuffer(pixels, (width, height), "RGB" if depth == 3 else "BGRA")
        picture.set_alpha(None)
        if self.area.size != surface.get_size():
            surface.fill(_GROUND)
        if self.area.size != (width, height):
            picture = pygame.transform.scale(picture, self.area.size)
        surface.blit(picture, self.area)
        pygame.display.flip()

    def _obey(self) -> None:
        """Be as the program wants its window."""
        for key, value in self.match.look.items():
            if self._shown.get(key, self) == value:
                continue
            if key == "caption":
                pygame.display.set_caption(f"{value} - recording {self.recorder.path.name}")
            elif key == "cursor":
                pygame.mouse.set_visible(value)
            elif key == "grab":
                pygame.event.set_grab(value)
            elif key == "size" and key in self._shown and tuple(value) != pygame.display.get_surface().get_size():
                pygame.display.set_mode(tuple(value), pygame.RESIZABLE)
            self._shown[key] = value
