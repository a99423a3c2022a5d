"""What the processes of a list do (`replay.watch.model.appraiser`): a line of JSON asks, one answers, pixels follow."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import pygame

from replay.core.errors import ReplayError
from replay.watch.model.files import EMPTY, check, read_facts, reason
from replay.watch.model.session import Session
from replay.watch.view.colours import GROUND, PANEL, mix
from replay.watch.view.picture import open_look, small_picture
from replay.watch.window import open_nowhere

_PICTURE_AT = 0.6  # of the match: something has happened by then
_NICE = 10


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more, at a low priority: the window goes first."""
    with suppress(AttributeError, OSError):  # not on Windows
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    for line in requests:
        request = json.loads(line)
        path, pixels = Path(request["path"]), b""
        answer: dict[str, Any] = {}
        try:
            if request["do"] == "read":
                facts = read_facts(path)
                answer["facts"] = facts.data()
                answer |= {} if facts.known.seconds else {"problem": EMPTY}
            elif request["do"] == "draw":
                pixels = draw(path, tuple(request["size"]))
            else:
                answer["verdict"], problem = check(path)
                answer |= {"problem": problem} if problem else {}
        except (ReplayError, OSError) as error:
            answer["problem"] = reason(error)
        except Exception as error:  # a game or a look that stumbles over a stranger's file
            answer["problem"] = f"{type(error).__name__}: {error}"
        answer["bytes"] = len(pixels)
        answers.write(json.dumps(answer).encode() + b"\n" + pixels)
        answers.flush()


def draw(path: Path, size: tuple[int, int]) -> bytes:
    """A moment of the match as RGB pixels, row by row. Raises ReplayError, OSError."""
    open_nowhere()
    with Session(path, check=False) as session:
        position = session.recording.ticks * _PICTURE_AT
        picture = small_picture(session, open_look(session), position, size, mix(GROUND, PANEL, 0.5))
    return pygame.image.tobytes(picture, "RGB")
