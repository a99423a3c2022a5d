"""The process of a program begins here: it connects to the engine, sets the stage, and runs the program as `python` would."""

from __future__ import annotations

import json
import os
import runpy
import socket
import sys
import traceback
from multiprocessing.connection import Connection
from typing import Any

import pygame

from replay.games.pygame.inside import chance, clocks, display, events, files, mixer, pads, risks
from replay.games.pygame.inside.stage import Stage

_exit = os._exit


def connection_to(address: str, token: str) -> Connection:
    """A connection to the engine, which knows by the token who this is. address: of a socket file, or PORT on this machine."""
    if address.isdecimal():
        link = socket.create_connection(("127.0.0.1", int(address)))
    else:
        link = socket.socket(socket.AF_UNIX)
        link.connect(address)
    connection = Connection(link.detach())
    connection.send_bytes(token.encode())
    return connection


def main(address: str, token: str, task: str) -> None:
    """task: JSON of the program (a file or the name of a module), its arguments, the seed, the joysticks that are there, and a
    folder for pictures."""
    told = json.loads(task)
    stage = Stage(lambda token: connection_to(address, token), told["folder"], token, told["engine"])
    pygame.display.init()
    pygame.font.init()
    chance.install(stage, told["seed"])
    clocks.install(stage, told["seed"])
    events.install(stage)
    display.install(stage)
    mixer.install(stage)
    pads.install(stage, told["pads"])
    files.install(stage)
    risks.install(stage)
    _install_pygame()

    def leave(status: int = 0) -> None:
        if stage.is_child:
            _exit(status)
        raise SystemExit(status)

    os._exit = leave  # type: ignore[assignment]
    ended = _run(stage, told["program"], told["arguments"])
    stage.play_dead(ended)


def _install_pygame() -> None:
    """`pygame.init` opens what is opened here, and no device."""
    module: Any = pygame
    real_quit = pygame.quit

    def init() -> tuple[int, int]:
        module.display.init()
        module.font.init()
        module.mixer.init()
        if freetype := sys.modules.get("pygame.freetype"):
            freetype.init()
        return 5, 0

    def close() -> None:
        module.display.quit()
        module.mixer.quit()
        real_quit()

    module.init, module.quit = init, close
    module.get_init = pygame.display.get_init


def _run(stage: Stage, program: str, arguments: list[str]) -> list[str]:
    """How the program ended: ["exit"], or ["raise", type, message, traceback]."""
    is_file = program.endswith(".py")
    sys.argv = [program, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(program)) if is_file else os.getcwd())  # noqa: PTH100, PTH109, PTH120
    for name in [name for name in sys.modules if name.partition(".")[0] == "replay"]:
        del sys.modules[name]  # the program may have a module of that name
    stage.is_serving = False
    try:
        if is_file:
            runpy.run_path(program, run_name="__main__")
        else:
            runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit:
        return ["exit"]
    except BaseException as error:
        return ["raise", type(error).__name__, str(error)[:200], _traceback(error)]
    return ["exit"]


def _traceback(error: BaseException) -> str:
    """From the program's own first line on."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename not in (__file__, "<frozen runpy>", runpy.__file__)]
    return "".join([*traceback.format_list(own[-6:]), *traceback.format_exception_only(error)])[-2000:]
